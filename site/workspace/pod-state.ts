import type { Pod } from '../../sim-core/api/objects.ts';
import type { PodState } from './view.ts';

/** Reasons for which a container waits that are troubles, not steps on the way. */
const TROUBLES: ReadonlySet<string> = new Set([
  'CrashLoopBackOff',
  'CreateContainerConfigError',
  'CreateContainerError',
  'ErrImageNeverPull',
  'ErrImagePull',
  'ImageInspectError',
  'ImagePullBackOff',
  'InvalidImageName',
  'RunContainerError',
]);

/** How a pod is doing, with the word that `kubectl get pods` has for it. */
export function podState(pod: Pod, nodeLost: boolean): { state: PodState; word: string } {
  const { metadata, spec, status } = pod;
  if (nodeLost) return { state: 'lost', word: 'Unknown' };
  if (metadata.deletionTimestamp !== undefined) return { state: 'terminating', word: 'Terminating' };
  if (status.phase === 'Succeeded') return { state: 'succeeded', word: 'Completed' };
  if (status.phase === 'Failed') return { state: 'failed', word: status.reason ?? 'Error' };
  if (spec.nodeName === undefined || spec.nodeName === '') return { state: 'pending', word: 'Pending' };
  const statuses = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  for (const { state } of statuses) {
    const waiting = state?.waiting?.reason;
    if (waiting !== undefined && TROUBLES.has(waiting)) return { state: 'failed', word: waiting };
    const ended = state?.terminated;
    if (ended !== undefined && ended.exitCode !== 0) return { state: 'failed', word: ended.reason ?? 'Error' };
  }
  const waits = statuses.find(({ state }) => state?.waiting !== undefined);
  if (waits !== undefined) return { state: 'creating', word: waits.state?.waiting?.reason ?? 'ContainerCreating' };
  if (status.phase !== 'Running') return { state: 'creating', word: 'ContainerCreating' };
  const ready = status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;
  return { state: ready ? 'ready' : 'unready', word: 'Running' };
}
