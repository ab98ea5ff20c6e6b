import { setOwn } from '../own-property.ts';
import { bounded, DecodeContext, DecodeFailure } from './decode-context.ts';
import { decodeSpecial } from './decode-special.ts';
import { type FieldSchema, objectType, type TypeSchema, type ValueSchema } from './schema.ts';
import { strictErrors } from './strict-errors.ts';
import { alwaysWritten, isAlwaysWritten, zeroValue } from './zero.ts';

/** `fieldValidation` of a request: what becomes of unknown and duplicate fields. They are dropped in any case. */
export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

export interface DecodeOptions {
  /** `Ignore`: unknown fields are not even listed. */
  readonly strict: FieldValidation;
  /** Whether the result may share what did not change with the input. Else it is new throughout, and may be changed. */
  readonly reuse?: boolean;
  /**
   * Whose messages: `json` for request bodies (encoding/json), `unstructured` for the result of a strategic merge patch
   * (runtime.DefaultUnstructuredConverter).
   */
  readonly errorStyle?: 'json' | 'unstructured';
  /** Paths of fields that the text had twice (from `parseJson`), as in `spec.replicas`. */
  readonly duplicates?: readonly string[];
}

export interface Decoded {
  /** What Go would write for the value it read. Undefined when there are errors. */
  readonly value: Record<string, unknown> | undefined;
  /** Why the value is not of the type. The API server reports the first. */
  readonly errors: string[];
  /** What strict decoding objects to: `unknown field "spec.foo"`, `duplicate field "spec.replicas"`. */
  readonly unknownFields: string[];
}

/** Reads one value; returns `undefined` for what Go leaves out. */
type Reader = (value: unknown, context: DecodeContext) => unknown;

interface StructReader {
  readonly type: TypeSchema;
  /** Filled when first used, since types refer to themselves. */
  readonly fields: Map<string, FieldReader>;
  /** Fields that Go writes even when they are absent. */
  readonly always: readonly FieldSchema[];
}

interface FieldReader {
  readonly read: Reader;
  /** The `typeof` of values that are taken as they are, unless they are zero. */
  readonly plain: 'string' | 'boolean' | '';
  readonly always: boolean;
  readonly nullable: boolean;
}

const structReaders = new WeakMap<TypeSchema, StructReader>();
/** How deep values may nest. encoding/json allows 10,000; a JavaScript stack does not. */
const MAX_DEPTH = 1000;

/**
 * Turns a JSON value into an object of a type, as the API server does: what it returns is what Go's encoder would write for what its
 * decoder read. Null and zero values go where Go drops them (`omitempty`), appear where Go writes them (`resources: {}`,
 * `creationTimestamp: null`), quantities and times are in canonical form. Published defaults are not filled in. Never changes its argument.
 * Follows sigs.k8s.io/json (UnmarshalStrict) and encoding/json.
 */
export function decode(value: unknown, type: TypeSchema, options: DecodeOptions): Decoded {
  const context = new DecodeContext(
    type,
    options.strict !== 'Ignore',
    options.reuse === true,
    options.errorStyle === 'unstructured',
    readNested,
  );
  let result: unknown;
  try {
    result = readStruct(value, structReader(type), context, type.goType);
  } catch (error) {
    if (!(error instanceof DecodeFailure)) throw error;
    return { value: undefined, errors: [error.message], unknownFields: [] };
  }
  const unknownFields = options.strict === 'Ignore' ? [] : strictErrors(context, options.duplicates ?? []);
  if (context.errors.length > 0) return { value: undefined, errors: context.errors, unknownFields };
  return { value: result as Record<string, unknown>, errors: context.errors, unknownFields };
}

/**
 * What is wrong with an object made in this program: unknown fields, wrong types. For assertions in tests and development; values in
 * non-canonical form are no fault.
 */
export function validateShape(value: unknown, type: TypeSchema): string[] {
  const { errors, unknownFields } = decode(value, type, { strict: 'Strict', reuse: true });
  return [...errors, ...unknownFields];
}

function structReader(type: TypeSchema): StructReader {
  const known = structReaders.get(type);
  if (known !== undefined) return known;
  const reader: StructReader = { type, fields: new Map(), always: alwaysWritten(type) };
  structReaders.set(type, reader);
  for (const [name, field] of type.fields) reader.fields.set(name, compileField(field));
  return reader;
}

function compileField(field: FieldSchema): FieldReader {
  const plain = field.kind === 'string' || field.kind === 'boolean' ? field.kind : '';
  return { read: fieldReader(field), plain, always: isAlwaysWritten(field), nullable: field.nullable === true };
}

function copyUntil(source: Record<string, unknown>, until: string): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(source)) {
    if (key === until) break;
    if (source[key] !== undefined) setOwn(copy, key, source[key]);
  }
  return copy;
}

function readStruct(value: unknown, reader: StructReader, context: DecodeContext, goType: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return context.mismatch(value, 'object', goType);
  const source = value as Record<string, unknown>;
  bounded(context, MAX_DEPTH);
  const struct = context.struct;
  context.struct = reader.type;
  const at = context.depth;
  let out: Record<string, unknown> | undefined = context.reuse ? undefined : {};
  let seen = 0;
  for (const key of Object.keys(source)) {
    const raw = source[key];
    const entry = reader.fields.get(key);
    if (entry === undefined) {
      if (reader.type.preserveUnknownFields === true) {
        if (out !== undefined) setOwn(out, key, context.copy(raw));
        continue;
      }
      context.depth = at;
      if (raw !== undefined && context.strict) context.unknownField(key);
      out ??= copyUntil(source, key);
      continue;
    }
    let result: unknown;
    if (raw && typeof raw === entry.plain) {
      result = raw;
    } else if (raw !== null && raw !== undefined) {
      context.depth = at + 1;
      context.path[at] = key;
      context.isField[at] = true;
      result = entry.read(raw, context);
    } else if (raw === null && entry.nullable) {
      result = null;
    }
    if (result === undefined) {
      out ??= copyUntil(source, key);
      continue;
    }
    if (entry.always) seen++;
    if (out !== undefined) out[key] = result;
    else if (result !== raw) {
      out = copyUntil(source, key);
      out[key] = result;
    }
  }
  context.depth = at;
  context.struct = struct;
  if (seen < reader.always.length) {
    for (const field of reader.always) {
      const { name } = field;
      if ((out ?? source)[name] !== undefined) continue;
      out ??= copyUntil(source, '');
      out[name] = zeroValue(field, field.pointer);
    }
  }
  context.level--;
  return out ?? source;
}

function fieldReader(field: FieldSchema): Reader {
  const read = valueReader(field);
  if (!field.omitEmpty || field.pointer) return read;
  switch (field.kind) {
    case 'string':
      return (value, context) => (value === '' ? undefined : read(value, context));
    case 'bytes':
      return (value, context) => read(value, context) || undefined;
    case 'integer':
    case 'number':
      return (value, context) => (value === 0 ? undefined : read(value, context));
    case 'boolean':
      return (value, context) => (value === false ? undefined : read(value, context));
    case 'list':
      return (value, context) => (Array.isArray(value) && value.length === 0 ? undefined : read(value, context));
    case 'map':
      return (value, context) => {
        if (typeof value === 'object' && !Array.isArray(value) && Object.keys(value as object).length === 0)
          return undefined;
        return read(value, context);
      };
    default:
      return read;
  }
}

function valueReader(schema: ValueSchema): Reader {
  const read = strictReader(schema);
  if (schema.lenient !== true) return read;
  const wanted = schema.kind === 'list' ? 'list' : schema.kind === 'object' || schema.kind === 'map' ? 'object' : '';
  return (value, context) => {
    const found = Array.isArray(value) ? 'list' : typeof value;
    return found === wanted ? read(value, context) : context.copy(value);
  };
}

function strictReader(schema: ValueSchema): Reader {
  const { goType } = schema;
  switch (schema.kind) {
    case 'string':
      return (value, context) => (typeof value === 'string' ? value : context.mismatch(value, 'string', goType));
    case 'boolean':
      return (value, context) => (typeof value === 'boolean' ? value : context.mismatch(value, 'bool', goType));
    case 'integer': {
      const limit = schema.format === 'int64' ? 2 ** 63 : 2 ** 31;
      return (value, context) =>
        typeof value === 'number' && Number.isInteger(value) && value >= -limit && value < limit
          ? value
          : context.mismatch(value, goType, goType);
    }
    case 'number':
      return (value, context) => (typeof value === 'number' ? value : context.mismatch(value, 'float64', goType));
    case 'object':
      return objectReader(schema);
    case 'list':
      return listReader(schema);
    case 'map':
      return mapReader(schema);
    default:
      return (value, context) => decodeSpecial(value, schema.kind, context);
  }
}

function objectReader(schema: ValueSchema): Reader {
  let reader: StructReader | undefined;
  return (value, context) => {
    reader ??= structReader(objectType(schema));
    return readStruct(value, reader, context, schema.goType);
  };
}

function listReader(schema: ValueSchema): Reader {
  const element = schema.element!;
  const read = valueReader(element);
  const simple = element.kind === 'string';
  return (value, context) => {
    if (!Array.isArray(value)) return context.mismatch(value, 'slice', schema.goType);
    const at = context.depth;
    context.isField[at] = false;
    let out: unknown[] | undefined = context.reuse ? undefined : new Array(value.length);
    for (let index = 0; index < value.length; index++) {
      const raw: unknown = value[index];
      let result = raw;
      if (raw === null || raw === undefined) result = element.nullable === true ? null : zeroValue(element);
      else if (!simple || typeof raw !== 'string') {
        context.depth = at + 1;
        context.path[at] = index;
        context.isField[at] = false;
        result = read(raw, context);
        if (result === undefined) result = zeroValue(element);
      }
      if (out !== undefined) out[index] = result;
      else if (result !== raw) {
        out = value.slice(0, index);
        out[index] = result;
      }
    }
    context.depth = at;
    return out ?? value;
  };
}

function mapReader(schema: ValueSchema): Reader {
  const element = schema.element!;
  const read = valueReader(element);
  const simple = element.kind === 'string';
  return (value, context) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return context.mismatch(value, 'map', schema.goType);
    const source = value as Record<string, unknown>;
    const at = context.depth;
    let out: Record<string, unknown> | undefined = context.reuse ? undefined : {};
    for (const key of Object.keys(source)) {
      const raw = source[key];
      let result = raw;
      if (raw === null || raw === undefined) result = element.nullable === true ? null : zeroValue(element);
      else if (!simple || typeof raw !== 'string') {
        context.depth = at + 1;
        context.path[at] = key;
        context.isField[at] = false;
        result = read(raw, context);
        if (result === undefined) result = zeroValue(element);
      }
      if (out !== undefined) setOwn(out, key, result);
      else if (result !== raw) {
        out = copyUntil(source, key);
        setOwn(out, key, result);
      }
    }
    context.depth = at;
    return out ?? source;
  };
}

/** What a type's own UnmarshalJSON does with an object inside (JSONSchemaProps): it does not report unknown fields. */
function readNested(value: unknown, type: TypeSchema, context: DecodeContext): unknown {
  const strict = context.strict;
  context.strict = false;
  const result = readStruct(value, structReader(type), context, type.goType);
  context.strict = strict;
  return result;
}
