import { quantity } from '../../../api/quantity.ts';
import { Directory, Space } from '../../../images/file-node.ts';
import type { VolumePlugin } from './volume.ts';

/**
 * A directory that lives as long as its pod. On the disk, `sizeLimit` is what the kubelet evicts for; in memory it is the size
 * of the tmpfs, and writing more fails.
 */
export const emptyDir: VolumePlugin = {
  setUp(volume, _pod, host) {
    const { medium, sizeLimit } = volume.emptyDir!;
    const limit = sizeLimit === undefined ? 0 : quantity(sizeLimit).value();
    const memory = medium === 'Memory';
    let space: Space | undefined;
    let directory: Directory | undefined;
    return {
      plugin: 'kubernetes.io~empty-dir',
      source() {
        if (directory === undefined) {
          space = memory
            ? new Space(limit > 0 ? limit : Number.POSITIVE_INFINITY)
            : new Space(Number.POSITIVE_INFINITY, host.disk);
          directory = new Directory(new Map(), { mode: 0o777, modified: host.engine.now, space });
        }
        return directory;
      },
      tearDown() {
        space?.release();
        directory = undefined;
        space = undefined;
      },
      get usage() {
        return { bytes: space?.used ?? 0, limit, memory };
      },
    };
  },
};
