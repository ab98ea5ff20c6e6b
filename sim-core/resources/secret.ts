import type { Secret } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';

export const secrets: ResourceDefinition<Secret> = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  singular: 'secret',
  namespaced: true,
};
