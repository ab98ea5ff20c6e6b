import type { ComponentStatus } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { NAME } from './shared/columns.ts';

export const componentStatuses: ResourceDefinition<ComponentStatus> = {
  group: '',
  version: 'v1',
  kind: 'ComponentStatus',
  plural: 'componentstatuses',
  singular: 'componentstatus',
  shortNames: ['cs'],
  namespaced: false,
  verbs: ['get', 'list'],
  deprecation: 'v1 ComponentStatus is deprecated in v1.19+',
  columns: [
    NAME,
    {
      name: 'Status',
      value: ({ conditions = [] }) =>
        conditions.some(({ type, status }) => type === 'Healthy' && status === 'True') ? 'Healthy' : 'Unhealthy',
    },
    { name: 'Message', value: ({ conditions = [] }) => conditions[0]?.message ?? '' },
    { name: 'Error', value: ({ conditions = [] }) => conditions[0]?.error ?? '' },
  ],
};
