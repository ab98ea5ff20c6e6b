import type { Machine } from '../evaluator.ts';
import { type Flow, plain } from '../flow.ts';
import type { Scope } from '../scope.ts';
import type { Node } from '../syntax.ts';
import { compare, type Json } from '../values.ts';
import { array, type Builtin, type Entry } from './builtin.ts';

/** Items with the values that they are sorted by, in that order. */
function* sortedBy(machine: Machine, flow: Flow, node: Node, scope: Scope): Generator<{ key: Json; item: Json }[]> {
  const keyed = array(flow.value, 'sorted').map((item) => ({
    item,
    key: [...machine.values(node, item, scope)] as Json,
  }));
  yield keyed.sort((a, b) => compare(a.key, b.key));
}

function groups(sorted: readonly { key: Json; item: Json }[]): { key: Json; items: Json[] }[] {
  const found: { key: Json; items: Json[] }[] = [];
  for (const { key, item } of sorted) {
    const last = found.at(-1);
    if (last !== undefined && compare(last.key, key) === 0) last.items.push(item);
    else found.push({ key, items: [item] });
  }
  return found;
}

const by = (make: (sorted: { key: Json; item: Json }[]) => Json): Builtin =>
  function* (machine, flow, args, scope) {
    for (const sorted of sortedBy(machine, flow, args[0]!, scope)) yield plain(make(sorted));
  };

const IDENTITY: Node = { kind: 'identity' };

const itself =
  (make: (sorted: { key: Json; item: Json }[]) => Json): Builtin =>
  (machine, flow, _args, scope) =>
    by(make)(machine, flow, [IDENTITY], scope);

const sorted = (all: { item: Json }[]): Json => all.map(({ item }) => item);

const least = (all: { item: Json }[]): Json => all[0]?.item ?? null;

const most = (all: { item: Json }[]): Json => all.at(-1)?.item ?? null;

const unique = (all: { key: Json; item: Json }[]): Json => groups(all).map(({ items }) => items[0]!);

const grouped = (all: { key: Json; item: Json }[]): Json => groups(all).map(({ items }) => items);

/** What puts arrays in order. */
export const SORTING: readonly Entry[] = [
  ['sort/0', itself(sorted)],
  ['sort_by/1', by(sorted)],
  ['group_by/1', by(grouped)],
  ['unique/0', itself(unique)],
  ['unique_by/1', by(unique)],
  ['min/0', itself(least)],
  ['max/0', itself(most)],
  ['min_by/1', by(least)],
  ['max_by/1', by(most)],
];
