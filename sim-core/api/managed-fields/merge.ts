import { deepEqual, getOwn, isObject, setOwn } from '../equality.ts';
import { goQuote } from '../go-format.ts';
import { anyView, type SchemaView } from '../patch/schema-view.ts';
import { FieldSet, makeSet } from './field-set.ts';
import { childSchema, fieldStep, isLeaf, itemStep } from './walk.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** A configuration that does not fit the schema; `message` is upstream's. */
export class TypedError extends Error {
  override readonly name = 'TypedError';
}

/** Lays a configuration over an object (TypedValue.Merge): maps and keyed lists merge, all else is replaced. Unchanged parts are shared. */
export function mergeConfig(schema: SchemaView, live: unknown, config: unknown): unknown {
  if (live === config || live === undefined) return config;
  if (isLeaf(schema, config) || isLeaf(schema, live)) return deepEqual(live, config) ? live : config;
  return Array.isArray(config)
    ? mergeLists(schema, live as unknown[], config)
    : mergeMaps(schema, live as JsonObject, config as JsonObject);
}

function mergeMaps(schema: SchemaView, live: JsonObject, config: JsonObject): unknown {
  let merged: Record<string, unknown> | undefined;
  for (const key of Object.keys(config)) {
    if (config[key] === undefined) continue;
    const before = getOwn(live, key);
    const after = mergeConfig(childSchema(schema, key), before, config[key]);
    if (after === before) continue;
    merged ??= { ...live };
    setOwn(merged, key, after);
  }
  return merged ?? live;
}

/** Items of both lists; those that only the live one has keep their place among the others. */
function mergeLists(schema: SchemaView, live: readonly unknown[], config: readonly unknown[]): unknown {
  if (config.length === 0) return live;
  const element = schema.element ?? anyView;
  const left = live.map((item) => itemStep(schema, item));
  const right = config.map((item) => itemStep(schema, item));
  const inLive = new Map(left.map((step, index) => [step, live[index]]));
  const inConfig = new Set(right);
  const shared = right.filter((step) => inLive.has(step));
  const done = new Set<string>();
  const merged: unknown[] = [];
  let next = 0;
  for (let l = 0, r = 0; l < left.length || r < right.length; ) {
    const step = left[l];
    const wanted = right[r];
    if (
      step !== undefined &&
      wanted !== undefined &&
      step !== wanted &&
      inConfig.has(step) &&
      next < shared.length &&
      shared[next] !== step
    ) {
      l++;
      continue;
    }
    if (step !== undefined && step !== wanted) {
      if (!inConfig.has(step)) {
        merged.push(live[l++]);
        continue;
      }
      if (done.has(step)) {
        l++;
        continue;
      }
    }
    if (wanted === undefined) {
      l++;
      continue;
    }
    merged.push(mergeConfig(element, inLive.get(wanted), config[r]));
    done.add(wanted);
    if (step === wanted) l++;
    if (shared[next] === wanted) next++;
    r++;
  }
  const same = merged.length === live.length && merged.every((item, index) => item === live[index]);
  return same ? live : merged;
}

/** Takes the fields of a set away (TypedValue.RemoveItems); undefined when nothing is left. */
export function removeFields(schema: SchemaView, value: unknown, set: FieldSet): unknown {
  if (set.children === undefined) return value;
  if (typeof value !== 'object' || value === null) return value;
  if (isLeaf(schema, value)) return undefined;
  if (Array.isArray(value)) {
    const kept: unknown[] = [];
    for (const item of value) {
      const step = set.children.get(itemStep(schema, item));
      if (step?.owned) continue;
      const rest = step === undefined ? item : removeFields(schema.element ?? anyView, item, step);
      if (rest !== undefined) kept.push(rest);
    }
    if (kept.length === value.length && kept.every((item, index) => item === value[index])) return value;
    return kept.length === 0 ? undefined : kept;
  }
  const object = value as JsonObject;
  let kept: Record<string, unknown> | undefined;
  for (const [key, child] of Object.entries(object)) {
    const step = set.children.get(fieldStep(key));
    if (step === undefined) continue;
    const rest = step.owned ? undefined : removeFields(childSchema(schema, key), child, step);
    if (rest === child) continue;
    kept ??= { ...object };
    if (rest === undefined) delete kept[key];
    else setOwn(kept, key, rest);
  }
  if (kept === undefined) return value;
  return Object.keys(kept).length === 0 ? undefined : kept;
}

/** Adds to a set the structs on the way to its fields, but not maps' entries or lists' items (Set.EnsureNamedFieldsAreMembers). */
export function withNamedFields(schema: SchemaView, set: FieldSet): FieldSet {
  if (set.children === undefined) return set;
  const children = new Map<string, FieldSet>();
  for (const [step, child] of set.children) {
    const name = step.startsWith('f:') ? step.slice(2) : undefined;
    const field = name !== undefined && schema.kind === 'struct' ? schema.field(name) : undefined;
    const below = field?.schema ?? schema.element ?? anyView;
    const full = withNamedFields(below, child);
    children.set(step, field !== undefined && !full.owned ? new FieldSet(true, full.children) : full);
  }
  return makeSet(set.owned, children);
}

/** Checks a configuration against the schema as upstream's typed parser does; throws a TypedError that names every fault. */
export function checkConfig(schema: SchemaView, config: JsonObject): void {
  const errors: string[] = [];
  check(schema, config, '', errors);
  if (errors.length === 1) throw new TypedError(errors[0]);
  if (errors.length > 1) throw new TypedError(`errors:\n${errors.map((error) => `  ${error}`).join('\n')}`);
}

function check(schema: SchemaView, value: unknown, path: string, errors: string[]): void {
  if (value === null || value === undefined || schema.kind === 'any') return;
  const at = path === '' ? '' : `${path}: `;
  if (schema.kind === 'scalar') checkScalar(schema, value, at, errors);
  else if (schema.kind === 'list') checkList(schema, value, path, errors);
  else if (!isObject(value)) errors.push(`${at}expected map, got ${goValueText(value)}`);
  else {
    for (const key of Object.keys(value)) {
      const field = schema.kind === 'struct' ? schema.field(key)?.schema : schema.element;
      if (field === undefined && schema.open) continue;
      if (field === undefined) errors.push(`${path}.${key}: field not declared in schema`);
      else check(field, value[key], `${path}.${key}`, errors);
    }
  }
}

function checkScalar(schema: SchemaView, value: unknown, at: string, errors: string[]): void {
  if (schema.scalar === 'number' && typeof value !== 'number') {
    errors.push(`${at}expected numeric (int or float), got ${typeof value === 'boolean' ? 'bool' : goTypeName(value)}`);
  } else if (schema.scalar === 'string' && typeof value !== 'string') {
    errors.push(`${at}expected string, got ${goValueText(value)}`);
  } else if (schema.scalar === 'boolean' && typeof value !== 'boolean') {
    errors.push(`${at}expected boolean, got ${goValueText(value)}`);
  } else if (typeof value === 'object') {
    errors.push(`${at}expected scalar, got ${goValueText(value)}`);
  }
}

function checkList(schema: SchemaView, value: unknown, path: string, errors: string[]): void {
  if (!Array.isArray(value)) {
    errors.push(`${path}: expected list, got ${goValueText(value)}`);
    return;
  }
  const element = schema.element ?? anyView;
  const seen = new Set<string>();
  for (const [index, item] of value.entries()) {
    const missing = schema.atomic
      ? undefined
      : schema.listKeys.find((key) => key.default === undefined && !(isObject(item) && Object.hasOwn(item, key.name)));
    if (missing !== undefined) {
      errors.push(
        `${path}: element ${index}: associative list with keys has an element that omits key field ${goQuote(missing.name)} (and doesn't have default value)`,
      );
      continue;
    }
    const step = schema.atomic ? `[${index}]` : stepPath(schema, item);
    if (!schema.atomic) {
      if (seen.has(step)) errors.push(`${path}: duplicate entries for key ${step}`);
      seen.add(step);
    }
    check(element, item, `${path}${step}`, errors);
  }
}

function stepPath(schema: SchemaView, item: unknown): string {
  const step = itemStep(schema, item);
  const value: unknown = JSON.parse(step.slice(2));
  const text = (part: unknown): string => (typeof part === 'string' ? goQuote(part) : JSON.stringify(part));
  if (step.startsWith('v:')) return `[=${text(value)}]`;
  return `[${Object.entries(value as JsonObject)
    .map(([name, part]) => `${name}=${text(part)}`)
    .join(',')}]`;
}

function goTypeName(value: unknown): string {
  if (typeof value === 'string') return 'string';
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
}

function goValueText(value: unknown): string {
  const inner = typeof value === 'string' ? goQuote(value) : JSON.stringify(value);
  return `&value.valueUnstructured{Value:${inner}}`;
}
