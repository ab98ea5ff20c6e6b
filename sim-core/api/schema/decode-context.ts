import { setOwn } from '../own-property.ts';
import type { TypeSchema } from './schema.ts';

/** A decoder gave up: the error that Go's decoder returns at once, in place of those it only notes. */
export class DecodeFailure extends Error {
  override readonly name = 'DecodeFailure';
}

type NestedReader = (value: unknown, type: TypeSchema, context: DecodeContext) => unknown;

/** Where a decoder is, and what it has found wrong. */
export class DecodeContext {
  /** The way from the root: field names, map keys and list indices; only `depth` of them count. */
  readonly path: (string | number)[] = [];
  /** Which of them are fields of structs. */
  readonly isField: boolean[] = [];
  depth = 0;
  /** How many objects we are inside of. */
  level = 0;
  /** The struct that holds the current field. */
  struct: TypeSchema;
  readonly errors: string[] = [];
  readonly unknown: string[] = [];
  strict: boolean;
  readonly reuse: boolean;
  readonly unstructured: boolean;
  /** Reads a value of a type inside another decoder's value, without reporting its unknown fields. */
  readonly readNested: NestedReader;

  constructor(type: TypeSchema, strict: boolean, reuse: boolean, unstructured: boolean, readNested: NestedReader) {
    this.readNested = readNested;
    this.struct = type;
    this.strict = strict;
    this.reuse = reuse;
    this.unstructured = unstructured;
  }

  /** Notes a field that the type does not have. */
  unknownField(key: string): void {
    let text = '';
    for (let index = 0; index < this.depth; index++) {
      const part = this.path[index]!;
      text += typeof part === 'number' ? `[${part}]` : text === '' ? part : `.${part}`;
    }
    this.unknown.push(text === '' ? key : `${text}.${key}`);
  }

  /**
   * Notes that a value is of the wrong type. `wanted` is the Go kind, `goType` its name. Returns undefined, as readers do for what is left out.
   */
  mismatch(value: unknown, wanted: string, goType: string): undefined {
    if (this.unstructured) throw new DecodeFailure(conversionError(value, wanted, goType));
    this.errors.push(this.typeError(jsonWord(value, wanted), goType));
    return undefined;
  }

  /** The message of encoding/json's UnmarshalTypeError at this place. */
  typeError(found: string, goType: string): string {
    let fields = '';
    if (!this.unstructured) {
      for (let index = 0; index < this.depth; index++) {
        if (this.isField[index] === true) fields += fields === '' ? this.path[index] : `.${this.path[index]}`;
      }
    }
    if (fields === '') return `json: cannot unmarshal ${found} into Go value of type ${goType}`;
    return `json: cannot unmarshal ${found} into Go struct field ${this.struct.shortName}.${fields} of type ${goType}`;
  }

  /** Notes an error that carries no place. */
  note(message: string): undefined {
    if (this.unstructured) throw new DecodeFailure(message);
    this.errors.push(message);
    return undefined;
  }

  /** Stops with the error that a type's own UnmarshalJSON returned. */
  fail(message: string): never {
    throw new DecodeFailure(message);
  }

  /** A value that is not looked into: as it is, or a copy of it. */
  copy(value: unknown): unknown {
    return this.reuse ? value : copyJson(value, this);
  }
}

/** Counts one more level of nesting; fails beyond `limit`, in encoding/json's words. */
export function bounded(context: DecodeContext, limit: number): void {
  if (++context.level > limit) context.fail('exceeded max depth');
}

function copyJson(value: unknown, context: DecodeContext): unknown {
  if (typeof value !== 'object' || value === null) return value;
  bounded(context, 1000);
  let copy: unknown;
  if (Array.isArray(value)) {
    copy = value.map((item) => copyJson(item, context));
  } else {
    const object: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined) continue;
      setOwn(object, key, copyJson(item, context));
    }
    copy = object;
  }
  context.level--;
  return copy;
}

/** What encoding/json calls a value. */
export function jsonWord(value: unknown, wanted: string): string {
  if (Array.isArray(value)) return 'array';
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'number':
      return wanted.startsWith('int') ? `number ${value}` : 'number';
    default:
      return 'object';
  }
}

/** What runtime.fromUnstructured says when a value cannot become a field's. */
function conversionError(value: unknown, wanted: string, goType: string): string {
  const isArray = Array.isArray(value);
  const isInteger = Number.isInteger(value);
  const kind = isArray
    ? 'slice'
    : typeof value === 'number'
      ? isInteger
        ? 'int64'
        : 'float64'
      : jsonWord(value, '').replace('object', 'map');
  if (wanted === 'slice' || wanted === 'map') return `cannot restore ${wanted} from ${kind}`;
  if (wanted === 'object') return `cannot restore struct from: ${kind}`;
  // Go's reflection could turn integers into strings and fractions into integers; the converter refuses what JSON would.
  const convertible =
    typeof value === 'number' && ((wanted === 'string' && isInteger) || (wanted.startsWith('int') && !isInteger));
  return convertible ? `cannot convert ${kind} to ${goType}` : `unrecognized type: ${wanted}`;
}
