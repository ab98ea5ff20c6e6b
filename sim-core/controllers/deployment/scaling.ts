import type { Deployment, ReplicaSet } from '../../api/objects.ts';
import { active, byAge, desiredReplicas, isRollingUpdate, maxSurge, wanted } from './arithmetic.ts';
import { desiredAnnotation, maxAnnotation } from './revision.ts';
import type { Rollout } from './rollout.ts';
import { syncStatusOnly } from './status.ts';

/** Whether the Deployment's size was changed since its ReplicaSets were last scaled. */
export function isScalingEvent(rollout: Rollout): boolean {
  rollout.syncRevision(false);
  const desired = desiredReplicas(rollout.deployment);
  return active(rollout.all).some((replicaSet) => {
    const noted = desiredAnnotation(replicaSet);
    return noted !== undefined && noted !== desired;
  });
}

/** Brings sizes in line without rolling out: while paused, and when only the size changed (`sync` upstream). */
export function syncScale(rollout: Rollout): void {
  rollout.syncRevision(false);
  spread(rollout);
  if (rollout.deployment.spec.paused === true) rollout.cleanUp();
  syncStatusOnly(rollout);
}

function spread(rollout: Rollout): void {
  const { deployment, newest } = rollout;
  const desired = desiredReplicas(deployment);
  const only = activeOrLatest(rollout);
  if (only !== undefined) {
    if (desiredReplicas(only) !== desired) rollout.scale(only, desired);
    return;
  }
  if (newest !== undefined && isSaturated(deployment, newest)) {
    for (const replicaSet of active(rollout.old)) rollout.scale(replicaSet, 0);
    return;
  }
  if (isRollingUpdate(deployment)) scaleInProportion(rollout);
}

/** The one ReplicaSet with replicas, or the newest when none has any; undefined when several have. */
function activeOrLatest({ newest, old, all }: Rollout): ReplicaSet | undefined {
  const [first, second] = active(all);
  if (first === undefined) return newest ?? old.at(-1);
  return second === undefined ? first : undefined;
}

/** Whether the new ReplicaSet has all its pods, and they are available: the old ones are not needed (deploymentutil.IsSaturated). */
function isSaturated(deployment: Deployment, newest: ReplicaSet): boolean {
  const desired = desiredReplicas(deployment);
  return (
    newest.spec.replicas === desired &&
    desiredAnnotation(newest) === desired &&
    (newest.status.availableReplicas ?? 0) === desired
  );
}

/**
 * In the middle of a rollout, a new size is shared out among the ReplicaSets by their own size, to limit the risk of a bad new
 * version: the larger ones take more. What rounding leaves over goes to the first.
 */
function scaleInProportion(rollout: Rollout): void {
  const { deployment } = rollout;
  const sets = active(rollout.all);
  const desired = desiredReplicas(deployment);
  const allowed = desired > 0 ? desired + maxSurge(deployment) : 0;
  const toAdd = allowed - wanted(sets);
  const older = toAdd < 0;
  sets.sort((a, b) => desiredReplicas(b) - desiredReplicas(a) || (older ? byAge(a, b) : byAge(b, a)));
  let added = 0;
  const sizes = sets.map((replicaSet) => {
    const share = proportion(rollout, replicaSet, toAdd, added);
    added += share;
    return desiredReplicas(replicaSet) + share;
  });
  if (toAdd !== 0) sizes[0] = Math.max(0, sizes[0]! + toAdd - added);
  for (const [index, replicaSet] of sets.entries()) rollout.scale(replicaSet, sizes[index]!);
}

/** The share of a ReplicaSet in what is to be added or taken away (deploymentutil.GetReplicaSetProportion). */
function proportion({ deployment }: Rollout, replicaSet: ReplicaSet, toAdd: number, added: number): number {
  const size = desiredReplicas(replicaSet);
  if (size === 0 || toAdd === 0 || toAdd === added) return 0;
  const desired = desiredReplicas(deployment);
  if (desired === 0) return Math.max(-size, toAdd - added);
  const before = maxAnnotation(replicaSet) || (deployment.status.replicas ?? 0);
  const share = roundHalfAway((size * (desired + maxSurge(deployment))) / before) - size;
  return toAdd > 0 ? Math.min(share, toAdd - added) : Math.max(share, toAdd - added);
}

function roundHalfAway(value: number): number {
  return value < 0 ? Math.ceil(value - 0.5) : Math.floor(value + 0.5);
}
