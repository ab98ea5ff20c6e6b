import type { Path } from './paths.ts';
import { described, has, isObject, JqError, type Json, typeOf } from './values.ts';

/** A value on its way through a program, with the path that leads to it while paths are asked for. */
export interface Flow {
  readonly value: Json;
  readonly path: Path | undefined;
}

/** How deep a program or a value may be nested. */
export const MOST_DEPTH = 250;

/** A value that no path leads to. */
export function plain(value: Json): Flow {
  return { value, path: undefined };
}

/** A path with a step more, where paths are asked for. */
export function extend(path: Path | undefined, step: Path[number]): Path | undefined {
  return path === undefined ? undefined : [...path, step];
}

/** `.[key]` of a value. */
export function indexed(target: Flow, key: Json): Flow {
  const { value } = target;
  const path = typeof key === 'string' || typeof key === 'number' ? extend(target.path, key) : undefined;
  if (value === null && (typeof key === 'string' || typeof key === 'number' || key === null))
    return { value: null, path };
  if (isObject(value) && typeof key === 'string') return { value: has(value, key) ? value[key]! : null, path };
  if (Array.isArray(value) && typeof key === 'number') {
    const at = Math.floor(key);
    return { value: value[at < 0 ? value.length + at : at] ?? null, path };
  }
  if (typeof key === 'string') throw new JqError(`Cannot index ${typeOf(value)} with "${key}"`);
  throw new JqError(`Cannot index ${typeOf(value)} with ${typeOf(key)}`);
}

/** `.[]` of a value. */
export function* iterated(target: Flow): Generator<Flow> {
  const { value, path } = target;
  if (Array.isArray(value))
    for (const [index, item] of value.entries()) yield { value: item, path: extend(path, index) };
  else if (isObject(value)) for (const key of Object.keys(value)) yield { value: value[key]!, path: extend(path, key) };
  else throw new JqError(`Cannot iterate over ${value === null ? 'null' : described(value)}`);
}

/** `..`: a value and all values in it. */
export function* recurse(flow: Flow, depth = 0): Generator<Flow> {
  if (depth > MOST_DEPTH) throw new JqError('the value is nested too deeply');
  yield flow;
  if (Array.isArray(flow.value) || isObject(flow.value))
    for (const inner of iterated(flow)) yield* recurse(inner, depth + 1);
}
