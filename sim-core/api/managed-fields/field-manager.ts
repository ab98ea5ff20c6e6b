import { canonicalJson, deepEqual, isObject } from '../equality.ts';
import { escapeJson } from '../go-format.ts';
import type { SchemaView } from '../patch/schema-view.ts';
import { ApplyConflict, type Conflict } from './conflict.ts';
import { difference, emptySet, type FieldSet, intersection, recursiveDifference, union } from './field-set.ts';
import { ManagedFields, type Manager, type Managers, managerId, type Update } from './managed-fields.ts';
import { checkConfig, mergeConfig, removeFields, TypedError, withNamedFields } from './merge.ts';
import { type Changes, compareObjects, configFields, namedFields } from './walk.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** Who writes, and how. */
export interface Writer {
  /** The field manager: `fieldManager` of the request, else the user agent up to its first `/`. */
  readonly manager: string;
  readonly apiVersion: string;
  /** RFC 3339 */
  readonly time: string;
  readonly subresource?: string;
  /** What this endpoint resets and so nobody may own through it: `status` of most kinds (ResetFieldsStrategy.GetResetFields). */
  readonly resetFields?: FieldSet;
}

/** How many managers that update an object may have before the oldest become `ancient-changes`. */
export const maxUpdateManagers = 10;
const oldUpdatesManager = 'ancient-changes';
const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';

/** The managers of a new object: the writer owns what it wrote, defaults included (FieldManager.Update on create). */
export function onCreate(schema: SchemaView, object: JsonObject, writer: Writer): ManagedFields {
  return ManagedFields.later(ManagedFields.empty, new Write(schema, undefined, object, writer));
}

/**
 * The managers after an update (FieldManager.Update): the writer owns what it changed, nobody owns what is gone. An object whose fields
 * are not tracked stays so. Worked out later: neither object may be changed afterwards.
 */
export function onUpdate(
  schema: SchemaView,
  live: JsonObject,
  object: JsonObject,
  before: ManagedFields,
  writer: Writer,
): ManagedFields {
  if (before === ManagedFields.empty || live === object) return before;
  return ManagedFields.later(before, new Write(schema, live, object, writer));
}

/** Written by the thousand and seldom worked out: an object of a class takes up less than a function that remembers as much. */
class Write implements Update {
  private readonly schema: SchemaView;
  /** `undefined`: the object is new. */
  private readonly live: JsonObject | undefined;
  private readonly object: JsonObject;
  private readonly writer: Writer;

  constructor(schema: SchemaView, live: JsonObject | undefined, object: JsonObject, writer: Writer) {
    this.schema = schema;
    this.live = live;
    this.object = object;
    this.writer = writer;
  }

  managersAfter(before: Managers): Managers {
    const { schema, live, object, writer } = this;
    if (live !== undefined && before.size === 0) return before;
    return updateManagers(before, schema, live ?? {}, object, writer);
  }
}

function changesOf(schema: SchemaView, live: JsonObject, object: JsonObject, reset: FieldSet | undefined): Changes {
  const changes = compareObjects(schema, live, object);
  if (reset === undefined) return changes;
  return { touched: recursiveDifference(changes.touched, reset), removed: recursiveDifference(changes.removed, reset) };
}

function updateManagers(
  before: Managers,
  schema: SchemaView,
  live: JsonObject,
  object: JsonObject,
  writer: Writer,
): Managers {
  const { touched, removed } = changesOf(schema, live, object, writer.resetFields);
  if (touched.isEmpty() && removed.isEmpty()) return before;
  const mine: Manager = {
    manager: writer.manager,
    operation: 'Update',
    apiVersion: writer.apiVersion,
    subresource: writer.subresource ?? '',
    time: writer.time,
    fields: touched,
  };
  const own = managerId(mine);
  const managers = new Map<string, Manager>();
  // What the writer takes from everybody it would get back itself.
  for (const [id, manager] of before)
    keep(managers, id, manager, difference(id === own ? manager.fields : difference(manager.fields, touched), removed));
  if (!touched.isEmpty()) {
    const last = managers.get(own);
    managers.set(own, last === undefined ? mine : { ...last, time: mine.time, fields: union(last.fields, touched) });
  }
  return capped(managers);
}

function keep(managers: Map<string, Manager>, id: string, manager: Manager, fields: FieldSet): void {
  if (fields.isEmpty()) return;
  managers.set(id, fields === manager.fields ? manager : { ...manager, fields });
}

/** Puts the oldest of too many updaters together, by version (capManagersManager). */
function capped(managers: Map<string, Manager>): Managers {
  if (managers.size <= maxUpdateManagers) return managers;
  const updaters = [...managers].filter(([, { operation }]) => operation === 'Update');
  let count = updaters.length;
  if (count <= maxUpdateManagers) return managers;
  updaters.sort(([idA, a], [idB, b]) => {
    const [timeA, timeB] = [a.time ?? '', b.time ?? ''];
    return timeA < timeB ? -1 : timeA > timeB ? 1 : idA < idB ? -1 : 1;
  });
  const firstOf = new Map<string, string>();
  for (const [id, updater] of updaters) {
    if (count <= maxUpdateManagers) break;
    const { apiVersion } = updater;
    const bucket: Manager = { ...updater, manager: oldUpdatesManager, subresource: '' };
    const bucketId = managerId(bucket);
    const first = firstOf.get(apiVersion);
    if (first === undefined) {
      firstOf.set(apiVersion, id);
      continue;
    }
    const old = managers.get(bucketId) ?? managers.get(first)!;
    if (first !== bucketId) managers.delete(first);
    managers.delete(id);
    managers.set(bucketId, { ...bucket, fields: union(updater.fields, old.fields) });
    count--;
  }
  return managers;
}

/** What an apply comes to. */
export interface Applied {
  /** The object to store; the live one itself when the apply changes nothing. */
  readonly object: JsonObject;
  readonly managedFields: ManagedFields;
}

/** What an apply starts from. */
export interface ApplyRequest {
  readonly schema: SchemaView;
  /** The live object, or `{}` when there is none yet. */
  readonly live: JsonObject;
  readonly before: ManagedFields;
  /** What the client sent; without defaults. */
  readonly config: JsonObject;
  readonly writer: Writer;
  /** Take fields over from their owners instead of failing. */
  readonly force: boolean;
}

/**
 * Server-side apply (FieldManager.Apply). Throws an ApplyConflict when others own what would change, and a TypedError when the
 * configuration does not fit the schema. kubectl's own applies take over what it applied client-side before.
 */
export function apply(request: ApplyRequest): Applied {
  const { config, schema, writer } = request;
  try {
    checkConfig(schema, config);
  } catch (error) {
    if (!(error instanceof TypedError)) throw error;
    throw new TypedError(`failed to create typed patch object (${describeObject(config)}): ${error.message}`);
  }
  const tracked = trackedManagers(request);
  const applied =
    writer.manager === 'kubectl' ? applyAsKubectl(request, tracked) : applyManagers(request, tracked, request.force);
  return writer.manager === 'kubectl' ? withLastApplied(applied, config) : applied;
}

function describeObject(config: JsonObject): string {
  const meta = isObject(config.metadata) ? config.metadata : {};
  return `${String(meta.namespace ?? '')}/${String(meta.name ?? '')}; ${String(config.apiVersion)}, Kind=${String(config.kind)}`;
}

/** An object whose fields were not tracked so far gets a manager for all of them (skipNonAppliedManager). */
function trackedManagers({ schema, live, before, writer }: ApplyRequest): Managers {
  const managers = before.managers();
  if (managers.size > 0) return managers;
  const { subresource: _, resetFields: __, ...first } = writer;
  return updateManagers(managers, schema, {}, live, { ...first, manager: 'before-first-apply' });
}

function applyManagers({ schema, live, config, writer }: ApplyRequest, before: Managers, force: boolean): Applied {
  const reset = writer.resetFields ?? emptySet;
  const mine: Manager = {
    manager: writer.manager,
    operation: 'Apply',
    apiVersion: writer.apiVersion,
    subresource: writer.subresource ?? '',
    time: undefined,
    fields: recursiveDifference(configFields(schema, config), reset),
  };
  const id = managerId(mine);
  const last = before.get(id);
  const managers = new Map(before);
  managers.set(id, { ...mine, time: last?.time });
  const merged = mergeConfig(schema, live, withoutServerFields(config)) as JsonObject;
  const object = prune(schema, merged, managers, last?.fields);
  const { touched, removed } = changesOf(schema, live, object, writer.resetFields);
  if (!force) refuseConflicts(managers, id, touched);
  const result = new Map<string, Manager>();
  for (const [otherId, other] of managers) {
    if (otherId === id) keep(result, id, other, other.fields);
    else keep(result, otherId, other, difference(difference(other.fields, touched), removed));
  }
  if (deepEqual(live, object)) return { object: live, managedFields: ManagedFields.of(result) };
  const own = result.get(id);
  if (own !== undefined) result.set(id, { ...own, time: writer.time });
  return { object, managedFields: ManagedFields.of(result) };
}

/** A configuration cannot set managedFields; the API server refuses it before this. */
function withoutServerFields(config: JsonObject): JsonObject {
  if (!isObject(config.metadata) || config.metadata.managedFields === undefined) return config;
  const { managedFields: _, ...metadata } = config.metadata;
  return { ...config, metadata };
}

function refuseConflicts(managers: Managers, id: string, touched: FieldSet): void {
  const conflicts: Conflict[] = [];
  for (const [otherId, manager] of managers) {
    if (otherId === id) continue;
    const fields = intersection(manager.fields, touched);
    if (!fields.isEmpty()) conflicts.push({ id: otherId, manager, fields });
  }
  if (conflicts.length > 0) throw new ApplyConflict(conflicts);
}

/**
 * Removes what this applier applied last time and does not now, unless another applier owns it (Updater.prune). What only updaters own
 * goes too; what nobody owned stays.
 */
function prune(schema: SchemaView, merged: JsonObject, managers: Managers, last: FieldSet | undefined): JsonObject {
  if (last === undefined || last.isEmpty()) return merged;
  const named = (set: FieldSet): FieldSet => withNamedFields(schema, set);
  const without = (set: FieldSet): JsonObject => (removeFields(schema, merged, set) ?? {}) as JsonObject;
  const all = named(namedFields(schema, merged));
  let managed = emptySet;
  for (const { operation, fields } of managers.values()) if (operation === 'Apply') managed = union(managed, fields);
  const bare = without(named(last));
  const withOwned = without(difference(all, union(named(namedFields(schema, bare)), named(managed))));
  return without(intersection(difference(all, named(namedFields(schema, withOwned))), named(last)));
}

/** kubectl may take over without force what it applied client-side, as the annotation says (lastAppliedManager). */
function applyAsKubectl(request: ApplyRequest, tracked: Managers): Applied {
  try {
    return applyManagers(request, tracked, request.force);
  } catch (error) {
    if (!(error instanceof ApplyConflict)) throw error;
    const allowed = lastAppliedFields(request.schema, request.live);
    if (allowed === undefined) throw error;
    const rest = error.conflicts
      .map((conflict) => ({ ...conflict, fields: difference(conflict.fields, allowed) }))
      .filter(({ fields }) => !fields.isEmpty());
    if (rest.length > 0) throw new ApplyConflict(rest);
    return applyManagers(request, tracked, true);
  }
}

function annotationsOf(object: JsonObject): Readonly<Record<string, unknown>> {
  const meta = isObject(object.metadata) ? object.metadata : {};
  return isObject(meta.annotations) ? meta.annotations : {};
}

/** The fields of the last client-side apply that still have the value it gave them. */
function lastAppliedFields(schema: SchemaView, live: JsonObject): FieldSet | undefined {
  const text = annotationsOf(live)[lastAppliedAnnotation];
  if (typeof text !== 'string') return undefined;
  let lastApplied: unknown;
  try {
    lastApplied = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(lastApplied)) return undefined;
  const { touched, removed } = compareObjects(schema, live, lastApplied);
  return difference(difference(configFields(schema, lastApplied), touched), removed);
}

/** Keeps the annotation of client-side apply in step, where there is one (lastAppliedUpdater). */
function withLastApplied(applied: Applied, config: JsonObject): Applied {
  const { object } = applied;
  if (typeof annotationsOf(object)[lastAppliedAnnotation] !== 'string') return applied;
  const meta = isObject(config.metadata) ? config.metadata : {};
  const { managedFields: _, ...kept } = meta;
  const { [lastAppliedAnnotation]: __, ...annotations } = annotationsOf(config);
  const metadata = isObject(meta.annotations) ? { ...kept, annotations } : kept;
  const text = `${escapeJson(canonicalJson({ ...config, metadata }))}\n`;
  const own = object.metadata as JsonObject;
  if (annotationsOf(object)[lastAppliedAnnotation] === text) return applied;
  return {
    ...applied,
    object: {
      ...object,
      metadata: { ...own, annotations: { ...annotationsOf(object), [lastAppliedAnnotation]: text } },
    },
  };
}
