import { civilTime, type Micros } from '../../../engine/index.ts';
import { Directory, type FileNode, RegularFile, SymbolicLink } from '../../../images/file-node.ts';
import { setOwnership } from './ownership.ts';

/** Files of a volume by relative path. */
export type Payload = Map<string, { readonly content: string; readonly mode: number }>;

/**
 * A directory whose files are replaced all at once, as the kubelet's AtomicWriter lays it out: the files in a dated
 * directory, `..data` pointing to it, and a link through `..data` for each.
 */
export class PayloadDirectory {
  readonly directory: Directory;
  private payload: Payload = new Map();
  private current = '';

  private readonly group: number | undefined;

  /** `group`: the pod's fsGroup, to which the files belong. */
  constructor(payload: Payload, now: Micros, group?: number) {
    this.directory = new Directory(new Map(), { mode: 0o777, modified: now });
    this.group = group;
    this.write(payload, now);
  }

  /** Makes `payload` the content; nothing happens when it is. */
  write(payload: Payload, now: Micros): void {
    if (this.current !== '' && samePayload(this.payload, payload)) return;
    const { entries } = this.directory;
    const stamp = timestampName(now);
    const dated = new Directory(new Map(), { modified: now });
    for (const [path, { content, mode }] of payload) dated.put(path, new RegularFile(content, { mode, modified: now }));
    if (this.current !== '') entries.delete(this.current);
    this.current = stamp;
    entries.set(stamp, dated);
    entries.set('..data', new SymbolicLink(stamp, { modified: now }));
    const names = new Set([...payload.keys()].map((path) => path.split('/')[0]!));
    for (const name of [...entries.keys()]) if (!name.startsWith('..') && !names.has(name)) entries.delete(name);
    for (const name of names) {
      if (!entries.has(name)) entries.set(name, new SymbolicLink(`..data/${name}`, { modified: now }));
    }
    this.payload = payload;
    this.directory.modified = now;
    setOwnership(this.directory, this.group, { readOnly: true });
  }
}

function samePayload(left: Payload, right: Payload): boolean {
  if (left.size !== right.size) return false;
  for (const [path, { content, mode }] of left) {
    const other = right.get(path);
    if (other?.content !== content || other.mode !== mode) return false;
  }
  return true;
}

/** `..2026_01_31_12_00_00.123456789`, as the AtomicWriter names a version. */
function timestampName(now: Micros): string {
  const { year, month, day, hour, minute, second, microsecond } = civilTime(now);
  const two = (value: number) => String(value).padStart(2, '0');
  return `..${year}_${two(month)}_${two(day)}_${two(hour)}_${two(minute)}_${two(second)}.${String(microsecond).padStart(6, '0')}000`;
}

/** The node at a path within a volume, links followed inside of it; `undefined` when there is none. */
export function resolveInside(root: FileNode, path: string): FileNode | undefined {
  let rest = path.split('/').filter((name) => name !== '' && name !== '.');
  let node: FileNode = root;
  const above: FileNode[] = [];
  for (let steps = 0; rest.length > 0; steps++) {
    if (steps > 256 || node.kind !== 'directory') return undefined;
    const [name, ...others] = rest as [string, ...string[]];
    rest = others;
    if (name === '..') {
      node = above.pop() ?? root;
      continue;
    }
    const next: FileNode | undefined = node.entries.get(name);
    if (next === undefined) return undefined;
    if (next.kind === 'symlink') {
      if (next.target.startsWith('/')) return undefined;
      rest = [...next.target.split('/').filter((part) => part !== '' && part !== '.'), ...rest];
      continue;
    }
    above.push(node);
    node = next;
  }
  return node;
}
