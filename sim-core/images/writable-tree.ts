import { failure } from './file-failure.ts';
import {
  ChargedSpace,
  Directory,
  type FileNode,
  type Payer,
  RegularFile,
  type Space,
  SymbolicLink,
} from './file-node.ts';
import { type FileMount, FileTree, type FileTreeOptions, type Place } from './file-tree.ts';

/** Tells the virtual time; the engine does. */
export interface Clock {
  readonly now: number;
}

/** Of a tree that can be changed. */
export interface WritableTreeOptions extends FileTreeOptions {
  /** Where changes to the root tree count: a container's writable layer. */
  readonly space?: Space;
  /** Pays for memory that is mounted (tmpfs). */
  readonly payer?: Payer;
}

type Taker = Space | ChargedSpace;

const SET_GROUP = 0o2000;

/**
 * A tree that can be changed: nodes of image layers are copied into the writable layer first, and what is made or given back counts in the space
 * that holds it.
 */
export class WritableTree extends FileTree {
  protected readonly space: Space | undefined;
  protected readonly payer: Payer | undefined;
  protected readonly clock: Clock;
  private charged: Map<Space, ChargedSpace> | undefined;

  /** `clock` is for modification times. */
  constructor(root: Directory, clock: Clock, options: WritableTreeOptions = {}) {
    super(root, options);
    this.clock = clock;
    this.space = options.space;
    this.payer = options.payer;
  }

  /** Where changes at a place count, and who pays for them. */
  protected spaceOf(place: Place): Taker | undefined {
    const space = this.plainSpaceOf(place);
    if (space?.memory !== true || this.payer === undefined) return space;
    this.charged ??= new Map();
    let charged = this.charged.get(space);
    if (charged === undefined) {
      charged = new ChargedSpace(space, this.payer);
      this.charged.set(space, charged);
    }
    return charged;
  }

  protected plainSpaceOf(place: Place): Space | undefined {
    if (place.mount === undefined) return this.space ?? this.root.space;
    const { source } = place.mount;
    return typeof source !== 'function' && source.kind === 'directory' ? source.space : undefined;
  }

  /** A file of the user. */
  protected newFile(content: string, mode: number): RegularFile {
    const file = new RegularFile(content, { mode, modified: this.clock.now });
    file.user = this.user;
    file.group = this.group;
    return file;
  }

  /** Puts a node where there is none. Throws EROFS, ENOSPC, and as `parentOf`. */
  protected create(place: Place, node: FileNode): void {
    if (place.readonly) throw failure('EROFS');
    const parent = this.parentOf(place);
    this.spaceOf(place)?.take(node.kind === 'file' ? node.size : 0, 1);
    // What is made in a directory with the setgid bit belongs to the directory's group.
    if ((parent.mode & SET_GROUP) !== 0 && (node.kind === 'file' || node.kind === 'directory')) {
      node.group = parent.group;
      if (node.kind === 'directory') node.mode |= SET_GROUP;
    }
    parent.entries.set(place.names.at(-1)!, node);
    parent.modified = this.clock.now;
  }

  /** Puts a file where there is one. Throws EROFS, ENOSPC. */
  protected replace(place: Place, node: RegularFile): void {
    if (place.readonly) throw failure('EROFS');
    const parent = this.parentOf(place, false);
    const before = place.node;
    const space = this.spaceOf(place);
    space?.take(node.size, 1);
    if (before !== undefined) giveBack(before, space);
    parent.entries.set(place.names.at(-1)!, node);
  }

  /** The node itself to change, copied into the writable layer first if it is an image's. */
  protected own(place: Place): RegularFile | Directory {
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
  protected parentOf(place: Place, checked = true): Directory {
    if (place.names.length === 0) throw failure('EBUSY');
    const parent = this.ownedDirectory(place.names.slice(0, -1), place.mount);
    if (checked && !this.allowed(parent, 2)) throw failure('EACCES');
    return parent;
  }

  /** A copy of a tree, counted in `space`. */
  protected cloneOf(node: FileNode, space: Taker | undefined): FileNode {
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
      if (next === undefined) next = new Directory(new Map(), { modified: this.clock.now });
      else if (next.kind !== 'directory') throw failure('ENOTDIR');
      else if (next.layer) next = ownCopy(next);
      directory.entries.set(name, next);
      directory = next;
    }
    return directory;
  }
}

/** Gives back what a tree takes up; what belongs to an image layer is not the container's to give. */
export function giveBack(node: FileNode, space: Taker | undefined): void {
  if (space === undefined || node.layer) return;
  if (node.kind === 'directory') for (const child of node.entries.values()) giveBack(child, space);
  space.take(node.kind === 'file' ? -node.size : 0, -1);
}

/** A directory of the writable layer with the same entries. */
function ownCopy(directory: Directory): Directory {
  const copy = new Directory(new Map(directory.entries), { mode: directory.mode, modified: directory.modified });
  copy.user = directory.user;
  copy.group = directory.group;
  return copy;
}
