import { plain } from '../flow.ts';
import { matchAll, replaceAll } from '../regular.ts';
import { copyOf, type Json } from '../values.ts';
import { combinations, type Entry, text, withValues } from './builtin.ts';

/** Strings, with regular expressions. */
export const REGULAR_EXPRESSIONS: readonly Entry[] = [
  [
    'split/2',
    withValues((value, pattern, flags) => {
      const source = text(value, 'split');
      const parts: string[] = [];
      let from = 0;
      for (const { offset, string } of matchAll(source, pattern, `g${flags ?? ''}`)) {
        parts.push(source.slice(from, offset));
        from = offset + (string ?? '').length;
      }
      return [...parts, source.slice(from)];
    }),
  ],
  ['test/1', withValues((value, pattern) => [...matchAll(value, pattern, '')].length > 0)],
  ['test/2', withValues((value, pattern, flags) => [...matchAll(value, pattern, flags)].length > 0)],
  [
    'match/1',
    function* (machine, { value }, args, scope) {
      for (const [pattern] of combinations(machine, args, value, scope))
        for (const match of matchAll(value, pattern!, '')) yield plain(match as unknown as Json);
    },
  ],
  [
    'match/2',
    function* (machine, { value }, args, scope) {
      for (const [pattern, flags] of combinations(machine, args, value, scope))
        for (const match of matchAll(value, pattern!, flags!)) yield plain(match as unknown as Json);
    },
  ],
  [
    'capture/1',
    function* (machine, { value }, args, scope) {
      for (const [pattern] of combinations(machine, args, value, scope)) {
        for (const { captures } of matchAll(value, pattern!, '')) {
          const made = copyOf();
          for (const { name, string } of captures) if (name !== null) made[name] = string;
          yield plain(made);
        }
      }
    },
  ],
  [
    'scan/1',
    function* (machine, { value }, args, scope) {
      for (const [pattern] of combinations(machine, args, value, scope))
        for (const { string, captures } of matchAll(value, pattern!, 'g'))
          yield plain(captures.length === 0 ? string : captures.map((capture) => capture.string));
    },
  ],
  [
    'splits/1',
    function* (machine, { value }, args, scope) {
      for (const [pattern] of combinations(machine, args, value, scope)) {
        const source = text(value, 'splits');
        let from = 0;
        for (const { offset, string } of matchAll(source, pattern!, 'g')) {
          yield plain(source.slice(from, offset));
          from = offset + (string ?? '').length;
        }
        yield plain(source.slice(from));
      }
    },
  ],
  ['sub/2', (machine, flow, args, scope) => replaceAll(machine, flow, args, scope, '')],
  ['gsub/2', (machine, flow, args, scope) => replaceAll(machine, flow, args, scope, 'g')],
  ['sub/3', (machine, flow, args, scope) => replaceAll(machine, flow, args, scope, '')],
  ['gsub/3', (machine, flow, args, scope) => replaceAll(machine, flow, args, scope, 'g')],
];
