import { type ErrorList, invalid, notSupported, required } from '../api/field-error.ts';
import type { Lease } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { checkQualifiedName } from './shared/checks.ts';
import { AGE, NAME } from './shared/columns.ts';

export const leases: ResourceDefinition<Lease> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  singular: 'lease',
  namespaced: true,
  conditionalUpdateOnly: true,
  createOnUpdate: true,
  validate: checkSpec,
  validateUpdate: (lease) => checkSpec(lease),
  columns: [NAME, { name: 'Holder', value: ({ spec }) => spec?.holderIdentity ?? '' }, AGE],
};

/** ValidateLeaseSpec */
function checkSpec({ spec = {} }: Lease): ErrorList {
  const errors: ErrorList = [];
  const { leaseDurationSeconds: seconds, leaseTransitions: transitions } = spec;
  const { strategy, preferredHolder } = spec as { strategy?: string; preferredHolder?: string };
  if (seconds !== undefined && seconds <= 0)
    errors.push(invalid('spec.leaseDurationSeconds', seconds, 'must be greater than 0'));
  if (transitions !== undefined && transitions < 0)
    errors.push(invalid('spec.leaseTransitions', transitions, 'must be greater than or equal to 0'));
  if (strategy !== undefined) {
    if (strategy === 'OldestEmulationVersion') return errors;
    if (!strategy.includes('/')) errors.push(notSupported('spec.strategy', strategy, ['OldestEmulationVersion']));
    else checkQualifiedName(strategy, 'spec.strategy', errors);
  } else if (preferredHolder !== undefined && preferredHolder !== '')
    errors.push(required('spec.strategy', '`strategy` must be specified if `preferredHolder` is specified'));
  return errors;
}
