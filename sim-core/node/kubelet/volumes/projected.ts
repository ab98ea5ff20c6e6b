import type { ProjectedVolumeSource, ServiceAccountTokenProjection } from 'kubernetes-types/core/v1';
import { aggregateMessage } from '../../../api/field-error.ts';
import type { Pod } from '../../../api/objects.ts';
import { type Micros, SECOND } from '../../../engine/index.ts';
import { addConfigMap } from './config-map.ts';
import { addDownward } from './downward-api.ts';
import type { Payload } from './payload-directory.ts';
import { PayloadVolume } from './payload-volume.ts';
import { addSecret } from './secret.ts';
import type { VolumeHost, VolumePlugin } from './volume.ts';

const DEFAULT_EXPIRATION = 3600;
const DEFAULT_MODE = 0o644;

/** The token of one source, until it is renewed when four fifths of its time are over (token.Manager). */
interface KnownToken {
  readonly token: string;
  readonly until: Micros;
}

/**
 * Several sources in one directory. Tokens are asked for when someone first looks at the files, not when the pod starts:
 * nine pods of ten never do.
 */
class ProjectedVolume extends PayloadVolume {
  /** By path. */
  private tokens: Map<string, KnownToken> | undefined;

  protected override collect(pod: Pod): Payload {
    const { sources = [], defaultMode = DEFAULT_MODE } = this.volume.projected!;
    const payload: Payload = new Map();
    addObjects(payload, pod, this.volume.projected!, this.host);
    for (const { serviceAccountToken } of sources) {
      if (serviceAccountToken === undefined) continue;
      // With a group of its own to read it, nobody else need be able to.
      const mode = pod.spec.securityContext?.fsGroup === undefined ? defaultMode : 0o600;
      payload.set(serviceAccountToken.path, { content: this.token(pod, serviceAccountToken), mode });
    }
    return payload;
  }

  private token(pod: Pod, source: ServiceAccountTokenProjection): string {
    const { path, audience, expirationSeconds = DEFAULT_EXPIRATION } = source;
    const { engine } = this.host;
    this.tokens ??= new Map();
    const known = this.tokens.get(path);
    if (known !== undefined && engine.now < known.until) return known.token;
    const token = this.host.token(pod, audience, expirationSeconds);
    const lifetime = 0.8 * expirationSeconds * SECOND;
    this.tokens.set(path, { token, until: engine.now + lifetime });
    engine.background(lifetime, () => this.refresh(this.pod));
    return token;
  }
}

export const projected: VolumePlugin = {
  setUp(volume, pod, host) {
    const source = volume.projected!;
    for (const { clusterTrustBundle } of (source.sources ?? []) as { clusterTrustBundle?: unknown }[]) {
      if (clusterTrustBundle !== undefined) throw new Error('ClusterTrustBundle projection is not supported here');
    }
    addObjects(new Map(), pod, source, host);
    return new ProjectedVolume('kubernetes.io~projected', volume, pod, host);
  },
};

function addObjects(payload: Payload, pod: Pod, source: ProjectedVolumeSource, host: VolumeHost): void {
  const namespace = pod.metadata.namespace!;
  const { defaultMode } = source;
  const problems: string[] = [];
  for (const { secret, configMap, downwardAPI } of source.sources ?? []) {
    try {
      if (secret !== undefined) addSecret(payload, namespace, secret, defaultMode, host);
      if (configMap !== undefined) addConfigMap(payload, namespace, configMap, defaultMode, host);
      if (downwardAPI !== undefined) addDownward(payload, pod, downwardAPI.items, defaultMode, host);
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  // All that is missing is told at once.
  if (problems.length > 0) throw new Error(aggregateMessage(problems));
}
