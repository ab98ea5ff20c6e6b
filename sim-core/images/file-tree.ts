import { absolutePath } from './absolute-path.ts';
import { failure } from './file-failure.ts';
import { Directory, type FileNode, type RegularFile } from './file-node.ts';
import type { Untouched } from './process.ts';

/** A directory or file mounted into a tree. */
export interface FileMount {
  /** Absolute, without a slash at the end. */
  readonly path: string;
  /** A function is called when someone first looks there, with the file system's owner. */
  readonly source: FileNode | ((owner: unknown) => FileNode);
  readonly readonly: boolean;
}

/** Of a tree and of who looks at it. */
export interface FileTreeOptions {
  /** Mounts, shallower paths first. */
  readonly mounts?: readonly FileMount[];
  /** What the mounts' functions are called with, so that a list of mounts can serve many containers. */
  readonly owner?: unknown;
  /** Whether the root (not its mounts) refuses writes. */
  readonly readonly?: boolean;
  /** Who acts; 0 may do everything. */
  readonly user?: number;
  readonly group?: number;
  /** Other groups whose rights they have. */
  readonly groups?: readonly number[];
}

/** Where a walk ended. */
export interface Place {
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

/** A step of a way: what a directory has under a name. */
interface Step {
  readonly directory: Directory;
  readonly name: string;
  readonly next: FileNode;
}

const NO_STEPS: readonly Step[] = [];

/** The way to what an image brought, by directories that may change. */
class UntouchedWay implements Untouched {
  private readonly tree: FileTree;
  private readonly root: Directory;
  private readonly mounts: readonly FileMount[];
  private readonly steps: readonly Step[];

  constructor(tree: FileTree, root: Directory, mounts: readonly FileMount[], steps: readonly Step[]) {
    this.tree = tree;
    this.root = root;
    this.mounts = mounts;
    this.steps = steps;
  }

  holds(): boolean {
    if (!this.tree.startsFrom(this.root, this.mounts)) return false;
    for (const { directory, name, next } of this.steps) if (directory.entries.get(name) !== next) return false;
    return true;
  }
}

const MAX_LINKS = 40;
/** In larger directories nobody looks for links. */
const MANY_FILES = 256;
const NO_MOUNTS: readonly FileMount[] = [];
const EMPTY = new Directory(new Map(), { layer: true });

/** Where paths lead in a tree with mounts, for one user: links, permissions and mounts on the way are heeded. */
export class FileTree {
  protected root: Directory;
  protected mounts: readonly FileMount[];
  protected readonly owner: unknown;
  protected readonly user: number;
  protected readonly group: number;
  protected readonly groups: readonly number[];
  private readonly rootReadonly: boolean;

  constructor(root: Directory, options: FileTreeOptions) {
    this.root = root;
    this.mounts = options.mounts ?? [];
    this.owner = options.owner;
    this.rootReadonly = options.readonly ?? false;
    this.user = options.user ?? 0;
    this.group = options.group ?? this.user;
    this.groups = options.groups ?? [];
  }

  /**
   * The node at a plain path, by the shortest way: `null` when there is none, `undefined` when links, mounts not yet made, dots
   * or permissions ask for a proper walk.
   */
  protected lookUp(path: string): FileNode | null | undefined {
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

  /**
   * See `FileSystem.untouched`. An image's layers never change: what matters is that the way leads into them, and that neither a mount nor a
   * link leads out again.
   */
  untouched(path: string): Untouched | undefined {
    const { root, mounts } = this;
    const names = absolutePath('/', path)
      .split('/')
      .filter((name) => name !== '');
    const whole = names.map((name) => `/${name}`).join('');
    const meets = ({ path: mounted }: FileMount) =>
      `${mounted}/`.startsWith(`${whole}/`) || whole.startsWith(`${mounted}/`);
    if (mounts.some(meets)) return undefined;
    const way: Step[] = [];
    let node: FileNode = root;
    for (const name of names) {
      const next: FileNode | undefined = node.kind === 'directory' ? node.entries.get(name) : undefined;
      if (next === undefined || next.kind === 'symlink') return undefined;
      if (!node.layer) way.push({ directory: node as Directory, name, next });
      node = next;
    }
    if (!node.layer || leadsOut(node)) return undefined;
    return new UntouchedWay(this, root, mounts, way.length === 0 ? NO_STEPS : way);
  }

  /** Whether paths start from there, with these mounts. */
  startsFrom(root: Directory, mounts: readonly FileMount[]): boolean {
    return this.root === root && this.mounts === mounts;
  }

  /** Where a path leads; with `followLast` false, a link at its end is not followed. Throws ENOENT, ENOTDIR, EACCES, ELOOP on the way. */
  protected walk(path: string, followLast = true): Place {
    return this.walkFrom(path, followLast, 0);
  }

  /** Makes what a mount shows, now that someone looks. */
  protected materialise(mount: FileMount): FileMount {
    const made = { ...mount, source: (mount.source as (owner: unknown) => FileNode)(this.owner) };
    this.mounts = this.mounts.map((other) => (other === mount ? made : other));
    return made;
  }

  /** Whether the user may read (4), write (2) or execute (1) a node. */
  protected allowed(node: RegularFile | Directory, right: 1 | 2 | 4): boolean {
    if (this.user === 0) return true;
    const ofGroup = node.group === this.group || this.groups.includes(node.group);
    const shift = node.user === this.user ? 6 : ofGroup ? 3 : 0;
    return ((node.mode >> shift) & right) !== 0;
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
}

/** Whether there is a link at or below a node, or may be. */
function leadsOut(node: FileNode): boolean {
  const rest = [node];
  for (const next of rest) {
    if (next.kind === 'symlink' || rest.length > MANY_FILES) return true;
    if (next.kind === 'directory') rest.push(...next.entries.values());
  }
  return false;
}
