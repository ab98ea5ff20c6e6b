import { deepEqual, getOwn, isObject, setOwn } from '../equality.ts';
import { goValue } from '../go-format.ts';
import { PatchError } from './patch-error.ts';
import { anyView, type SchemaView } from './schema-view.ts';
import { distinct, itemKind, mergeKeyOf, sortByOrder } from './strategic-lists.ts';
import {
  deleteListPrefix,
  type FieldMerge,
  lookupMerge,
  mergeStrategicPatches,
  orderPrefix,
} from './strategic-merge.ts';

type JsonObject = Readonly<Record<string, unknown>>;

interface DiffOptions {
  /** Leave out what is new or different. */
  readonly ignoreChanges: boolean;
  /** Leave out what is gone. */
  readonly ignoreDeletions: boolean;
  readonly retainKeys: boolean;
}

function sameKind(left: unknown, right: unknown): boolean {
  return (
    typeof left === typeof right && Array.isArray(left) === Array.isArray(right) && (left === null) === (right === null)
  );
}

function diffMaps(
  original: JsonObject,
  modified: JsonObject,
  schema: SchemaView,
  options: DiffOptions,
): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  const retained: string[] = [];
  for (const key of Object.keys(modified)) {
    const after = modified[key];
    if (options.retainKeys && after !== null) retained.push(key);
    const before = getOwn(original, key);
    if (before === undefined) {
      if (!options.ignoreChanges) setOwn(patch, key, after);
    } else if (key === '$patch') {
      if (typeof before !== 'string' || typeof after !== 'string')
        throw new PatchError('invalid value for special key: $patch');
      if (before !== after) patch.$patch = after;
    } else if (sameKind(before, after) && isObject(before)) {
      diffMapField(key, before, after as JsonObject, patch, schema, options);
    } else if (sameKind(before, after) && Array.isArray(before)) {
      diffListField(key, before, after as unknown[], patch, schema, options);
    } else if (!options.ignoreChanges && !deepEqual(before, after)) {
      setOwn(patch, key, after);
    }
  }
  let added = false;
  for (const key of Object.keys(original)) {
    if (Object.hasOwn(modified, key)) continue;
    added = true;
    if (!options.ignoreDeletions) setOwn(patch, key, null);
  }
  if (retained.length > 0 && (added || Object.keys(patch).length > 0)) patch.$retainKeys = retained.sort();
  return patch;
}

/** The field's metadata; undefined for an unknown field that did not change, which is no reason to fail. */
function changedField(key: string, before: unknown, after: unknown, schema: SchemaView): FieldMerge | undefined {
  try {
    return lookupMerge(schema, key);
  } catch (error) {
    if (error instanceof PatchError && deepEqual(before, after)) return undefined;
    throw error;
  }
}

function diffMapField(
  key: string,
  before: JsonObject,
  after: JsonObject,
  patch: Record<string, unknown>,
  schema: SchemaView,
  options: DiffOptions,
): void {
  const field = changedField(key, before, after, schema);
  if (field === undefined) return;
  if (field.strategy === 'replace') {
    if (!options.ignoreChanges) setOwn(patch, key, after);
    return;
  }
  const inner = diffMaps(before, after, field.schema, { ...options, retainKeys: field.retainKeys });
  if (Object.keys(inner).length > 0) setOwn(patch, key, inner);
}

function diffListField(
  key: string,
  before: readonly unknown[],
  after: readonly unknown[],
  patch: Record<string, unknown>,
  schema: SchemaView,
  options: DiffOptions,
): void {
  const field = changedField(key, before, after, schema);
  if (field === undefined) return;
  if (field.strategy !== 'merge') {
    if (!options.ignoreChanges && !deepEqual(before, after)) setOwn(patch, key, after);
    return;
  }
  const lists = diffLists(before, after, field, { ...options, retainKeys: field.retainKeys });
  if (lists.changes.length > 0) setOwn(patch, key, lists.changes);
  if (lists.deletions.length > 0) patch[`${deleteListPrefix}/${key}`] = lists.deletions;
  if (lists.order.length > 0) patch[`${orderPrefix}/${key}`] = lists.order;
}

interface ListDiff {
  /** The list in the patch: changed and new items, and deletions as `$patch: delete`. */
  readonly changes: readonly unknown[];
  /** `$deleteFromPrimitiveList` */
  readonly deletions: readonly unknown[];
  /** `$setElementOrder` */
  readonly order: readonly unknown[];
}

function diffLists(
  before: readonly unknown[],
  after: readonly unknown[],
  field: FieldMerge,
  options: DiffOptions,
): ListDiff {
  if (before.length === 0) {
    return { changes: options.ignoreChanges ? [] : after, deletions: [], order: [] };
  }
  if (itemKind(before, after) === 'scalar') return diffScalars(before, after, options);
  const { mergeKey } = field;
  if (mergeKey === undefined) throw new PatchError('cannot merge lists without merge key for type struct');
  const { changed, deleted } = diffItems(before, after, mergeKey, field.schema.element ?? anyView, options);
  const changes = [...sortByOrder(changed, after, mergeKey), ...deleted];
  const sameOrder =
    before.length === after.length &&
    before.every((item, index) => mergeKeyOf(item, mergeKey) === mergeKeyOf(after[index], mergeKey));
  const needsOrder =
    (!options.ignoreChanges && (changes.length > 0 || !sameOrder)) || (!options.ignoreDeletions && changes.length > 0);
  return {
    changes,
    deletions: [],
    order: needsOrder ? after.map((item) => ({ [mergeKey]: mergeKeyOf(item, mergeKey) })) : [],
  };
}

function byText<T>(list: readonly T[], textOf: (item: T) => string): T[] {
  const keyed = list.map((item) => ({ item, text: textOf(item) }));
  keyed.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
  return keyed.map(({ item }) => item);
}

function diffScalars(before: readonly unknown[], after: readonly unknown[], options: DiffOptions): ListDiff {
  const sortedBefore = byText(before, goValue);
  const sortedAfter = byText(after, goValue);
  const added: unknown[] = [];
  const deleted: unknown[] = [];
  let left = 0;
  let right = 0;
  while (left < sortedBefore.length || right < sortedAfter.length) {
    const leftText = left < sortedBefore.length ? goValue(sortedBefore[left]) : undefined;
    const rightText = right < sortedAfter.length ? goValue(sortedAfter[right]) : undefined;
    if (leftText !== undefined && leftText === rightText) {
      left++;
      right++;
    } else if (leftText === undefined || (rightText !== undefined && leftText > rightText)) {
      added.push(sortedAfter[right++]);
    } else {
      deleted.push(sortedBefore[left++]);
    }
  }
  const changes = options.ignoreChanges ? [] : sortByOrder(added, after, undefined);
  const deletions = options.ignoreDeletions ? [] : distinct(deleted);
  // Upstream has sorted the original list in place by now, so an unsorted list always gets its order.
  const needsOrder = deletions.length > 0 || (!options.ignoreChanges && !deepEqual(sortedBefore, after));
  return { changes, deletions, order: needsOrder ? after : [] };
}

/** Items by merge key: what is new or different, and the directives that delete what is gone (diffListsOfMaps). */
function diffItems(
  before: readonly unknown[],
  after: readonly unknown[],
  mergeKey: string,
  schema: SchemaView,
  options: DiffOptions,
): { changed: unknown[]; deleted: unknown[] } {
  const textOf = (item: unknown): string => goValue(mergeKeyOf(item, mergeKey));
  const sortedBefore = byText(before, textOf);
  const sortedAfter = byText(after, textOf);
  const changed: unknown[] = [];
  const deleted: unknown[] = [];
  let left = 0;
  let right = 0;
  while (left < sortedBefore.length || right < sortedAfter.length) {
    const leftText = left < sortedBefore.length ? textOf(sortedBefore[left]) : undefined;
    const rightText = right < sortedAfter.length ? textOf(sortedAfter[right]) : undefined;
    if (leftText !== undefined && leftText === rightText) {
      const item = sortedAfter[right++] as JsonObject;
      const inner = diffMaps(sortedBefore[left++] as JsonObject, item, schema, options);
      if (Object.keys(inner).length > 0) {
        setOwn(inner, mergeKey, item[mergeKey]);
        changed.push(inner);
      }
    } else if (leftText === undefined || (rightText !== undefined && leftText > rightText)) {
      const item = sortedAfter[right++];
      if (!options.ignoreChanges) changed.push(item);
    } else {
      const item = sortedBefore[left++];
      if (!options.ignoreDeletions) deleted.push({ $patch: 'delete', [mergeKey]: mergeKeyOf(item, mergeKey) });
    }
  }
  return { changed, deleted };
}

/** The strategic patch that turns one object into another (CreateTwoWayMergePatch): edit, label, annotate, set. */
export function createTwoWayPatch(
  original: JsonObject,
  modified: JsonObject,
  schema: SchemaView,
): Record<string, unknown> {
  return diffMaps(original, modified, schema, { ignoreChanges: false, ignoreDeletions: false, retainKeys: false });
}

/**
 * The strategic patch of `kubectl apply` (CreateThreeWayMergePatch): what differs between the live object (`current`) and the
 * manifest (`modified`), and what the manifest no longer has that it had when it was last applied (`original`).
 */
export function createThreeWayPatch(
  original: JsonObject,
  modified: JsonObject,
  current: JsonObject,
  schema: SchemaView,
): Record<string, unknown> {
  const changes = diffMaps(current, modified, schema, {
    ignoreChanges: false,
    ignoreDeletions: true,
    retainKeys: false,
  });
  const deletions = diffMaps(original, modified, schema, {
    ignoreChanges: true,
    ignoreDeletions: false,
    retainKeys: false,
  });
  return mergeStrategicPatches(deletions, changes, schema);
}

/** Whether a patch would change what an object is (apiVersion, kind, name), which `kubectl apply` and `edit` refuse. */
export function changesIdentity(patch: JsonObject): boolean {
  const metadata = getOwn(patch, 'metadata');
  return (
    Object.hasOwn(patch, 'apiVersion') ||
    Object.hasOwn(patch, 'kind') ||
    (isObject(metadata) && Object.hasOwn(metadata, 'name'))
  );
}
