import { goQuote } from '../go-format.ts';
import { type Comparison, compareValues } from './compare.ts';
import { type GoValue, goValueOf, isZero } from './go-value.ts';
import { ELLIPSIS, layOut, type TextList, type TextNode, type TextRecord } from './text-tree.ts';

/** Which side is printed: both with their difference, or one. */
type Mode = 'both' | 'identical' | 'removed' | 'inserted';
type TypeMode = 'emit' | 'elide' | 'auto';

interface Options {
  readonly mode: Mode;
  readonly types: TypeMode;
  /** How much of nested values is printed; each level prints less. */
  readonly verbosity: number;
}

/** Equal neighbours that are printed around a difference. */
const CONTEXT = 2;

/**
 * The difference of two JSON values of one Go type (`core.PodSpec`), as go-cmp's `cmp.Diff` writes it and as refusals of the API server show
 * it: `''` when they are equal, else lines that begin with `-`, `+` or a blank, with a new line at the end. Upstream separates the
 * marks by no-break spaces at random; here they are always plain ones.
 */
export function goDiff(type: string, x: unknown, y: unknown): string {
  const comparison = compareValues(goValueOf(type, x), goValueOf(type, y));
  return comparison.diff === 0 ? '' : layOut(differenceText(comparison, { mode: 'both', types: 'emit', verbosity: 0 }));
}

/** Go's type of a comparison's values. */
const typeOf = ({ x, y }: Comparison): string => (x ?? y)!.type;

function differenceText(node: Comparison, given: Options): TextNode {
  const verbosity = given.mode === 'identical' ? 1 : Math.max(given.verbosity, 3);
  const options = { ...given, verbosity };
  if (node.depth === 0) return leafText(node, options);
  const kind = (node.x ?? node.y)!.kind;
  if (kind === 'pointer') return { prefix: '&', body: differenceText(node.records[0]!.value, options), suffix: '' };
  return withType(typeOf(node), kind, recordsText(node, kind, options), options);
}

function leafText(node: Comparison, options: Options): TextNode {
  if (options.mode === 'removed') return valueText(node.x!, options);
  if (options.mode === 'inserted') return valueText(node.y!, options);
  if (node.diff === 0) return valueText(node.y!, options);
  const elided: Options = { ...options, types: 'elide' };
  const records: TextRecord[] = [];
  if (node.x !== undefined) records.push({ mark: '-', text: valueText(node.x, elided) });
  if (node.y !== undefined) records.push({ mark: '+', text: valueText(node.y, elided) });
  return withType(typeOf(node), 'scalar', { records }, { ...options, types: 'emit' });
}

function recordsText(node: Comparison, kind: GoValue['kind'], given: Options): TextNode {
  const options: Options = {
    ...given,
    types: kind === 'struct' ? 'auto' : 'elide',
    verbosity: given.verbosity - 1,
  };
  return braces(
    given.mode === 'both'
      ? differences(node, kind, options)
      : oneSide(node, kind, options, given.mode === 'identical' ? shownOf(given) : 2 << given.verbosity),
  );
}

const braces = (records: readonly TextRecord[]): TextNode => ({ prefix: '{', body: { records }, suffix: '}' });

/** How many parts of a value are printed before the ellipsis: 0, 4, 8, 16, … */
const shownOf = ({ verbosity }: Options): number => ((1 << Math.max(verbosity, 0)) >> 1) << 2;

function oneSide(node: Comparison, kind: GoValue['kind'], options: Options, most: number): TextRecord[] {
  const records: TextRecord[] = [];
  for (const { key, value } of node.records) {
    const side = options.mode === 'inserted' ? value.y : value.x;
    if (side === undefined) continue;
    if (records.length === most) {
      records.push({ text: ELLIPSIS });
      break;
    }
    if (kind === 'struct' && isZero(side)) continue;
    records.push({ key, text: differenceText(value, options) });
  }
  return records;
}

function differences(node: Comparison, kind: GoValue['kind'], options: Options): TextRecord[] {
  const noun = kind === 'struct' ? 'field' : kind === 'map' ? 'entry' : 'element';
  const all = node.records;
  const records: TextRecord[] = [];
  const same = ({ value }: (typeof all)[number]) => value.diff === 0;
  for (let start = 0; start < all.length; ) {
    if (!same(all[start]!)) {
      records.push(...changed(all[start]!, options));
      start++;
      continue;
    }
    let end = start;
    while (end < all.length && same(all[end]!)) end++;
    const count = end - start;
    const low = start === 0 ? 0 : Math.min(CONTEXT, count);
    let high = end === all.length ? 0 : Math.min(CONTEXT, count - low);
    // One that is left out would need a line too.
    if (count - low - high === 1) high++;
    const show = ({ key, value }: (typeof all)[number]) => {
      records.push({ key, text: differenceText(value, { ...options, mode: 'identical' }) });
    };
    all.slice(start, start + low).forEach(show);
    if (count > low + high) records.push({ text: ELLIPSIS, comment: identical(count - low - high, noun) });
    all.slice(end - high, end).forEach(show);
    start = end;
  }
  return records;
}

const identical = (count: number, noun: string): string =>
  `${count} identical ${count === 1 ? noun : noun === 'entry' ? 'entries' : `${noun}s`}`;

/** A part that differs: both sides where nothing branches below it, else its own difference. */
function changed({ key, value }: Comparison['records'][number], options: Options): TextRecord[] {
  if (value.children !== value.depth) return [{ key, text: differenceText(value, options) }];
  const records: TextRecord[] = [];
  if (value.x !== undefined)
    records.push({ mark: '-', key, text: differenceText(value, { ...options, mode: 'removed' }) });
  if (value.y !== undefined)
    records.push({ mark: '+', key, text: differenceText(value, { ...options, mode: 'inserted' }) });
  return records;
}

function withType(type: string, kind: GoValue['kind'], text: TextNode, { mode, types }: Options): TextNode {
  if (types === 'elide') return text;
  if (types === 'auto') {
    if (text === 'nil' || kind === 'scalar' || kind === 'nil' || mode === 'identical') return text;
  }
  const braced = typeof text !== 'string' && 'body' in text && text.prefix === '{';
  if (braced) return { prefix: type, body: text, suffix: '' };
  return { prefix: `${type.startsWith('*') ? `(${type})` : type}(`, body: text, suffix: ')' };
}

function valueText(value: GoValue, options: Options): TextNode {
  switch (value.kind) {
    case 'nil':
      return withType(value.type, 'nil', 'nil', options);
    case 'scalar':
      return withType(value.type, 'scalar', scalarText(value.value, options), options);
    case 'pointer': {
      const printed = selfPrinted(value.to);
      if (printed !== undefined) return `s${quoted(printed, options)}`;
      return { prefix: '&', body: valueText(value.to, options), suffix: '' };
    }
    case 'struct':
      return parts(
        value,
        value.fields.filter(([, field]) => !isZero(field)),
        options,
        'auto',
      );
    case 'map':
      return parts(value, value.entries, options, 'elide');
    case 'slice':
      return parts(
        value,
        value.items.map((item) => [undefined, item] as const),
        options,
        'elide',
      );
  }
}

function parts(
  value: GoValue,
  entries: readonly (readonly [string | undefined, GoValue])[],
  options: Options,
  types: TypeMode,
): TextNode {
  const most = shownOf(options);
  const inner = { ...options, types, verbosity: options.verbosity - 1 };
  const records: TextRecord[] = entries
    .slice(0, most)
    .map(([key, item]): TextRecord => ({ key, text: valueText(item, inner) }));
  if (entries.length > most) records.push({ text: ELLIPSIS });
  const list: TextList = { records };
  return withType(value.type, value.kind, { prefix: '{', body: list, suffix: '}' }, options);
}

function scalarText(value: string | number | boolean, options: Options): string {
  return typeof value === 'string' ? quoted(value, options) : String(value);
}

/** A string in quotes, or in backquotes where that spares escapes; cut when it is long. */
function quoted(text: string, { verbosity }: Options): string {
  const most = 32 << Math.max(verbosity, 0);
  if (text.length > most + ELLIPSIS.length) return quote(text.slice(0, most)) + ELLIPSIS;
  return quote(text);
}

function quote(text: string): string {
  const plain = goQuote(text);
  if (plain.length === text.length + 2 || /[`\n]/.test(text) || plain.includes('\\x') || plain.includes('\\u'))
    return plain;
  return `\`${text}\``;
}

/** What Go values with a String method print themselves as, behind a pointer. */
function selfPrinted(value: GoValue): string | undefined {
  if (value.kind !== 'struct' || value.type !== 'resource.Quantity') return undefined;
  const text = value.fields.find(([name]) => name === 's')?.[1];
  return text?.kind === 'scalar' ? String(text.value) : '0';
}
