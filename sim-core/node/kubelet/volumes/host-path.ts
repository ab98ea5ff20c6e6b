import { Directory, type FileNode, RegularFile } from '../../../images/file-node.ts';
import { resolveInside } from './payload-directory.ts';
import type { VolumeHost, VolumePlugin } from './volume.ts';

/** Paths where one finds the operating system. */
const SYSTEM =
  /^\/((etc|usr|bin|root|dev|run|var\/run)\/?|(etc\/(hostname|hosts|resolv\.conf|os-release|passwd|group)|dev|(var\/)?run\/containerd)(\/.*)?)?$/;

/** A file or directory of the node itself. Another node has another one. */
export const hostPath: VolumePlugin = {
  setUp(volume, _pod, host) {
    const { path, type = '' } = volume.hostPath!;
    if (SYSTEM.test(path)) host.furnish();
    check(path, type, host);
    return {
      plugin: 'kubernetes.io~host-path',
      path,
      // The runtime makes a directory where nothing is, when the type asks for nothing else.
      source: () => resolveInside(host.root, path) ?? host.root.ensure(path),
    };
  },
};

/** hostPathTypeChecker: what must be there is there, or is made. Throws upstream's texts. */
function check(path: string, type: string, host: VolumeHost): void {
  const found = resolveInside(host.root, path);
  const fail = (what: string): never => {
    throw new Error(`hostPath type check failed: ${path} is not ${what}`);
  };
  switch (type) {
    case '':
      return;
    case 'DirectoryOrCreate':
      if (found === undefined) createDirectory(path, host);
      else if (found.kind !== 'directory') fail('a directory');
      return;
    case 'Directory':
      if (found?.kind !== 'directory') fail('a directory');
      return;
    case 'FileOrCreate':
      if (found === undefined) createFile(path, host);
      else if (found.kind !== 'file') fail('a file');
      return;
    case 'File':
      if (found?.kind !== 'file') fail('a file');
      return;
    case 'Socket':
      if (!isSpecial(found, 'socket')) fail('a socket');
      return;
    case 'CharDevice':
      if (!isSpecial(found, 'device')) fail('a character device');
      return;
    case 'BlockDevice':
      if (!isSpecial(found, 'block')) fail('a block device');
      return;
    default:
      throw new Error(`${type} is an invalid volume type`);
  }
}

/** DirectoryOrCreate makes those above it, too (os.MkdirAll). */
function createDirectory(path: string, { root }: VolumeHost): void {
  for (let slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
    const above = path.slice(0, slash);
    const found = resolveInside(root, above);
    if (found !== undefined && found.kind !== 'directory') throw new Error(`mkdir ${above}: not a directory`);
  }
  root.ensure(path);
}

/** FileOrCreate makes the file, not the directory it is in. */
function createFile(path: string, host: VolumeHost): void {
  const slash = path.lastIndexOf('/');
  const parent = resolveInside(host.root, path.slice(0, slash));
  if (!(parent instanceof Directory)) throw new Error(`open ${path}: no such file or directory`);
  parent.entries.set(path.slice(slash + 1), new RegularFile('', { modified: host.engine.now }));
}

function isSpecial(node: FileNode | undefined, shownAs: 'socket' | 'device' | 'block'): boolean {
  return node?.kind === 'special' && node.shownAs === shownAs;
}
