import type { Job, NewObject, Pod } from '../../api/objects.ts';
import { type Micros, parseTime } from '../../engine/index.ts';
import { podFromTemplate } from '../shared/pod-control.ts';
import { isTerminating, podCondition } from '../shared/pods.ts';
import { INDEX, indexOf } from './indexes.ts';
import { TRACKING } from './tracking.ts';

const FAILURES = 'batch.kubernetes.io/job-index-failure-count';
const IGNORED = 'batch.kubernetes.io/job-index-ignored-failure-count';

/** Whether a new pod is made only when the old one has really ended (onlyReplaceFailedPods). */
export function replacesOnlyFailed({ spec }: Job): boolean {
  return spec.podReplacementPolicy === 'Failed' || spec.podFailurePolicy !== undefined;
}

export function hasSucceeded(pod: Pod): boolean {
  return pod.status.phase === 'Succeeded';
}

/** Whether a pod counts as failed: one being deleted does, unless its end is to be awaited (isPodFailed). */
export function hasFailed(job: Job, pod: Pod): boolean {
  if (pod.status.phase === 'Failed') return true;
  return !replacesOnlyFailed(job) && isTerminating(pod) && !hasSucceeded(pod);
}

/** When a pod ended: its last container's end, or else what else is known (getFinishedTime). */
export function finishedAt(pod: Pod, now: Micros): Micros {
  const times = (pod.status.containerStatuses ?? []).flatMap(({ state }) => {
    const time = parseTime(state?.terminated?.finishedAt ?? '');
    return time === undefined ? [] : [time];
  });
  if (times.length > 0 && times.length === pod.status.containerStatuses?.length) return Math.max(...times);
  const ready = podCondition(pod, 'Ready');
  if (ready?.status === 'False') return parseTime(ready.lastTransitionTime ?? '') ?? now;
  return now;
}

/** Failures of an index so far, as its latest pod has it noted. */
export function failuresOf(pod: Pod): { counted: number; ignored: number } {
  const { annotations = {} } = pod.metadata;
  return { counted: Number(annotations[FAILURES] ?? 0), ignored: Number(annotations[IGNORED] ?? 0) };
}

/** The pod of a Job, or of one of its indexes. */
export function jobPod(
  job: Job,
  index: number | undefined,
  failures: { counted: number; ignored: number } | undefined,
): NewObject<Pod> {
  const pod = podFromTemplate(job.spec.template, job);
  const finalizers = [...(pod.metadata.finalizers ?? []), TRACKING];
  if (index === undefined) return { ...pod, metadata: { ...pod.metadata, finalizers } };
  const { name } = job.metadata;
  const annotations: Record<string, string> = { ...pod.metadata.annotations, [INDEX]: String(index) };
  if (failures !== undefined) {
    annotations[FAILURES] = String(failures.counted);
    if (failures.ignored > 0) annotations[IGNORED] = String(failures.ignored);
  }
  const variable = {
    name: 'JOB_COMPLETION_INDEX',
    valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: `metadata.labels['${INDEX}']` } },
  };
  const withVariable = <C extends { env?: { name: string }[] }>(container: C): C =>
    container.env?.some((own) => own.name === variable.name) === true
      ? container
      : { ...container, env: [...(container.env ?? []), variable] };
  const { containers, initContainers } = pod.spec;
  return {
    metadata: {
      ...pod.metadata,
      generateName: `${name}-${index}-`,
      labels: { ...pod.metadata.labels, [INDEX]: String(index) },
      annotations,
      finalizers,
    },
    spec: {
      ...pod.spec,
      hostname: `${name}-${index}`,
      containers: containers.map(withVariable),
      ...(initContainers === undefined ? {} : { initContainers: initContainers.map(withVariable) }),
    },
  };
}

/** Restarts of all containers of pods whose policy is OnFailure: each counts against the limit (pastBackoffLimitOnFailure). */
export function pastLimitByRestarts(job: Job, pods: readonly Pod[]): boolean {
  const { restartPolicy } = job.spec.template.spec ?? {};
  if (restartPolicy !== 'OnFailure') return false;
  const limit = job.spec.backoffLimit ?? 6;
  let restarts = 0;
  for (const { status } of pods) {
    if (status.phase !== 'Running' && status.phase !== 'Pending') continue;
    for (const container of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]) {
      restarts += container.restartCount;
    }
  }
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

/** Active pods that are one too many for their index, or beyond the last one (appendDuplicatedIndexPodsForRemoval). */
export function superfluousByIndex(job: Job, active: readonly Pod[]): Pod[] {
  const seen = new Set<number>();
  return active.filter((pod) => {
    const index = indexOf(pod);
    if (index === undefined || index >= (job.spec.completions ?? 0) || seen.has(index)) return true;
    seen.add(index);
    return false;
  });
}
