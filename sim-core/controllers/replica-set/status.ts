import type { ReplicaSetStatus } from 'kubernetes-types/apps/v1';
import { deepEqual } from '../../api/equality.ts';
import type { Pod } from '../../api/objects.ts';
import { selectorFromSet } from '../../api/selector.ts';
import { formatTime, type Micros } from '../../engine/index.ts';
import { conditionOf, withCondition, withoutCondition } from '../shared/conditions.ts';
import { isPodAvailable, isPodReady } from '../shared/pods.ts';
import type { Replicated } from './replicas.ts';

export type ReplicaStatus = Partial<ReplicaSetStatus>;

/** The status that these pods add up to (calculateStatus). `failure` is what kept their number from being right. */
export function replicaStatus(
  owner: Replicated,
  active: readonly Pod[],
  failure: unknown,
  now: Micros,
): ReplicaSetStatus {
  const { replicas = 1, minReadySeconds = 0, template } = owner.spec;
  const templateLabels = selectorFromSet(template?.metadata?.labels);
  let labelled = 0;
  let ready = 0;
  let available = 0;
  for (const pod of active) {
    if (templateLabels.matches(pod.metadata.labels)) labelled++;
    if (!isPodReady(pod)) continue;
    ready++;
    if (isPodAvailable(pod, minReadySeconds, now)) available++;
  }
  let { conditions } = owner.status;
  if (failure === undefined) {
    if (conditionOf(conditions, 'ReplicaFailure') !== undefined)
      conditions = withoutCondition(conditions, 'ReplicaFailure');
  } else if (conditionOf(conditions, 'ReplicaFailure') === undefined) {
    conditions = withCondition(conditions, {
      type: 'ReplicaFailure',
      status: 'True',
      reason: active.length < replicas ? 'FailedCreate' : 'FailedDelete',
      message: failure instanceof Error ? failure.message : String(failure),
      lastTransitionTime: formatTime(now),
    });
  }
  return compact({
    replicas: active.length,
    fullyLabeledReplicas: labelled,
    readyReplicas: ready,
    availableReplicas: available,
    observedGeneration: owner.metadata.generation ?? 0,
    conditions,
  });
}

/** Leaves out what Go's `omitempty` leaves out, so that statuses compare equal to stored ones. */
function compact({ replicas, ...rest }: ReplicaSetStatus): ReplicaSetStatus {
  const status: ReplicaSetStatus = { replicas };
  for (const [field, value] of Object.entries(rest)) {
    if (value === undefined || value === 0 || (Array.isArray(value) && value.length === 0)) continue;
    Object.assign(status, { [field]: value });
  }
  return status;
}

export function sameStatus(before: ReplicaStatus, after: ReplicaStatus): boolean {
  return deepEqual(before, after);
}
