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
    const missing = isMissing(object, name, property);
    if (missing && property.default !== undefined) setOwn(object, name, clone(property.default));
    else if (missing && Object.hasOwn(object, name)) delete object[name];
  }
  for (const name of Object.keys(object)) {
    const field = fieldSchema(schema, name);
    if (field !== undefined) applyDefaults(object[name], field);
  }
}

/** Whether `applyDefaults` would change a value. */
export function lacksDefaults(value: unknown, schema: JsonSchema): boolean {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items !== undefined && value.some((item) => lacksDefaults(item, items));
  }
  if (!isObject(value)) return false;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (!isMissing(value, name, property)) continue;
    if (property.default !== undefined || Object.hasOwn(value, name)) return true;
  }
  return Object.keys(value).some((name) => {
    const field = fieldSchema(schema, name);
    return field !== undefined && lacksDefaults(value[name], field);
  });
}

function isMissing(object: JsonObject, name: string, property: JsonSchema): boolean {
  return !Object.hasOwn(object, name) || (object[name] === null && property.nullable !== true);
}
