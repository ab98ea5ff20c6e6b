import type { DeploymentCondition, DeploymentStatus } from 'kubernetes-types/apps/v1';
import { deepEqual } from '../../api/equality.ts';
import type { Deployment } from '../../api/objects.ts';
import { parseTime, SECOND } from '../../engine/index.ts';
import { conditionOf, withCondition, withoutCondition } from '../shared/conditions.ts';
import { desiredReplicas, maxUnavailable, reported, wanted } from './arithmetic.ts';
import type { Rollout } from './rollout.ts';

const TIMED_OUT = 'ProgressDeadlineExceeded';
const AVAILABLE = 'NewReplicaSetAvailable';

/** Whether the rollout is over and all pods are there (deploymentutil.DeploymentComplete). */
export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const desired = desiredReplicas(deployment);
  return (
    (status.updatedReplicas ?? 0) === desired &&
    (status.replicas ?? 0) === desired &&
    (status.availableReplicas ?? 0) === desired &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

/** Reports numbers and availability, not progress: while scaling, paused or being deleted. */
export function syncStatusOnly(rollout: Rollout): void {
  const status = calculateStatus(rollout);
  if (!deepEqual(status, rollout.deployment.status)) rollout.writeStatus(status);
}

/** Reports numbers, availability and progress, and comes back when the progress deadline is near (syncRolloutStatus). */
export function syncRolloutStatus(rollout: Rollout): void {
  const { deployment, newest } = rollout;
  const status = calculateStatus(rollout);
  let conditions = status.conditions ?? [];
  if (!rollout.hasDeadline) conditions = withoutCondition(conditions, 'Progressing');
  const current = conditionOf(deployment.status.conditions, 'Progressing');
  const wasComplete = status.replicas === status.updatedReplicas && current?.reason === AVAILABLE;
  if (rollout.hasDeadline && !wasComplete) {
    const subject =
      newest === undefined ? `Deployment "${deployment.metadata.name}"` : `ReplicaSet "${newest.metadata.name}"`;
    if (isComplete(deployment, status)) {
      const done = rollout.condition('Progressing', 'True', AVAILABLE, `${subject} has successfully progressed.`);
      conditions = withCondition(conditions, done);
    } else if (hasProgressed(deployment.status, status)) {
      const moving = rollout.condition('Progressing', 'True', 'ReplicaSetUpdated', `${subject} is progressing.`);
      if (current?.status === 'True') moving.lastTransitionTime = current.lastTransitionTime;
      // Progress of the same kind still moves lastUpdateTime, from which the deadline counts: the old condition must go.
      conditions = withCondition(withoutCondition(conditions, 'Progressing'), moving);
    } else if (isTimedOut(rollout, conditions)) {
      const late = rollout.condition('Progressing', 'False', TIMED_OUT, `${subject} has timed out progressing.`);
      conditions = withCondition(conditions, late);
    }
  }
  const failure = replicaFailure(rollout);
  conditions =
    failure === undefined ? withoutCondition(conditions, 'ReplicaFailure') : withCondition(conditions, failure);
  status.conditions = conditions;
  if (deepEqual(status, deployment.status)) comeBackAtDeadline(rollout, status);
  else rollout.writeStatus(status);
}

/** A paused Deployment makes no progress and must not be blamed for it (checkPausedConditions). */
export function notePause(rollout: Rollout): void {
  const { spec, status } = rollout.deployment;
  if (!rollout.hasDeadline) return;
  const current = conditionOf(status.conditions, 'Progressing');
  if (current?.reason === TIMED_OUT) return;
  const noted = current?.reason === 'DeploymentPaused';
  const paused = spec.paused === true;
  if (paused === noted) return;
  const condition = paused
    ? rollout.condition('Progressing', 'Unknown', 'DeploymentPaused', 'Deployment is paused')
    : rollout.condition('Progressing', 'Unknown', 'DeploymentResumed', 'Deployment is resumed');
  rollout.writeStatus({ ...status, conditions: withCondition(status.conditions, condition) });
}

function calculateStatus(rollout: Rollout): DeploymentStatus {
  const { deployment, newest, all } = rollout;
  const { metadata, status } = deployment;
  const available = reported(all, 'availableReplicas');
  const enough = available >= desiredReplicas(deployment) - maxUnavailable(deployment);
  const condition = enough
    ? rollout.condition('Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.')
    : rollout.condition(
        'Available',
        'False',
        'MinimumReplicasUnavailable',
        'Deployment does not have minimum availability.',
      );
  const numbers = {
    replicas: reported(all, 'replicas'),
    updatedReplicas: newest === undefined ? 0 : (newest.status.replicas ?? 0),
    readyReplicas: reported(all, 'readyReplicas'),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, wanted(all) - available),
  };
  const result: DeploymentStatus = { observedGeneration: metadata.generation ?? 0 };
  for (const [field, value] of Object.entries(numbers)) if (value > 0) Object.assign(result, { [field]: value });
  if (status.collisionCount !== undefined) result.collisionCount = status.collisionCount;
  result.conditions = withCondition(status.conditions, condition);
  return result;
}

/** Whether anything moved forward between two statuses (deploymentutil.DeploymentProgressing). */
function hasProgressed(before: DeploymentStatus, after: DeploymentStatus): boolean {
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = after;
  const { updatedReplicas: updatedBefore = 0, replicas: replicasBefore = 0 } = before;
  return (
    updatedReplicas > updatedBefore ||
    replicas - updatedReplicas < replicasBefore - updatedBefore ||
    readyReplicas > (before.readyReplicas ?? 0) ||
    availableReplicas > (before.availableReplicas ?? 0)
  );
}

function isTimedOut(rollout: Rollout, conditions: readonly DeploymentCondition[]): boolean {
  const condition = conditionOf(conditions, 'Progressing');
  if (condition === undefined || condition.reason === AVAILABLE) return false;
  if (condition.reason === TIMED_OUT) return true;
  return deadlineOf(rollout, condition) < rollout.context.engine.now;
}

/** When a rollout that last moved as the condition says counts as stuck. */
function deadlineOf({ deployment }: Rollout, condition: DeploymentCondition): number {
  const seconds = deployment.spec.progressDeadlineSeconds ?? 600;
  return (parseTime(condition.lastUpdateTime ?? '') ?? 0) + seconds * SECOND;
}

/** A stuck rollout changes nothing that would wake the controller: it must remember to look (requeueStuckDeployment). */
function comeBackAtDeadline(rollout: Rollout, status: DeploymentStatus): void {
  const { deployment, context, hooks } = rollout;
  const current = conditionOf(deployment.status.conditions, 'Progressing');
  if (!rollout.hasDeadline || current === undefined) return;
  if (isComplete(deployment, status) || current.reason === TIMED_OUT) return;
  hooks.retryAfter(Math.max(0, deadlineOf(rollout, current) - context.engine.now) + SECOND);
}

/** What keeps a ReplicaSet from making pods, told on the Deployment; the new ReplicaSet's trouble before the old ones'. */
function replicaFailure({ newest, all }: Rollout): DeploymentCondition | undefined {
  for (const { status } of newest === undefined ? all : [newest, ...all]) {
    const failure = conditionOf(status.conditions, 'ReplicaFailure');
    if (failure === undefined) continue;
    const { type, status: value, reason, message, lastTransitionTime } = failure;
    return { type, status: value, reason, message, lastTransitionTime, lastUpdateTime: lastTransitionTime };
  }
  return undefined;
}
