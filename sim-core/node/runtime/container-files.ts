import type { Space } from '../../images/file-node.ts';
import { LayeredFileSystem } from '../../images/file-system.ts';
import type { FileMount } from '../../images/file-tree.ts';
import { imageTree } from '../../images/image.ts';
import type { RuntimeContainer } from './container.ts';
import { SYSTEM_MOUNTS } from './system-mounts.ts';

/** The files that a container sees: its image's tree with `layer` above it, the system's directories, and its own mounts. */
export function containerFiles(container: RuntimeContainer, layer: Space): LayeredFileSystem {
  const { cgroup, config, engine, group, groups, image, user } = container;
  const { mounts = [], securityContext } = config;
  const own = mounts.map((mount): FileMount => {
    const path = mount.containerPath.length > 1 ? mount.containerPath.replace(/\/+$/, '') : '/';
    return { path, source: mount.source, readonly: mount.readonly ?? false };
  });
  const options = {
    mounts: own.length === 0 ? SYSTEM_MOUNTS : [...SYSTEM_MOUNTS, ...own],
    owner: container,
    readonly: securityContext?.readonlyRootfs ?? false,
    space: layer,
    charge: (bytes: number) => cgroup.changeMemory(bytes),
    user,
    group,
    groups,
  };
  return new LayeredFileSystem(imageTree(image), () => engine.now, options);
}
