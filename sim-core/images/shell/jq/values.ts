/** A JSON value as jq sees it. Objects have no prototype, so that any key is a plain one. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** An error that `try` catches; its value is what `error` was given. */
export class JqError extends Error {
  override readonly name = 'JqError';
  readonly value: Json;

  constructor(value: Json) {
    super(typeof value === 'string' ? value : `${toText(value)} (not a string)`);
    this.value = value;
  }
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function typeOf(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** A copy of an object, or an empty one, that takes any key. */
export function copyOf(value?: JsonObject): JsonObject {
  return Object.assign(Object.create(null) as JsonObject, value);
}

export function has(value: JsonObject, key: string): boolean {
  return Object.hasOwn(value, key);
}

export function truthy(value: Json): boolean {
  return value !== null && value !== false;
}

/** JSON in one line, keys as they come. */
export function toText(value: Json, sortKeys = false): string {
  if (Array.isArray(value)) return `[${value.map((item) => toText(item, sortKeys)).join(',')}]`;
  if (isObject(value)) {
    const keys = sortKeys ? Object.keys(value).sort() : Object.keys(value);
    return `{${keys.map((key) => `${JSON.stringify(key)}:${toText(value[key]!, sortKeys)}`).join(',')}}`;
  }
  if (typeof value === 'number') return numberText(value);
  return JSON.stringify(value);
}

/** JSON over several lines, as jq prints. */
export function toPretty(value: Json, indent: string, sortKeys: boolean, level = ''): string {
  const next = level + indent;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return `[\n${value.map((item) => next + toPretty(item, indent, sortKeys, next)).join(',\n')}\n${level}]`;
  }
  if (isObject(value)) {
    const keys = sortKeys ? Object.keys(value).sort() : Object.keys(value);
    if (keys.length === 0) return '{}';
    const lines = keys.map((key) => `${next}${JSON.stringify(key)}: ${toPretty(value[key]!, indent, sortKeys, next)}`);
    return `{\n${lines.join(',\n')}\n${level}}`;
  }
  return toText(value);
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'null';
  if (!Number.isFinite(value)) return value > 0 ? '1.7976931348623157e+308' : '-1.7976931348623157e+308';
  return JSON.stringify(value);
}

/** A value in a message: `number (1)`. */
export function described(value: Json): string {
  return `${typeOf(value)} (${short(value)})`;
}

/** A value as far as a message has room for it. */
export function short(value: Json): string {
  const text = toText(value);
  return text.length > 11 ? `${text.slice(0, 10)}...` : text;
}

const ORDER = ['null', 'false', 'true', 'number', 'string', 'array', 'object'];

function rank(value: Json): number {
  return ORDER.indexOf(typeof value === 'boolean' ? String(value) : typeOf(value));
}

/** jq's order of all values: null, false, true, numbers, strings, arrays, objects. */
export function compare(a: Json, b: Json): number {
  const difference = rank(a) - rank(b);
  if (difference !== 0) return difference;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let index = 0; index < Math.min(a.length, b.length); index++) {
      const order = compare(a[index]!, b[index]!);
      if (order !== 0) return order;
    }
    return a.length - b.length;
  }
  if (isObject(a) && isObject(b)) {
    const [left, right] = [Object.keys(a).sort(), Object.keys(b).sort()];
    const keys = compare(left, right);
    if (keys !== 0) return keys;
    for (const key of left) {
      const order = compare(a[key]!, b[key]!);
      if (order !== 0) return order;
    }
  }
  return 0;
}

/** Values that follow each other in a text. Throws `JqError` at what is no JSON. */
export function parseMany(text: string): Json[] {
  const values: Json[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text[at]!)) {
      at++;
      continue;
    }
    const end = endOfValue(text, at);
    values.push(parseOne(text.slice(at, end)));
    at = end;
  }
  return values;
}

export function parseOne(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new JqError(`parse error: Invalid JSON text: ${text.slice(0, 40)}`);
  }
}

/** Where the value that begins at `start` ends. */
function endOfValue(text: string, start: number): number {
  const first = text[start]!;
  if (first !== '{' && first !== '[' && first !== '"') {
    let end = start;
    while (end < text.length && !/[\s,[\]{}"]/.test(text[end]!)) end++;
    return Math.max(end, start + 1);
  }
  let depth = 0;
  let quoted = false;
  for (let at = start; at < text.length; at++) {
    const character = text[at]!;
    if (quoted) {
      if (character === '\\') at++;
      else if (character === '"') {
        quoted = false;
        if (depth === 0) return at + 1;
      }
    } else if (character === '"') quoted = true;
    else if (character === '{' || character === '[') depth++;
    else if ((character === '}' || character === ']') && --depth === 0) return at + 1;
  }
  return text.length;
}
