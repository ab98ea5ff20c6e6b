import type { Pod } from '../../../api/objects.ts';
import { amountOf, podMemoryLimit } from '../resources.ts';
import type { VolumeHost } from './volume.ts';

/**
 * How many bytes a volume in memory can hold (calculateEmptyDirMemorySize): as much as its pod may use, or all pods of the node together
 * where the pod has no limit, or less if the volume says so (`sizeLimit`, 0: it does not).
 */
export function tmpfsSize(pod: Pod, host: VolumeHost, sizeLimit = 0): number {
  let size = amountOf(host.around(pod).allocatable, 'memory');
  for (const limit of [podMemoryLimit(pod), sizeLimit]) if (limit > 0 && limit <= size) size = limit;
  return size;
}
