import type { ProjectedVolumeSource } from 'kubernetes-types/core/v1';
import type { Pod } from '../../../api/objects.ts';
import { SECOND } from '../../../engine/index.ts';
import { addConfigMap } from './config-map.ts';
import { addDownward } from './downward-api.ts';
import type { Payload } from './payload-directory.ts';
import { PayloadVolume } from './payload-volume.ts';
import { addSecret } from './secret.ts';
import type { VolumeHost, VolumePlugin } from './volume.ts';

const DEFAULT_EXPIRATION = 3600;
const DEFAULT_MODE = 0o644;

/**
 * Several sources in one directory. Tokens are asked for when someone first looks at the files, not when the pod starts:
 * nine pods of ten never do.
 */
export const projected: VolumePlugin = {
  setUp(volume, pod, host) {
    const source = volume.projected!;
    for (const { clusterTrustBundle } of (source.sources ?? []) as { clusterTrustBundle?: unknown }[]) {
      if (clusterTrustBundle !== undefined) throw new Error('ClusterTrustBundle projection is not supported here');
    }
    addObjects(new Map(), pod, source, host);
    const tokens = new Tokens(host);
    const mounted = new PayloadVolume('kubernetes.io~projected', volume.name, pod, host, (current) => {
      const payload: Payload = new Map();
      addObjects(payload, current, source, host);
      for (const { serviceAccountToken } of source.sources ?? []) {
        if (serviceAccountToken === undefined) continue;
        const { path, audience, expirationSeconds = DEFAULT_EXPIRATION } = serviceAccountToken;
        const content = tokens.get(current, path, audience, expirationSeconds, () => mounted.refresh(current));
        // With a group of its own to read it, nobody else need be able to.
        const mode = current.spec.securityContext?.fsGroup === undefined ? (source.defaultMode ?? DEFAULT_MODE) : 0o600;
        payload.set(path, { content, mode });
      }
      return payload;
    });
    return mounted;
  },
};

function addObjects(payload: Payload, pod: Pod, source: ProjectedVolumeSource, host: VolumeHost): void {
  const namespace = pod.metadata.namespace!;
  const { defaultMode } = source;
  for (const { secret, configMap, downwardAPI } of source.sources ?? []) {
    if (secret !== undefined) addSecret(payload, namespace, secret, defaultMode, host);
    if (configMap !== undefined) addConfigMap(payload, namespace, configMap, defaultMode, host);
    if (downwardAPI !== undefined) addDownward(payload, pod, downwardAPI.items, defaultMode, host);
  }
}

/** Tokens of one volume: each is renewed when four fifths of its time are over (token.Manager). */
class Tokens {
  private readonly host: VolumeHost;
  private readonly known = new Map<string, { token: string; until: number }>();

  constructor(host: VolumeHost) {
    this.host = host;
  }

  get(pod: Pod, path: string, audience: string | undefined, seconds: number, renew: () => void): string {
    const { engine } = this.host;
    const known = this.known.get(path);
    if (known !== undefined && engine.now < known.until) return known.token;
    const token = this.host.token(pod, audience, seconds);
    const lifetime = 0.8 * seconds * SECOND;
    this.known.set(path, { token, until: engine.now + lifetime });
    engine.background(lifetime, renew);
    return token;
  }
}
