import { isObject } from '../../api/equality.ts';
import { type ErrorList, FieldError, type FieldErrorType, invalid } from '../../api/field-error.ts';
import type { AuthorizationAttributes, Decision } from '../authorization.ts';
import type { ApiRequest } from '../request.ts';
import { childrenOf, fieldSchema, type JsonObject, type JsonSchema, type ValidationRule } from './json-schema.ts';
import { below } from './validate.ts';

/** A compiled CEL expression over these values. Throws an Error when it cannot be evaluated. */
export interface CelProgram<Values extends unknown[] = [self: unknown, oldSelf: unknown]> {
  (...values: Values): unknown;
  /** The type of what it makes, as far as it is known without values: `bool`, `dyn`. */
  readonly result: string;
}

/** Compiles CEL expressions; handed in by whoever loads the CEL pack, so that clusters without rules do without. */
export interface CelCompiler {
  /** `type` is `self`'s: a scalar type of the schema, or `dyn`. Throws an Error whose message is cel-go's. */
  compile(expression: string, type: string): CelProgram;
  /** An expression over these names, whose values may be anything. The same expression is compiled once. Throws as `compile`. */
  compileFor(expression: string, names: readonly string[]): CelProgram<[values: Readonly<Record<string, unknown>>]>;
  /** A value as CEL sees it, by its schema: integers are int, numbers double. */
  toCel(value: unknown, schema: JsonSchema | undefined): unknown;
  /** What an expression about a request knows as `authorizer`. */
  authorizerOf(decide: (attributes: AuthorizationAttributes) => Decision, request: ApiRequest): object;
}

const REASONS: ReadonlySet<string> = new Set([
  'FieldValueRequired',
  'FieldValueForbidden',
  'FieldValueInvalid',
  'FieldValueDuplicate',
]);

/** Whether a rule speaks of what was before: it is not asked about new values. */
function isTransition({ rule }: ValidationRule): boolean {
  return /(^|[^\w.])oldSelf\b/.test(rule);
}

export function hasRules(schema: JsonSchema): boolean {
  if ((schema['x-kubernetes-validations']?.length ?? 0) > 0) return true;
  for (const [, child] of childrenOf(schema)) if (hasRules(child)) return true;
  return false;
}

const programs = new WeakMap<ValidationRule, CelProgram>();

function celType(schema: JsonSchema): string {
  switch (schema.type) {
    case 'string':
      return schema.format === 'date-time' || schema.format === 'duration' ? 'dyn' : 'string';
    case 'integer':
      return 'int';
    case 'number':
      return 'double';
    case 'boolean':
      return 'bool';
    default:
      return 'dyn';
  }
}

/** What the rules of a schema say of a value (structural/cel.Validator). `old` is undefined where there was nothing. */
export function validateRules(
  cel: CelCompiler,
  value: unknown,
  old: unknown,
  schema: JsonSchema,
  path: string,
): ErrorList {
  const errors: ErrorList = [];
  if (value === null || value === undefined || !hasRules(schema)) return errors;
  const rules = schema['x-kubernetes-validations'] ?? [];
  if (rules.length > 0) {
    const self = cel.toCel(value, schema);
    const before = old === undefined ? undefined : cel.toCel(old, schema);
    for (const rule of rules) {
      if (isTransition(rule) && old === undefined && rule.optionalOldSelf !== true) continue;
      const error = ask(cel, rule, self, before, schema, path);
      if (error !== undefined) errors.push(error);
    }
  }
  if (isObject(value)) {
    for (const name of Object.keys(value).sort()) {
      const field = fieldSchema(schema, name);
      const had = isObject(old) && Object.hasOwn(old, name) ? (old as JsonObject)[name] : undefined;
      if (field !== undefined)
        errors.push(...validateRules(cel, (value as JsonObject)[name], had, field, below(path, name)));
    }
  } else if (Array.isArray(value) && schema.items !== undefined) {
    const before = Array.isArray(old) ? old : [];
    for (const [index, item] of value.entries())
      errors.push(...validateRules(cel, item, correlated(item, before, schema), schema.items, `${path}[${index}]`));
  }
  return errors;
}

/** The former state of a list's item: items of maps are known by their keys, others not at all. */
function correlated(item: unknown, before: readonly unknown[], schema: JsonSchema): unknown {
  if (schema['x-kubernetes-list-type'] !== 'map' || !isObject(item)) return undefined;
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  return before.find((other) => isObject(other) && keys.every((key) => other[key] === item[key]));
}

function ask(
  cel: CelCompiler,
  rule: ValidationRule,
  self: unknown,
  oldSelf: unknown,
  schema: JsonSchema,
  path: string,
): FieldError | undefined {
  const type = schema.type ?? 'object';
  let program = programs.get(rule);
  try {
    if (program === undefined) {
      program = cel.compile(rule.rule, celType(schema));
      programs.set(rule, program);
    }
    if (program(self, oldSelf) === true) return undefined;
  } catch (error) {
    return invalid(path, type, `${(error as Error).message} evaluating rule: ${rule.message ?? rule.rule}`);
  }
  const at = rule.fieldPath === undefined ? path : `${path}${rule.fieldPath}`.replace(/^\./, '');
  const reason = REASONS.has(rule.reason ?? '') ? (rule.reason as FieldErrorType) : 'FieldValueInvalid';
  return new FieldError(reason, at, type, messageOf(cel, rule, self, oldSelf, schema));
}

function messageOf(
  cel: CelCompiler,
  rule: ValidationRule,
  self: unknown,
  oldSelf: unknown,
  schema: JsonSchema,
): string {
  if (rule.messageExpression !== undefined) {
    try {
      const text = cel.compile(rule.messageExpression, celType(schema))(self, oldSelf);
      if (typeof text === 'string' && text.trim() !== '') return text;
    } catch {
      // As upstream: a message that cannot be made falls back to the fixed one.
    }
  }
  return rule.message ?? `failed rule: ${rule.rule.trim()}`;
}

/** Why a rule cannot be compiled; undefined when it can. */
export function ruleProblem(cel: CelCompiler, expression: string, schema: JsonSchema): string | undefined {
  return problemOf(cel, expression, schema, 'bool', 'cel expression must evaluate to a bool');
}

/** Why a rule's messageExpression cannot be compiled; undefined when it can. */
export function messageProblem(cel: CelCompiler, expression: string, schema: JsonSchema): string | undefined {
  const problem = problemOf(cel, expression, schema, 'string', 'must evaluate to a string');
  return problem === undefined ? undefined : `messageExpression ${problem}`;
}

function problemOf(
  cel: CelCompiler,
  expression: string,
  schema: JsonSchema,
  wanted: string,
  otherwise: string,
): string | undefined {
  try {
    const { result } = cel.compile(expression, celType(schema));
    return result === wanted || result === 'dyn' ? undefined : otherwise;
  } catch (error) {
    return (error as Error).message;
  }
}
