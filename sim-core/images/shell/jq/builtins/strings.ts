import { compute } from '../operators.ts';
import { described, JqError, type Json, toText } from '../values.ts';
import { array, type Entry, number, simple, text, withValues } from './builtin.ts';

function splits(value: Json, separator: Json): Json {
  return compute('/', text(value, 'split'), text(separator, 'split'));
}

function join(value: Json, separator: Json): Json {
  return array(value, 'joined')
    .map((item) => {
      if (item === null) return '';
      if (typeof item === 'object') throw new JqError(`${described(separator)} and ${described(item)} cannot be added`);
      return typeof item === 'string' ? item : toText(item);
    })
    .join(text(separator, 'join'));
}

function ltrim(value: Json, prefix: Json): Json {
  return typeof value === 'string' && typeof prefix === 'string' && value.startsWith(prefix)
    ? value.slice(prefix.length)
    : value;
}

function rtrim(value: Json, suffix: Json): Json {
  return typeof value === 'string' && typeof suffix === 'string' && suffix !== '' && value.endsWith(suffix)
    ? value.slice(0, -suffix.length)
    : value;
}

function starts(value: Json, part: Json, how: 'startsWith' | 'endsWith'): boolean {
  if (typeof value !== 'string' || typeof part !== 'string')
    throw new JqError(`${how.toLowerCase()}() requires string inputs`);
  return value[how](part);
}

/** Strings, without regular expressions. */
export const STRINGS: readonly Entry[] = [
  [
    'ascii_downcase/0',
    simple((value) => text(value, 'ascii_downcase').replace(/[A-Z]/g, (letter) => letter.toLowerCase())),
  ],
  [
    'ascii_upcase/0',
    simple((value) => text(value, 'ascii_upcase').replace(/[a-z]/g, (letter) => letter.toUpperCase())),
  ],
  ['explode/0', simple((value) => [...text(value, 'explode')].map((letter) => letter.codePointAt(0)!))],
  ['implode/0', simple((value) => String.fromCodePoint(...array(value, 'imploded').map(number)))],
  ['ascii/0', simple((value) => String.fromCharCode(number(value)))],
  ['trim/0', simple((value) => text(value, 'trim').trim())],
  ['ltrim/0', simple((value) => text(value, 'trim').trimStart())],
  ['rtrim/0', simple((value) => text(value, 'trim').trimEnd())],
  ['ltrimstr/1', withValues(ltrim)],
  ['rtrimstr/1', withValues(rtrim)],
  ['trimstr/1', withValues((value, part) => rtrim(ltrim(value, part), part))],
  ['startswith/1', withValues((value, part) => starts(value, part, 'startsWith'))],
  ['endswith/1', withValues((value, part) => starts(value, part, 'endsWith'))],
  ['split/1', withValues(splits)],
  ['join/1', withValues(join)],
];
