import { ageOf } from '../api/duration.ts';
import type { Deployment } from '../api/objects.ts';
import { formatLabelSelector } from '../api/selector.ts';
import type { ResourceDefinition } from './resource.ts';
import { applyTemplateDefaults } from './shared/pod-defaults.ts';
import { replicasScale } from './shared/scale.ts';
import { containerImages, containerNames } from './shared/workload-columns.ts';

export const deployments: ResourceDefinition<Deployment> = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  singular: 'deployment',
  shortNames: ['deploy'],
  categories: ['all'],
  namespaced: true,
  hasStatus: true,
  scale: replicasScale,
  applyDefaults({ spec }) {
    spec.replicas ??= 1;
    spec.strategy ??= {};
    spec.strategy.type ??= 'RollingUpdate';
    if (spec.strategy.type === 'RollingUpdate') {
      spec.strategy.rollingUpdate ??= {};
      spec.strategy.rollingUpdate.maxUnavailable ??= '25%';
      spec.strategy.rollingUpdate.maxSurge ??= '25%';
    }
    spec.revisionHistoryLimit ??= 10;
    spec.progressDeadlineSeconds ??= 600;
    applyTemplateDefaults(spec.template);
  },
  prepareForCreate(deployment) {
    deployment.status = {};
  },
  columns: [
    { name: 'Name', format: 'name', value: ({ metadata }) => metadata.name },
    {
      name: 'Ready',
      description: 'Number of the pod with ready state',
      value: ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
    },
    { name: 'Up-to-date', value: ({ status }) => status.updatedReplicas ?? 0 },
    { name: 'Available', value: ({ status }) => status.availableReplicas ?? 0 },
    { name: 'Age', value: ({ metadata }, now) => ageOf(metadata.creationTimestamp, now) },
    { name: 'Containers', priority: 1, value: ({ spec }) => containerNames(spec.template) },
    { name: 'Images', priority: 1, value: ({ spec }) => containerImages(spec.template) },
    { name: 'Selector', priority: 1, value: ({ spec }) => formatLabelSelector(spec.selector) },
  ],
};
