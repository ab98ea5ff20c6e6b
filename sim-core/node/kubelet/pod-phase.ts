import type { ContainerStatus } from 'kubernetes-types/core/v1';
import type { Pod } from '../../api/objects.ts';
import { isSidecar } from './runtime-view.ts';

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';

/**
 * A pod's phase, from its containers (kubelet's getPhase).
 *
 * @param terminal whether no container will be started any more
 * @param initialized whether init containers are over and done with
 */
export function podPhase(
  pod: Pod,
  statuses: ReadonlyMap<string, ContainerStatus>,
  terminal: boolean,
  initialized: boolean,
): PodPhase {
  const { containers, initContainers = [], restartPolicy = 'Always' } = pod.spec;
  let pendingInit = 0;
  let failedInit = 0;
  let pendingSidecars = 0;
  for (const container of initContainers) {
    const status = statuses.get(container.name);
    const { state, lastState } = status ?? {};
    if (isSidecar(container)) {
      if (state?.running === undefined || status?.started !== true) {
        if (state?.terminated === undefined) pendingSidecars++;
      }
      continue;
    }
    if (state?.terminated !== undefined) {
      if (state.terminated.exitCode !== 0) failedInit++;
    } else if (state?.waiting !== undefined && lastState?.terminated !== undefined) {
      if (lastState.terminated.exitCode !== 0) failedInit++;
    } else pendingInit++;
  }

  let unknown = 0;
  let running = 0;
  let waiting = 0;
  let stopped = 0;
  let succeeded = 0;
  for (const { name } of containers) {
    const status = statuses.get(name);
    const { state, lastState } = status ?? {};
    if (state?.running !== undefined) running++;
    else if (state?.terminated !== undefined) {
      stopped++;
      if (state.terminated.exitCode === 0) succeeded++;
    } else if (state?.waiting !== undefined) {
      if (lastState?.terminated !== undefined) stopped++;
      else waiting++;
    } else unknown++;
  }

  if (failedInit > 0 && restartPolicy === 'Never') return 'Failed';
  if (!initialized && (pendingInit > 0 || failedInit > 0 || pendingSidecars > 0)) return 'Pending';
  if (waiting > 0) return 'Pending';
  if (running > 0 && unknown === 0) return 'Running';
  if (running === 0 && stopped > 0 && unknown === 0) {
    if (terminal) return stopped === succeeded ? 'Succeeded' : 'Failed';
    if (restartPolicy === 'Always') return 'Running';
    if (stopped === succeeded) return 'Succeeded';
    return restartPolicy === 'Never' ? 'Failed' : 'Running';
  }
  return 'Pending';
}
