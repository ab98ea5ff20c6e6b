import type { Machine } from '../evaluator.ts';
import { type Flow, plain, recurse } from '../flow.ts';
import type { Scope } from '../scope.ts';
import type { Node } from '../syntax.ts';
import { JqError, type Json, truthy } from '../values.ts';
import { type Builtin, combinations, type Entry, number, withValues } from './builtin.ts';

function* range(from: number, to: number, step: number): Generator<Flow> {
  if (step === 0) return;
  for (let at = from; step > 0 ? at < to : at > to; at += step) yield plain(at);
}

function firstOf(machine: Machine, node: Node, value: Json, scope: Scope): Json {
  const [first] = machine.values(node, value, scope);
  return first ?? null;
}

/** A value, then all that a step makes of it, then all that it makes of those: depth first, without recursion of our own. */
const again = (goOn: (flow: Flow) => boolean): Builtin =>
  function* (machine, flow, [step], scope) {
    const due: Iterator<Flow>[] = [[flow][Symbol.iterator]()];
    while (due.length > 0) {
      const next = due.at(-1)!.next();
      if (next.done === true) due.pop();
      else if (goOn(next.value)) {
        yield next.value;
        due.push(machine.run(step!, next.value, scope));
        machine.count();
      }
    }
  };

/** What a program does next: nothing, an error, again and again, only so often; and what it hears of the world. */
export const CONTROL: readonly Entry[] = [
  ['empty/0', () => []],
  [
    'error/0',
    (_machine, { value }) => {
      throw new JqError(value);
    },
  ],
  [
    'error/1',
    withValues((_value, message) => {
      throw new JqError(message);
    }),
  ],
  [
    'isvalid/1',
    function* (machine, { value }, args, scope) {
      try {
        for (const _ of machine.values(args[0]!, value, scope)) {
          /* only whether it can be had */
        }
        yield plain(true);
      } catch (error) {
        if (!(error instanceof JqError)) throw error;
        yield plain(false);
      }
    },
  ],
  [
    'range/1',
    function* (machine, { value }, args, scope) {
      for (const [to] of combinations(machine, args, value, scope)) yield* range(0, number(to!), 1);
    },
  ],
  [
    'range/2',
    function* (machine, { value }, args, scope) {
      for (const [from, to] of combinations(machine, args, value, scope)) yield* range(number(from!), number(to!), 1);
    },
  ],
  [
    'range/3',
    function* (machine, { value }, args, scope) {
      for (const [from, to, step] of combinations(machine, args, value, scope))
        yield* range(number(from!), number(to!), number(step!));
    },
  ],
  [
    'limit/2',
    function* (machine, flow, args, scope) {
      for (const count of machine.values(args[0]!, flow.value, scope)) {
        let left = number(count);
        if (left <= 0) continue;
        for (const found of machine.run(args[1]!, flow, scope)) {
          yield found;
          if (--left <= 0) break;
        }
      }
    },
  ],
  ['recurse/0', (_machine, flow) => recurse(flow)],
  ['recurse/1', again(() => true)],
  ['repeat/1', again(() => true)],
  [
    'while/2',
    (machine, flow, [test, step], scope) =>
      again(({ value }) => truthy(firstOf(machine, test!, value, scope)))(machine, flow, [step!], scope),
  ],
  [
    'until/2',
    function* (machine, flow, [test, step], scope) {
      let current = flow;
      while (!truthy(firstOf(machine, test!, current.value, scope))) {
        const [next] = machine.run(step!, current, scope);
        if (next === undefined) return;
        current = next;
      }
      yield current;
    },
  ],
  [
    'input/0',
    () => {
      throw new JqError('No more inputs');
    },
  ],
  ['inputs/0', () => []],
  ['debug/0', (_machine, flow) => [flow]],
  ['now/0', (_machine, _flow, _args, scope) => [plain(scope.variable('__now') ?? 0)]],
];
