import type { Machine } from './evaluator.ts';
import { type Flow, plain } from './flow.ts';
import type { Scope } from './scope.ts';
import type { Node } from './syntax.ts';
import { copyOf, JqError, type Json, typeOf } from './values.ts';

interface Capture {
  readonly offset: number;
  readonly length: number;
  readonly string: string | null;
  readonly name: string | null;
}

export interface Match extends Omit<Capture, 'name'> {
  readonly captures: readonly Capture[];
}

const MOST_PATTERN = 1000;

/** All matches of a regular expression (the first without flag `g`). Throws `JqError`. */
export function matchAll(value: Json, pattern: Json, flags: Json): Match[] {
  const [source, own] = Array.isArray(pattern) ? [pattern[0] ?? null, pattern[1] ?? ''] : [pattern, flags ?? ''];
  if (typeof value !== 'string') throw new JqError(`${typeOf(value)} cannot be matched, as it is not a string`);
  if (typeof source !== 'string' || typeof own !== 'string')
    throw new JqError(`${typeOf(source ?? null)} cannot be matched, as it is not a string`);
  if (source.length > MOST_PATTERN) throw new JqError('regular expression too long');
  let regular: RegExp;
  try {
    regular = new RegExp(
      source.replace(/\(\?<(\w+)>/g, '(?<$1>').replace(/\[\[:(\w+):\]\]/g, '\\p{$1}'),
      `dg${own.includes('i') ? 'i' : ''}${/[sp]/.test(own) ? 's' : ''}${own.includes('x') ? '' : ''}u`,
    );
  } catch {
    throw new JqError(`${source} (at offset 0) is not a valid regex`);
  }
  const found: Match[] = [];
  for (const match of value.matchAll(regular)) {
    const names = new Map<number, string>();
    const order = [...source.matchAll(/\((?!\?)|\(\?<([A-Za-z_]\w*)>/g)];
    for (const [index, group] of order.entries()) if (group[1] !== undefined) names.set(index + 1, group[1]);
    found.push({
      offset: match.index,
      length: match[0].length,
      string: match[0],
      captures: match.slice(1).map((text, index) => ({
        offset: text === undefined ? -1 : (match.indices?.[index + 1]?.[0] ?? 0),
        length: text?.length ?? 0,
        string: text ?? null,
        name: names.get(index + 1) ?? null,
      })),
    });
    if (!own.includes('g')) break;
  }
  return found;
}

/** `sub` and `gsub`: the replacement sees the named groups. */
export function* replaceAll(
  machine: Machine,
  { value }: Flow,
  [pattern, replacement, given]: readonly Node[],
  scope: Scope,
  flags: string,
): Generator<Flow> {
  const own = given === undefined ? '' : String([...machine.values(given, value, scope)][0] ?? '');
  for (const source of machine.values(pattern!, value, scope)) {
    let result = '';
    let from = 0;
    for (const { offset, length, captures } of matchAll(value, source, flags + own)) {
      const groups = copyOf();
      for (const { name, string } of captures) if (name !== null) groups[name] = string;
      const [text] = machine.values(replacement!, groups, scope);
      if (typeof text !== 'string') throw new JqError(`${typeOf(text ?? null)} cannot be added to a string`);
      result += (value as string).slice(from, offset) + text;
      from = offset + length;
    }
    yield plain(result + (value as string).slice(from));
  }
}
