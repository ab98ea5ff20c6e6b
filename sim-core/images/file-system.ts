import { absolutePath } from './absolute-path.ts';
import { failure } from './file-failure.ts';
import { Directory, type FileNode, RegularFile, SymbolicLink } from './file-node.ts';
import { type Executable, FileError, type FileStat, type FileSystem, type MountedVolume } from './process.ts';
import { giveBack, WritableTree } from './writable-tree.ts';

/**
 * A tree of files as a container sees it: image layers that many containers share, a writable layer above them, and mounts.
 *
 * The writable layer is made by copying the directories from the root down to what changes; until then a container shares
 * its image's tree whole and costs nothing.
 */
export class LayeredFileSystem extends WritableTree implements FileSystem {
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
    node.modified = this.clock.now;
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
      return { kind: node.shownAs, size: 0, mode: node.mode, modified: this.clock.now, user: 0, group: 0 };
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
      modified: this.clock.now,
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
    parent.modified = this.clock.now;
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
    this.create(place, new SymbolicLink(target, { modified: this.clock.now }));
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
    const copy = new RegularFile(node.content, { mode: node.mode, modified: this.clock.now, program: node.program });
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
    else this.own(place).modified = this.clock.now;
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
      payer: this.payer,
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
}
