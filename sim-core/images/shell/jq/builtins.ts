import { dateOf, isoDate } from './dates.ts';
import { add, compute, described, type Flow, type Machine, plain, recurse, type Scope } from './evaluator.ts';
import { type Definition, type Node, parseProgram } from './parser.ts';
import { deletePaths, getPath, type Path, setPath } from './paths.ts';
import { matchAll, replaceAll } from './regular.ts';
import { compare, copyOf, has, isObject, JqError, type Json, parseOne, toText, truthy, typeOf } from './values.ts';

type Builtin = (machine: Machine, flow: Flow, args: readonly Node[], scope: Scope) => Iterable<Flow>;

/** Builtins that follow from others, in jq itself. */
const IN_JQ = `
def map(f): [.[] | f];
def map_values(f): .[] |= f;
def select(f): if f then . else empty end;
def recurse(f; c): recurse(f | select(c));
def values: select(. != null);
def nulls: select(. == null);
def booleans: select(type == "boolean");
def numbers: select(type == "number");
def strings: select(type == "string");
def arrays: select(type == "array");
def objects: select(type == "object");
def iterables: select(type == "array" or type == "object");
def scalars: select(type != "array" and type != "object");
def to_entries: [keys_unsorted[] as $k | {key: $k, value: .[$k]}];
def from_entries: reduce .[] as $e ({}; . + {($e | if .key != null then .key elif .k != null then .k elif .name != null then .name elif .Name != null then .Name elif .Key != null then .Key else "null" end | if type == "string" then . else tojson end): ($e | if has("value") then .value elif has("v") then .v else .Value end)});
def with_entries(f): to_entries | map(f) | from_entries;
def del(f): delpaths([path(f)]);
def paths: path(..) | select(length > 0);
def paths(f): path(.. | select(f)) | select(length > 0);
def leaf_paths: paths(scalars);
def pick(f): . as $top | reduce path(f) as $p (null; setpath($p; $top | getpath($p)));
def any: reduce .[] as $x (false; . or $x);
def all: reduce .[] as $x (true; . and $x);
def any(f): reduce (.[] | f) as $x (false; . or $x);
def all(f): reduce (.[] | f) as $x (true; . and $x);
def any(g; f): reduce (g | f) as $x (false; . or $x);
def all(g; f): reduce (g | f) as $x (true; . and $x);
def in($o): . as $k | $o | has($k);
def inside($o): . as $v | $o | contains($v);
def first: .[0];
def last: .[-1];
def first(f): label $out | (f | ., break $out);
def last(f): reduce f as $x (null; $x);
def nth($n): .[$n];
def nth($n; f): last(limit($n + 1; f));
def combinations: if length == 0 then [] else .[0][] as $x | (.[1:] | combinations) as $w | [$x] + $w end;
def walk(f): def w: if type == "object" then map_values(w) elif type == "array" then map(w) else . end | f; w;
def env: $ENV;
def todate: todateiso8601;
def fromdate: fromdateiso8601;
def finites: select(isinfinite or isnan | not);
def abs: if . < 0 then -. else . end;
def toarray: if type == "array" then . else [.] end;
def have_literal_numbers: true;
`;

/** The definitions of `IN_JQ`, for the outermost scope. */
export function standardDefinitions(): Definition[] {
  const found: Definition[] = [];
  for (let node = parseProgram(IN_JQ); node.kind === 'define'; node = node.body) found.push(node.definition);
  return found;
}

const simple =
  (run: (value: Json) => Json): Builtin =>
  (_machine, flow) => [plain(run(flow.value))];

/** A builtin of values: every combination of its arguments. */
const withValues = (run: (value: Json, ...args: Json[]) => Json): Builtin =>
  function* (machine, flow, args, scope) {
    for (const values of combinations(machine, args, flow.value, scope)) yield plain(run(flow.value, ...values));
  };

function* combinations(machine: Machine, args: readonly Node[], value: Json, scope: Scope): Generator<Json[]> {
  const [first, ...rest] = args;
  if (first === undefined) {
    yield [];
    return;
  }
  for (const head of machine.values(first, value, scope))
    for (const tail of combinations(machine, rest, value, scope)) yield [head, ...tail];
}

function array(value: Json, what: string): Json[] {
  if (!Array.isArray(value)) throw new JqError(`${described(value)} cannot be ${what}, as it is not an array`);
  return value;
}

function text(value: Json, what: string): string {
  if (typeof value !== 'string') throw new JqError(`${what} input must be a string`);
  return value;
}

function number(value: Json): number {
  if (typeof value !== 'number') throw new JqError(`${described(value)} number required`);
  return value;
}

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

function flatten(value: Json, depth: number): Json[] {
  if (depth < 0) throw new JqError('flatten depth must not be negative');
  return array(value, 'flattened').flatMap((item) =>
    Array.isArray(item) && depth > 0 ? flatten(item, depth - 1) : [item],
  );
}

function* range(from: number, to: number, step: number): Generator<Flow> {
  if (step === 0) return;
  for (let at = from; step > 0 ? at < to : at > to; at += step) yield plain(at);
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

function toNumber(value: Json): Json {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') throw new JqError(`${described(value)} cannot be parsed as a number`);
  if (!/^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$/.test(value))
    throw new JqError(`Cannot parse '${value}' as a number`);
  return Number(value);
}

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

function transpose(value: Json): Json {
  const rows = array(value, 'transposed').map((row) => array(row, 'transposed'));
  const width = Math.max(0, ...rows.map((row) => row.length));
  return Array.from({ length: width }, (_, column) => rows.map((row) => row[column] ?? null));
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

export const BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ['empty/0', () => []],
  ['not/0', simple((value) => !truthy(value))],
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
  ['length/0', simple(length)],
  [
    'utf8bytelength/0',
    simple((value) => encodeURIComponent(text(value, 'utf8bytelength')).replace(/%../g, 'x').length),
  ],
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
  ['floor/0', simple((value) => Math.floor(number(value)))],
  ['ceil/0', simple((value) => Math.ceil(number(value)))],
  ['round/0', simple((value) => Math.round(number(value)))],
  ['trunc/0', simple((value) => Math.trunc(number(value)))],
  ['sqrt/0', simple((value) => Math.sqrt(number(value)))],
  ['infinite/0', () => [plain(Number.POSITIVE_INFINITY)]],
  ['nan/0', () => [plain(Number.NaN)]],
  ['isinfinite/0', simple((value) => !Number.isFinite(number(value)) && !Number.isNaN(value))],
  ['isnan/0', simple((value) => Number.isNaN(number(value)))],
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
  ['type/0', simple(typeOf)],
  ['tostring/0', simple((value) => (typeof value === 'string' ? value : toText(value)))],
  ['tonumber/0', simple(toNumber)],
  ['tojson/0', simple((value) => toText(value))],
  ['fromjson/0', simple((value) => parseOne(text(value, 'fromjson')))],
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
  ['trim/0', simple((value) => text(value, 'trim').trim())],
  ['ltrim/0', simple((value) => text(value, 'trim').trimStart())],
  ['rtrim/0', simple((value) => text(value, 'trim').trimEnd())],
  ['ltrimstr/1', withValues(ltrim)],
  ['rtrimstr/1', withValues(rtrim)],
  ['trimstr/1', withValues((value, part) => rtrim(ltrim(value, part), part))],
  ['startswith/1', withValues((value, part) => starts(value, part, 'startsWith'))],
  ['endswith/1', withValues((value, part) => starts(value, part, 'endsWith'))],
  ['split/1', withValues(splits)],
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
  ['join/1', withValues(join)],
  ['sort/0', itself(sorted)],
  ['sort_by/1', by(sorted)],
  ['group_by/1', by(grouped)],
  ['unique/0', itself(unique)],
  ['unique_by/1', by(unique)],
  ['min/0', itself(least)],
  ['max/0', itself(most)],
  ['min_by/1', by(least)],
  ['max_by/1', by(most)],
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
  [
    'path/1',
    function* (machine, { value }, args, scope) {
      for (const path of machine.paths(args[0]!, value, scope)) yield plain(path as Json);
    },
  ],
  [
    'getpath/1',
    function* (machine, flow, args, scope) {
      for (const given of machine.values(args[0]!, flow.value, scope)) {
        const path = array(given, 'used as a path') as Path;
        yield { value: getPath(flow.value, path), path: flow.path === undefined ? undefined : [...flow.path, ...path] };
      }
    },
  ],
  ['setpath/2', withValues((value, path, leaf) => setPath(value, array(path, 'used as a path') as Path, leaf))],
  ['delpaths/1', withValues((value, paths) => deletePaths(value, array(paths, 'used as paths') as Path[]))],
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
  ['recurse/0', (_machine, flow) => recurse(flow)],
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
  ['todateiso8601/0', simple((value) => isoDate(number(value)))],
  ['fromdateiso8601/0', simple((value) => dateOf(text(value, 'fromdate')))],
  ['now/0', (_machine, _flow, _args, scope) => [plain(scope.variable('__now') ?? 0)]],
  ['ascii/0', simple((value) => String.fromCharCode(number(value)))],
  ['builtins/0', () => [plain([...BUILTINS.keys()])]],
  ['debug/0', (_machine, flow) => [flow]],
  [
    'input/0',
    () => {
      throw new JqError('No more inputs');
    },
  ],
  ['inputs/0', () => []],
  [
    'tostream/0',
    function* (_machine, { value }) {
      for (const { value: item, path } of recurse({ value, path: [] }))
        if (typeof item !== 'object' || item === null) yield plain([path as Json, item]);
    },
  ],
]);
