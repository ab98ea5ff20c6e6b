import { isPodTerminal } from '../shared/pods.ts';
import { active, desiredReplicas, reported } from './arithmetic.ts';
import type { Rollout } from './rollout.ts';
import { isComplete, syncRolloutStatus } from './status.ts';

/** Recreate: all old pods go, and only when the last is really gone are new ones made. */
export function rolloutRecreate(rollout: Rollout): void {
  rollout.syncRevision(false);
  let scaledDown = false;
  for (const replicaSet of active(rollout.old)) scaledDown = rollout.scale(replicaSet, 0) || scaledDown;
  if (!scaledDown && !oldPodsRunning(rollout)) scaleUpNew(rollout);
  syncRolloutStatus(rollout);
}

function scaleUpNew(rollout: Rollout): void {
  if (rollout.newest === undefined) rollout.syncRevision(true);
  if (rollout.newest !== undefined) rollout.scale(rollout.newest, desiredReplicas(rollout.deployment));
  if (isComplete(rollout.deployment, rollout.deployment.status)) rollout.cleanUp();
}

/** Statuses no longer count pods that are being deleted; they still run, so the pods themselves are looked at too. */
function oldPodsRunning({ old, hooks }: Rollout): boolean {
  if (reported(old, 'replicas') > 0) return true;
  return old.some((replicaSet) => hooks.podsOf(replicaSet).some((pod) => !isPodTerminal(pod)));
}
