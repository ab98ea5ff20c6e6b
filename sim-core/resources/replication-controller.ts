import type { ReplicationController } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { applyTemplateDefaults } from './shared/pod-defaults.ts';

export const replicationControllers: ResourceDefinition<ReplicationController> = {
  group: '',
  version: 'v1',
  kind: 'ReplicationController',
  plural: 'replicationcontrollers',
  singular: 'replicationcontroller',
  shortNames: ['rc'],
  categories: ['all'],
  namespaced: true,
  hasStatus: true,
  applyDefaults({ metadata, spec }) {
    spec.replicas ??= 1;
    const labels = spec.template?.metadata?.labels;
    if (labels !== undefined) {
      spec.selector ??= { ...labels };
      metadata.labels ??= { ...labels };
    }
    if (spec.template !== undefined) applyTemplateDefaults(spec.template);
  },
};
