import { ageOf } from '../api/duration.ts';
import type { ReplicaSet } from '../api/objects.ts';
import { formatLabelSelector } from '../api/selector.ts';
import type { ResourceDefinition } from './resource.ts';
import { applyTemplateDefaults } from './shared/pod-defaults.ts';
import { replicasScale } from './shared/scale.ts';
import { containerImages, containerNames } from './shared/workload-columns.ts';

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
    applyTemplateDefaults(spec.template);
  },
  prepareForCreate(replicaSet) {
    replicaSet.status = { replicas: 0 };
  },
  columns: [
    { name: 'Name', format: 'name', value: ({ metadata }) => metadata.name },
    { name: 'Desired', type: 'integer', value: ({ spec }) => spec.replicas ?? 0 },
    { name: 'Current', type: 'integer', value: ({ status }) => status.replicas },
    { name: 'Ready', type: 'integer', value: ({ status }) => status.readyReplicas ?? 0 },
    { name: 'Age', value: ({ metadata }, now) => ageOf(metadata.creationTimestamp, now) },
    { name: 'Containers', priority: 1, value: ({ spec }) => containerNames(spec.template) },
    { name: 'Images', priority: 1, value: ({ spec }) => containerImages(spec.template) },
    { name: 'Selector', priority: 1, value: ({ spec }) => formatLabelSelector(spec.selector) },
  ],
};
