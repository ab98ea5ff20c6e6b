import { deepEqual, getOwn } from '../equality.ts';
import { anyView, type ListKey, type SchemaView } from '../patch/schema-view.ts';
import { emptySet, FieldSet, leaf, makeSet } from './field-set.ts';

type JsonObject = Readonly<Record<string, unknown>>;

const internLimit = 8192;
const interned = new Map<string, string>();

/** `f:name`, made once per name: these strings are keys of many maps. */
export function fieldStep(name: string): string {
  const known = interned.get(name);
  if (known !== undefined) return known;
  if (interned.size >= internLimit) interned.clear();
  const step = `f:${name}`;
  interned.set(name, step);
  return step;
}

const plainText = /^[\w ./:-]*$/;

/** JSON of a key's value; most need no escapes. */
function keyJson(value: unknown): string {
  return typeof value === 'string' && plainText.test(value) ? `"${value}"` : JSON.stringify(value);
}

/** The step of a list's item: its keys, or itself in a set. A key that is missing and has no default reads as null. */
export function itemStep(list: SchemaView, item: unknown): string {
  const keys = list.listKeys;
  if (keys.length === 0) return `v:${keyJson(item)}`;
  if (keys.length === 1) return `k:{${keyJson(keys[0]!.name)}:${keyJson(keyValue(keys[0]!, item))}}`;
  const pairs = [...keys].sort((a, b) => (a.name < b.name ? -1 : 1));
  return `k:{${pairs.map((key) => `${keyJson(key.name)}:${keyJson(keyValue(key, item))}`).join(',')}}`;
}

export function keyValue(key: ListKey, item: unknown): unknown {
  const value = typeof item === 'object' && item !== null ? getOwn(item as JsonObject, key.name) : undefined;
  return value ?? key.default ?? null;
}

/** What a field of a map-like value is, whether the type says so or not. */
export function childSchema(schema: SchemaView, key: string): SchemaView {
  if (schema.kind === 'struct') return schema.field(key)?.schema ?? anyView;
  return schema.element ?? anyView;
}

/** Whether a value is owned as one: a scalar, null, what the schema calls atomic, or a list of unknown type. */
export function isLeaf(schema: SchemaView, value: unknown): boolean {
  if (typeof value !== 'object' || value === null || schema.atomic) return true;
  return Array.isArray(value) ? schema.kind !== 'list' : schema.kind === 'list';
}

/** Every field of a value that was not there before (Comparison.Added): itself and all below it. */
export function addedFields(schema: SchemaView, value: unknown): FieldSet {
  if (isLeaf(schema, value)) return leaf;
  let children: Map<string, FieldSet> | undefined;
  if (Array.isArray(value)) {
    const element = schema.element ?? anyView;
    for (let index = 0; index < value.length; index++) {
      children ??= new Map();
      children.set(itemStep(schema, value[index]), addedFields(element, value[index]));
    }
  } else if (schema.kind === 'struct') {
    for (const key in value as JsonObject) {
      const child = (value as JsonObject)[key];
      if (child === undefined) continue;
      children ??= new Map();
      const field = schema.field(key);
      if (field === undefined) children.set(fieldStep(key), addedFields(anyView, child));
      else children.set(field.wire, typeof child === 'object' ? addedFields(field.schema, child) : leaf);
    }
  } else {
    const element = schema.element ?? anyView;
    for (const key in value as JsonObject) {
      const child = (value as JsonObject)[key];
      if (child === undefined) continue;
      children ??= new Map();
      children.set(fieldStep(key), typeof child === 'object' ? addedFields(element, child) : leaf);
    }
  }
  return children === undefined ? leaf : new FieldSet(true, children);
}

/** What differs between two versions of an object (typed.Comparison). */
export interface Changes {
  /** Fields that were added or modified. */
  readonly touched: FieldSet;
  readonly removed: FieldSet;
}

const touchedLeaf: Changes = { touched: leaf, removed: emptySet };
export const noChanges: Changes = { touched: emptySet, removed: emptySet };

/** Gathers the changes of the parts of one map or list. */
class Gatherer {
  private touched: Map<string, FieldSet> | undefined;
  private removed: Map<string, FieldSet> | undefined;

  touch(step: string, set: FieldSet): void {
    this.touched ??= new Map();
    this.touched.set(step, set);
  }

  remove(step: string, set: FieldSet): void {
    this.removed ??= new Map();
    this.removed.set(step, set);
  }

  add(step: string, changes: Changes): void {
    if (!changes.touched.isEmpty()) this.touch(step, changes.touched);
    if (!changes.removed.isEmpty()) this.remove(step, changes.removed);
  }

  result(): Changes {
    if (this.touched === undefined && this.removed === undefined) return noChanges;
    return { touched: makeSet(false, this.touched), removed: makeSet(false, this.removed) };
  }
}

function isEmptyValue(value: unknown): boolean {
  if (value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  for (const _ in value as object) return false;
  return true;
}

/** Compares two values that are both there (TypedValue.Compare). Parts that are the same object cost nothing. */
export function compareValues(schema: SchemaView, before: unknown, after: unknown): Changes {
  if (before === after) return noChanges;
  const leaves = (before === null || isLeaf(schema, before)) && (after === null || isLeaf(schema, after));
  const mixed = before !== null && after !== null && isLeaf(schema, before) !== isLeaf(schema, after);
  if (leaves || mixed || (isEmptyValue(before) && isEmptyValue(after)))
    return deepEqual(before, after) ? noChanges : touchedLeaf;
  const gathered = new Gatherer();
  if (schema.kind === 'list') compareLists(schema, (before ?? []) as unknown[], (after ?? []) as unknown[], gathered);
  else compareMaps(schema, (before ?? {}) as JsonObject, (after ?? {}) as JsonObject, gathered, false);
  return gathered.result();
}

function compareMaps(
  schema: SchemaView,
  before: JsonObject,
  after: JsonObject,
  gathered: Gatherer,
  root: boolean,
): void {
  const known = schema.kind === 'struct';
  for (const key in after) {
    const value = after[key];
    const old = getOwn(before, key);
    if (value === undefined || value === old || (root && rootSkips(key))) continue;
    if (root && key === 'metadata') {
      gathered.add(
        'f:metadata',
        compareMetadata(childSchema(schema, key), (old ?? {}) as JsonObject, value as JsonObject),
      );
      continue;
    }
    const field = known ? schema.field(key) : undefined;
    const child = field?.schema ?? (known ? anyView : (schema.element ?? anyView));
    const step = field?.wire ?? fieldStep(key);
    const past = old === undefined ? field?.zero : old;
    if (past === undefined) gathered.touch(step, addedFields(child, value));
    else gathered.add(step, compareValues(child, past, value));
  }
  for (const key in before) {
    const old = before[key];
    if (old === undefined || getOwn(after, key) !== undefined || (root && (rootSkips(key) || key === 'metadata')))
      continue;
    const field = known ? schema.field(key) : undefined;
    const child = field?.schema ?? (known ? anyView : (schema.element ?? anyView));
    const step = field?.wire ?? fieldStep(key);
    if (field?.zero === undefined) gathered.remove(step, addedFields(child, old));
    else gathered.add(step, compareValues(child, old, field.zero));
  }
}

function byStep(list: SchemaView, items: readonly unknown[]): Map<string, unknown> {
  const steps = new Map<string, unknown>();
  for (const item of items) {
    const step = itemStep(list, item);
    if (!steps.has(step)) steps.set(step, item);
  }
  return steps;
}

function compareLists(
  schema: SchemaView,
  before: readonly unknown[],
  after: readonly unknown[],
  gathered: Gatherer,
): void {
  const element = schema.element ?? anyView;
  const old = byStep(schema, before);
  const now = byStep(schema, after);
  for (const [step, value] of now) {
    if (old.has(step)) gathered.add(step, compareValues(element, old.get(step), value));
    else gathered.touch(step, addedFields(element, value));
  }
  for (const [step, value] of old) if (!now.has(step)) gathered.remove(step, addedFields(element, value));
}

/** What nobody manages: the server's own fields (stripMetaManager). */
const unmanaged = new Set([
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'clusterName',
  'generation',
  'managedFields',
  'resourceVersion',
]);

function rootSkips(key: string): boolean {
  return key === 'apiVersion' || key === 'kind';
}

function managedMetadata(meta: JsonObject): JsonObject {
  const kept: Record<string, unknown> = {};
  for (const key in meta) if (!unmanaged.has(key)) kept[key] = meta[key];
  return kept;
}

function compareMetadata(schema: SchemaView, before: JsonObject, after: JsonObject): Changes {
  const gathered = new Gatherer();
  compareMaps(schema, managedMetadata(before), managedMetadata(after), gathered, false);
  return gathered.result();
}

/** What differs between two versions of an object, of the fields that managers manage; `{}` stands for an object that is not there yet. */
export function compareObjects(schema: SchemaView, before: JsonObject, after: JsonObject): Changes {
  if (before === after) return noChanges;
  const gathered = new Gatherer();
  compareMaps(schema, before, after, gathered, true);
  return gathered.result();
}

/** The fields that a configuration names (TypedValue.ToFieldSet): leaves, entries of maps, items of lists; not the structs on the way. */
export function configFields(schema: SchemaView, config: JsonObject): FieldSet {
  const { metadata, apiVersion: _version, kind: _kind, ...rest } = config;
  const set = namedFields(schema, rest);
  if (typeof metadata !== 'object' || metadata === null) return set;
  const inner = namedFields(childSchema(schema, 'metadata'), managedMetadata(metadata as JsonObject));
  if (inner.children === undefined) return set;
  return new FieldSet(false, new Map([['f:metadata', new FieldSet(false, inner.children)], ...(set.children ?? [])]));
}

/** As `configFields`, for any value, with nothing left out. The value itself is not in the set unless it is a leaf. */
export function namedFields(schema: SchemaView, value: unknown): FieldSet {
  if (typeof value !== 'object' || isLeaf(schema, value)) return leaf;
  const children = new Map<string, FieldSet>();
  if (Array.isArray(value)) {
    for (const item of value) {
      children.set(itemStep(schema, item), new FieldSet(true, namedFields(schema.element ?? anyView, item).children));
    }
    return makeSet(false, children);
  }
  const object = value as JsonObject;
  for (const key in object) {
    const child = object[key];
    if (child === undefined) continue;
    const field = schema.kind === 'struct' ? schema.field(key) : undefined;
    const set = namedFields(childSchema(schema, key), child);
    const empty = child === null || (typeof child === 'object' && !Array.isArray(child) && isEmptyValue(child));
    const owned = set.owned || empty || field === undefined;
    const full = owned === set.owned ? set : makeSet(owned, set.children);
    if (!full.isEmpty()) children.set(field?.wire ?? fieldStep(key), full);
  }
  return makeSet(false, children);
}
