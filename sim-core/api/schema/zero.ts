import { type FieldSchema, objectType, type TypeSchema, type ValueSchema } from './schema.ts';

/** Go writes structs whatever `omitempty` says, and everything that lacks `omitempty`. */
export function isAlwaysWritten(field: FieldSchema): boolean {
  if (!field.omitEmpty) return true;
  if (field.pointer) return false;
  return field.kind === 'object' || field.kind === 'time' || field.kind === 'microTime' || field.kind === 'quantity';
}

const always = new WeakMap<TypeSchema, readonly FieldSchema[]>();

/** The fields that Go writes even when they are absent. */
export function alwaysWritten(type: TypeSchema): readonly FieldSchema[] {
  const known = always.get(type);
  if (known !== undefined) return known;
  const fields = [...type.fields.values()].filter(isAlwaysWritten);
  always.set(type, fields);
  return fields;
}

/** What Go writes for a field of an empty struct; undefined when it leaves it out. */
export function zeroOfField(field: FieldSchema): unknown {
  return isAlwaysWritten(field) ? zeroValue(field, field.pointer) : undefined;
}

/** What Go writes for a zero value. */
export function zeroValue(schema: ValueSchema, pointer = false): unknown {
  if (pointer) return null;
  switch (schema.kind) {
    case 'string':
    case 'bytes':
      return '';
    case 'integer':
    case 'number':
      return 0;
    case 'boolean':
      return false;
    case 'list':
    case 'map':
      return null;
    case 'object': {
      const zero: Record<string, unknown> = {};
      for (const field of alwaysWritten(objectType(schema))) zero[field.name] = zeroValue(field, field.pointer);
      return zero;
    }
    case 'quantity':
      return '0';
    case 'intOrString':
      return 0;
    default:
      return null;
  }
}
