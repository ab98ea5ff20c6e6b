import type { ReplicaSet } from '../../api/objects.ts';
import { active, byAge, desiredReplicas, maxUnavailable, newReplicaSetSize, reported, wanted } from './arithmetic.ts';
import type { Rollout } from './rollout.ts';
import { isComplete, syncRolloutStatus } from './status.ts';

/**
 * RollingUpdate: one step towards the new ReplicaSet. First the new one grows as far as the surge allows; if it need not, the old
 * ones shrink as far as the available pods allow. Each step changes statuses, which brings the next reconciliation.
 */
export function rolloutRolling(rollout: Rollout): void {
  rollout.syncRevision(true);
  const moved = growNew(rollout) || shrinkOld(rollout);
  if (!moved && isComplete(rollout.deployment, rollout.deployment.status)) rollout.cleanUp();
  syncRolloutStatus(rollout);
}

function growNew(rollout: Rollout): boolean {
  const { deployment, newest, all } = rollout;
  if (newest === undefined) return false;
  const size = desiredReplicas(newest);
  const desired = desiredReplicas(deployment);
  if (size === desired) return false;
  return rollout.scale(newest, size > desired ? desired : newReplicaSetSize(deployment, all, size));
}

function shrinkOld(rollout: Rollout): boolean {
  const { deployment, newest, all } = rollout;
  const old = active(rollout.old);
  if (old.length === 0) return false;
  const minAvailable = desiredReplicas(deployment) - maxUnavailable(deployment);
  const newUnavailable = newest === undefined ? 0 : desiredReplicas(newest) - (newest.status.availableReplicas ?? 0);
  // New pods that are not available yet may never be: they are no excuse to take old ones away.
  const most = wanted(all) - minAvailable - newUnavailable;
  if (most <= 0) return false;
  // A status that shows more available pods than were asked for is from before the last step: counting on those pods would
  // take away too many. The ReplicaSet will report again, and wake us.
  if (old.some((set) => (set.status.availableReplicas ?? 0) > desiredReplicas(set))) return false;
  const cleaned = removeUnhealthy(rollout, old, most);
  const scaled = removeAvailable(rollout, minAvailable);
  return cleaned + scaled > 0;
}

/** Old pods that are not available serve nobody: they go first, whatever the budget of available pods. */
function removeUnhealthy(rollout: Rollout, old: ReplicaSet[], most: number): number {
  let removed = 0;
  for (const replicaSet of [...old].sort(byAge)) {
    if (removed >= most) break;
    const size = desiredReplicas(replicaSet);
    const available = replicaSet.status.availableReplicas ?? 0;
    if (size === 0 || size === available) continue;
    const surplus = Math.min(most - removed, size - available);
    rollout.scale(replicaSet, size - surplus);
    removed += surplus;
  }
  return removed;
}

function removeAvailable(rollout: Rollout, minAvailable: number): number {
  const most = reported(rollout.all, 'availableReplicas') - minAvailable;
  let removed = 0;
  for (const replicaSet of active(rollout.old).sort(byAge)) {
    if (removed >= most) break;
    const size = desiredReplicas(replicaSet);
    const count = Math.min(size, most - removed);
    rollout.scale(replicaSet, size - count);
    removed += count;
  }
  return removed;
}
