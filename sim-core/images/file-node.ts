import { utf8Length } from '../api/utf8.ts';
import { FileError, type Program } from './process.ts';

/** Disk (or memory) that files use up: a node's disk, a container's writable layer, a volume with a limit. */
export class Space {
  /** Bytes in use, those of spaces within it included. */
  used = 0;
  inodes = 0;
  /** Bytes it can hold. */
  limit: number;
  /** Whether it is memory (tmpfs): what is written there, the writer's cgroup pays for. */
  readonly memory: boolean;
  private readonly within: Space | undefined;

  constructor(limit = Number.POSITIVE_INFINITY, within?: Space, memory = false) {
    this.limit = limit;
    this.within = within;
    this.memory = memory;
  }

  /** The disk (or memory) that it is a part of. */
  get whole(): Space {
    return this.within?.whole ?? this;
  }

  /** Whether there is room for so many bytes more. */
  fits(bytes: number): boolean {
    for (let space: Space | undefined = this; space !== undefined; space = space.within)
      if (space.used + bytes > space.limit) return false;
    return true;
  }

  /** How many bytes more it holds itself. */
  get room(): number {
    return Math.max(0, this.limit - this.used);
  }

  /** Takes bytes and inodes, or gives them back when negative. Throws ENOSPC. */
  take(bytes: number, inodes: number): void {
    if (bytes > 0 && !this.fits(bytes)) throw new FileError('ENOSPC', 'No space left on device');
    for (let space: Space | undefined = this; space !== undefined; space = space.within) {
      space.used += bytes;
      space.inodes += inodes;
    }
  }

  /** What it holds is gone. */
  release(): void {
    this.take(-this.used, -this.inodes);
  }
}

/** Pays for memory: a container's cgroup. */
export interface Payer {
  /** Bytes taken, or given back. */
  changeMemory(difference: number): void;
}

/** Memory as one container sees it: it pays for what it takes itself, and is never given back more than that. */
export class ChargedSpace {
  readonly of: Space;
  private readonly payer: Payer;
  private charged = 0;

  constructor(of: Space, payer: Payer) {
    this.of = of;
    this.payer = payer;
  }

  /** As `Space.take`. */
  take(bytes: number, inodes: number): void {
    // What does not fit is written as far as it does: who pays for it may be over its own limit by then.
    if (bytes > 0 && !this.of.fits(bytes)) {
      const { room } = this.of;
      this.payer.changeMemory(room);
      this.payer.changeMemory(-room);
    }
    this.of.take(bytes, inodes);
    const own = Math.max(bytes, -this.charged);
    this.charged += own;
    if (own !== 0) this.payer.changeMemory(own);
  }
}

/** The space of a disk that is no longer there. */
class LostSpace extends Space {
  override take(): void {
    throw new FileError('EIO', 'Input/output error');
  }
}

const LOST = new LostSpace(0);

/** A file of text. `program` makes it an executable of an image; `content` may be a function, called when someone first reads it. */
export class RegularFile {
  readonly kind = 'file';
  /** Belongs to an image layer: never changed, but replaced in the writable layer. */
  readonly layer: boolean;
  mode: number;
  modified: number;
  user = 0;
  group = 0;
  private text: string | (() => string);
  readonly program: Program | undefined;
  /** Zero bytes after its content, which nobody keeps: what makes a file large. */
  zeros = 0;
  private bytes = -1;

  constructor(
    content: string | (() => string),
    options: { mode?: number; modified?: number; layer?: boolean; program?: Program } = {},
  ) {
    this.text = content;
    this.mode = options.mode ?? 0o644;
    this.modified = options.modified ?? 0;
    this.layer = options.layer ?? false;
    this.program = options.program;
  }

  get content(): string {
    if (typeof this.text === 'function') this.text = this.text();
    return this.text;
  }

  /** Whether nobody has read or changed it, whose content was a function: what it holds is still to be made. */
  get unread(): boolean {
    return typeof this.text === 'function';
  }

  get size(): number {
    if (this.bytes < 0) this.bytes = utf8Length(this.content);
    return this.bytes + this.zeros;
  }

  set(content: string): void {
    this.text = content;
    this.zeros = 0;
    this.bytes = -1;
  }

  append(text: string): void {
    if (this.bytes >= 0) this.bytes += utf8Length(text);
    this.text = this.content + text;
  }
}

export class Directory {
  readonly kind = 'directory';
  readonly layer: boolean;
  mode: number;
  modified: number;
  user = 0;
  group = 0;
  /** Where the bytes of files made in it count; inherited by directories made in it. */
  space: Space | undefined;
  private contents: Map<string, FileNode> | (() => Map<string, FileNode>);

  /** `entries` may be a function, called when someone first looks inside. */
  constructor(
    entries: Map<string, FileNode> | (() => Map<string, FileNode>) = new Map(),
    options: { mode?: number; modified?: number; layer?: boolean; space?: Space } = {},
  ) {
    this.contents = entries;
    this.mode = options.mode ?? 0o755;
    this.modified = options.modified ?? 0;
    this.layer = options.layer ?? false;
    this.space = options.space;
  }

  /**
   * Takes what is in it away into a new directory, as a disk is taken from a machine that still uses it: whoever goes on with this one finds
   * nothing, and writing fails with EIO.
   */
  tearAway(): Directory {
    const moved = new Directory(this.entries, { mode: this.mode, modified: this.modified, space: this.space });
    this.contents = new Map();
    this.space = LOST;
    return moved;
  }

  /** Whether nobody has looked into it, whose entries were a function: they are still to be made. */
  get unread(): boolean {
    return typeof this.contents === 'function';
  }

  get entries(): Map<string, FileNode> {
    if (typeof this.contents === 'function') this.contents = this.contents();
    return this.contents;
  }

  /** The node at a relative path (`a/b`), without following links; `undefined` when there is none. */
  find(path: string): FileNode | undefined {
    let node: FileNode | undefined = this;
    for (const name of path.split('/')) {
      if (name === '') continue;
      if (node?.kind !== 'directory') return undefined;
      node = node.entries.get(name);
    }
    return node;
  }

  /** The directory at a relative path, made with its parents where missing. Throws ENOTDIR. */
  ensure(path: string, mode = 0o755): Directory {
    let directory: Directory = this;
    for (const name of path.split('/')) {
      if (name === '') continue;
      let next: FileNode | undefined = directory.entries.get(name);
      if (next === undefined) {
        next = new Directory(new Map(), {
          mode,
          modified: directory.modified,
          layer: this.layer,
          space: directory.space,
        });
        if ((directory.mode & 0o2000) !== 0) next.group = directory.group;
        directory.entries.set(name, next);
      }
      if (next.kind !== 'directory') throw new FileError('ENOTDIR', 'Not a directory');
      directory = next;
    }
    return directory;
  }

  /** Puts a node at a relative path, making the directories above it. */
  put(path: string, node: FileNode): void {
    const slash = path.lastIndexOf('/');
    this.ensure(slash < 0 ? '' : path.slice(0, slash)).entries.set(path.slice(slash + 1), node);
  }
}

export class SymbolicLink {
  readonly kind = 'symlink';
  readonly layer: boolean;
  readonly target: string;
  /** What it leads to where no path does: the links of /proc. */
  readonly jump: (() => FileNode) | undefined;
  modified: number;

  constructor(target: string, options: { modified?: number; layer?: boolean; jump?: () => FileNode } = {}) {
    this.target = target;
    this.jump = options.jump;
    this.modified = options.modified ?? 0;
    this.layer = options.layer ?? false;
  }
}

/** A file whose content is made when it is read, and whose writes go somewhere: devices, /proc, cgroups, sockets. */
export class SpecialFile {
  readonly kind = 'special';
  readonly layer = false;
  /** How `stat` shows it: files of /proc and cgroups are regular ones; a `device` is one of characters. */
  readonly shownAs: 'file' | 'device' | 'block' | 'socket';
  readonly mode: number;
  readonly read: () => string;
  readonly write: ((text: string) => void) | undefined;

  constructor(
    shownAs: SpecialFile['shownAs'],
    read: () => string,
    write?: (text: string) => void,
    mode = write === undefined ? 0o444 : 0o666,
  ) {
    this.shownAs = shownAs;
    this.read = read;
    this.write = write;
    this.mode = mode;
  }
}

export type FileNode = RegularFile | Directory | SymbolicLink | SpecialFile;

/** Bytes and inodes of a tree, as `du` counts. */
export function usage(node: FileNode): { bytes: number; inodes: number } {
  const total = { bytes: 0, inodes: 0 };
  const rest: FileNode[] = [node];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    total.inodes++;
    if (next.kind === 'file') total.bytes += next.size;
    else if (next.kind === 'directory') rest.push(...next.entries.values());
  }
  return total;
}
