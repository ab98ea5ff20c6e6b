import { dateOf, isoDate } from '../dates.ts';
import { compare, described, has, isObject, JqError, type Json, parseOne, toText, truthy, typeOf } from '../values.ts';
import { type Entry, number, simple, text, withValues } from './builtin.ts';

function keysOf(value: Json): Json[] {
  if (isObject(value)) return Object.keys(value);
  if (Array.isArray(value)) return value.map((_, index) => index);
  throw new JqError(`${described(value)} has no keys`);
}

function length(value: Json): Json {
  if (value === null) return 0;
  if (typeof value === 'string') return [...value].length;
  if (typeof value === 'number') return Math.abs(value);
  if (typeof value === 'boolean') throw new JqError(`boolean (${value}) has no length`);
  return Object.keys(value).length;
}

function contains(a: Json, b: Json): boolean {
  if (isObject(a) && isObject(b)) return Object.keys(b).every((key) => has(a, key) && contains(a[key]!, b[key]!));
  if (Array.isArray(a) && Array.isArray(b)) return b.every((item) => a.some((other) => contains(other, item)));
  if (typeof a === 'string' && typeof b === 'string') return a.includes(b);
  if (typeOf(a) === typeOf(b)) return compare(a, b) === 0;
  throw new JqError(`${described(a)} and ${described(b)} cannot have their containment checked`);
}

function toNumber(value: Json): Json {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') throw new JqError(`${described(value)} cannot be parsed as a number`);
  if (!/^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$/.test(value))
    throw new JqError(`Cannot parse '${value}' as a number`);
  return Number(value);
}

/** What holds for values of every type: type, length, keys, conversions. */
export const VALUES: readonly Entry[] = [
  ['not/0', simple((value) => !truthy(value))],
  ['type/0', simple(typeOf)],
  ['length/0', simple(length)],
  [
    'utf8bytelength/0',
    simple((value) => encodeURIComponent(text(value, 'utf8bytelength')).replace(/%../g, 'x').length),
  ],
  ['tostring/0', simple((value) => (typeof value === 'string' ? value : toText(value)))],
  ['tonumber/0', simple(toNumber)],
  ['tojson/0', simple((value) => toText(value))],
  ['fromjson/0', simple((value) => parseOne(text(value, 'fromjson')))],
  ['todateiso8601/0', simple((value) => isoDate(number(value)))],
  ['fromdateiso8601/0', simple((value) => dateOf(text(value, 'fromdate')))],
  ['keys/0', simple((value) => keysOf(value).sort(compare))],
  ['keys_unsorted/0', simple(keysOf)],
  [
    'has/1',
    withValues((value, key) => {
      if (isObject(value) && typeof key === 'string') return has(value, key);
      if (Array.isArray(value) && typeof key === 'number') return key >= 0 && key < value.length;
      throw new JqError(
        `Cannot check whether ${typeOf(value)} has a ${typeof key === 'string' ? 'string' : typeOf(key)} key`,
      );
    }),
  ],
  ['contains/1', withValues(contains)],
];
