import type { SecretProjection } from 'kubernetes-types/core/v1';
import type { Pod } from '../../../api/objects.ts';
import { isNotFound } from '../../../api/status.ts';
import { secretText } from '../environment.ts';
import type { Payload } from './payload-directory.ts';
import { addKeys, PayloadVolume } from './payload-volume.ts';
import type { VolumeHost, VolumePlugin } from './volume.ts';

/** Adds the files of a Secret, decoded. Throws NotFound, or for a key that it lacks. */
export function addSecret(
  payload: Payload,
  namespace: string,
  source: SecretProjection,
  mode: number | undefined,
  host: VolumeHost,
): void {
  const optional = source.optional ?? false;
  const data = new Map<string, string>();
  try {
    const object = host.secret(namespace, source.name ?? '');
    for (const key of Object.keys(object.data ?? {})) data.set(key, secretText(object.data![key]!));
  } catch (error) {
    if (!(optional && isNotFound(error))) throw error;
  }
  const missing = (key: string) => `references non-existent secret key: ${key}`;
  addKeys(payload, data, source.items, { mode, optional, missing });
}

class SecretVolume extends PayloadVolume {
  protected override collect(pod: Pod): Payload {
    const { secretName = '', items, optional, defaultMode } = this.volume.secret!;
    const payload: Payload = new Map();
    addSecret(payload, pod.metadata.namespace!, { name: secretName, items, optional }, defaultMode, this.host);
    return payload;
  }
}

export const secret: VolumePlugin = {
  setUp: (volume, pod, host) => new SecretVolume('kubernetes.io~secret', volume, pod, host).tried(),
};
