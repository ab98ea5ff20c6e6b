import type { Space } from '../../images/file-node.ts';
import { LayeredFileSystem } from '../../images/file-system.ts';
import type { FileMount } from '../../images/file-tree.ts';
import { imageTree } from '../../images/image.ts';
import type { Mount } from '../cri/container.ts';
import type { RuntimeContainer } from './container.ts';
import { SYSTEM_MOUNTS } from './system-mounts.ts';

/** Lists of mounts that containers share, by their paths, and the most that are remembered. */
const shared = new Map<string, readonly FileMount[]>();
const sharedLimit = 4096;

/** The files that a container sees: its image's tree with `layer` above it, the system's directories, and its own mounts. */
export function containerFiles(container: RuntimeContainer, layer: Space): LayeredFileSystem {
  const { cgroup, config, engine, group, groups, image, user } = container;
  const { mounts = [], securityContext } = config;
  const options = {
    mounts: mountsAt(mounts),
    owner: container,
    readonly: securityContext?.readonlyRootfs ?? false,
    space: layer,
    payer: cgroup,
    user,
    group,
    groups,
  };
  return new LayeredFileSystem(imageTree(image), engine, options);
}

/** The mounts of a container that has these. What is there, each container says for itself: all replicas of a pod have one list. */
function mountsAt(mounts: readonly Mount[]): readonly FileMount[] {
  if (mounts.length === 0) return SYSTEM_MOUNTS;
  const key = mounts.map(({ containerPath, readonly }) => `${containerPath}\0${readonly === true}`).join('\0');
  const known = shared.get(key);
  if (known !== undefined) return known;
  const own = mounts.map(({ containerPath, readonly = false }, index): FileMount => {
    const path = containerPath.length > 1 ? containerPath.replace(/\/+$/, '') : '/';
    return { path, source: (owner) => (owner as RuntimeContainer).config.mounts![index]!.open(), readonly };
  });
  const list = [...SYSTEM_MOUNTS, ...own];
  if (shared.size >= sharedLimit) shared.clear();
  shared.set(key, list);
  return list;
}
