import { resolveInside } from './payload-directory.ts';
import { type MountedVolume, VolumeError, type VolumeHost } from './volume.ts';

/** A directory of the node that an administrator has set aside. It must be there. */
export function localVolume(name: string, path: string, host: VolumeHost): MountedVolume {
  const find = () => resolveInside(host.root, path);
  if (find() === undefined) {
    throw new VolumeError(
      `MountVolume.NewMounter initialization failed for volume "${name}" : path "${path}" does not exist`,
    );
  }
  return { plugin: 'kubernetes.io~local-volume', path, source: () => find() ?? host.root.ensure(path) };
}
