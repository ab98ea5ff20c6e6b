import { type FieldSchema, type TypeSchema, typeOf, type ValueSchema } from './schema.ts';

/** A JSON schema, or any other part of an OpenAPI document. */
export type Json = { [key: string]: unknown };

/** What the documentation says of a type (no field) or of its field. */
export type Describe = (type: string, field?: string) => string | undefined;

/** The two dialects: OpenAPI 2 (`#/definitions/`) and 3 (`#/components/schemas/`). */
export type Dialect = 'v2' | 'v3';

export const refTo = (dialect: Dialect, name: string): string =>
  `${dialect === 'v2' ? '#/definitions/' : '#/components/schemas/'}${name}`;

/** Reads a provider of descriptions from the generated table, which is loaded apart. */
export function describeFrom(table: Readonly<Record<string, Readonly<Record<string, string>>>>): Describe {
  return (type, field = '') => (Object.hasOwn(table, type) ? table[type]![field] : undefined);
}

/** The schemas of types with a JSON form of their own, which the table does not list. */
function specialSchema(name: string, dialect: Dialect): Json | undefined {
  switch (name.slice(name.lastIndexOf('.') + 1)) {
    case 'Quantity':
      return dialect === 'v3' ? { oneOf: [{ type: 'string' }, { type: 'number' }] } : { type: 'string' };
    case 'IntOrString':
      return dialect === 'v3'
        ? { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] }
        : { type: 'string', format: 'int-or-string' };
    case 'Time':
    case 'MicroTime':
      return { type: 'string', format: 'date-time' };
    case 'FieldsV1':
    case 'RawExtension':
      return { type: 'object' };
    case 'JSON':
    case 'JSONSchemaPropsOrBool':
    case 'JSONSchemaPropsOrArray':
    case 'JSONSchemaPropsOrStringArray':
      return {};
    default:
      return undefined;
  }
}

/** The published schema of a built-in type. Throws when there is none of that name. */
export function schemaOf(name: string, dialect: Dialect, describe: Describe): Json {
  const type = typeOf(name);
  const schema = type === undefined ? specialSchema(name, dialect) : structSchema(type, dialect, describe);
  if (schema === undefined) throw new Error(`openapi: unknown type ${name}`);
  const description = describe(name);
  return description === undefined ? schema : { description, ...schema };
}

const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function structSchema(type: TypeSchema, dialect: Dialect, describe: Describe): Json {
  const schema: Json = { type: 'object' };
  const fields = [...type.fields.values()].sort((a, b) => byName(a.name, b.name));
  const properties: Json = {};
  for (const field of fields) properties[field.name] = fieldSchema(field, dialect, describe(type.name, field.name));
  if (fields.length > 0) schema.properties = properties;
  const required = fields.filter((field) => field.required).map((field) => field.name);
  if (required.length > 0) schema.required = required;
  if (type.isKind) {
    schema['x-kubernetes-group-version-kind'] = [{ group: type.group, kind: type.shortName, version: type.version }];
  }
  if (type.atomic) schema['x-kubernetes-map-type'] = 'atomic';
  return schema;
}

function fieldSchema(field: FieldSchema, dialect: Dialect, description: string | undefined): Json {
  const extra: Json = {};
  if (description !== undefined) extra.description = description;
  if (dialect === 'v3') {
    // Structs that are no pointers always exist; v2 leaves that out.
    if (field.kind === 'object' && !field.pointer) extra.default = {};
    else if (field.default !== undefined) extra.default = field.default;
  } else if (field.default !== undefined && field.default !== '' && field.default !== 0 && field.default !== false) {
    extra.default = field.default;
  }
  if (field.enum !== undefined) extra.enum = [...field.enum];
  if (field.patchMergeKey !== undefined) extra['x-kubernetes-patch-merge-key'] = field.patchMergeKey;
  if (field.patchStrategy !== undefined) extra['x-kubernetes-patch-strategy'] = field.patchStrategy;
  if (field.listType !== undefined) extra['x-kubernetes-list-type'] = field.listType;
  if (field.listMapKeys !== undefined) extra['x-kubernetes-list-map-keys'] = [...field.listMapKeys];
  if (field.mapType !== undefined) extra['x-kubernetes-map-type'] = field.mapType;
  const schema = valueSchema(field, dialect);
  // A reference of OpenAPI 3 may have no siblings.
  if (dialect === 'v3' && schema.$ref !== undefined && Object.keys(extra).length > 0)
    return { ...extra, allOf: [schema] };
  return { ...extra, ...schema };
}

function valueSchema(value: ValueSchema, dialect: Dialect): Json {
  if (value.ref !== undefined) return { $ref: refTo(dialect, value.ref) };
  switch (value.kind) {
    case 'integer':
    case 'number':
      return { type: value.kind, format: value.format };
    case 'boolean':
      return { type: 'boolean' };
    case 'bytes':
      return { type: 'string', format: 'byte' };
    case 'list':
      return { type: 'array', items: elementSchema(value.element!, dialect) };
    case 'map':
      return { type: 'object', additionalProperties: elementSchema(value.element!, dialect) };
    default:
      return { type: 'string' };
  }
}

function elementSchema(value: ValueSchema, dialect: Dialect): Json {
  const schema = valueSchema(value, dialect);
  if (dialect === 'v2') return schema;
  if (value.kind === 'object') return { allOf: [schema], default: {} };
  if (value.kind === 'string') return { ...schema, default: '' };
  if (value.kind === 'integer') return { ...schema, default: 0 };
  return schema.$ref === undefined ? schema : { allOf: [schema] };
}

/** Every schema that a part of a document refers to, and those that these refer to. */
export function collectSchemas(from: unknown, dialect: Dialect, describe: Describe, known: Json): Json {
  const prefix = refTo(dialect, '');
  const found: Json = {};
  const visit = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return;
    if (Array.isArray(part)) {
      for (const item of part) visit(item);
      return;
    }
    for (const [key, value] of Object.entries(part)) {
      if (key !== '$ref' || typeof value !== 'string' || !value.startsWith(prefix)) {
        visit(value);
        continue;
      }
      const name = value.slice(prefix.length);
      if (Object.hasOwn(found, name)) continue;
      found[name] = Object.hasOwn(known, name) ? known[name] : schemaOf(name, dialect, describe);
      visit(found[name]);
    }
  };
  visit(from);
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => byName(a, b)));
}
