import { deepEqual } from '../api/equality.ts';
import type { ErrorList } from '../api/field-error.ts';
import type { ReplicaSet } from '../api/objects.ts';
import { formatLabelSelector } from '../api/selector.ts';
import type { ResourceDefinition } from './resource.ts';
import { checkImmutable, checkNonNegative } from './shared/checks.ts';
import { AGE, NAME } from './shared/columns.ts';
import { hostNameWarning } from './shared/name-warning.ts';
import { applyTemplateDefaults } from './shared/pod-defaults.ts';
import { templateWarnings } from './shared/pod-validation/warnings.ts';
import { checkCounts, checkRunningTemplate, checkWorkloadSelector } from './shared/replicas.ts';
import { replicasScale } from './shared/scale.ts';
import { containerImages, containerNames } from './shared/workload-columns.ts';

const PARTS = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'];

export const replicaSets: ResourceDefinition<ReplicaSet> = {
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  singular: 'replicaset',
  shortNames: ['rs'],
  categories: ['all'],
  namespaced: true,
  hasStatus: true,
  scale: replicasScale,
  fields: { 'status.replicas': ({ status }) => String(status.replicas ?? 0) },
  applyDefaults({ spec }) {
    spec.replicas ??= 1;
    spec.template ??= {};
    applyTemplateDefaults(spec.template);
  },
  prepareForCreate(replicaSet) {
    replicaSet.status = { replicas: 0 };
  },
  validate: checkSpec,
  validateUpdate(replicaSet, old) {
    const errors = checkSpec(replicaSet);
    checkImmutable(replicaSet.spec.selector, old.spec.selector, 'spec.selector', errors);
    return errors;
  },
  validateStatusUpdate({ status }) {
    const errors: ErrorList = [];
    checkCounts({ ...status }, ['replicas', ...PARTS, 'observedGeneration'], PARTS, errors);
    return errors;
  },
  warnings({ metadata, spec }, old) {
    const warnings = old === undefined ? hostNameWarning(metadata.name) : [];
    if (!deepEqual(spec.template, old?.spec.template))
      warnings.push(...templateWarnings(spec.template, 'spec.template'));
    return warnings;
  },
  columns: [
    NAME,
    { name: 'Desired', type: 'integer', value: ({ spec }) => spec.replicas ?? 0 },
    { name: 'Current', type: 'integer', value: ({ status }) => status.replicas ?? 0 },
    { name: 'Ready', type: 'integer', value: ({ status }) => status.readyReplicas ?? 0 },
    AGE,
    { name: 'Containers', priority: 1, value: ({ spec }) => containerNames(spec.template) },
    { name: 'Images', priority: 1, value: ({ spec }) => containerImages(spec.template) },
    { name: 'Selector', priority: 1, value: ({ spec }) => formatLabelSelector(spec.selector) },
  ],
};

/** ValidateReplicaSetSpec */
function checkSpec({ spec }: ReplicaSet): ErrorList {
  const errors: ErrorList = [];
  checkNonNegative(spec.replicas, 'spec.replicas', errors);
  checkNonNegative(spec.minReadySeconds, 'spec.minReadySeconds', errors);
  checkWorkloadSelector(spec.selector, 'empty selector is invalid for deployment', 'spec.selector', errors);
  checkRunningTemplate(spec, 'ReplicaSet', 'invalid label selector', 'spec', errors);
  return errors;
}
