import type { Pod } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';

export const pods: ResourceDefinition<Pod> = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  singular: 'pod',
  shortNames: ['po'],
  categories: ['all'],
  namespaced: true,
  hasStatus: true,
  fields: {
    'spec.nodeName': (pod) => pod.spec.nodeName ?? '',
    'status.phase': (pod) => pod.status.phase ?? '',
  },
};
