import type { Pod } from '../../api/objects.ts';
import { type Micros, parseTime, SECOND } from '../../engine/index.ts';

/** The condition of that type in a pod's status (podutil.GetPodCondition). */
export function podCondition(pod: Pod, type: string) {
  const { conditions } = pod.status;
  if (conditions === undefined) return undefined;
  // Asked of every pod of a set whenever one changes: a loop costs a fraction of a closure.
  for (let index = 0; index < conditions.length; index++) {
    if (conditions[index]!.type === type) return conditions[index];
  }
  return undefined;
}

/** Whether the pod's Ready condition is True (podutil.IsPodReady). */
export function isPodReady(pod: Pod): boolean {
  return podCondition(pod, 'Ready')?.status === 'True';
}

/** Since when the pod is ready, microseconds; undefined when it is not. */
export function readySince(pod: Pod): Micros | undefined {
  const condition = podCondition(pod, 'Ready');
  if (condition?.status !== 'True') return undefined;
  return parseTime(condition.lastTransitionTime ?? '') ?? 0;
}

/** Whether the pod has been ready for `minReadySeconds` (podutil.IsPodAvailable). */
export function isPodAvailable(pod: Pod, minReadySeconds: number, now: Micros): boolean {
  if (minReadySeconds === 0) return isPodReady(pod);
  const since = readySince(pod);
  return since !== undefined && since > 0 && since + minReadySeconds * SECOND <= now;
}

/** Whether the pod has ended for good (podutil.IsPodTerminal). */
export function isPodTerminal(pod: Pod): boolean {
  const { phase } = pod.status;
  return phase === 'Succeeded' || phase === 'Failed';
}

export function isTerminating(object: { metadata: { deletionTimestamp?: string } }): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

/** Whether the pod counts as a replica: neither ended nor being deleted (controller.IsPodActive). */
export function isPodActive(pod: Pod): boolean {
  return !isPodTerminal(pod) && !isTerminating(pod);
}
