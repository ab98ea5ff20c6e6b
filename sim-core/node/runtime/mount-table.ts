import type { SystemView } from './system-mounts.ts';

/** `/proc/mounts`: the root, the system's own directories, and what else is mounted. */
export function mountTable(view: SystemView): string {
  const [root, ...others] = ownMounts(view);
  return [
    root,
    'proc /proc proc rw,nosuid,nodev,noexec,relatime 0 0',
    'tmpfs /dev tmpfs rw,nosuid,size=65536k,mode=755 0 0',
    'sysfs /sys sysfs ro,nosuid,nodev,noexec,relatime 0 0',
    'cgroup /sys/fs/cgroup cgroup2 ro,nosuid,nodev,noexec,relatime 0 0',
    ...others,
    '',
  ].join('\n');
}

/** The root and what a pod mounts, a line each; a machine has its disk alone. */
function ownMounts({ config }: SystemView): string[] {
  if (config === undefined) return ['/dev/vda1 / ext4 rw,relatime 0 0'];
  const root = config.securityContext?.readonlyRootfs === true ? 'ro' : 'rw';
  const mounts = (config.mounts ?? []).flatMap(({ containerPath, readonly, device, memory }) => {
    if (device === true) return [];
    const flags = `${readonly === true ? 'ro' : 'rw'},relatime`;
    return memory === undefined
      ? `/dev/vda1 ${containerPath} ext4 ${flags} 0 0`
      : `tmpfs ${containerPath} tmpfs ${flags},size=${Math.floor(memory / 1024)}k 0 0`;
  });
  return [`overlay / overlay ${root},relatime 0 0`, ...mounts];
}
