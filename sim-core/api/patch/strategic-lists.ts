import { isObject } from '../equality.ts';
import { goValue } from '../go-format.ts';
import { badArgType, noListOfLists, noMergeKey, PatchError } from './patch-error.ts';

type Item = Record<string, unknown>;

/** What the items of some lists are: maps or scalars. Undefined when there is none; throws when they are of several kinds. */
export function itemKind(...lists: readonly (readonly unknown[])[]): 'map' | 'scalar' | undefined {
  let kind: string | undefined;
  for (const list of lists) {
    for (const item of list) {
      if (Array.isArray(item)) throw noListOfLists();
      const type = item === null ? 'null' : typeof item;
      if (kind !== undefined && kind !== type) {
        throw new PatchError(`list element types are not identical: ${goValue(lists)}`);
      }
      kind = type;
    }
  }
  return kind === undefined ? undefined : kind === 'object' ? 'map' : 'scalar';
}

/** The value of an item's merge key; throws when the item is no map or has no such key. */
export function mergeKeyOf(item: unknown, mergeKey: string): unknown {
  if (!isObject(item)) throw badArgType('map', item);
  if (!Object.hasOwn(item, mergeKey)) throw noMergeKey(item, mergeKey);
  return item[mergeKey];
}

/** What makes an item itself: its merge key, or the scalar. */
function identity(item: unknown, mergeKey: string | undefined): unknown {
  if (mergeKey === undefined) return item;
  return isObject(item) ? item[mergeKey] : null;
}

/** An item's place in a list by its identity, or -1. */
export function indexIn(list: readonly unknown[], item: unknown, mergeKey: string | undefined): number {
  const wanted = identity(item, mergeKey);
  return list.findIndex((candidate) => identity(candidate, mergeKey) === wanted);
}

/** Splits a list into the items that `by` has and those it has not. */
export function partition(
  list: readonly unknown[],
  by: readonly unknown[],
  mergeKey: string | undefined,
): [unknown[], unknown[]] {
  const present: unknown[] = [];
  const others: unknown[] = [];
  const known = new Set(by.map((item) => identity(item, mergeKey)));
  for (const item of list) {
    if (mergeKey !== undefined) mergeKeyOf(item, mergeKey);
    (known.has(identity(item, mergeKey)) ? present : others).push(item);
  }
  return [present, others];
}

/** Sorts `list` by its order in `order`; deletions (`$patch: delete`) go last (normalizeSliceOrder). */
export function sortByOrder(
  list: readonly unknown[],
  order: readonly unknown[],
  mergeKey: string | undefined,
): unknown[] {
  let sorted = [...list];
  let deletions: unknown[] = [];
  if (mergeKey !== undefined) {
    for (const item of [...list, ...order]) mergeKeyOf(item, mergeKey);
    deletions = sorted.filter((item) => (item as Item).$patch === 'delete');
    sorted = sorted.filter((item) => (item as Item).$patch !== 'delete');
  }
  const places = new Map<unknown, number>();
  for (const [index, item] of order.entries()) {
    const key = identity(item, mergeKey);
    if (!places.has(key)) places.set(key, index);
  }
  const known = sorted.filter((item) => places.has(identity(item, mergeKey)));
  if (known.length === sorted.length) {
    sorted.sort((a, b) => places.get(identity(a, mergeKey))! - places.get(identity(b, mergeKey))!);
  }
  return [...sorted, ...deletions];
}

/**
 * Puts the items of a patch into the order it asks for and the server's own among them, near where they were
 * (normalizeElementOrder).
 */
export function interleave(
  patchItems: readonly unknown[],
  serverItems: readonly unknown[],
  patchOrder: readonly unknown[],
  serverOrder: readonly unknown[],
  mergeKey: string | undefined,
): unknown[] {
  const right = sortByOrder(patchItems, patchOrder, mergeKey);
  const left = sortByOrder(serverItems, serverOrder, mergeKey);
  const merged: unknown[] = [];
  let next = 0;
  for (const item of left) {
    const place = indexIn(serverOrder, item, mergeKey);
    for (; next < right.length; next++) {
      const other = indexIn(serverOrder, right[next], mergeKey);
      if (place >= 0 && other >= 0 && place < other) break;
      merged.push(right[next]);
    }
    merged.push(item);
  }
  return merged.concat(right.slice(next));
}

/** The scalars of a list, each once. */
export function distinct(list: readonly unknown[]): unknown[] {
  return [...new Set(list)];
}
