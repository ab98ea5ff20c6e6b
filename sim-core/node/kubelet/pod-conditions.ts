import type { Container, ContainerStatus, PodCondition } from 'kubernetes-types/core/v1';
import type { Pod } from '../../api/objects.ts';
import { isSidecar } from './runtime-view.ts';

/** A condition as generated; times are added when it is known whether it is new. */
export type NewCondition = Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>;

/** Condition types that a kubelet owns; all others belong to someone else and stay as they are. */
export const KUBELET_CONDITIONS: readonly string[] = [
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodScheduled',
  'PodResizePending',
  'PodResizeInProgress',
];

type Statuses = readonly ContainerStatus[];

function statusOf(statuses: Statuses, name: string): ContainerStatus | undefined {
  for (const status of statuses) if (status.name === name) return status;
  return undefined;
}

/** ContainersReady and Ready of a pod that has ended. */
function ended(type: string, phase: string): NewCondition {
  return { type, status: 'False', reason: phase === 'Failed' ? 'PodFailed' : 'PodCompleted' };
}

function unready(type: string, reason: string, unknown: string[], not: string[], what: string): NewCondition {
  const messages: string[] = [];
  if (unknown.length > 0) messages.push(`containers with unknown status: [${unknown.join(' ')}]`);
  if (not.length > 0) messages.push(`containers with ${what} status: [${not.join(' ')}]`);
  return { type, status: 'False', reason, message: messages.join(', ') };
}

/** GenerateContainersReadyCondition */
export function containersReady(pod: Pod, statuses: Statuses, phase: string): NewCondition {
  const unknown: string[] = [];
  const not: string[] = [];
  const look = (container: Container) => {
    const status = statusOf(statuses, container.name);
    if (status === undefined) unknown.push(container.name);
    else if (!status.ready) not.push(container.name);
  };
  for (const container of pod.spec.initContainers ?? []) if (isSidecar(container)) look(container);
  for (const container of pod.spec.containers) look(container);
  if (phase === 'Failed' || (phase === 'Succeeded' && unknown.length === 0)) return ended('ContainersReady', phase);
  if (unknown.length === 0 && not.length === 0) return { type: 'ContainersReady', status: 'True' };
  return unready('ContainersReady', 'ContainersNotReady', unknown, not, 'unready');
}

/** GeneratePodReadyCondition: containers ready, and every readiness gate of the pod open. */
export function podReady(pod: Pod, containers: NewCondition): NewCondition {
  if (containers.status !== 'True') return { ...containers, type: 'Ready' };
  const messages: string[] = [];
  for (const { conditionType } of pod.spec.readinessGates ?? []) {
    const condition = pod.status.conditions?.find(({ type }) => type === conditionType);
    if (condition === undefined) {
      messages.push(`corresponding condition of pod readiness gate "${conditionType}" does not exist.`);
    } else if (condition.status !== 'True') {
      messages.push(`the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`);
    }
  }
  if (messages.length === 0) return { type: 'Ready', status: 'True' };
  return { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message: messages.join(', ') };
}

/** GeneratePodInitializedCondition */
export function podInitialized(pod: Pod, statuses: Statuses, phase: string): NewCondition {
  const unknown: string[] = [];
  const not: string[] = [];
  for (const container of pod.spec.initContainers ?? []) {
    const status = statusOf(statuses, container.name);
    if (status === undefined) unknown.push(container.name);
    else if (isSidecar(container) ? status.started !== true : !status.ready) not.push(container.name);
  }
  if (phase === 'Succeeded' && unknown.length === 0) {
    return { type: 'Initialized', status: 'True', reason: 'PodCompleted' };
  }
  if (anyRegularStarted(pod, statuses) || (unknown.length === 0 && not.length === 0)) {
    return { type: 'Initialized', status: 'True' };
  }
  return unready('Initialized', 'ContainersNotInitialized', unknown, not, 'incomplete');
}

/** Whether a regular container has ever run (HasAnyRegularContainerStarted): then the pod has been initialized. */
export function anyRegularStarted(pod: Pod, statuses: Statuses): boolean {
  return pod.spec.containers.some(({ name }) => {
    const status = statusOf(statuses, name);
    if (status === undefined) return false;
    return status.state?.running !== undefined || status.state?.terminated !== undefined || hasPast(status);
  });
}

function hasPast(status: ContainerStatus): boolean {
  return status.lastState?.terminated !== undefined;
}
