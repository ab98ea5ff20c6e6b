import type { ConfigMapProjection } from 'kubernetes-types/core/v1';
import { decodeBase64 } from '../../../api/base64.ts';
import type { Pod } from '../../../api/objects.ts';
import { isNotFound } from '../../../api/status.ts';
import type { Payload } from './payload-directory.ts';
import { addKeys, PayloadVolume } from './payload-volume.ts';
import type { VolumeHost, VolumePlugin } from './volume.ts';

/** Adds the files of a ConfigMap. Throws NotFound, or for a key that it lacks. */
export function addConfigMap(
  payload: Payload,
  namespace: string,
  source: ConfigMapProjection,
  mode: number | undefined,
  host: VolumeHost,
): void {
  const optional = source.optional ?? false;
  const data = new Map<string, string>();
  try {
    const object = host.configMap(namespace, source.name ?? '');
    for (const key of Object.keys(object.data ?? {})) data.set(key, object.data![key]!);
    for (const key of Object.keys(object.binaryData ?? {})) data.set(key, decodeBase64(object.binaryData![key]!));
  } catch (error) {
    if (!(optional && isNotFound(error))) throw error;
  }
  const missing = (key: string) => `configmap references non-existent config key: ${key}`;
  addKeys(payload, data, source.items, { mode, optional, missing });
}

class ConfigMapVolume extends PayloadVolume {
  /** The kubelet keeps ConfigMaps on its disk. */
  override get memory(): undefined {
    return undefined;
  }

  protected override collect(pod: Pod): Payload {
    const source = this.volume.configMap!;
    const payload: Payload = new Map();
    addConfigMap(payload, pod.metadata.namespace!, source, source.defaultMode, this.host);
    return payload;
  }
}

export const configMap: VolumePlugin = {
  setUp: (volume, pod, host) => new ConfigMapVolume('kubernetes.io~configmap', volume, pod, host).tried(),
};
