import { ChargedSpace, Directory, type FileNode, RegularFile, type Space, SymbolicLink } from './file-node.ts';
import { type Executable, FileError, type FileStat, type FileSystem, type MountedVolume } from './process.ts';

/** A directory or file mounted into a tree. */
export interface FileMount {
  /** Absolute, without a slash at the end. */
  readonly path: string;
  /** A function is called when someone first looks there, with the file system's owner. */
  readonly source: FileNode | ((owner: unknown) => FileNode);
  readonly readonly: boolean;
}

export interface FileSystemOptions {
  /** Mounts, shallower paths first. */
  readonly mounts?: readonly FileMount[];
  /** What the mounts' functions are called with, so that a list of mounts can serve many containers. */
  readonly owner?: unknown;
  /** Whether the root (not its mounts) refuses writes. */
  readonly readonly?: boolean;
  /** Where changes to the root tree count: a container's writable layer. */
  readonly space?: Space;
  /** Hears of bytes taken in memory that is mounted (tmpfs), and of those given back. */
  readonly charge?: (bytes: number) => void;
  /** Who acts; 0 may do everything. */
  readonly user?: number;
  readonly group?: number;
  /** Other groups whose rights they have. */
  readonly groups?: readonly number[];
}

type Taker = Space | ChargedSpace;

const MAX_LINKS = 40;
const SET_GROUP = 0o2000;
const NO_MOUNTS: readonly FileMount[] = [];
const EMPTY = new Directory(new Map(), { layer: true });

const MESSAGES: Record<FileError['code'], string> = {
  ENOENT: 'No such file or directory',
  EEXIST: 'File exists',
  ENOTDIR: 'Not a directory',
  EISDIR: 'Is a directory',
  EROFS: 'Read-only file system',
  EACCES: 'Permission denied',
  ENOTEMPTY: 'Directory not empty',
  ENOSPC: 'No space left on device',
  ELOOP: 'Symbolic link loop',
  EBUSY: 'Resource busy',
  EINVAL: 'Invalid argument',
  EIO: 'Input/output error',
};

function failure(code: FileError['code']): FileError {
  return new FileError(code, MESSAGES[code]);
}

/** The absolute path that `path` means in the directory `cwd`; `.` and `..` are resolved by name. */
export function absolutePath(cwd: string, path: string): string {
  const names: string[] = [];
  for (const name of (path.startsWith('/') ? path : `${cwd}/${path}`).split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return `/${names.join('/')}`;
}

/** Where a walk ended. */
interface Place {
  /** Canonical path. */
  readonly path: string;
  readonly node: FileNode | undefined;
  /** Whether the mount it is on refuses writes. */
  readonly readonly: boolean;
  /** Names from the mount's root (or the tree's) down to it. */
  readonly names: readonly string[];
  /** Root of the mount it is in; `undefined` in the container's own tree. */
  readonly mount: FileMount | undefined;
}

/**
 * A tree of files as a container sees it: image layers that many containers share, a writable layer above them, and mounts.
 *
 * The writable layer is made by copying the directories from the root down to what changes; until then a container shares
 * its image's tree whole and costs nothing.
 */
export class LayeredFileSystem implements FileSystem {
  private root: Directory;
  private mounts: readonly FileMount[];
  private readonly owner: unknown;
  private readonly rootReadonly: boolean;
  private readonly space: Space | undefined;
  private readonly charge: ((bytes: number) => void) | undefined;
  private charged: Map<Space, ChargedSpace> | undefined;
  private readonly user: number;
  private readonly group: number;
  private readonly groups: readonly number[];
  private readonly clock: () => number;

  /** `clock` tells the virtual time for modification times. */
  constructor(root: Directory, clock: () => number, options: FileSystemOptions = {}) {
    this.root = root;
    this.clock = clock;
    this.mounts = options.mounts ?? [];
    this.owner = options.owner;
    this.rootReadonly = options.readonly ?? false;
    this.space = options.space;
    this.charge = options.charge;
    this.user = options.user ?? 0;
    this.group = options.group ?? this.user;
    this.groups = options.groups ?? [];
  }

  read(path: string): string {
    const node = this.lookUp(path) ?? this.walk(path).node;
    if (node === undefined) throw failure('ENOENT');
    if (node.kind === 'directory') throw failure('EISDIR');
    if (node.kind === 'special') return node.read();
    if (node.kind === 'symlink') throw failure('ELOOP');
    if (!this.allowed(node, 4)) throw failure('EACCES');
    return node.content;
  }

  write(path: string, content: string, options: { append?: boolean; mode?: number } = {}): void {
    const place = this.walk(path);
    const { node } = place;
    if (node?.kind === 'directory') throw failure('EISDIR');
    if (node?.kind === 'special') {
      if (node.write === undefined) throw failure('EACCES');
      node.write(content);
      return;
    }
    if (place.readonly) throw failure('EROFS');
    if (node === undefined) {
      this.create(place, this.newFile(content, options.mode ?? 0o644));
      return;
    }
    if (node.kind !== 'file') throw failure('ELOOP');
    if (!this.allowed(node, 2)) throw failure('EACCES');
    if (node.layer) {
      const copy = this.newFile(options.append === true ? node.content + content : content, node.mode);
      copy.user = node.user;
      copy.group = node.group;
      this.replace(place, copy);
      return;
    }
    const space = this.spaceOf(place);
    const before = node.size;
    if (options.append === true) node.append(content);
    else node.set(content);
    try {
      space?.take(node.size - before, 0);
    } catch (error) {
      node.set(options.append === true ? node.content.slice(0, node.content.length - content.length) : '');
      if (options.append !== true) space?.take(-before, 0);
      throw error;
    }
    node.modified = this.clock();
  }

  fill(path: string, bytes: number): void {
    this.write(path, '');
    const place = this.walk(path);
    if (place.node?.kind !== 'file') return;
    this.spaceOf(place)?.take(bytes, 0);
    place.node.zeros = bytes;
  }

  stat(path: string, options: { follow?: boolean } = {}): FileStat | undefined {
    let node = this.lookUp(path);
    if (node === null) return undefined;
    if (node === undefined) {
      try {
        node = this.walk(path, options.follow ?? true).node;
      } catch (error) {
        if (error instanceof FileError) return undefined;
        throw error;
      }
    }
    if (node === undefined) return undefined;
    if (node.kind === 'special') {
      return { kind: node.shownAs, size: 0, mode: node.mode, modified: this.clock(), user: 0, group: 0 };
    }
    if (node.kind === 'symlink') {
      return { kind: 'symlink', size: node.target.length, mode: 0o777, modified: node.modified, user: 0, group: 0 };
    }
    const size = node.kind === 'file' ? node.size : 4096;
    return { kind: node.kind, size, mode: node.mode, modified: node.modified, user: node.user, group: node.group };
  }

  list(path: string): string[] {
    const place = this.walk(path);
    if (place.node === undefined) throw failure('ENOENT');
    if (place.node.kind !== 'directory') throw failure('ENOTDIR');
    if (!this.allowed(place.node, 4)) throw failure('EACCES');
    const names = new Set(place.node.entries.keys());
    const prefix = place.path === '/' ? '/' : `${place.path}/`;
    for (const mount of this.mounts) {
      if (mount.path.startsWith(prefix)) names.add(mount.path.slice(prefix.length).split('/')[0]!);
    }
    return [...names].sort((a, b) => (a < b ? -1 : 1));
  }

  makeDirectory(path: string, options: { parents?: boolean; mode?: number } = {}): void {
    const absolute = absolutePath('/', path);
    if (options.parents === true) {
      const slash = absolute.lastIndexOf('/');
      if (slash > 0 && this.stat(absolute.slice(0, slash)) === undefined) {
        this.makeDirectory(absolute.slice(0, slash), { parents: true });
      }
    }
    const place = this.walk(absolute);
    if (place.node !== undefined) {
      if (options.parents === true && place.node.kind === 'directory') return;
      throw failure('EEXIST');
    }
    const directory = new Directory(new Map(), {
      mode: options.mode ?? 0o755,
      modified: this.clock(),
      space: this.plainSpaceOf(place),
    });
    directory.user = this.user;
    directory.group = this.group;
    this.create(place, directory);
  }

  remove(path: string, options: { recursive?: boolean } = {}): void {
    const place = this.walk(path, false);
    const { node } = place;
    if (node === undefined) throw failure('ENOENT');
    if (place.names.length === 0) throw failure('EBUSY');
    if (this.mounts.some((mount) => mount.path.startsWith(`${place.path}/`))) throw failure('EBUSY');
    if (place.readonly) throw failure('EROFS');
    if (node.kind === 'directory' && options.recursive !== true) {
      throw failure(node.entries.size > 0 ? 'ENOTEMPTY' : 'EISDIR');
    }
    const parent = this.parentOf(place);
    const space = this.spaceOf(place);
    giveBack(node, space);
    parent.entries.delete(place.names.at(-1)!);
    parent.modified = this.clock();
  }

  rename(from: string, to: string): void {
    const source = this.walk(from, false);
    if (source.node === undefined) throw failure('ENOENT');
    let target = this.walk(to, false);
    if (target.node?.kind === 'directory' && source.node.kind !== 'directory') throw failure('EISDIR');
    if (`${target.path}/`.startsWith(`${source.path}/`) && target.path !== source.path) throw failure('EINVAL');
    if (source.path === target.path) return;
    if (source.names.length === 0) throw failure('EBUSY');
    if (source.readonly || target.readonly) throw failure('EROFS');
    const across = source.mount !== target.mount || source.node.layer;
    const moved = across ? this.cloneOf(source.node, this.spaceOf(target)) : source.node;
    if (target.node !== undefined) {
      if (target.node.kind === 'directory' && target.node.entries.size > 0) throw failure('ENOTEMPTY');
      this.remove(to, { recursive: true });
      target = this.walk(to, false);
    }
    const parent = this.parentOf(this.walk(from, false));
    if (across) giveBack(source.node, this.spaceOf(source));
    parent.entries.delete(source.names.at(-1)!);
    this.parentOf(target).entries.set(target.names.at(-1)!, moved);
  }

  symlink(target: string, path: string): void {
    const place = this.walk(path, false);
    if (place.node !== undefined) throw failure('EEXIST');
    this.create(place, new SymbolicLink(target, { modified: this.clock() }));
  }

  readLink(path: string): string {
    const { node } = this.walk(path, false);
    if (node === undefined) throw failure('ENOENT');
    if (node.kind !== 'symlink') throw failure('EINVAL');
    return node.target;
  }

  copy(from: string, to: string): void {
    const { node } = this.walk(from);
    if (node?.kind !== 'file' || node.program === undefined) {
      const mode = this.stat(from)?.mode;
      this.write(to, this.read(from), mode === undefined ? {} : { mode: mode & 0o777 });
      return;
    }
    const place = this.walk(to);
    if (place.node?.kind === 'directory') throw failure('EISDIR');
    const copy = new RegularFile(node.content, { mode: node.mode, modified: this.clock(), program: node.program });
    copy.user = this.user;
    copy.group = this.group;
    if (place.node === undefined) this.create(place, copy);
    else this.replace(place, copy);
  }

  setMode(path: string, mode: number): void {
    const place = this.walk(path);
    const node = this.own(place);
    if (this.user !== 0 && node.user !== this.user) throw new FileError('EACCES', 'Operation not permitted');
    node.mode = mode;
  }

  setOwner(path: string, user: number | undefined, group: number | undefined): void {
    const node = this.own(this.walk(path));
    if (this.user !== 0) throw new FileError('EACCES', 'Operation not permitted');
    node.user = user ?? node.user;
    node.group = group ?? node.group;
  }

  touch(path: string): void {
    const place = this.walk(path);
    if (place.node === undefined) this.write(path, '');
    else this.own(place).modified = this.clock();
  }

  checkWritable(path: string): void {
    const place = this.walk(path);
    if (place.readonly) throw failure('EROFS');
    let { node } = place;
    if (node === undefined) node = this.walk(place.path.slice(0, Math.max(1, place.path.lastIndexOf('/')))).node;
    if (node === undefined) throw failure('ENOENT');
    if (node.kind !== 'special' && node.kind !== 'symlink' && !this.allowed(node, 2)) throw failure('EACCES');
  }

  realPath(path: string): string {
    const place = this.walk(path);
    if (place.node === undefined) throw failure('ENOENT');
    return place.path;
  }

  executable(path: string): Executable {
    const node = this.lookUp(path) ?? this.walk(path).node;
    if (node === undefined) throw failure('ENOENT');
    if (node.kind === 'directory') throw failure('EISDIR');
    if (node.kind !== 'file') throw failure('EACCES');
    if ((node.mode & 0o111) === 0 || !this.allowed(node, 1)) throw failure('EACCES');
    if (node.program !== undefined) return { kind: 'program', program: node.program };
    if (node.content.startsWith('#!')) {
      const line = node.content.slice(2).split('\n', 1)[0]!.trim();
      const space = line.search(/[ \t]/);
      if (line !== '') {
        const interpreter = space < 0 ? [line] : [line.slice(0, space), line.slice(space).trim()];
        return { kind: 'script', interpreter };
      }
    }
    return { kind: 'text' };
  }

  rooted(path: string): LayeredFileSystem {
    const { node, readonly, path: at } = this.walk(path);
    if (node === undefined) throw failure('ENOENT');
    if (node.kind !== 'directory') throw failure('ENOTDIR');
    const below = `${at === '/' ? '' : at}/`;
    const mounts = this.mounts
      .filter((mount) => mount.path.startsWith(below))
      .map((mount) => ({ ...mount, path: mount.path.slice(below.length - 1) }));
    return new LayeredFileSystem(node, this.clock, {
      mounts,
      owner: this.owner,
      readonly,
      space: node.space ?? (readonly ? undefined : this.space),
      charge: this.charge,
      user: this.user,
      group: this.group,
      groups: this.groups,
    });
  }

  volumes(): MountedVolume[] {
    const own = this.space ?? this.root.space;
    const { used = 0, limit: size = 0 } = own?.whole ?? {};
    // A container's layer is a part of a disk; a machine has the disk itself.
    const found: MountedVolume[] = [{ path: '/', kind: own === own?.whole ? 'disk' : 'root', used, size }];
    for (const mount of this.mounts) {
      const { path, source } = typeof mount.source === 'function' ? this.materialise(mount) : mount;
      const space = typeof source !== 'function' && source.kind === 'directory' ? source.space : undefined;
      if (space?.memory === true) found.push({ path, kind: 'memory', used: space.used, size: space.limit });
      else if (space !== undefined) found.push({ path, kind: 'disk', used: space.whole.used, size: space.whole.limit });
    }
    return found;
  }

  /** The node at a path, for mounting it elsewhere; `undefined` when there is none. */
  node(path: string): FileNode | undefined {
    return this.walk(path).node;
  }

  /**
   * The node at a plain path, by the shortest way: `null` when there is none, `undefined` when links, mounts not yet made, dots
   * or permissions ask for a proper walk.
   */
  private lookUp(path: string): FileNode | null | undefined {
    let node: FileNode = this.root;
    if (path.charCodeAt(0) !== 47 || this.user !== 0) return undefined;
    const mounts = this.mountsBeside(path) ? this.mounts : NO_MOUNTS;
    for (let start = 1; start < path.length; ) {
      let end = path.indexOf('/', start);
      if (end < 0) end = path.length;
      if (end === start || path.charCodeAt(start) === 46) return undefined;
      if (node.kind !== 'directory') return null;
      let next: FileNode | undefined;
      for (const mount of mounts) {
        if (mount.path.length < end || !path.startsWith(mount.path.slice(0, end))) continue;
        // A mount here, or below what may be missing here.
        if (mount.path.length > end && mount.path.charCodeAt(end) !== 47) continue;
        if (mount.path.length > end || typeof mount.source === 'function') return undefined;
        next = mount.source;
      }
      next ??= node.entries.get(path.slice(start, end));
      if (next === undefined) return null;
      if (next.kind === 'symlink') return undefined;
      node = next;
      start = end + 1;
    }
    return path.endsWith('/') ? undefined : node;
  }

  /** Whether anything is mounted below the same directory of the root as `path`: for most paths nothing is, and mounts need no look. */
  private mountsBeside(path: string): boolean {
    for (const { path: mounted } of this.mounts) {
      let at = 1;
      while (at < path.length && path.charCodeAt(at) !== 47 && path.charCodeAt(at) === mounted.charCodeAt(at)) at++;
      if (
        (at === path.length || path.charCodeAt(at) === 47) &&
        (at === mounted.length || mounted.charCodeAt(at) === 47)
      )
        return true;
    }
    return false;
  }

  private walk(path: string, followLast = true): Place {
    return this.walkFrom(path, followLast, 0);
  }

  private walkFrom(path: string, followLast: boolean, links: number): Place {
    let node: FileNode | undefined = this.root;
    let readonly = this.rootReadonly;
    let mount: FileMount | undefined;
    let names: string[] = [];
    let current = '';
    const parts = path.split('/');
    for (let index = 0; index < parts.length; index++) {
      const name = parts[index]!;
      if (name === '' || name === '.') {
        if (name === '.' && node !== undefined && node.kind !== 'directory') throw failure('ENOTDIR');
        continue;
      }
      if (name === '..') {
        const up = current.slice(0, Math.max(current.lastIndexOf('/'), 0));
        return this.walkFrom(`${up}/${parts.slice(index + 1).join('/')}`, followLast, links);
      }
      if (node === undefined) throw failure('ENOENT');
      if (node.kind !== 'directory') throw failure('ENOTDIR');
      if (!this.allowed(node, 1)) throw failure('EACCES');
      current = `${current}/${name}`;
      const mounted = this.mounts.length > 0 ? this.mountAt(current) : undefined;
      if (mounted !== undefined) {
        mount = typeof mounted.source === 'function' ? this.materialise(mounted) : mounted;
        node = mount.source as FileNode;
        readonly = mounted.readonly;
        names = [];
        continue;
      }
      names.push(name);
      node = node.entries.get(name);
      if (node === undefined && this.mounts.length > 0 && this.leadsToMount(current)) node = EMPTY;
      if (node?.kind === 'symlink' && (followLast || parts.slice(index + 1).some((part) => part !== ''))) {
        if (node.jump !== undefined) {
          node = node.jump();
          continue;
        }
        if (links >= MAX_LINKS) throw failure('ELOOP');
        const up = current.slice(0, current.lastIndexOf('/'));
        const target = node.target.startsWith('/') ? node.target : `${up}/${node.target}`;
        const rest = parts.slice(index + 1).join('/');
        return this.walkFrom(rest === '' ? target : `${target}/${rest}`, followLast, links + 1);
      }
    }
    return { path: current === '' ? '/' : current, node, readonly, names, mount };
  }

  private mountAt(path: string): FileMount | undefined {
    for (const mount of this.mounts) if (mount.path === path) return mount;
    return undefined;
  }

  private leadsToMount(path: string): boolean {
    return this.mounts.some((mount) => mount.path.startsWith(path) && mount.path.charCodeAt(path.length) === 47);
  }

  private materialise(mount: FileMount): FileMount {
    const made = { ...mount, source: (mount.source as (owner: unknown) => FileNode)(this.owner) };
    this.mounts = this.mounts.map((other) => (other === mount ? made : other));
    return made;
  }

  /** Whether the user may read (4), write (2) or execute (1) a node. */
  private allowed(node: RegularFile | Directory, right: 1 | 2 | 4): boolean {
    if (this.user === 0) return true;
    const ofGroup = node.group === this.group || this.groups.includes(node.group);
    const shift = node.user === this.user ? 6 : ofGroup ? 3 : 0;
    return ((node.mode >> shift) & right) !== 0;
  }

  /** Where changes at a place count, and who pays for them. */
  private spaceOf(place: Place): Taker | undefined {
    const space = this.plainSpaceOf(place);
    if (space?.memory !== true || this.charge === undefined) return space;
    this.charged ??= new Map();
    let charged = this.charged.get(space);
    if (charged === undefined) {
      charged = new ChargedSpace(space, this.charge);
      this.charged.set(space, charged);
    }
    return charged;
  }

  private plainSpaceOf(place: Place): Space | undefined {
    if (place.mount === undefined) return this.space ?? this.root.space;
    const { source } = place.mount;
    return typeof source !== 'function' && source.kind === 'directory' ? source.space : undefined;
  }

  private newFile(content: string, mode: number): RegularFile {
    const file = new RegularFile(content, { mode, modified: this.clock() });
    file.user = this.user;
    file.group = this.group;
    return file;
  }

  private create(place: Place, node: FileNode): void {
    if (place.readonly) throw failure('EROFS');
    const parent = this.parentOf(place);
    this.spaceOf(place)?.take(node.kind === 'file' ? node.size : 0, 1);
    // What is made in a directory with the setgid bit belongs to the directory's group.
    if ((parent.mode & SET_GROUP) !== 0 && (node.kind === 'file' || node.kind === 'directory')) {
      node.group = parent.group;
      if (node.kind === 'directory') node.mode |= SET_GROUP;
    }
    parent.entries.set(place.names.at(-1)!, node);
    parent.modified = this.clock();
  }

  private replace(place: Place, node: RegularFile): void {
    if (place.readonly) throw failure('EROFS');
    const parent = this.parentOf(place, false);
    const before = place.node;
    const space = this.spaceOf(place);
    space?.take(node.size, 1);
    if (before !== undefined) giveBack(before, space);
    parent.entries.set(place.names.at(-1)!, node);
  }

  /** The node itself to change, copied into the writable layer first if it is an image's. */
  private own(place: Place): RegularFile | Directory {
    const { node } = place;
    if (node === undefined) throw failure('ENOENT');
    if (node.kind !== 'file' && node.kind !== 'directory') throw failure('EINVAL');
    if (place.readonly) throw failure('EROFS');
    if (!node.layer) return node;
    if (node.kind === 'directory') {
      const names = [...place.names];
      return this.ownedDirectory(names, place.mount);
    }
    const copy = new RegularFile(node.content, { mode: node.mode, modified: node.modified, program: node.program });
    copy.user = node.user;
    copy.group = node.group;
    this.replace(place, copy);
    return copy;
  }

  /** The directory that holds a place, ready to be changed. Throws ENOENT, ENOTDIR, EACCES. */
  private parentOf(place: Place, checked = true): Directory {
    if (place.names.length === 0) throw failure('EBUSY');
    const parent = this.ownedDirectory(place.names.slice(0, -1), place.mount);
    if (checked && !this.allowed(parent, 2)) throw failure('EACCES');
    return parent;
  }

  private ownedDirectory(names: readonly string[], mount: FileMount | undefined): Directory {
    let directory: Directory;
    if (mount === undefined) {
      if (this.root.layer) this.root = ownCopy(this.root);
      directory = this.root;
    } else {
      const { source } = mount;
      if (typeof source === 'function' || source.kind !== 'directory') throw failure('ENOTDIR');
      directory = source;
    }
    for (const name of names) {
      let next: FileNode | undefined = directory.entries.get(name);
      if (next === undefined) next = new Directory(new Map(), { modified: this.clock() });
      else if (next.kind !== 'directory') throw failure('ENOTDIR');
      else if (next.layer) next = ownCopy(next);
      directory.entries.set(name, next);
      directory = next;
    }
    return directory;
  }

  /** A copy of a tree, counted in `space`. */
  private cloneOf(node: FileNode, space: Taker | undefined): FileNode {
    if (node.kind === 'special') return node;
    space?.take(node.kind === 'file' ? node.size : 0, 1);
    if (node.kind === 'symlink') return new SymbolicLink(node.target, { modified: node.modified });
    if (node.kind === 'file') {
      const copy = new RegularFile(node.content, { mode: node.mode, modified: node.modified, program: node.program });
      copy.user = node.user;
      copy.group = node.group;
      return copy;
    }
    const copy = ownCopy(node);
    copy.space = space instanceof ChargedSpace ? space.of : space;
    for (const [name, child] of node.entries) copy.entries.set(name, this.cloneOf(child, space));
    return copy;
  }
}

/** A directory of the writable layer with the same entries. */
function ownCopy(directory: Directory): Directory {
  const copy = new Directory(new Map(directory.entries), { mode: directory.mode, modified: directory.modified });
  copy.user = directory.user;
  copy.group = directory.group;
  return copy;
}

/** Gives back what a tree takes up; what belongs to an image layer is not the container's to give. */
function giveBack(node: FileNode, space: Taker | undefined): void {
  if (space === undefined || node.layer) return;
  if (node.kind === 'directory') for (const child of node.entries.values()) giveBack(child, space);
  space.take(node.kind === 'file' ? -node.size : 0, -1);
}
