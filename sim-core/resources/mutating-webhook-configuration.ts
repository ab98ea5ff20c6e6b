import type { ErrorList } from '../api/field-error.ts';
import type { MutatingWebhookConfiguration } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { AGE, NAME } from './shared/columns.ts';
import { applyWebhookDefaults, checkWebhooks } from './shared/webhooks.ts';

export const mutatingWebhookConfigurations: ResourceDefinition<MutatingWebhookConfiguration> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingWebhookConfiguration',
  plural: 'mutatingwebhookconfigurations',
  singular: 'mutatingwebhookconfiguration',
  categories: ['api-extensions'],
  namespaced: false,
  conditionalUpdateOnly: true,
  generation: true,
  applyDefaults({ webhooks = [] }) {
    for (const webhook of webhooks) applyWebhookDefaults(webhook);
  },
  validate: check,
  validateUpdate: (configuration) => check(configuration),
  columns: [NAME, { name: 'Webhooks', type: 'integer', value: ({ webhooks = [] }) => webhooks.length }, AGE],
};

function check({ webhooks = [] }: MutatingWebhookConfiguration): ErrorList {
  const errors: ErrorList = [];
  checkWebhooks(webhooks, errors);
  return errors;
}
