import { ageOf } from '../api/duration.ts';
import type { ErrorList } from '../api/field-error.ts';
import type { Pod } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { appArmorWarnings, syncAppArmor } from './shared/app-armor.ts';
import { hostNameWarning } from './shared/name-warning.ts';
import { applyPodSpecDefaults } from './shared/pod-defaults.ts';
import { restartsText, summarize } from './shared/pod-status-text.ts';
import { checkNewPod } from './shared/pod-validation/pod-spec.ts';
import {
  checkEphemeralContainersUpdate,
  checkPodStatusUpdate,
  checkPodUpdate,
  checkResize,
} from './shared/pod-validation/update.ts';
import { podWarnings } from './shared/pod-validation/warnings.ts';
import { qosClass } from './shared/qos.ts';

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
  applyDefaults({ spec }) {
    spec.enableServiceLinks ??= true;
    // Limits stand in for requests that are not given (SetDefaults_Pod).
    for (const { resources } of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
      if (resources?.limits !== undefined) resources.requests = { ...resources.limits, ...resources.requests };
    }
    applyPodSpecDefaults(spec, true);
  },
  prepareForCreate(pod) {
    syncAppArmor(pod);
    pod.status = { phase: 'Pending', qosClass: qosClass(pod.spec) };
    if ((pod.spec.schedulingGates?.length ?? 0) > 0) {
      pod.status.conditions = [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'SchedulingGated',
          message: 'Scheduling is blocked due to non-empty scheduling gates',
          lastProbeTime: null as unknown as string,
          lastTransitionTime: null as unknown as string,
        },
      ];
    }
  },
  validate({ metadata, spec }) {
    const errors: ErrorList = [];
    checkNewPod(metadata, spec, errors);
    return errors;
  },
  prepareForUpdate(pod, old) {
    pod.status = old.status;
  },
  validateUpdate(pod, old, subresource) {
    if (subresource === 'ephemeralcontainers') return checkEphemeralContainersUpdate(pod, old);
    return subresource === 'resize' ? checkResize(pod, old) : checkPodUpdate(pod, old);
  },
  validateStatusUpdate: checkPodStatusUpdate,
  // People seldom change pods themselves: upstream warns at creation only.
  warnings(pod, old) {
    if (old !== undefined) return [];
    const { metadata, spec } = pod;
    return [...appArmorWarnings(pod), ...hostNameWarning(metadata.name, true), ...podWarnings(spec, metadata, '')];
  },
  prepareForStatusUpdate(pod, old) {
    pod.status.qosClass ??= old.status.qosClass ?? qosClass(old.spec);
  },
  fields: {
    'spec.nodeName': ({ spec }) => spec.nodeName ?? '',
    'spec.restartPolicy': ({ spec }) => spec.restartPolicy ?? '',
    'spec.schedulerName': ({ spec }) => spec.schedulerName ?? '',
    'spec.serviceAccountName': ({ spec }) => spec.serviceAccountName ?? '',
    'spec.hostNetwork': ({ spec }) => String(spec.hostNetwork ?? false),
    'status.phase': ({ status }) => status.phase ?? '',
    'status.podIP': ({ status }) => status.podIP ?? '',
    'status.nominatedNodeName': ({ status }) => status.nominatedNodeName ?? '',
  },
  columns: [
    { name: 'Name', format: 'name', value: ({ metadata }) => metadata.name },
    {
      name: 'Ready',
      description: 'The aggregate readiness state of this pod for accepting traffic.',
      value(pod) {
        const { ready, total } = summarize(pod);
        return `${ready}/${total}`;
      },
    },
    {
      name: 'Status',
      description: 'The aggregate status of the containers in this pod.',
      value: (pod) => summarize(pod).status,
    },
    {
      name: 'Restarts',
      description:
        'The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.',
      value: (pod, now) => restartsText(summarize(pod), now),
    },
    { name: 'Age', value: ({ metadata }, now) => ageOf(metadata.creationTimestamp, now) },
    { name: 'IP', priority: 1, value: ({ status }) => nonEmpty(status.podIPs?.[0]?.ip ?? status.podIP) },
    { name: 'Node', priority: 1, value: ({ spec }) => nonEmpty(spec.nodeName) },
    { name: 'Nominated Node', priority: 1, value: ({ status }) => nonEmpty(status.nominatedNodeName) },
    {
      name: 'Readiness Gates',
      priority: 1,
      value({ spec, status }) {
        const gates = spec.readinessGates ?? [];
        if (gates.length === 0) return '<none>';
        const open = gates.filter((gate) =>
          status.conditions?.some(({ type, status: value }) => type === gate.conditionType && value === 'True'),
        );
        return `${open.length}/${gates.length}`;
      },
    },
  ],
};

function nonEmpty(text: string | undefined): string {
  return text === undefined || text === '' ? '<none>' : text;
}
