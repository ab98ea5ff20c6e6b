import type { ServiceAccount } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { AGE, NAME } from './shared/columns.ts';

const ENFORCE_MOUNTABLE = 'kubernetes.io/enforce-mountable-secrets';

export const serviceAccounts: ResourceDefinition<ServiceAccount> = {
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  singular: 'serviceaccount',
  shortNames: ['sa'],
  namespaced: true,
  warnings({ metadata }, old) {
    if (metadata.annotations?.[ENFORCE_MOUNTABLE] !== 'true') return [];
    if (old?.metadata.annotations?.[ENFORCE_MOUNTABLE] === 'true') return [];
    return [
      `metadata.annotations[${ENFORCE_MOUNTABLE}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`,
    ];
  },
  columns: [NAME, { name: 'Secrets', value: ({ secrets = [] }) => secrets.length }, AGE],
};
