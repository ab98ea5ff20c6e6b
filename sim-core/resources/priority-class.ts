import { type ErrorList, forbidden } from '../api/field-error.ts';
import type { PriorityClass } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { checkImmutable, checkRequiredEnum } from './shared/checks.ts';
import { AGE, NAME } from './shared/columns.ts';

const SYSTEM: Readonly<Record<string, number>> = {
  'system-node-critical': 2_000_001_000,
  'system-cluster-critical': 2_000_000_000,
};
const HIGHEST_FOR_USERS = 1_000_000_000;

export const priorityClasses: ResourceDefinition<PriorityClass> = {
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  singular: 'priorityclass',
  shortNames: ['pc'],
  namespaced: false,
  generation: true,
  applyDefaults(priorityClass) {
    priorityClass.preemptionPolicy ??= 'PreemptLowerPriority';
  },
  validate({ metadata, value = 0, globalDefault, preemptionPolicy }) {
    const errors: ErrorList = [];
    if (metadata.name?.startsWith('system-') === true) {
      const problem = systemProblem(metadata.name, value, globalDefault === true);
      if (problem !== undefined)
        errors.push(
          forbidden(
            'metadata.name',
            `priority class names with 'system-' prefix are reserved for system use only. error: ${problem}`,
          ),
        );
    } else if (value > HIGHEST_FOR_USERS)
      errors.push(forbidden('value', `maximum allowed value of a user defined priority is ${HIGHEST_FOR_USERS}`));
    if (preemptionPolicy !== undefined)
      checkRequiredEnum(preemptionPolicy, ['PreemptLowerPriority', 'Never'], 'preemptionPolicy', errors);
    return errors;
  },
  validateUpdate(priorityClass, old) {
    const errors: ErrorList = [];
    if (priorityClass.value !== old.value) errors.push(forbidden('value', 'may not be changed in an update.'));
    checkImmutable(priorityClass.preemptionPolicy, old.preemptionPolicy, 'preemptionPolicy', errors);
    return errors;
  },
  columns: [
    NAME,
    { name: 'Value', type: 'integer', value: ({ value }) => value ?? 0 },
    { name: 'Global-Default', type: 'boolean', value: ({ globalDefault }) => globalDefault === true },
    AGE,
    { name: 'PreemptionPolicy', value: ({ preemptionPolicy }) => preemptionPolicy ?? '' },
  ],
};

/** IsKnownSystemPriorityClass */
function systemProblem(name: string, value: number, globalDefault: boolean): string | undefined {
  if (!Object.hasOwn(SYSTEM, name)) return `${name} is not a known system priority class`;
  if (SYSTEM[name] !== value) return `value of ${name} PriorityClass must be ${SYSTEM[name]}`;
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}
