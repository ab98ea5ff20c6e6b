import { deepEqual, getOwn, isObject, setOwn } from '../equality.ts';
import { goQuote, goValue } from '../go-format.ts';
import {
  badArgType,
  badPatchType,
  badPrimitiveList,
  badRetainKeys,
  badSetElementOrder,
  noMergeKey,
  PatchError,
} from './patch-error.ts';
import { anyView, type FieldView, type SchemaView } from './schema-view.ts';
import { distinct, indexIn, interleave, itemKind, mergeKeyOf, partition } from './strategic-lists.ts';

type JsonObject = Readonly<Record<string, unknown>>;

export const deleteListPrefix = '$deleteFromPrimitiveList';
export const orderPrefix = '$setElementOrder';

interface MergeOptions {
  /** Whether parallel lists (`$setElementOrder/…`, `$deleteFromPrimitiveList/…`) are carried out or kept as they are. */
  readonly carryOut: boolean;
}

/** How a field is merged, as the schema says. */
export interface FieldMerge {
  readonly schema: SchemaView;
  readonly strategy: 'merge' | 'replace' | undefined;
  readonly retainKeys: boolean;
  readonly mergeKey: string | undefined;
}

const untyped: FieldMerge = { schema: anyView, strategy: undefined, retainKeys: false, mergeKey: undefined };

function fieldMerge(field: FieldView): FieldMerge {
  return {
    schema: field.schema,
    strategy: field.patchStrategy,
    retainKeys: field.retainKeys,
    mergeKey: field.patchMergeKey,
  };
}

/** Looks a field's patch metadata up (LookupPatchMetadata); throws for a field that the struct does not have. */
export function lookupMerge(schema: SchemaView, key: string): FieldMerge {
  if (schema.kind === 'struct') {
    const field = schema.field(key);
    if (field !== undefined) return fieldMerge(field);
    throw new PatchError(`unable to find api field in struct ${schema.name ?? ''} for the json field ${goQuote(key)}`);
  }
  return schema.kind === 'map' && schema.element !== undefined ? { ...untyped, schema: schema.element } : untyped;
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value;
}

/** Nulls in a value that the original has no counterpart of mean nothing and go (discardNullValuesFromPatch). */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => (isObject(item) ? withoutNulls(item) : item));
  if (!isObject(value)) return value;
  const kept: Record<string, unknown> = {};
  for (const key of Object.keys(value)) if (value[key] !== null) setOwn(kept, key, withoutNulls(value[key]));
  return kept;
}

/** The name of the list that a parallel list belongs to. */
function listName(key: string, prefix: string): string {
  const slash = key.indexOf('/');
  if (slash < 0 || key.slice(0, slash) !== prefix)
    throw prefix === orderPrefix ? badSetElementOrder() : badPrimitiveList();
  return key.slice(slash + 1);
}

/** One map being patched. `result` and `patch` are this merge's own shallow copies. */
class MapMerge {
  private readonly result: Record<string, unknown>;
  private readonly patch: Record<string, unknown>;
  private readonly schema: SchemaView;
  private readonly options: MergeOptions;

  constructor(original: JsonObject, patch: JsonObject, schema: SchemaView, options: MergeOptions) {
    this.result = { ...original };
    this.patch = { ...patch };
    this.schema = schema;
    this.options = options;
  }

  run(): Record<string, unknown> {
    this.retainKeys();
    for (const key of Object.keys(this.patch)) if (key.startsWith(orderPrefix)) this.orderedList(key);
    for (const key of Object.keys(this.patch)) this.field(key);
    return this.result;
  }

  /** `$retainKeys`: every other key of the original goes (applyRetainKeysDirective). */
  private retainKeys(): void {
    const keep = getOwn(this.patch, '$retainKeys');
    if (keep === undefined) return;
    delete this.patch.$retainKeys;
    if (!this.options.carryOut) {
      const before = getOwn(this.result, '$retainKeys');
      if (before !== undefined && !deepEqual(before, keep)) {
        throw new PatchError(
          `${goValue(before)} and ${goValue(keep)} are not deep equal: this may happen when calculating the 3-way diff patch`,
        );
      }
      this.result.$retainKeys = keep;
      return;
    }
    if (!Array.isArray(keep)) throw badRetainKeys();
    const kept = new Set<unknown>(keep);
    for (const key of Object.keys(this.patch)) {
      if (this.patch[key] === null || key.startsWith(deleteListPrefix) || key.startsWith(orderPrefix)) continue;
      if (!kept.has(key)) throw badRetainKeys();
    }
    for (const key of Object.keys(this.result)) if (!kept.has(key)) delete this.result[key];
  }

  /** `$setElementOrder/x`, together with the list x (mergePatchIntoOriginal). */
  private orderedList(key: string): void {
    const order = this.patch[key];
    if (!this.options.carryOut) {
      const before = getOwn(this.result, key);
      if (before !== undefined && !deepEqual(before, order)) throw badSetElementOrder();
      this.result[key] = order;
    }
    delete this.patch[key];
    if (!Array.isArray(order)) throw badArgType('list', order);
    const name = listName(key, orderPrefix);
    const original = this.list(this.result, name);
    const patch = this.list(this.patch, name);
    const field = lookupMerge(this.schema, name);
    checkOrder(patch ?? [], order, field.mergeKey);
    if (original === undefined && patch === undefined) return;
    const merged =
      original === undefined
        ? patch!
        : patch === undefined
          ? original
          : mergeLists(original, patch, field, false, this.options);
    const [patchItems, serverItems] = partition(merged, order, field.mergeKey);
    if (itemKind(original ?? [], patch ?? []) === undefined)
      throw new PatchError('no elements in any of the given slices');
    setOwn(this.result, name, interleave(patchItems, serverItems, order, original ?? [], field.mergeKey));
    delete this.patch[name];
  }

  private list(map: JsonObject, name: string): readonly unknown[] | undefined {
    if (!Object.hasOwn(map, name)) return undefined;
    const value = map[name];
    if (!Array.isArray(value)) throw badArgType('list', value);
    return value;
  }

  private field(patchKey: string): void {
    const value = this.patch[patchKey];
    const deletes = patchKey.startsWith(deleteListPrefix);
    if (deletes && !this.options.carryOut) {
      this.result[patchKey] = value;
      return;
    }
    const key = deletes ? listName(patchKey, deleteListPrefix) : patchKey;
    if (value === null) {
      delete this.result[key];
      if (!this.options.carryOut) setOwn(this.result, key, null);
      return;
    }
    const before = getOwn(this.result, key);
    if (before === undefined || kindOf(before) !== kindOf(value)) {
      if (!deletes) setOwn(this.result, key, this.options.carryOut ? withoutNulls(value) : value);
      return;
    }
    if (Array.isArray(value)) {
      setOwn(
        this.result,
        key,
        mergeLists(before as unknown[], value, lookupMerge(this.schema, key), deletes, this.options),
      );
    } else if (isObject(value)) {
      const field = lookupMerge(this.schema, key);
      setOwn(
        this.result,
        key,
        field.strategy === 'replace' ? value : mergeMaps(before as JsonObject, value, field.schema, this.options),
      );
    } else {
      setOwn(this.result, key, value);
    }
  }
}

function mergeMaps(
  original: JsonObject,
  patch: JsonObject,
  schema: SchemaView,
  options: MergeOptions,
): Record<string, unknown> {
  const directive = getOwn(patch, '$patch');
  if (directive === undefined) return new MapMerge(original, patch, schema, options).run();
  if (directive === 'delete') return {};
  if (directive !== 'replace') throw badPatchType(directive, patch);
  const { $patch: _, ...replacement } = patch;
  return replacement;
}

function mergeLists(
  original: readonly unknown[],
  patch: readonly unknown[],
  field: FieldMerge,
  deletes: boolean,
  options: MergeOptions,
): readonly unknown[] {
  if (field.strategy !== 'merge') return patch;
  if (original.length === 0 && patch.length === 0) return original;
  const { mergeKey } = field;
  if (itemKind(original, patch) === 'scalar') {
    if (deletes && options.carryOut) return original.filter((item) => !patch.includes(item));
    const merged = distinct([...original, ...patch]);
    const [patchItems, serverItems] = partition(merged, patch, undefined);
    return interleave(patchItems, serverItems, patch, original, undefined);
  }
  if (mergeKey === undefined) throw new PatchError('cannot merge lists without merge key for type struct');
  const { base, plain } = applyDirectives(original as JsonObject[], patch as JsonObject[], mergeKey);
  const merged = [...base];
  for (const item of plain) {
    mergeKeyOf(item, mergeKey);
    const place = indexIn(merged, item, mergeKey);
    if (place < 0) merged.push(item);
    else merged[place] = mergeMaps(merged[place]!, item, field.schema.element ?? anyView, options);
  }
  const [patchItems, serverItems] = partition(merged, plain, mergeKey);
  return interleave(patchItems, serverItems, plain, base, mergeKey);
}

/** Carries out the `$patch` items of a list: deletions, and replacement of all (mergeSliceWithSpecialElements). */
function applyDirectives(
  original: JsonObject[],
  patch: JsonObject[],
  mergeKey: string,
): { base: JsonObject[]; plain: JsonObject[] } {
  let base = original;
  let replace = false;
  const plain: JsonObject[] = [];
  for (const item of patch) {
    const directive = getOwn(item, '$patch');
    if (directive === undefined) plain.push(item);
    else if (directive === 'replace') replace = true;
    else if (directive === 'merge') throw new PatchError('merging lists cannot yet be specified in the patch');
    else if (directive !== 'delete') throw badPatchType(directive, item);
    else {
      if (!Object.hasOwn(item, mergeKey)) throw noMergeKey(item, mergeKey);
      base = base.filter((candidate) => candidate[mergeKey] !== item[mergeKey]);
    }
  }
  return replace ? { base: plain, plain: [] } : { base, plain };
}

/** The patch's items must come in the order that `$setElementOrder` gives and be among its items (validatePatchWithSetOrderList). */
function checkOrder(patch: readonly unknown[], order: readonly unknown[], mergeKey: string | undefined): void {
  if (order.length === 0 || patch.length === 0) return;
  const items = mergeKey === undefined ? patch : patch.filter((item) => !isObject(item) || item.$patch === undefined);
  let next = 0;
  for (const expected of order) {
    if (next >= items.length) return;
    const same =
      mergeKey === undefined
        ? items[next] === expected
        : mergeKeyOf(items[next], mergeKey) === mergeKeyOf(expected, mergeKey);
    if (same) next++;
  }
  if (next < items.length) {
    throw new PatchError(
      `The order in patch list:\n${goValue(patch)}\n doesn't match ${orderPrefix} list:\n${goValue(order)}\n`,
    );
  }
}

/**
 * Applies a strategic merge patch (strategicpatch.StrategicMergeMapPatch): `$patch`, `$retainKeys`, `$setElementOrder/…` and
 * `$deleteFromPrimitiveList/…` are carried out, lists merge by the keys of the schema. Both may be frozen; what does not change is
 * shared. Throws a PatchError.
 */
export function applyStrategicMergePatch(
  original: JsonObject,
  patch: JsonObject,
  schema: SchemaView,
): Record<string, unknown> {
  return mergeMaps(original, patch, schema, { carryOut: true });
}

/** Lays one strategic patch over another, so that both are in force: how the parts of a three-way patch come together. */
export function mergeStrategicPatches(
  first: JsonObject,
  second: JsonObject,
  schema: SchemaView,
): Record<string, unknown> {
  return mergeMaps(first, second, schema, { carryOut: false });
}
