import { type ErrorList, invalid, notSupported } from '../api/field-error.ts';
import type { PodDisruptionBudget } from '../api/objects.ts';
import type { LabelSelectorObject } from '../api/selector.ts';
import type { ResourceDefinition } from './resource.ts';
import { checkLabelSelector, checkNonNegative, isBlank } from './shared/checks.ts';
import { AGE, NAME } from './shared/columns.ts';
import { checkAtMostAll, checkCountOrPercent } from './shared/percent.ts';

export const podDisruptionBudgets: ResourceDefinition<PodDisruptionBudget> = {
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  singular: 'poddisruptionbudget',
  shortNames: ['pdb'],
  namespaced: true,
  conditionalUpdateOnly: true,
  hasStatus: true,
  prepareForCreate(budget) {
    budget.status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
  },
  validate: checkSpec,
  validateUpdate: (budget) => checkSpec(budget),
  validateStatusUpdate({ status }) {
    const errors: ErrorList = [];
    for (const field of ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const)
      checkNonNegative(status[field], `status.${field}`, errors);
    return errors;
  },
  columns: [
    NAME,
    { name: 'Min Available', value: ({ spec }) => String(spec.minAvailable ?? 'N/A') },
    { name: 'Max Unavailable', value: ({ spec }) => String(spec.maxUnavailable ?? 'N/A') },
    { name: 'Allowed Disruptions', type: 'integer', value: ({ status }) => status.disruptionsAllowed ?? 0 },
    AGE,
  ],
};

/** ValidatePodDisruptionBudgetSpec */
function checkSpec({ spec = {} }: PodDisruptionBudget): ErrorList {
  const errors: ErrorList = [];
  const { minAvailable, maxUnavailable, unhealthyPodEvictionPolicy: policy } = spec;
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    const shown = {
      MinAvailable: minAvailable,
      Selector: spec.selector ?? null,
      MaxUnavailable: maxUnavailable,
      UnhealthyPodEvictionPolicy: policy ?? null,
    };
    errors.push(invalid('spec', shown, 'minAvailable and maxUnavailable cannot be both set'));
  }
  for (const field of ['minAvailable', 'maxUnavailable'] as const) {
    if (spec[field] === undefined) continue;
    checkCountOrPercent(spec[field], `spec.${field}`, errors);
    checkAtMostAll(spec[field], `spec.${field}`, errors);
  }
  checkLabelSelector(spec.selector as LabelSelectorObject | undefined, 'spec.selector', errors);
  const supported = ['AlwaysAllow', 'IfHealthyBudget'];
  if (!isBlank(policy) && !supported.includes(policy))
    errors.push(notSupported('spec.unhealthyPodEvictionPolicy', policy, supported));
  return errors;
}
