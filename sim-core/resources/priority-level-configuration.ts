import { type ErrorList, forbidden, notSupported, required } from '../api/field-error.ts';
import type { PriorityLevelConfiguration } from '../api/objects.ts';
import type { Cell, ResourceDefinition } from './resource.ts';
import { checkNonNegative, isBlank } from './shared/checks.ts';
import { AGE, NAME } from './shared/columns.ts';

const NONE = '<none>';

export const priorityLevelConfigurations: ResourceDefinition<PriorityLevelConfiguration> = {
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'PriorityLevelConfiguration',
  plural: 'prioritylevelconfigurations',
  singular: 'prioritylevelconfiguration',
  namespaced: false,
  hasStatus: true,
  applyDefaults({ spec }) {
    const limited = spec?.limited;
    if (limited !== undefined) {
      limited.nominalConcurrencyShares ??= 30;
      limited.lendablePercent ??= 0;
      if (limited.limitResponse?.type === 'Queue') {
        limited.limitResponse.queuing ??= {};
        const { queuing } = limited.limitResponse;
        queuing.handSize ||= 8;
        queuing.queues ||= 64;
        queuing.queueLengthLimit ||= 50;
      }
    }
    const exempt = spec?.exempt;
    if (exempt !== undefined) {
      exempt.nominalConcurrencyShares ??= 0;
      exempt.lendablePercent ??= 0;
    }
  },
  prepareForCreate(level) {
    level.status = {};
  },
  validate: check,
  validateUpdate: (level) => check(level),
  columns: [
    NAME,
    { name: 'Type', value: ({ spec }) => spec?.type ?? '' },
    {
      name: 'NominalConcurrencyShares',
      value: ({ spec }): Cell =>
        spec?.limited?.nominalConcurrencyShares ?? spec?.exempt?.nominalConcurrencyShares ?? NONE,
    },
    { name: 'Queues', value: ({ spec }): Cell => spec?.limited?.limitResponse?.queuing?.queues ?? NONE },
    { name: 'HandSize', value: ({ spec }): Cell => spec?.limited?.limitResponse?.queuing?.handSize ?? NONE },
    {
      name: 'QueueLengthLimit',
      value: ({ spec }): Cell => spec?.limited?.limitResponse?.queuing?.queueLengthLimit ?? NONE,
    },
    AGE,
  ],
};

/** ValidatePriorityLevelConfigurationSpec */
function check({ spec }: PriorityLevelConfiguration): ErrorList {
  const errors: ErrorList = [];
  const type = spec?.type;
  if (isBlank(type) || (type !== 'Exempt' && type !== 'Limited')) {
    errors.push(notSupported('spec.type', type ?? '', ['Exempt', 'Limited']));
    return errors;
  }
  if (type === 'Exempt' && spec.limited !== undefined)
    errors.push(forbidden('spec.limited', 'must be nil if the type is not Limited'));
  if (type === 'Limited' && spec.limited === undefined)
    errors.push(required('spec.limited', 'must not be empty when type is Limited'));
  if (type === 'Limited' && spec.exempt !== undefined)
    errors.push(forbidden('spec.exempt', 'must be nil if the type is Limited'));
  checkNonNegative(spec.limited?.nominalConcurrencyShares, 'spec.limited.nominalConcurrencyShares', errors);
  const response = spec.limited?.limitResponse;
  if (spec.limited !== undefined && response?.type !== 'Queue' && response?.type !== 'Reject')
    errors.push(notSupported('spec.limited.limitResponse.type', response?.type ?? '', ['Queue', 'Reject']));
  return errors;
}
