import type { Job } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { applyTemplateDefaults } from './shared/pod-defaults.ts';

export const jobs: ResourceDefinition<Job> = {
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  singular: 'job',
  categories: ['all'],
  namespaced: true,
  hasStatus: true,
  applyDefaults({ spec }) {
    if (spec.completions === undefined && spec.parallelism === undefined) {
      spec.completions = 1;
      spec.parallelism = 1;
    }
    spec.parallelism ??= 1;
    spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : 2147483647;
    spec.completionMode ??= 'NonIndexed';
    spec.suspend ??= false;
    spec.podReplacementPolicy ??= spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed';
    applyTemplateDefaults(spec.template);
  },
  prepareForCreate(job) {
    const { metadata, spec } = job;
    job.status = {};
    if (spec.manualSelector === true) return;
    // Generated labels tell this Job's pods from all others'; the unprefixed ones are for older clients.
    const labels = {
      'batch.kubernetes.io/controller-uid': metadata.uid,
      'batch.kubernetes.io/job-name': metadata.name,
      'controller-uid': metadata.uid,
      'job-name': metadata.name,
    };
    spec.template.metadata = {
      ...spec.template.metadata,
      labels: { ...spec.template.metadata?.labels, ...labels },
    };
    spec.selector = { matchLabels: { 'batch.kubernetes.io/controller-uid': metadata.uid } };
  },
};
