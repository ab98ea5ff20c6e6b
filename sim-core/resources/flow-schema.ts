import { type ErrorList, invalid, notSupported, required } from '../api/field-error.ts';
import type { FlowSchema } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { isBlank } from './shared/checks.ts';
import { AGE, NAME } from './shared/columns.ts';

export const flowSchemas: ResourceDefinition<FlowSchema> = {
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'FlowSchema',
  plural: 'flowschemas',
  singular: 'flowschema',
  namespaced: false,
  hasStatus: true,
  applyDefaults(schema) {
    schema.spec ??= {} as FlowSchema['spec'];
    schema.spec.matchingPrecedence ||= 1000;
  },
  prepareForCreate(schema) {
    schema.status = {};
  },
  validate: check,
  validateUpdate: (schema) => check(schema),
  columns: [
    NAME,
    { name: 'PriorityLevel', value: ({ spec }) => spec.priorityLevelConfiguration?.name ?? '' },
    { name: 'MatchingPrecedence', type: 'integer', value: ({ spec }) => spec.matchingPrecedence ?? 0 },
    { name: 'DistinguisherMethod', value: ({ spec }) => spec.distinguisherMethod?.type ?? '<none>' },
    AGE,
    {
      name: 'MissingPL',
      value: ({ status }) => status.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?',
    },
  ],
};

/** ValidateFlowSchemaSpec */
function check({ spec }: FlowSchema): ErrorList {
  const errors: ErrorList = [];
  const precedence = spec.matchingPrecedence ?? 0;
  if (precedence <= 0) errors.push(invalid('spec.matchingPrecedence', precedence, 'must be a positive value'));
  if (precedence > 10_000)
    errors.push(invalid('spec.matchingPrecedence', precedence, 'must not be greater than 10000'));
  const method = spec.distinguisherMethod?.type;
  if (method !== undefined && method !== 'ByNamespace' && method !== 'ByUser')
    errors.push(notSupported('spec.distinguisherMethod', method, ['ByNamespace', 'ByUser']));
  if (isBlank(spec.priorityLevelConfiguration?.name))
    errors.push(required('spec.priorityLevelConfiguration.name', 'must reference a priority level'));
  for (const [index, rule] of (spec.rules ?? []).entries()) {
    if ((rule.subjects?.length ?? 0) === 0)
      errors.push(required(`spec.rules[${index}].subjects`, 'subjects must contain at least one value'));
    if ((rule.resourceRules?.length ?? 0) === 0 && (rule.nonResourceRules?.length ?? 0) === 0)
      errors.push(
        required(`spec.rules[${index}]`, 'at least one of resourceRules and nonResourceRules has to be non-empty'),
      );
  }
  return errors;
}
