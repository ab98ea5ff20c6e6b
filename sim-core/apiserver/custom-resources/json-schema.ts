import type * as ApiextensionsV1 from 'kubernetes-types/apiextensions/v1';
import type { StructuralSchema } from '../../api/schema/structural.ts';

/** A CEL rule (`x-kubernetes-validations`). */
export interface ValidationRule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: string;
  readonly fieldPath?: string;
  readonly optionalOldSelf?: boolean;
}

/** apiextensions.k8s.io/v1 JSONSchemaProps, as far as values are checked with it. */
export interface JsonSchema extends StructuralSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly allOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly not?: JsonSchema;
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[];
}

export type JsonObject = Record<string, unknown>;

/** The schema of a version; one that keeps everything where it has none. */
export function schemaOf({ schema }: ApiextensionsV1.CustomResourceDefinitionVersion): JsonSchema {
  return (schema?.openAPIV3Schema ?? { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }) as JsonSchema;
}

/** What is below a schema, with the path segment that leads there in a CustomResourceDefinition. */
export function* childrenOf(schema: JsonSchema): Generator<[path: string, schema: JsonSchema]> {
  for (const [name, property] of Object.entries(schema.properties ?? {})) yield [`.properties[${name}]`, property];
  if (typeof schema.additionalProperties === 'object') yield ['.additionalProperties', schema.additionalProperties];
  if (schema.items !== undefined) yield ['.items', schema.items];
}

/** The schema of a field of an object, named or not. */
export function fieldSchema(schema: JsonSchema, name: string): JsonSchema | undefined {
  const { properties, additionalProperties } = schema;
  if (properties !== undefined && Object.hasOwn(properties, name)) return properties[name];
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}
