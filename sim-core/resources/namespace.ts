import { type ErrorList, invalid } from '../api/field-error.ts';
import type { Namespace } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { checkQualifiedName } from './shared/checks.ts';
import { AGE, NAME } from './shared/columns.ts';

/** What holds a namespace until the namespace controller has emptied it. */
const FINALIZER = 'kubernetes';
const STANDARD_FINALIZERS = ['kubernetes', 'orphan', 'foregroundDeletion'];

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
  validate({ spec }) {
    const errors: ErrorList = [];
    for (const finalizer of spec?.finalizers ?? []) {
      checkQualifiedName(finalizer, 'spec.finalizers', errors);
      if (!finalizer.includes('/') && !STANDARD_FINALIZERS.includes(finalizer))
        errors.push(
          invalid('spec.finalizers', finalizer, 'name is neither a standard finalizer name nor is it fully qualified'),
        );
    }
    return errors;
  },
  validateStatusUpdate({ metadata, status }) {
    const expected = metadata.deletionTimestamp === undefined ? 'Active' : 'Terminating';
    if (status.phase === expected) return [];
    const when = expected === 'Active' ? 'is empty' : 'is not empty';
    return [invalid('status.Phase', status.phase ?? '', `may only be '${expected}' if \`deletionTimestamp\` ${when}`)];
  },
  heldFromDeletion: ({ spec }) => (spec.finalizers?.length ?? 0) > 0,
  markDeleted(namespace) {
    namespace.status = { ...namespace.status, phase: 'Terminating' };
    // Its own Delete writes the time alone.
    delete namespace.metadata.deletionGracePeriodSeconds;
  },
  columns: [
    NAME,
    { name: 'Status', description: 'The status of the namespace', value: ({ status }) => status.phase ?? '' },
    AGE,
  ],
};
