import { scaledValue } from '../../api/int-or-string.ts';
import type { Deployment, ReplicaSet } from '../../api/objects.ts';
import { parseTime } from '../../engine/index.ts';

export function desiredReplicas({ spec }: Deployment | ReplicaSet): number {
  return spec.replicas ?? 1;
}

export function isRollingUpdate({ spec }: Deployment): boolean {
  return spec.strategy?.type !== 'Recreate';
}

/**
 * Surge and unavailability in pods: percentages of surge are rounded up, of unavailability down, and when both come to nothing
 * one pod may be missing, or no rollout could ever move (deploymentutil.ResolveFenceposts).
 */
function fenceposts(deployment: Deployment): { surge: number; unavailable: number } {
  const { maxSurge = '25%', maxUnavailable = '25%' } = deployment.spec.strategy?.rollingUpdate ?? {};
  const desired = desiredReplicas(deployment);
  const surge = scaledValue(maxSurge, desired, true);
  const unavailable = scaledValue(maxUnavailable, desired, false);
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}

/** How many pods a rolling update may have beyond the desired number (deploymentutil.MaxSurge). */
export function maxSurge(deployment: Deployment): number {
  return isRollingUpdate(deployment) ? fenceposts(deployment).surge : 0;
}

/** How many of the desired pods may be unavailable (deploymentutil.MaxUnavailable). */
export function maxUnavailable(deployment: Deployment): number {
  const desired = desiredReplicas(deployment);
  if (!isRollingUpdate(deployment) || desired === 0) return 0;
  return Math.min(fenceposts(deployment).unavailable, desired);
}

/** Sum of the replicas that ReplicaSets are asked for. */
export function wanted(sets: readonly ReplicaSet[]): number {
  return sets.reduce((sum, { spec }) => sum + (spec.replicas ?? 1), 0);
}

/** Sum of a number in the ReplicaSets' statuses. */
export function reported(
  sets: readonly ReplicaSet[],
  field: 'replicas' | 'readyReplicas' | 'availableReplicas',
): number {
  return sets.reduce((sum, { status }) => sum + (status[field] ?? 0), 0);
}

/** ReplicaSets that are asked for any pods (controller.FilterActiveReplicaSets). */
export function active(sets: readonly ReplicaSet[]): ReplicaSet[] {
  return sets.filter(({ spec }) => (spec.replicas ?? 1) > 0);
}

/** Oldest first; by name when made in the same second (controller.ReplicaSetsByCreationTimestamp). */
export function byAge(a: ReplicaSet, b: ReplicaSet): number {
  const difference = (parseTime(a.metadata.creationTimestamp) ?? 0) - (parseTime(b.metadata.creationTimestamp) ?? 0);
  if (difference !== 0) return difference;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

/** How many replicas the new ReplicaSet should have now: as many as the surge leaves room for (deploymentutil.NewRSNewReplicas). */
export function newReplicaSetSize(deployment: Deployment, all: readonly ReplicaSet[], size: number): number {
  const desired = desiredReplicas(deployment);
  if (!isRollingUpdate(deployment)) return desired;
  const room = desired + maxSurge(deployment) - wanted(all);
  return room <= 0 ? size : size + Math.min(room, desired - size);
}
