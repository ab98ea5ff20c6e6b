import { formatNumber } from './yaml.ts';

/** A JSON string as Go's encoder writes it: `<`, `>`, `&`, U+2028 and U+2029 escaped. */
function string(text: string): string {
  return JSON.stringify(text)
    .replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replace(/\\b/g, '\\b');
}

function write(value: unknown, indent: string, sort: boolean, prefix: string): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return string(value);
  if (typeof value === 'number') return formatNumber(value);
  if (typeof value !== 'object') return String(value);
  const inner = prefix + indent;
  const newline = indent === '' ? '' : `\n${inner}`;
  const close = indent === '' ? '' : `\n${prefix}`;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return `[${newline}${value.map((item) => write(item, indent, sort, inner)).join(`,${newline}`)}${close}]`;
  }
  const record = value as Record<string, unknown>;
  const keys = Object.keys(record).filter((key) => record[key] !== undefined);
  if (keys.length === 0) return '{}';
  if (sort) keys.sort();
  const colon = indent === '' ? ':' : ': ';
  const items = keys.map((key) => string(key) + colon + write(record[key], indent, sort, inner));
  return `{${newline}${items.join(`,${newline}`)}${close}}`;
}

/** Compact JSON with sorted keys, as Go's json.Marshal prints a map. */
export function compactJson(value: unknown): string {
  return write(value, '', true, '');
}

/** JSON as `-o json` prints it. `sort: false` keeps the order of keys, as Go does for its own types. */
export function stringifyJson(value: unknown, sort = true): string {
  return `${write(value, '    ', sort, '')}\n`;
}
