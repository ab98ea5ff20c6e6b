import { isObject } from '../../api/equality.ts';
import { clone } from '../../api/objects.ts';
import { setOwn } from '../../api/own-property.ts';
import { fieldSchema, type JsonObject, type JsonSchema } from './json-schema.ts';

/**
 * Fills in a schema's defaults, and takes away nulls where null is no value (schema/defaulting.Default after
 * PruneNonNullableNullsWithoutDefaults). Changes `value`.
 */
export function applyDefaults(value: unknown, schema: JsonSchema): void {
  if (Array.isArray(value)) {
    if (schema.items !== undefined) for (const item of value) applyDefaults(item, schema.items);
    return;
  }
  if (!isObject(value)) return;
  const object = value as JsonObject;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const missing = !Object.hasOwn(object, name) || (object[name] === null && property.nullable !== true);
    if (missing && property.default !== undefined) setOwn(object, name, clone(property.default));
    else if (missing && Object.hasOwn(object, name)) delete object[name];
  }
  for (const name of Object.keys(object)) {
    const field = fieldSchema(schema, name);
    if (field !== undefined) applyDefaults(object[name], field);
  }
}
