import type { CSINode } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';

export const csiNodes: ResourceDefinition<CSINode> = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSINode',
  plural: 'csinodes',
  singular: 'csinode',
  namespaced: false,
};
