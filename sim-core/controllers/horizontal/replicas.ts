import type { MetricSpec, MetricStatus } from 'kubernetes-types/autoscaling/v2';
import type { Pod } from '../../api/objects.ts';
import { Quantity, quantity } from '../../api/quantity.ts';
import { MINUTE, type Micros, parseTime, SECOND } from '../../engine/index.ts';
import { isTerminating, podCondition } from '../shared/pods.ts';
import { MetricError, type Usage } from './metrics.ts';

/** `--horizontal-pod-autoscaler-tolerance`: differences below a tenth are left alone. */
const TOLERANCE = 0.1;
/** `--horizontal-pod-autoscaler-cpu-initialization-period`, `--…-initial-readiness-delay` */
const CPU_INITIALIZATION = 5 * MINUTE;
const READINESS_DELAY = 30 * SECOND;

export interface Proposal {
  readonly replicas: number;
  readonly metric: string;
  readonly status: MetricStatus;
}

/** Pods sorted by what their metrics are worth (groupPods). */
interface Groups {
  readonly ready: Pod[];
  /** Starting up: their CPU says nothing about the load. */
  readonly unready: Pod[];
  readonly missing: Pod[];
}

/** How many pods bring a resource metric to its target (ReplicaCalculator.GetResourceReplicas, GetRawResourceReplicas). */
export function proposeReplicas(
  spec: MetricSpec,
  usage: Usage,
  pods: readonly Pod[],
  current: number,
  now: Micros,
): Proposal {
  const source = spec.type === 'ContainerResource' ? spec.containerResource! : spec.resource!;
  const { name, target } = source;
  const container = spec.containerResource?.container;
  if (pods.length === 0)
    throw new MetricError(reasonOf(spec), 'no pods returned by selector while calculating replica count');
  const groups = groupPods(pods, usage, name, now);
  const byShare = target.type === 'Utilization';
  const request = (pod: Pod) => (byShare ? requestOf(spec, pod, name, container) : 0);
  const goal = byShare ? target.averageUtilization! : quantity(target.averageValue ?? '0').milliValue();

  const measured = sum(groups.ready.map((pod) => usage.get(pod.metadata.name)!));
  const requested = sum(groups.ready.map(request));
  if (groups.ready.length === 0)
    throw new MetricError(reasonOf(spec), 'did not receive metrics for targeted pods (pods might be unready)');
  if (byShare && requested === 0) throw new MetricError(reasonOf(spec), 'no metrics returned matched known pods');
  const utilization = byShare ? Math.trunc((measured * 100) / requested) : 0;
  const average = Math.ceil(measured / groups.ready.length);
  const ratio = (byShare ? utilization : average) / goal;
  const label = container === undefined ? '' : ' container';
  const metric = byShare ? `${name}${label} resource utilization (percentage of request)` : `${name}${label} resource`;
  const currentValue = {
    averageValue: Quantity.ofMilli(average).toString(),
    ...(byShare ? { averageUtilization: utilization } : {}),
  };
  const status: MetricStatus =
    container === undefined
      ? { type: 'Resource', resource: { name, current: currentValue } }
      : { type: 'ContainerResource', containerResource: { name, container, current: currentValue } };
  const answer = (replicas: number) => ({ replicas, metric, status });

  const settled = Math.abs(1 - ratio) <= TOLERANCE;
  const countsUnready = ratio > 1 && groups.unready.length > 0;
  if (groups.missing.length === 0 && !countsUnready) {
    return answer(settled ? current : Math.ceil(ratio * groups.ready.length));
  }
  // Pods without metrics are taken for the opposite of the trend, so that the trend is never exaggerated by what is unknown:
  // growing, they use nothing; shrinking, all that they may.
  const assumed = new Map(groups.ready.map((pod) => [pod, usage.get(pod.metadata.name)!]));
  if (ratio < 1) {
    const share = Math.max(100, byShare ? goal : 100);
    for (const pod of groups.missing) assumed.set(pod, byShare ? (request(pod) * share) / 100 : goal);
  } else for (const pod of groups.missing) assumed.set(pod, 0);
  if (countsUnready) for (const pod of groups.unready) assumed.set(pod, 0);
  const total = sum([...assumed.values()]);
  const newRatio = byShare
    ? Math.trunc((total * 100) / sum([...assumed.keys()].map(request))) / goal
    : total / assumed.size / goal;
  const turned = (ratio < 1 && newRatio > 1) || (ratio > 1 && newRatio < 1);
  if (Math.abs(1 - newRatio) <= TOLERANCE || turned) return answer(current);
  const replicas = Math.ceil(newRatio * assumed.size);
  const wrongWay = (newRatio < 1 && replicas > current) || (newRatio > 1 && replicas < current);
  return answer(wrongWay ? current : replicas);
}

function groupPods(pods: readonly Pod[], usage: Usage, resource: string, now: Micros): Groups {
  const groups: Groups = { ready: [], unready: [], missing: [] };
  for (const pod of pods) {
    if (isTerminating(pod) || pod.status.phase === 'Failed') continue;
    if (pod.status.phase === 'Pending') groups.unready.push(pod);
    else if (!usage.has(pod.metadata.name)) groups.missing.push(pod);
    else if (resource === 'cpu' && isStarting(pod, now)) groups.unready.push(pod);
    else groups.ready.push(pod);
  }
  return groups;
}

function isStarting(pod: Pod, now: Micros): boolean {
  const ready = podCondition(pod, 'Ready');
  const started = parseTime(pod.status.startTime ?? '');
  if (ready === undefined || started === undefined) return true;
  const changed = parseTime(ready.lastTransitionTime ?? '') ?? 0;
  if (started + CPU_INITIALIZATION > now) return ready.status === 'False';
  return ready.status === 'False' && started + READINESS_DELAY > changed;
}

function requestOf(spec: MetricSpec, { metadata, spec: pod }: Pod, resource: string, only: string | undefined): number {
  let total = 0;
  for (const { name, resources } of pod.containers) {
    if (only !== undefined && name !== only) continue;
    const request = resources?.requests?.[resource];
    if (request === undefined) {
      throw new MetricError(
        reasonOf(spec),
        `failed to get ${resource} utilization: missing request for ${resource} in container ${name} of Pod ${metadata.name}`,
      );
    }
    total += quantity(request).milliValue();
  }
  return total;
}

function reasonOf({ type }: MetricSpec): string {
  return type === 'ContainerResource' ? 'FailedGetContainerResourceMetric' : 'FailedGetResourceMetric';
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
