import { goQuote } from '../../../api/go-format.ts';
import type { Pod } from '../../../api/objects.ts';
import { quantity } from '../../../api/quantity.ts';
import { Directory, Space } from '../../../images/file-node.ts';
import { setOwnership } from './ownership.ts';
import { tmpfsSize } from './tmpfs.ts';
import type { VolumePlugin } from './volume.ts';

/**
 * A directory that lives as long as its pod. On the disk, `sizeLimit` is what the kubelet evicts for; in memory it is the size
 * of the tmpfs, and writing more fails; there, what a container writes is memory that it uses.
 */
export const emptyDir: VolumePlugin = {
  setUp(volume, pod, host) {
    const { medium, sizeLimit } = volume.emptyDir!;
    const limit = sizeLimit === undefined ? 0 : quantity(sizeLimit).value();
    const memory = medium === 'Memory';
    checkMedium(medium, pod);
    const parent = `/var/lib/kubelet/pods/${pod.metadata.uid}/volumes/kubernetes.io~empty-dir`;
    const find = () => host.root.find(`${parent}/${volume.name}`);
    return {
      plugin: 'kubernetes.io~empty-dir',
      get memory() {
        return memory ? tmpfsSize(pod, host, limit) : undefined;
      },
      source() {
        // A kubelet that was restarted finds what is there.
        const found = find();
        if (found?.kind === 'directory') return found;
        const space = memory
          ? new Space(tmpfsSize(pod, host, limit), undefined, true)
          : new Space(undefined, host.disk);
        const directory = new Directory(new Map(), { mode: 0o777, modified: host.engine.now, space });
        setOwnership(directory, pod.spec.securityContext?.fsGroup, { readOnly: false });
        host.root.put(`${parent}/${volume.name}`, directory);
        return directory;
      },
      tearDown() {
        const found = find();
        if (found?.kind !== 'directory') return;
        found.space?.release();
        const directory = host.root.find('/var/lib/kubelet/pods');
        if (directory?.kind === 'directory') directory.entries.delete(pod.metadata.uid);
      },
      get usage() {
        const found = find();
        return { bytes: found?.kind === 'directory' ? (found.space?.used ?? 0) : 0, limit, memory };
      },
    };
  },
};

/** The API server takes any medium, the kubelet some. Throws upstream's texts (emptyDir.SetUpAt). */
function checkMedium(medium: string | undefined, { spec }: Pod): void {
  if (medium === undefined || medium === '' || medium === 'Memory') return;
  const size = /^HugePages(?:-(.+))?$/.exec(medium);
  if (size === null) throw new Error(`unknown storage medium ${goQuote(medium)}`);
  const wanted = size[1] === undefined ? 'hugepages-' : `hugepages-${size[1]}`;
  const requests = [...spec.containers, ...(spec.initContainers ?? [])].flatMap(({ resources }) =>
    Object.keys(resources?.requests ?? {}),
  );
  if (!requests.some((name) => (size[1] === undefined ? name.startsWith(wanted) : name === wanted)))
    throw new Error(`medium ${medium}: hugePages storage requested, but there is no resource request for huge pages`);
}
