import type { Machine } from '../evaluator.ts';
import { type Flow, plain } from '../flow.ts';
import type { Scope } from '../scope.ts';
import type { Node } from '../syntax.ts';
import { described, JqError, type Json } from '../values.ts';

/** A function that is not written in jq: what it makes of an input, given the programs that are its arguments. */
export type Builtin = (machine: Machine, flow: Flow, args: readonly Node[], scope: Scope) => Iterable<Flow>;

/** `name/arity`, and the function. */
export type Entry = readonly [string, Builtin];

/** A builtin without arguments. */
export const simple =
  (run: (value: Json) => Json): Builtin =>
  (_machine, flow) => [plain(run(flow.value))];

/** A builtin of values: every combination of its arguments. */
export const withValues = (run: (value: Json, ...args: Json[]) => Json): Builtin =>
  function* (machine, flow, args, scope) {
    for (const values of combinations(machine, args, flow.value, scope)) yield plain(run(flow.value, ...values));
  };

/** Every combination of what the arguments give. */
export function* combinations(machine: Machine, args: readonly Node[], value: Json, scope: Scope): Generator<Json[]> {
  const [first, ...rest] = args;
  if (first === undefined) {
    yield [];
    return;
  }
  for (const head of machine.values(first, value, scope))
    for (const tail of combinations(machine, rest, value, scope)) yield [head, ...tail];
}

/** The value, which has to be an array. Throws `JqError`. */
export function array(value: Json, what: string): Json[] {
  if (!Array.isArray(value)) throw new JqError(`${described(value)} cannot be ${what}, as it is not an array`);
  return value;
}

/** The value, which has to be a string. Throws `JqError`. */
export function text(value: Json, what: string): string {
  if (typeof value !== 'string') throw new JqError(`${what} input must be a string`);
  return value;
}

/** The value, which has to be a number. Throws `JqError`. */
export function number(value: Json): number {
  if (typeof value !== 'number') throw new JqError(`${described(value)} number required`);
  return value;
}
