import { bytesOfBase64 } from '../../../api/base64.ts';
import { decodeUtf8, encodeUtf8 } from '../../../api/utf8.ts';
import { KubectlError } from '../../errors.ts';
import { goValue, sprintf, truth, typeName } from './values.ts';

interface TemplateFunction {
  /** How many arguments it takes at least, and at most. */
  readonly least: number;
  readonly most: number;
  call(...args: unknown[]): unknown;
}

function order(left: unknown, right: unknown): number {
  if (typeof left !== typeof right) throw new KubectlError('incompatible types for comparison');
  if (typeof left !== 'number' && typeof left !== 'string') throw new KubectlError('invalid type for comparison');
  if (left === right) return 0;
  return left < (right as typeof left) ? -1 : 1;
}

function equal(left: unknown, right: unknown): boolean {
  const nothing = (value: unknown) => value === null || value === undefined;
  if (nothing(left) || nothing(right)) return nothing(left) && nothing(right);
  if (typeof left === 'object' || typeof right === 'object') throw new KubectlError('non-comparable types');
  if (typeof left !== typeof right) throw new KubectlError('incompatible types for comparison');
  return left === right;
}

/** What is counted and indexed in Go: of a string, its bytes. */
function sequence(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  return typeof value === 'string' ? [...encodeUtf8(value)] : undefined;
}

function position(key: unknown, most: number): number {
  if (key === null || key === undefined) throw new KubectlError('cannot index slice/array with nil');
  if (typeof key !== 'number') throw new KubectlError(`cannot index slice/array with type ${typeName(key)}`);
  if (key < 0 || key > most) throw new KubectlError(`index out of range: ${key}`);
  return key;
}

function indexInto(value: unknown, keys: readonly unknown[]): unknown {
  let current = value;
  for (const key of keys) {
    if (current === null || current === undefined) throw new KubectlError('index of untyped nil');
    const list = sequence(current);
    if (list !== undefined) {
      const at = position(key, list.length);
      if (at === list.length)
        throw new KubectlError(`reflect: ${typeof current === 'string' ? 'string' : 'slice'} index out of range`);
      current = list[at];
    } else if (typeof current === 'object') {
      // A number there is always one that stands in the template, which Go reads as an int.
      if (typeof key !== 'string')
        throw new KubectlError(`value has type ${typeName(key).replace('int64', 'int')}; should be string`);
      current = Object.hasOwn(current, key) ? (current as Record<string, unknown>)[key] : undefined;
    } else throw new KubectlError(`can't index item of type ${typeName(current)}`);
  }
  return current;
}

function slice(value: unknown, ...bounds: unknown[]): unknown {
  const list = sequence(value);
  if (list === undefined) throw new KubectlError(`can't slice item of type ${typeName(value)}`);
  const [start = 0, end = list.length] = bounds.map((bound) => position(bound, list.length));
  if (start > end) throw new KubectlError(`invalid slice index: ${start} > ${end}`);
  const part = list.slice(start, end);
  return typeof value === 'string' ? decodeUtf8(Uint8Array.from(part as number[])) : part;
}

function length(value: unknown): number {
  const list = sequence(value);
  if (list !== undefined) return list.length;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length;
  throw new KubectlError(
    value === undefined || value === null
      ? 'reflect: call of reflect.Value.Type on zero Value'
      : `len of type ${typeName(value)}`,
  );
}

const HTML: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' };

function escapeScript(character: string): string {
  if ('\\\'"'.includes(character)) return `\\${character}`;
  return `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}

function decodeBase64(text: string): string {
  const bytes = bytesOfBase64(text);
  if (bytes !== undefined) return decodeUtf8(bytes);
  const at = text.search(/[^A-Za-z0-9+/=\r\n]/);
  throw new KubectlError(`base64 decode failed: illegal base64 data at input byte ${Math.max(0, at)}`);
}

/** What `print` and its like make of several values: spaces between two of which neither is a string. */
function print(...args: unknown[]): string {
  const spaced = (index: number) => index > 0 && typeof args[index] !== 'string' && typeof args[index - 1] !== 'string';
  return args.map((arg, index) => (spaced(index) ? ' ' : '') + goValue(arg, false)).join('');
}

const ANY = Number.POSITIVE_INFINITY;
const text = (call: (value: string) => string): TemplateFunction => ({
  least: 0,
  most: ANY,
  call: (...args) => call(print(...args)),
});
const two = (call: (left: unknown, right: unknown) => boolean): TemplateFunction => ({ least: 2, most: 2, call });

/** The functions of text/template, and kubectl's `exists` and `base64decode`. `and` and `or` do not evaluate all they are given: they are the template's. */
export const FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ['and', { least: 1, most: ANY, call: (first) => first }],
  ['or', { least: 1, most: ANY, call: (first) => first }],
  ['not', { least: 1, most: 1, call: (value) => !truth(value) }],
  ['len', { least: 1, most: 1, call: length }],
  ['index', { least: 1, most: ANY, call: (value, ...keys) => indexInto(value, keys) }],
  ['slice', { least: 1, most: ANY, call: slice }],
  ['print', { least: 0, most: ANY, call: print }],
  ['printf', { least: 1, most: ANY, call: (format, ...args) => sprintf(String(format), args) }],
  ['println', { least: 0, most: ANY, call: (...args) => `${args.map((arg) => goValue(arg, false)).join(' ')}\n` }],
  ['html', text((value) => value.replace(/[&<>"']/g, (character) => HTML[character]!))],
  ['js', text((value) => value.replace(/[\\'"<>&=\n\r\t]/g, escapeScript))],
  ['urlquery', text((value) => encodeURIComponent(value).replace(/%20/g, '+'))],
  [
    'call',
    {
      least: 1,
      most: ANY,
      call: (value, ...more) => {
        throw new KubectlError(`non-function ${more.at(-1)} of type ${typeName(value)}`);
      },
    },
  ],
  [
    'eq',
    {
      least: 1,
      most: ANY,
      call: (first, ...others) => {
        if (others.length === 0) throw new KubectlError('missing argument for comparison');
        return others.some((other) => equal(first, other));
      },
    },
  ],
  ['ne', two((left, right) => !equal(left, right))],
  ['lt', two((left, right) => order(left, right) < 0)],
  ['le', two((left, right) => order(left, right) <= 0)],
  ['gt', two((left, right) => order(left, right) > 0)],
  ['ge', two((left, right) => order(left, right) >= 0)],
  [
    'exists',
    {
      least: 1,
      most: ANY,
      call: (value, ...keys) => {
        try {
          return indexInto(value, keys) !== undefined;
        } catch {
          return false;
        }
      },
    },
  ],
  ['base64decode', { least: 1, most: 1, call: (value) => decodeBase64(goValue(value)) }],
]);

/** Throws where a function is called with too few arguments or too many. */
export function checkArguments(name: string, count: number): void {
  const { least, most } = FUNCTIONS.get(name)!;
  if (count < least || count > most)
    throw new KubectlError(
      `wrong number of args for ${name}: want ${most === ANY ? `at least ${least}` : least} got ${count}`,
    );
}

/** Calls a template's function; errors are worded as text/template does (exec.go, evalCall). */
export function callFunction(name: string, args: readonly unknown[]): unknown {
  try {
    return FUNCTIONS.get(name)!.call(...args);
  } catch (error) {
    if (error instanceof KubectlError) throw new KubectlError(`error calling ${name}: ${error.message}`);
    throw error;
  }
}
