import { goQuote } from '../go-format.ts';
import { ListedMap, type Lookup } from './listed-map.ts';

/**
 * A set of fields of an object, as a trie: fieldpath.Set upstream, FieldsV1 on the wire. A step's key is its text on the wire:
 * `f:spec`, `k:{"name":"web"}`, `v:"finalizer"`, `i:0`. Immutable, so that sets share their parts.
 */
export class FieldSet {
  /** Whether the field itself belongs to the set (`.` on the wire), beside what is below it. */
  readonly owned: boolean;
  readonly children: Lookup<FieldSet> | undefined;

  constructor(owned: boolean, children: Lookup<FieldSet> | undefined) {
    this.owned = owned;
    this.children = children;
  }

  isEmpty(): boolean {
    return !this.owned && this.children === undefined;
  }
}

/** The set of one field: a step of a path that ends here. */
export const leaf = new FieldSet(true, undefined);
export const emptySet = new FieldSet(false, undefined);

/** A set of these parts; parts that are empty must have been left out. */
export function makeSet(owned: boolean, children: Lookup<FieldSet> | undefined): FieldSet {
  if (children === undefined || children.size === 0) return owned ? leaf : emptySet;
  return new FieldSet(owned, children);
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || b.isEmpty()) return a;
  if (a.isEmpty()) return b;
  if (b.children === undefined) return a.owned ? a : new FieldSet(true, a.children);
  if (a.children === undefined) return b.owned ? b : new FieldSet(true, b.children);
  // What has all of it already stays as it is: the same fields are written again and again.
  let children: Map<string, FieldSet> | undefined;
  for (const [key, child] of b.children) {
    const mine = a.children.get(key);
    const both = mine === undefined ? child : union(mine, child);
    if (both === mine) continue;
    children ??= new Map(a.children);
    children.set(key, both);
  }
  const owned = a.owned || b.owned;
  return children === undefined && owned === a.owned ? a : new FieldSet(owned, children ?? a.children);
}

/** What is in `a` and not in `b` (Set.Difference): a field of `b` takes itself away, not what is below it. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return subtract(a, b, false);
}

/** As `difference`, but a field of `b` takes all below it away too (Set.RecursiveDifference). */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  return subtract(a, b, true);
}

function subtract(a: FieldSet, b: FieldSet, recursive: boolean): FieldSet {
  if (b.isEmpty() || a.isEmpty()) return a;
  if (recursive && b.owned) return emptySet;
  const owned = a.owned && !b.owned;
  if (a.children === undefined || b.children === undefined) return owned === a.owned ? a : makeSet(owned, a.children);
  let children: Map<string, FieldSet> | undefined;
  for (const [key, child] of b.children) {
    const mine = a.children.get(key);
    if (mine === undefined) continue;
    const rest = subtract(mine, child, recursive);
    if (rest === mine) continue;
    children ??= new Map(a.children);
    if (rest.isEmpty()) children.delete(key);
    else children.set(key, rest);
  }
  if (children === undefined && owned === a.owned) return a;
  return makeSet(owned, children ?? a.children);
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a;
  const owned = a.owned && b.owned;
  if (a.children === undefined || b.children === undefined) return owned ? leaf : emptySet;
  const [few, many] = a.children.size <= b.children.size ? [a.children, b.children] : [b.children, a.children];
  const children = new Map<string, FieldSet>();
  for (const [key, child] of few) {
    const other = many.get(key);
    if (other === undefined) continue;
    const common = intersection(child, other);
    if (!common.isEmpty()) children.set(key, common);
  }
  return makeSet(owned, children);
}

export function setsEqual(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  if (a.owned !== b.owned || (a.children?.size ?? 0) !== (b.children?.size ?? 0)) return false;
  for (const [key, child] of a.children ?? []) {
    const other = b.children?.get(key);
    if (other === undefined || !setsEqual(child, other)) return false;
  }
  return true;
}

/** The same set, kept small and made of parts of `other` where they are alike: of thousands of sets that differ in a few fields only these are kept. */
export function sharingWith(set: FieldSet, other: FieldSet | undefined): FieldSet {
  const { children, owned } = set;
  if (set === other || children === undefined) return set;
  const listed = ListedMap.of(children, other?.children, sharingWith);
  return listed === other?.children && owned === other.owned ? other : new FieldSet(owned, listed);
}

/** The set of these paths, each a list of names of fields: `[['metadata', 'labels'], ['status']]`. */
export function setOfFields(...paths: readonly (readonly string[])[]): FieldSet {
  let set = emptySet;
  for (const path of paths) {
    let branch = leaf;
    for (let index = path.length - 1; index >= 0; index--)
      branch = new FieldSet(false, new Map([[`f:${path[index]}`, branch]]));
    set = union(set, branch);
  }
  return set;
}

/** The set as metav1.FieldsV1, keys sorted. */
export function toFieldsV1(set: FieldSet): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  if (set.children === undefined) return fields;
  if (set.owned) fields['.'] = {};
  for (const key of [...set.children.keys()].sort()) fields[key] = toFieldsV1(set.children.get(key)!);
  return fields;
}

/** Reads a FieldsV1 object; undefined when it is none. */
export function fromFieldsV1(fields: unknown): FieldSet | undefined {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return undefined;
  return readSet(fields as Record<string, unknown>, false);
}

function readSet(fields: Record<string, unknown>, nested: boolean): FieldSet | undefined {
  const keys = Object.keys(fields);
  if (keys.length === 0) return nested ? leaf : emptySet;
  let owned = false;
  const children = new Map<string, FieldSet>();
  for (const key of keys) {
    if (key === '.') {
      owned = true;
      continue;
    }
    const value = fields[key];
    if (!validStep(key) || typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const child = readSet(value as Record<string, unknown>, true);
    if (child === undefined) return undefined;
    children.set(key, child);
  }
  return makeSet(owned, children);
}

function validStep(key: string): boolean {
  if (key.startsWith('f:')) return true;
  if (key.startsWith('i:')) return /^i:[0-9]+$/.test(key);
  if (!key.startsWith('k:{') && !key.startsWith('v:')) return false;
  try {
    JSON.parse(key.slice(2));
    return true;
  } catch {
    return false;
  }
}

/** A step as fieldpath.PathElement.String prints it: `.spec`, `[name="web"]`, `[="v"]`, `[0]`. */
function stepText(key: string): string {
  const rest = key.slice(2);
  if (key.startsWith('f:')) return `.${rest}`;
  if (key.startsWith('i:')) return `[${rest}]`;
  const value: unknown = JSON.parse(rest);
  if (key.startsWith('v:')) return `[=${valueText(value)}]`;
  const pairs = Object.entries(value as Record<string, unknown>);
  return `[${pairs.map(([name, part]) => `${name}=${valueText(part)}`).join(',')}]`;
}

function valueText(value: unknown): string {
  return typeof value === 'string' ? goQuote(value) : JSON.stringify(value);
}

/** The paths of a set, as messages show them: `.spec.replicas`; fields first, then what is below them. */
export function pathsOf(set: FieldSet, prefix = ''): string[] {
  const keys = [...(set.children?.keys() ?? [])].sort();
  const paths: string[] = [];
  for (const key of keys) if (set.children!.get(key)!.owned) paths.push(prefix + stepText(key));
  for (const key of keys) paths.push(...pathsOf(set.children!.get(key)!, prefix + stepText(key)));
  return paths;
}
