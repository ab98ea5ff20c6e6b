import type { Environment } from '@marcbachmann/cel-js';
import { deepEqual, isObject } from '../../api/equality.ts';

/** What sets of functions are called by: `sets` in `sets.contains(…)`. */
class Sets {}
class Strings {}

/**
 * Functions on texts and lists that Kubernetes adds to CEL, or takes from its extensions (library/lists.go, library/regex.go, cel-go's
 * ext.Strings and ext.Sets), as far as the library does not have them.
 */
export function addTextsAndLists(environment: Environment): void {
  addTexts(environment);
  addLists(environment);
  addSets(environment);
}

function addTexts(environment: Environment): void {
  environment.registerType('kubernetes.Strings', Strings);
  environment.registerConstant('strings', 'kubernetes.Strings', new Strings());
  environment.registerFunction('kubernetes.Strings.quote(string): string', (_: Strings, text: string) =>
    JSON.stringify(text),
  );
  environment.registerFunction(
    'string.find(string): string',
    (text: string, pattern: string) => new RegExp(pattern).exec(text)?.[0] ?? '',
  );
  const findAll = (text: string, pattern: string, limit = -1n) => {
    const found = text.match(new RegExp(pattern, 'g')) ?? [];
    return limit < 0n ? [...found] : found.slice(0, Number(limit));
  };
  environment.registerFunction('string.findAll(string): list<string>', (text: string, pattern: string) =>
    findAll(text, pattern),
  );
  environment.registerFunction('string.findAll(string, int): list<string>', findAll);
  environment.registerFunction('string.charAt(int): string', (text: string, index: bigint) => {
    const characters = [...text];
    if (index < 0n || index > BigInt(characters.length)) throw new Error(`index out of range: ${index}`);
    return characters[Number(index)] ?? '';
  });
  const replace = (text: string, from: string, to: string, limit = -1n) => {
    const parts = text.split(from);
    if (limit < 0n || limit >= BigInt(parts.length)) return parts.join(to);
    const count = Number(limit);
    return [...parts.slice(0, count), parts.slice(count).join(from)].join(to);
  };
  environment.registerFunction('string.replace(string, string): string', (text: string, from: string, to: string) =>
    replace(text, from, to),
  );
  environment.registerFunction('string.replace(string, string, int): string', replace);
  environment.registerFunction('string.format(list): string', format);
}

const CLAUSE = /%(%|(?:\.(\d+))?([sdfebxXo])|.?)/g;

/** A text with its clauses filled in (ext.Strings' format): `'%s has %d'.format(['x', 2])`. */
function format(text: string, values: readonly unknown[]): string {
  let next = 0;
  return text.replaceAll(CLAUSE, (clause, _all, precision: string | undefined, verb: string | undefined) => {
    if (clause === '%%') return '%';
    if (verb === undefined) throw new Error(`unrecognized formatting clause "${clause.slice(1)}"`);
    if (next >= values.length) throw new Error(`index ${next} out of range`);
    return shown(verb, values[next++], Number(precision ?? 6));
  });
}

function shown(verb: string, value: unknown, precision: number): string {
  if (verb === 's') return plain(value);
  if (verb === 'f' && isNumber(value)) return Number(value).toFixed(precision);
  if (verb === 'e' && isNumber(value))
    return Number(value)
      .toExponential(precision)
      .replace(/e([+-])(\d)$/, 'e$10$2');
  if (verb === 'd' && isNumber(value)) return String(value);
  const base = { b: 2, o: 8, x: 16, X: 16 }[verb];
  if (base !== undefined && typeof value === 'bigint') {
    const digits = value.toString(base);
    return verb === 'X' ? digits.toUpperCase() : digits;
  }
  throw new Error(`error during formatting: %${verb} cannot show this value`);
}

function isNumber(value: unknown): value is bigint | number {
  return typeof value === 'bigint' || typeof value === 'number';
}

/** A value as `%s` writes it: lists and maps in brackets, the keys of maps in order. */
function plain(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(plain).join(', ')}]`;
  if (!isObject(value)) return String(value);
  const entries = Object.keys(value)
    .sort()
    .map((key) => `${key}: ${plain(value[key])}`);
  return `{${entries.join(', ')}}`;
}

function addLists(environment: Environment): void {
  environment.registerFunction('list.isSorted(): bool', (list: unknown[]) =>
    list.every((item, index) => index === 0 || (list[index - 1] as number) <= (item as number)),
  );
  environment.registerFunction('list.sum(): dyn', (list: unknown[]) => {
    if (list.length === 0) return 0n;
    return list.reduce((sum, item) => (sum as number) + (item as number));
  });
  const pick = (better: (a: number, b: number) => boolean, name: string) => (list: unknown[]) => {
    if (list.length === 0) throw new Error(`${name} called on empty list`);
    return list.reduce((a, b) => (better(a as number, b as number) ? a : b));
  };
  environment.registerFunction(
    'list.min(): dyn',
    pick((a, b) => a <= b, 'min'),
  );
  environment.registerFunction(
    'list.max(): dyn',
    pick((a, b) => a >= b, 'max'),
  );
  environment.registerFunction('list.indexOf(dyn): int', (list: unknown[], wanted: unknown) =>
    BigInt(list.findIndex((item) => deepEqual(item, wanted))),
  );
  environment.registerFunction('list.lastIndexOf(dyn): int', (list: unknown[], wanted: unknown) =>
    BigInt(list.findLastIndex((item) => deepEqual(item, wanted))),
  );
}

function addSets(environment: Environment): void {
  const own = 'kubernetes.Sets';
  environment.registerType(own, Sets);
  environment.registerConstant('sets', own, new Sets());
  const has = (list: readonly unknown[], wanted: unknown) => list.some((item) => deepEqual(item, wanted));
  const contains = (list: readonly unknown[], part: readonly unknown[]) => part.every((item) => has(list, item));
  environment.registerFunction(`${own}.contains(list, list): bool`, (_: Sets, list: unknown[], part: unknown[]) =>
    contains(list, part),
  );
  environment.registerFunction(
    `${own}.equivalent(list, list): bool`,
    (_: Sets, a: unknown[], b: unknown[]) => contains(a, b) && contains(b, a),
  );
  environment.registerFunction(`${own}.intersects(list, list): bool`, (_: Sets, a: unknown[], b: unknown[]) =>
    a.some((item) => has(b, item)),
  );
}
