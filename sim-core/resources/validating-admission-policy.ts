import { type ErrorList, required } from '../api/field-error.ts';
import type { ValidatingAdmissionPolicy } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { checkEnum, isBlank } from './shared/checks.ts';
import { AGE, NAME } from './shared/columns.ts';
import { checkMatchConditions, checkRule, type OperationRule } from './shared/webhooks.ts';

export const validatingAdmissionPolicies: ResourceDefinition<ValidatingAdmissionPolicy> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicy',
  plural: 'validatingadmissionpolicies',
  singular: 'validatingadmissionpolicy',
  categories: ['api-extensions'],
  namespaced: false,
  conditionalUpdateOnly: true,
  hasStatus: true,
  applyDefaults(policy) {
    policy.spec ??= {};
    policy.spec.failurePolicy ??= 'Fail';
    const constraints = policy.spec.matchConstraints;
    if (constraints === undefined) return;
    constraints.matchPolicy ??= 'Equivalent';
    constraints.namespaceSelector ??= {};
    constraints.objectSelector ??= {};
    const rules: OperationRule[] = [...(constraints.resourceRules ?? []), ...(constraints.excludeResourceRules ?? [])];
    for (const rule of rules) rule.scope ??= '*';
  },
  prepareForCreate(policy) {
    policy.status = {};
  },
  validate: check,
  validateUpdate: (policy) => check(policy),
  columns: [
    NAME,
    { name: 'Validations', type: 'integer', value: ({ spec }) => spec.validations?.length ?? 0 },
    {
      name: 'ParamKind',
      value: ({ spec }) =>
        spec.paramKind === undefined ? '<unset>' : `${spec.paramKind.apiVersion}/${spec.paramKind.kind}`,
    },
    AGE,
  ],
};

/** ValidateValidatingAdmissionPolicy, without reading the expressions. */
function check({ spec }: ValidatingAdmissionPolicy): ErrorList {
  const errors: ErrorList = [];
  checkEnum(spec.failurePolicy, ['Fail', 'Ignore'], 'spec.failurePolicy', errors);
  if (spec.matchConstraints === undefined) errors.push(required('spec.matchConstraints'));
  else {
    const rules = spec.matchConstraints.resourceRules ?? [];
    if (rules.length === 0) errors.push(required('spec.matchConstraints.resourceRules'));
    for (const [index, rule] of rules.entries())
      checkRule(rule, `spec.matchConstraints.resourceRules[${index}]`, errors);
  }
  checkMatchConditions(spec.matchConditions ?? [], 'spec.matchConditions', errors);
  const { validations = [], auditAnnotations = [] } = spec;
  if (validations.length === 0 && auditAnnotations.length === 0)
    errors.push(
      required('spec.validations', 'validations or auditAnnotations must be non-empty'),
      required('spec.auditAnnotations', 'validations or auditAnnotations must be non-empty'),
    );
  for (const [index, { expression }] of validations.entries())
    if (isBlank(expression?.trim()))
      errors.push(required(`spec.validations[${index}].expression`, 'expression is not specified'));
  return errors;
}
