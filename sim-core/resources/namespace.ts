import { ageOf } from '../api/duration.ts';
import type { Namespace } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';

/** What holds a namespace until the namespace controller has emptied it. */
const FINALIZER = 'kubernetes';

export const namespaces: ResourceDefinition<Namespace> = {
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  singular: 'namespace',
  shortNames: ['ns'],
  namespaced: false,
  nameRule: 'label',
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  hasStatus: true,
  generation: false,
  fields: { 'status.phase': ({ status }) => status.phase ?? '' },
  applyDefaults({ metadata }) {
    if (metadata.name !== undefined && metadata.name !== '') {
      metadata.labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name };
    }
  },
  prepareForCreate(namespace) {
    namespace.status = { phase: 'Active' };
    const finalizers = namespace.spec?.finalizers ?? [];
    namespace.spec = { finalizers: finalizers.includes(FINALIZER) ? finalizers : [...finalizers, FINALIZER] };
  },
  prepareForUpdate(namespace, old) {
    namespace.spec = { ...namespace.spec, finalizers: old.spec.finalizers };
  },
  heldFromDeletion: ({ spec }) => (spec.finalizers?.length ?? 0) > 0,
  markDeleted(namespace) {
    namespace.status = { ...namespace.status, phase: 'Terminating' };
  },
  columns: [
    { name: 'Name', format: 'name', value: ({ metadata }) => metadata.name },
    { name: 'Status', description: 'The status of the namespace', value: ({ status }) => status.phase ?? '' },
    { name: 'Age', value: ({ metadata }, now) => ageOf(metadata.creationTimestamp, now) },
  ],
};
