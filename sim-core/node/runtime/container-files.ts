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

/** What is mounted, but for the system's own directories, as lines of /proc/mounts; the root first. */
export function mountTable(container: RuntimeContainer): string[] {
  const { config, files, machine } = container;
  const inMemory = new Map<string, number>();
  for (const { path, kind, size } of files.volumes())
    if (kind === 'memory') inMemory.set(path, Number.isFinite(size) ? size : machine.memory);
  const root = config.securityContext?.readonlyRootfs === true ? 'ro' : 'rw';
  const mounts = (config.mounts ?? []).flatMap(({ containerPath, hostPath, readonly, device }) => {
    if (device === true) return [];
    const flags = `${readonly === true ? 'ro' : 'rw'},relatime`;
    // The kubelet keeps secrets and tokens in memory.
    const secret = /kubernetes\.io~(secret|projected)/.test(hostPath) ? machine.memory : undefined;
    const size = inMemory.get(containerPath) ?? secret;
    return size === undefined
      ? `/dev/vda1 ${containerPath} ext4 ${flags} 0 0`
      : `tmpfs ${containerPath} tmpfs ${flags},size=${Math.floor(size / 1024)}k 0 0`;
  });
  return [`overlay / overlay ${root},relatime 0 0`, ...mounts];
}
