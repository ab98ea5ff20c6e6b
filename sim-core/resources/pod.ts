import type { Pod } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';

export const pods: ResourceDefinition<Pod> = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  singular: 'pod',
  shortNames: ['po'],
  categories: ['all'],
  namespaced: true,
  hasStatus: true,
  /** Pods end gracefully, unless they never ran anywhere or have ended already (podStrategy.CheckGracefulDelete). */
  graceSeconds(pod, asked) {
    const wanted = Math.max(0, asked ?? pod.spec.terminationGracePeriodSeconds ?? 30);
    const { phase } = pod.status;
    if (pod.spec.nodeName === undefined || pod.spec.nodeName === '') return 0;
    return phase === 'Failed' || phase === 'Succeeded' ? 0 : wanted;
  },
  fields: {
    'spec.nodeName': (pod) => pod.spec.nodeName ?? '',
    'status.phase': (pod) => pod.status.phase ?? '',
  },
};
