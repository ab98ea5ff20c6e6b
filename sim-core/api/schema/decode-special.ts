import { parseQuantity } from '../quantity.ts';
import type { DecodeContext } from './decode-context.ts';
import { jsonWord } from './decode-context.ts';
import { normalizeTime } from './go-time.ts';
import { type TypeSchema, typeOf, type ValueKind } from './schema.ts';

let schemaProps: TypeSchema | undefined;
function readSchema(value: unknown, context: DecodeContext): unknown {
  schemaProps ??= typeOf('io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps')!;
  return context.readNested(value, schemaProps, context);
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads a value of a type that brings its own UnmarshalJSON. */
export function decodeSpecial(value: unknown, kind: ValueKind, context: DecodeContext): unknown {
  switch (kind) {
    case 'quantity': {
      const parsed = parseQuantity(typeof value === 'string' ? value.trim() : value);
      return typeof parsed === 'string' ? context.fail(parsed) : parsed.toString();
    }
    case 'intOrString':
      if (typeof value === 'string') return value;
      if (typeof value === 'number' && (value | 0) === value) return value;
      return context.fail(context.typeError(jsonWord(value, 'int32'), 'int32'));
    case 'time':
    case 'microTime': {
      if (typeof value !== 'string') return context.fail(context.typeError(jsonWord(value, 'string'), 'string'));
      const time = normalizeTime(value, kind === 'microTime');
      return 'error' in time ? context.fail(time.error) : time.text;
    }
    case 'bytes':
      return decodeBytes(value, context);
    case 'schemaOrBool':
      if (typeof value === 'boolean') return value;
      return isObject(value) ? readSchema(value, context) : context.fail('boolean or JSON schema expected');
    case 'schemaOrArray':
      if (Array.isArray(value)) return value.map((item) => (isObject(item) ? readSchema(item, context) : {}));
      return isObject(value) ? readSchema(value, context) : null;
    case 'schemaOrStringArray':
      if (Array.isArray(value))
        return value.map((item) =>
          typeof item === 'string' ? item : context.fail(context.typeError(jsonWord(item, 'string'), 'string')),
        );
      return isObject(value) ? readSchema(value, context) : null;
    default:
      return context.copy(value);
  }
}

/** Go's base64 decoder skips line ends; what it writes has none. */
function decodeBytes(value: unknown, context: DecodeContext): unknown {
  if (Array.isArray(value)) return context.note(context.typeError('array', '[]uint8'));
  if (typeof value !== 'string') return context.mismatch(value, 'slice', '[]uint8');
  const text = value.includes('\n') || value.includes('\r') ? value.replace(/[\r\n]/g, '') : value;
  const bad = badBase64(text);
  if (bad < 0) return text;
  return context.note(`illegal base64 data at input byte ${positionIn(value, bad)}`);
}

/** Where text position `index` was before line ends were taken out. */
function positionIn(value: string, index: number): number {
  let position = 0;
  for (let left = index; position < value.length; position++) {
    if (value[position] === '\n' || value[position] === '\r') continue;
    if (left-- === 0) break;
  }
  return position;
}

const isBase64Digit = (code: number): boolean =>
  (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code === 43 || code === 47;

/** The input byte that base64.StdEncoding objects to, or -1. */
function badBase64(text: string): number {
  const { length } = text;
  let index = 0;
  while (index < length && isBase64Digit(text.charCodeAt(index))) index++;
  const inGroup = index % 4;
  // Where the text ends too early, Go points at the group that is not full.
  if (index === length) return inGroup === 0 ? -1 : length - inGroup;
  if (text[index] !== '=' || inGroup < 2) return index;
  if (inGroup === 2) {
    if (index + 1 >= length) return length;
    if (text[index + 1] !== '=') return index + 1;
    return index + 2 === length ? -1 : index + 2;
  }
  return index + 1 === length ? -1 : index + 1;
}
