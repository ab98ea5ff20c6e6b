import type { DownwardAPIVolumeFile } from 'kubernetes-types/core/v1';
import type { Pod } from '../../../api/objects.ts';
import { containerNamed, fieldValue, resourceValue } from '../downward.ts';
import type { Payload } from './payload-directory.ts';
import { PayloadVolume } from './payload-volume.ts';
import type { VolumeHost, VolumePlugin } from './volume.ts';

const DEFAULT_MODE = 0o644;

/** Adds files that tell of the pod itself (downwardapi.CollectData). */
export function addDownward(
  payload: Payload,
  pod: Pod,
  items: readonly DownwardAPIVolumeFile[] | undefined,
  defaultMode: number | undefined,
  host: VolumeHost,
): void {
  const around = host.around(pod);
  for (const { path, mode = defaultMode ?? DEFAULT_MODE, fieldRef, resourceFieldRef } of items ?? []) {
    if (fieldRef !== undefined) payload.set(path, { content: fieldValue(pod, fieldRef.fieldPath, around), mode });
    else if (resourceFieldRef !== undefined) {
      const container = containerNamed(pod, resourceFieldRef.containerName ?? '');
      payload.set(path, { content: resourceValue(container, resourceFieldRef, around.allocatable), mode });
    }
  }
}

class DownwardVolume extends PayloadVolume {
  protected override collect(pod: Pod): Payload {
    const { items, defaultMode } = this.volume.downwardAPI!;
    const payload: Payload = new Map();
    addDownward(payload, pod, items, defaultMode, this.host);
    return payload;
  }
}

export const downwardApi: VolumePlugin = {
  setUp: (volume, pod, host) => new DownwardVolume('kubernetes.io~downward-api', volume, pod, host).tried(),
};
