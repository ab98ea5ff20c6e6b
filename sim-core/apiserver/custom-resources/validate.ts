import { deepEqual, isObject } from '../../api/equality.ts';
import {
  duplicate,
  type ErrorList,
  FieldError,
  invalid,
  notSupported,
  required,
  tooMany,
  typeInvalid,
} from '../../api/field-error.ts';
import { goQuote } from '../../api/go-format.ts';
import { isDNS1123Subdomain } from '../../api/names.ts';
import { parseTime } from '../../engine/index.ts';
import type { JsonObject, JsonSchema } from './json-schema.ts';

/** How deep values are looked into: a learner's schema refers to itself nowhere, but values come from outside. */
const MAX_DEPTH = 200;

/**
 * What is wrong with a value by its schema (apiservervalidation.ValidateCustomResource): upstream's texts, in the order of fields' names.
 * `path` is empty at the root.
 */
export function validateValue(value: unknown, schema: JsonSchema, path: string, depth = 0): ErrorList {
  const errors: ErrorList = [];
  if (depth > MAX_DEPTH) return errors;
  if (!checkType(value, schema, path, errors)) return errors;
  if (value === null) return errors;
  if (typeof value === 'string') checkString(value, schema, path, errors);
  else if (typeof value === 'number') checkNumber(value, schema, path, errors);
  else if (Array.isArray(value)) checkList(value, schema, path, errors, depth);
  if (schema.enum !== undefined && !schema.enum.some((one) => deepEqual(one, value))) {
    errors.push(
      notSupported(
        path,
        value,
        schema.enum.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))),
      ),
    );
  }
  if (isObject(value)) checkObject(value as JsonObject, schema, path, errors, depth);
  checkCombinations(value, schema, path, errors, depth);
  return errors;
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function checkType(value: unknown, schema: JsonSchema, path: string, errors: ErrorList): boolean {
  const found = typeOf(value);
  if (found === 'null' && schema.nullable === true) return true;
  const wanted = schema['x-kubernetes-int-or-string'] === true ? 'integer,string' : (schema.type ?? '');
  if (wanted === '') return true;
  const fits =
    wanted === found ||
    (wanted === 'number' && found === 'integer') ||
    (wanted === 'integer,string' && (found === 'integer' || found === 'string'));
  if (fits) return true;
  errors.push(typeInvalid(path, found, `${path} in body must be of type ${wanted}: ${goQuote(found)}`));
  return false;
}

function checkString(value: string, schema: JsonSchema, path: string, errors: ErrorList): void {
  const { minLength, maxLength, pattern, format } = schema;
  const length = [...value].length;
  if (maxLength !== undefined && length > maxLength) errors.push(tooLongText(path, maxLength));
  if (minLength !== undefined && length < minLength)
    errors.push(invalid(path, value, `${path} in body should be at least ${minLength} chars long`));
  if (pattern !== undefined && compiled(pattern)?.test(value) === false)
    errors.push(invalid(path, value, `${path} in body should match '${pattern}'`));
  if (format !== undefined && FORMATS[format]?.(value) === false)
    errors.push(invalid(path, value, `${path} in body must be of type ${format}: ${goQuote(value)}`));
}

function tooLongText(path: string, limit: number): FieldError {
  return new FieldError(
    'FieldValueTooLong',
    path,
    '',
    `may not be more than ${limit} ${limit === 1 ? 'byte' : 'bytes'}`,
  );
}

const patterns = new Map<string, RegExp | undefined>();

/** A pattern of a schema; undefined when it is not one that can be compiled (RE2 and JavaScript differ in rare constructs). */
export function compiled(pattern: string): RegExp | undefined {
  if (!patterns.has(pattern)) {
    if (patterns.size > 1_000) patterns.clear();
    let expression: RegExp | undefined;
    try {
      expression = new RegExp(pattern, 'u');
    } catch {
      try {
        expression = new RegExp(pattern);
      } catch {
        expression = undefined;
      }
    }
    patterns.set(pattern, expression);
  }
  return patterns.get(pattern);
}

const FORMATS: Readonly<Record<string, (value: string) => boolean>> = {
  'date-time': (value) => parseTime(value) !== undefined,
  date: (value) => /^\d{4}-\d{2}-\d{2}$/.test(value) && parseTime(`${value}T00:00:00Z`) !== undefined,
  uuid: (value) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(value),
  ipv4: (value) => /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(value),
  hostname: (value) => isDNS1123Subdomain(value.toLowerCase()).length === 0,
  email: (value) => /^[^@\s]+@[^@\s]+$/.test(value),
  uri: (value) => /^[a-zA-Z][a-zA-Z0-9+.-]*:.+/.test(value) || value.startsWith('/'),
  byte: (value) => /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value),
};

/** Whether a text is of a format that schemas name; of others every text is. */
export function matchesFormat(format: string, text: string): boolean {
  return !Object.hasOwn(FORMATS, format) || FORMATS[format]!(text);
}

function checkNumber(value: number, schema: JsonSchema, path: string, errors: ErrorList): void {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  if (multipleOf !== undefined && multipleOf > 0 && !Number.isInteger(value / multipleOf))
    errors.push(invalid(path, value, `${path} in body should be a multiple of ${multipleOf}`));
  if (maximum !== undefined && (exclusiveMaximum === true ? value >= maximum : value > maximum)) {
    const bound = exclusiveMaximum === true ? 'less than' : 'less than or equal to';
    errors.push(invalid(path, value, `${path} in body should be ${bound} ${maximum}`));
  }
  if (minimum !== undefined && (exclusiveMinimum === true ? value <= minimum : value < minimum)) {
    const bound = exclusiveMinimum === true ? 'greater than' : 'greater than or equal to';
    errors.push(invalid(path, value, `${path} in body should be ${bound} ${minimum}`));
  }
}

function checkList(value: unknown[], schema: JsonSchema, path: string, errors: ErrorList, depth: number): void {
  const { items, minItems, maxItems, uniqueItems } = schema;
  if (items !== undefined)
    for (const [index, item] of value.entries())
      errors.push(...validateValue(item, items, `${path}[${index}]`, depth + 1));
  if (minItems !== undefined && value.length < minItems)
    errors.push(invalid(path, value.length, `${path} in body should have at least ${minItems} items`));
  if (maxItems !== undefined && value.length > maxItems) errors.push(tooMany(path, value.length, maxItems));
  if (
    uniqueItems === true &&
    value.some((item, index) => value.slice(0, index).some((other) => deepEqual(item, other)))
  )
    errors.push(invalid(path, value, `${path} in body shouldn't contain duplicates`));
}

function checkObject(value: JsonObject, schema: JsonSchema, path: string, errors: ErrorList, depth: number): void {
  const { required: names = [], properties = {}, additionalProperties, minProperties, maxProperties } = schema;
  const count = Object.keys(value).length;
  if (minProperties !== undefined && count < minProperties)
    errors.push(invalid(path, count, `${path} in body should have at least ${minProperties} properties`));
  if (maxProperties !== undefined && count > maxProperties) errors.push(tooMany(path, count, maxProperties));
  for (const name of names) if (!Object.hasOwn(value, name)) errors.push(required(below(path, name)));
  for (const name of Object.keys(value).sort()) {
    const named = Object.hasOwn(properties, name);
    const field = named
      ? properties[name]
      : typeof additionalProperties === 'object'
        ? additionalProperties
        : undefined;
    if (field !== undefined) errors.push(...validateValue(value[name], field, below(path, name), depth + 1));
  }
}

export function below(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function checkCombinations(value: unknown, schema: JsonSchema, path: string, errors: ErrorList, depth: number): void {
  const { allOf = [], anyOf = [], oneOf = [], not } = schema;
  const fits = (one: JsonSchema) => validateValue(value, one, path, depth + 1).length === 0;
  const say = (what: string) => errors.push(invalid(path, '', `${goQuote(path)} ${what}`));
  if (anyOf.length > 0 && !anyOf.some(fits)) {
    say('must validate at least one schema (anyOf)');
    errors.push(...closest(anyOf.map((one) => validateValue(value, one, path, depth + 1))));
  }
  if (oneOf.length > 0) {
    const valid = oneOf.filter(fits).length;
    if (valid !== 1) {
      say(
        `must validate one and only one schema (oneOf). ${valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`}`,
      );
      if (valid === 0) errors.push(...closest(oneOf.map((one) => validateValue(value, one, path, depth + 1))));
    }
  }
  for (const one of allOf) {
    const own = validateValue(value, one, path, depth + 1);
    if (own.length === 0) continue;
    errors.push(...own);
    say('must validate all the schemas (allOf)');
  }
  if (not !== undefined && fits(not)) say('must not validate the schema (not)');
}

/** Of several alternatives' errors, those of the one that came nearest. */
function closest(alternatives: readonly ErrorList[]): ErrorList {
  return [...alternatives].sort((a, b) => a.length - b.length)[0] ?? [];
}

/** Lists that are sets or maps hold no item twice (structural/listtype.ValidateListSetsAndMaps). */
export function validateListTypes(value: unknown, schema: JsonSchema | undefined, path: string, depth = 0): ErrorList {
  const errors: ErrorList = [];
  if (schema === undefined || depth > MAX_DEPTH) return errors;
  if (Array.isArray(value)) {
    const listType = schema['x-kubernetes-list-type'];
    const keys = schema['x-kubernetes-list-map-keys'] ?? [];
    for (const [index, item] of value.entries()) {
      const at = `${path}[${index}]`;
      if (listType === 'set' && value.slice(0, index).some((other) => deepEqual(other, item)))
        errors.push(duplicate(at, item));
      if (listType === 'map' && isObject(item)) {
        const key = Object.fromEntries(keys.filter((name) => name in item).map((name) => [name, item[name]]));
        const same = (other: unknown) => isObject(other) && keys.every((name) => deepEqual(other[name], item[name]));
        if (value.slice(0, index).some(same)) errors.push(duplicate(at, key));
      }
      errors.push(...validateListTypes(item, schema.items, at, depth + 1));
    }
  } else if (isObject(value)) {
    for (const name of Object.keys(value).sort()) {
      const { properties = {}, additionalProperties } = schema;
      const field = Object.hasOwn(properties, name)
        ? properties[name]
        : typeof additionalProperties === 'object'
          ? additionalProperties
          : undefined;
      errors.push(...validateListTypes(value[name], field, below(path, name), depth + 1));
    }
  }
  return errors;
}
