import { type ErrorList, FieldError, forbidden, invalid, required } from '../../api/field-error.ts';
import type { CustomResourceDefinition } from '../../api/objects.ts';
import type { AdmissionPlugin } from '../admission/plugin.ts';
import { invalidObject } from '../validation.ts';
import { type CelCompiler, hasRules, messageProblem, ruleProblem } from './cel.ts';
import { childrenOf, type JsonSchema, schemaOf, type ValidationRule } from './json-schema.ts';
import { compiled, validateValue } from './validate.ts';

const MAX_DEPTH = 100;

/**
 * Checks the schemas of CustomResourceDefinitions: that they are structural, that defaults keep to them, that rules compile
 * (apiextensions/validation.ValidateCustomResourceDefinition). Upstream it is part of the kind's validation; here it stands apart, since
 * compiling rules needs a pack that is not always there.
 */
export function schemaCheck(cel: () => CelCompiler | undefined): AdmissionPlugin {
  return {
    name: 'CustomResourceDefinitionSchemas',
    handles: (operation, resource, subresource) =>
      resource === 'customresourcedefinitions.apiextensions.k8s.io' &&
      subresource === undefined &&
      (operation === 'CREATE' || operation === 'UPDATE'),
    validate({ object, request }) {
      const { metadata, spec } = object as unknown as CustomResourceDefinition;
      const errors: ErrorList = [];
      let rules = false;
      for (const [index, version] of spec.versions.entries()) {
        if (version.schema?.openAPIV3Schema === undefined) continue;
        const schema = schemaOf(version);
        const ruled = hasRules(schema);
        rules ||= ruled;
        checkRoot(schema, `spec.versions[${index}].schema.openAPIV3Schema`, ruled ? cel() : undefined, errors);
      }
      if (errors.length > 0)
        throw invalidObject({ group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' }, metadata.name, errors);
      if (rules && cel() === undefined)
        request.warnings.push(
          'CEL is not loaded in this simulated cluster: x-kubernetes-validations are not evaluated',
        );
    },
  };
}

function checkRoot(schema: JsonSchema, at: string, cel: CelCompiler | undefined, errors: ErrorList): void {
  if ((schema.type ?? '') === '') errors.push(required(`${at}.type`, 'must not be empty at the root'));
  else if (schema.type !== 'object') errors.push(invalid(`${at}.type`, schema.type, 'must be object at the root'));
  if (schema.nullable === true) errors.push(forbidden(`${at}.nullable`, 'nullable cannot be true at the root'));
  check(schema, at, cel, errors, 0);
}

function check(schema: JsonSchema, at: string, cel: CelCompiler | undefined, errors: ErrorList, depth: number): void {
  if (depth > MAX_DEPTH) {
    errors.push(forbidden(at, 'is nested too deeply'));
    return;
  }
  const { properties, additionalProperties, type, items, pattern, default: byDefault } = schema;
  if (properties !== undefined && additionalProperties !== undefined)
    errors.push(forbidden(`${at}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'));
  if (type === 'array' && items === undefined) errors.push(required(`${at}.items`, 'must be specified'));
  if (type !== undefined && !['object', 'array', 'string', 'integer', 'number', 'boolean'].includes(type))
    errors.push(
      new FieldError(
        'FieldValueNotSupported',
        `${at}.type`,
        type,
        'supported values: "array", "boolean", "integer", "number", "object", "string"',
      ),
    );
  if (pattern !== undefined && compiled(pattern) === undefined)
    errors.push(
      invalid(
        `${at}.pattern`,
        pattern,
        `must be a valid regular expression, but isn't: error parsing regexp: ${pattern}`,
      ),
    );
  if (schema['x-kubernetes-list-type'] === 'map' && (schema['x-kubernetes-list-map-keys']?.length ?? 0) === 0)
    errors.push(required(`${at}.x-kubernetes-list-map-keys`, 'must not be empty if x-kubernetes-list-type is map'));
  if (byDefault !== undefined) {
    for (const { type: kind, field, badValue, detail } of validateValue(byDefault, schema, ''))
      errors.push(new FieldError(kind, field === '' ? `${at}.default` : `${at}.default.${field}`, badValue, detail));
  }
  for (const [path, child] of childrenOf(schema)) {
    const typed =
      (child.type ?? '') !== '' ||
      child['x-kubernetes-int-or-string'] === true ||
      child['x-kubernetes-preserve-unknown-fields'] === true;
    const what = path === '.items' ? 'array items' : 'object fields';
    if (!typed) errors.push(required(`${at}${path}.type`, `must not be empty for specified ${what}`));
    check(child, `${at}${path}`, cel, errors, depth + 1);
  }
  for (const [index, rule] of (schema['x-kubernetes-validations'] ?? []).entries())
    checkRule(rule, schema, `${at}.x-kubernetes-validations[${index}]`, cel, errors);
}

function checkRule(
  rule: ValidationRule,
  schema: JsonSchema,
  at: string,
  cel: CelCompiler | undefined,
  errors: ErrorList,
) {
  if (rule.rule.trim() === '') {
    errors.push(required(`${at}.rule`, 'rule is not specified'));
    return;
  }
  if (rule.rule.includes('\n') && rule.message === undefined)
    errors.push(required(`${at}.message`, 'message must be specified if rule contains line breaks'));
  if (cel === undefined) return;
  // As Go prints the internal type, which has no names for JSON.
  const shown = {
    Rule: rule.rule,
    Message: rule.message ?? '',
    MessageExpression: rule.messageExpression ?? '',
    Reason: rule.reason ?? null,
    FieldPath: rule.fieldPath ?? '',
    OptionalOldSelf: rule.optionalOldSelf ?? null,
  };
  const problem = ruleProblem(cel, rule.rule, schema);
  if (problem !== undefined) errors.push(invalid(`${at}.rule`, shown, problem));
  if (problem !== undefined || rule.messageExpression === undefined) return;
  const other = messageProblem(cel, rule.messageExpression, schema);
  if (other !== undefined) errors.push(invalid(`${at}.messageExpression`, shown, other));
}
