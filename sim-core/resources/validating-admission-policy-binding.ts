import { type ErrorList, invalid, notSupported, required } from '../api/field-error.ts';
import type { ValidatingAdmissionPolicyBinding } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { checkDnsSubdomain, isBlank } from './shared/checks.ts';
import { AGE, NAME } from './shared/columns.ts';

const ACTIONS = ['Audit', 'Deny', 'Warn'];

export const validatingAdmissionPolicyBindings: ResourceDefinition<ValidatingAdmissionPolicyBinding> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  plural: 'validatingadmissionpolicybindings',
  singular: 'validatingadmissionpolicybinding',
  categories: ['api-extensions'],
  namespaced: false,
  conditionalUpdateOnly: true,
  generation: true,
  applyDefaults({ spec }) {
    const resources = spec?.matchResources;
    if (resources === undefined) return;
    resources.matchPolicy ??= 'Equivalent';
    resources.namespaceSelector ??= {};
    resources.objectSelector ??= {};
  },
  validate: check,
  validateUpdate: (binding) => check(binding),
  columns: [
    NAME,
    { name: 'PolicyName', value: ({ spec }) => spec?.policyName ?? '' },
    {
      name: 'ParamRef',
      value({ spec }) {
        const { paramRef } = spec ?? {};
        if (paramRef === undefined) return '<unset>';
        if (!isBlank(paramRef.name))
          return isBlank(paramRef.namespace) ? paramRef.name : `${paramRef.namespace}/${paramRef.name}`;
        return '*';
      },
    },
    AGE,
  ],
};

/** ValidateValidatingAdmissionPolicyBinding */
function check({ spec = {} }: ValidatingAdmissionPolicyBinding): ErrorList {
  const errors: ErrorList = [];
  if (isBlank(spec.policyName)) errors.push(required('spec.policyName'));
  else checkDnsSubdomain(spec.policyName, 'spec.policyName', errors);
  const actions = spec.validationActions ?? [];
  if (actions.length === 0) errors.push(required('spec.validationActions'));
  for (const action of actions)
    if (!ACTIONS.includes(action)) errors.push(notSupported('spec.validationActions', action, ACTIONS));
  if (actions.includes('Deny') && actions.includes('Warn'))
    errors.push(
      invalid(
        'spec.validationActions',
        actions,
        'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
      ),
    );
  return errors;
}
