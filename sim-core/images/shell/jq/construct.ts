import type { Machine } from './evaluator.ts';
import { formatText } from './formats.ts';
import type { Scope } from './scope.ts';
import type { Node } from './syntax.ts';
import { copyOf, JqError, type Json } from './values.ts';

/** The strings that the parts of a string make, from part `at` on: one for every combination of what is interpolated. */
export function* texts(
  machine: Machine,
  parts: readonly (string | Node)[],
  at: number,
  value: Json,
  scope: Scope,
  format: string | undefined,
): Generator<string> {
  const part = parts[at];
  if (part === undefined) {
    yield '';
    return;
  }
  const own =
    typeof part === 'string'
      ? [part]
      : (function* (machine: Machine) {
          for (const inner of machine.values(part, value, scope)) yield formatText(format ?? '@text', inner);
        })(machine);
  for (const text of own) for (const rest of texts(machine, parts, at + 1, value, scope, format)) yield text + rest;
}

/** The objects that `{key: value, …}` makes, from entry `at` on: one for every combination of keys and values. */
export function* objects(
  machine: Machine,
  entries: readonly (readonly [Node, Node])[],
  at: number,
  value: Json,
  scope: Scope,
): Generator<Json> {
  const entry = entries[at];
  if (entry === undefined) {
    yield copyOf();
    return;
  }
  for (const key of machine.values(entry[0], value, scope)) {
    if (typeof key !== 'string') throw new JqError(`Object keys must be strings`);
    for (const item of machine.values(entry[1], value, scope)) {
      for (const rest of objects(machine, entries, at + 1, value, scope)) {
        const made = copyOf();
        made[key] = item;
        yield Object.assign(made, rest);
      }
    }
  }
}
