import { plain } from '../flow.ts';
import { add } from '../operators.ts';
import { compare, isObject, JqError, type Json } from '../values.ts';
import { array, type Entry, number, simple, withValues } from './builtin.ts';

function flatten(value: Json, depth: number): Json[] {
  if (depth < 0) throw new JqError('flatten depth must not be negative');
  return array(value, 'flattened').flatMap((item) =>
    Array.isArray(item) && depth > 0 ? flatten(item, depth - 1) : [item],
  );
}

function indices(value: Json, what: Json): Json {
  if (value === null) return null;
  const found: number[] = [];
  if (typeof value === 'string' && typeof what === 'string') {
    if (what === '') return null;
    for (let at = value.indexOf(what); at >= 0; at = value.indexOf(what, at + 1)) found.push(at);
  } else if (Array.isArray(value)) {
    const parts = Array.isArray(what) ? what : [what];
    for (let at = 0; parts.length > 0 && at + parts.length <= value.length; at++)
      if (parts.every((part, index) => compare(part, value[at + index]!) === 0)) found.push(at);
  }
  return found;
}

function transpose(value: Json): Json {
  const rows = array(value, 'transposed').map((row) => array(row, 'transposed'));
  const width = Math.max(0, ...rows.map((row) => row.length));
  return Array.from({ length: width }, (_, column) => rows.map((row) => row[column] ?? null));
}

/** Arrays, and sums of what is in one. */
export const ARRAYS: readonly Entry[] = [
  [
    'add/0',
    simple((value) => [...(isObject(value) ? Object.values(value) : array(value, 'added'))].reduce<Json>(add, null)),
  ],
  [
    'add/1',
    function* (machine, { value }, args, scope) {
      let sum: Json = null;
      for (const item of machine.values(args[0]!, value, scope)) sum = add(sum, item);
      yield plain(sum);
    },
  ],
  [
    'reverse/0',
    simple((value) =>
      value === null
        ? []
        : typeof value === 'string'
          ? [...value].reverse().join('')
          : [...array(value, 'reversed')].reverse(),
    ),
  ],
  ['flatten/0', simple((value) => flatten(value, 1000))],
  ['flatten/1', withValues((value, depth) => flatten(value, number(depth)))],
  ['transpose/0', simple(transpose)],
  ['indices/1', withValues(indices)],
  ['index/1', withValues((value, what) => (indices(value, what) as number[] | null)?.[0] ?? null)],
  ['rindex/1', withValues((value, what) => (indices(value, what) as number[] | null)?.at(-1) ?? null)],
];
