import type { ResourceDefinition } from './resource.ts';

/** The older door to `pods/binding`: created, carried out on the pod of its name, and never stored. */
export const bindings: ResourceDefinition = {
  group: '',
  version: 'v1',
  kind: 'Binding',
  plural: 'bindings',
  singular: 'binding',
  namespaced: true,
  verbs: ['create'],
};
