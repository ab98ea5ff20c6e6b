import { type FieldSchema, type TypeSchema, typeForKind, type ValueSchema } from './schema.ts';

/** The part of a CustomResourceDefinition's `openAPIV3Schema` that says what an object looks like (apiextensions' structural schema). */
export interface StructuralSchema {
  readonly type?: string;
  readonly description?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly additionalProperties?: StructuralSchema | boolean;
  readonly items?: StructuralSchema;
  readonly required?: readonly string[];
  readonly nullable?: boolean;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: string;
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/**
 * The type of a custom resource. Decoding with it prunes unknown fields and reads metadata, but leaves wrong types to validation and
 * keeps null and zero values, as upstream does with unstructured objects. Without a schema everything is kept.
 */
export function structuralType(
  group: string,
  version: string,
  kind: string,
  schema: StructuralSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
): TypeSchema {
  const name = `${group.split('.').reverse().join('.')}.${version}.${kind}`;
  return objectOf(name, kind, group, version, schema, true);
}

function objectOf(
  name: string,
  shortName: string,
  group: string,
  version: string,
  schema: StructuralSchema,
  isKind: boolean,
): TypeSchema {
  const fields = new Map<string, FieldSchema>();
  if (isKind) {
    const text: ValueSchema = { kind: 'string', goType: 'string' };
    fields.set('kind', fieldOf('kind', text, false));
    fields.set('apiVersion', fieldOf('apiVersion', text, false));
    fields.set('metadata', fieldOf('metadata', { kind: 'object', goType: 'v1.ObjectMeta', ref: META }, false));
  }
  const required = new Set(schema.required);
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    if (isKind && fields.has(key)) continue;
    const field = fieldOf(key, structuralValue(property, `${name}.${key}`, version), required.has(key));
    fields.set(key, withAnnotations(field, property));
  }
  return {
    name,
    shortName,
    goType: 'unstructured.Unstructured',
    group,
    version,
    isKind,
    fields,
    atomic: schema['x-kubernetes-map-type'] === 'atomic',
    preserveUnknownFields: schema['x-kubernetes-preserve-unknown-fields'] === true,
  };
}

/** Unstructured objects keep what they are given: like a pointer in Go, a field is there or not, whatever its value. */
function fieldOf(name: string, value: ValueSchema, required: boolean): FieldSchema {
  return { name, ...value, required, omitEmpty: true, pointer: true };
}

function withAnnotations(field: FieldSchema, schema: StructuralSchema): FieldSchema {
  const listType = schema['x-kubernetes-list-type'];
  const mapType = schema['x-kubernetes-map-type'];
  return {
    ...field,
    ...(listType === 'atomic' || listType === 'set' || listType === 'map' ? { listType } : {}),
    ...(schema['x-kubernetes-list-map-keys'] ? { listMapKeys: schema['x-kubernetes-list-map-keys'] } : {}),
    ...(mapType === 'atomic' || mapType === 'granular' ? { mapType } : {}),
    ...(isScalar(schema.default) ? { default: schema.default } : {}),
  };
}

const isScalar = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

function structuralValue(schema: StructuralSchema, name: string, version: string): ValueSchema {
  const common = { nullable: true, lenient: true } as const;
  if (schema['x-kubernetes-int-or-string'] === true) return { kind: 'any', goType: 'intstr.IntOrString', ...common };
  switch (schema.type) {
    case 'string':
      return { kind: 'string', goType: 'string', ...common };
    case 'boolean':
      return { kind: 'boolean', goType: 'bool', ...common };
    case 'integer':
      return { kind: 'integer', goType: 'int64', format: schema.format === 'int32' ? 'int32' : 'int64', ...common };
    case 'number':
      return { kind: 'number', goType: 'float64', format: 'double', ...common };
    case 'array':
      return {
        kind: 'list',
        goType: '[]interface {}',
        element: structuralValue(schema.items ?? {}, name, version),
        ...common,
      };
    case 'object':
      break;
    default:
      return { kind: 'any', goType: 'interface {}', ...common };
  }
  const embedded = schema['x-kubernetes-embedded-resource'] === true;
  const { additionalProperties } = schema;
  if (
    schema.properties === undefined &&
    !embedded &&
    additionalProperties !== undefined &&
    additionalProperties !== false
  ) {
    const element: ValueSchema =
      additionalProperties === true
        ? { kind: 'any', goType: 'interface {}', ...common }
        : structuralValue(additionalProperties, name, version);
    return { kind: 'map', goType: 'map[string]interface {}', element, ...common };
  }
  const type = objectOf(name, name.slice(name.lastIndexOf('.') + 1), '', version, schema, embedded);
  return { kind: 'object', goType: 'map[string]interface {}', type, ...common };
}

/** The types of one cluster: the built-in ones, and those that its CustomResourceDefinitions bring. */
export class TypeRegistry {
  private readonly kinds = new Map<string, TypeSchema>();

  /** Adds a type, or replaces the one of that kind. */
  register(group: string, version: string, kind: string, type: TypeSchema): void {
    this.kinds.set(`${group}/${version}/${kind}`, type);
  }

  unregister(group: string, version: string, kind: string): void {
    this.kinds.delete(`${group}/${version}/${kind}`);
  }

  /** The type of a kind, built in or registered. */
  typeForKind(group: string, version: string, kind: string): TypeSchema | undefined {
    return this.kinds.get(`${group}/${version}/${kind}`) ?? typeForKind(group, version, kind);
  }

  /** All registered types, in the order of registration. */
  all(): TypeSchema[] {
    return [...this.kinds.values()];
  }
}
