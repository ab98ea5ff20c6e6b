import { compare, copyOf, has, isObject, JqError, type Json, typeOf } from './values.ts';

/** Steps into a value: keys, indices, slices. */
export type Path = readonly (string | number | { readonly start: Json; readonly end: Json })[];

export function bounds(length: number, from: Json, to: Json): [number, number] {
  const place = (value: Json, otherwise: number) => {
    if (value === null) return otherwise;
    if (typeof value !== 'number') throw new JqError('Start and end indices of an array slice must be numbers');
    return Math.min(Math.max(value < 0 ? length + value : value, 0), length);
  };
  const start = Math.floor(place(from, 0));
  return [start, Math.max(start, Math.ceil(place(to, length)))];
}

export function slice(value: Json, from: Json, to: Json): Json {
  if (value === null) return null;
  if (typeof value === 'string') {
    const letters = [...value];
    return letters.slice(...bounds(letters.length, from, to)).join('');
  }
  if (!Array.isArray(value)) throw new JqError(`Cannot index ${typeOf(value)} with object`);
  return value.slice(...bounds(value.length, from, to));
}

/** The value at a path; null where there is nothing. */
export function getPath(value: Json, path: Path): Json {
  let current = value;
  for (const step of path) {
    if (current === null) return null;
    if (typeof step === 'object') current = slice(current, step.start, step.end);
    else if (typeof step === 'string' && isObject(current)) current = has(current, step) ? current[step]! : null;
    else if (typeof step === 'number' && Array.isArray(current))
      current = current[step < 0 ? current.length + step : step] ?? null;
    else throw new JqError(`Cannot index ${typeOf(current)} with ${typeof step === 'string' ? `"${step}"` : 'number'}`);
  }
  return current;
}

const MOST_ITEMS = 1_000_000;

/** A copy of the value with another one at that path. */
export function setPath(value: Json, path: Path, leaf: Json): Json {
  const [step, ...rest] = path;
  if (step === undefined) return leaf;
  if (typeof step === 'string') {
    if (value !== null && !isObject(value)) throw new JqError(`Cannot index ${typeOf(value)} with "${step}"`);
    const made = copyOf(value ?? undefined);
    made[step] = setPath(has(made, step) ? made[step]! : null, rest, leaf);
    return made;
  }
  if (value !== null && !Array.isArray(value)) throw new JqError(`Cannot index ${typeOf(value)} with number`);
  const items = [...(value ?? [])];
  if (typeof step === 'object') {
    const [start, end] = bounds(items.length, step.start, step.end);
    const inner = setPath(items.slice(start, end), rest, leaf);
    if (!Array.isArray(inner)) throw new JqError('A slice of an array can only be assigned another array');
    items.splice(start, end - start, ...inner);
    return items;
  }
  const at = step < 0 ? items.length + step : step;
  if (at < 0) throw new JqError('Out of bounds negative array index');
  if (at > MOST_ITEMS) throw new JqError('Array index too large');
  while (items.length < at) items.push(null);
  items[at] = setPath(items[at] ?? null, rest, leaf);
  return items;
}

/** A copy of the value without what lies at those paths. */
export function deletePaths(value: Json, paths: readonly Path[]): Json {
  let result = value;
  const order = [...paths].sort((a, b) => -compare(a as Json, b as Json));
  for (const path of order) result = deletePath(result, path);
  return result;
}

function deletePath(value: Json, [step, ...rest]: Path): Json {
  if (step === undefined || value === null) return null;
  if (typeof step === 'string') {
    if (!isObject(value)) throw new JqError(`Cannot delete field at object index of ${typeOf(value)}`);
    if (!has(value, step)) return value;
    const made = copyOf(value);
    if (rest.length === 0) delete made[step];
    else made[step] = deletePath(made[step]!, rest);
    return made;
  }
  if (!Array.isArray(value)) throw new JqError(`Cannot delete field at array index of ${typeOf(value)}`);
  const items = [...value];
  if (typeof step === 'object') {
    const [start, end] = bounds(items.length, step.start, step.end);
    items.splice(start, end - start);
    return items;
  }
  const at = step < 0 ? items.length + step : step;
  if (at < 0 || at >= items.length) return value;
  if (rest.length === 0) items.splice(at, 1);
  else items[at] = deletePath(items[at]!, rest);
  return items;
}
