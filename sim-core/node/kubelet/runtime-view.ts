import type { Container } from 'kubernetes-types/core/v1';
import type { Pod } from '../../api/objects.ts';
import type { ContainerStatus } from '../cri/container.ts';
import { CriError } from '../cri/error.ts';
import type { RuntimeService } from '../cri/runtime-service.ts';
import type { PodSandboxStatus } from '../cri/sandbox.ts';

/** What the runtime has of one pod (kubecontainer.PodStatus). */
export interface RuntimeView {
  /** Newest first. */
  readonly sandboxes: readonly PodSandboxStatus[];
  /** Newest first. */
  readonly containers: readonly ContainerStatus[];
}

/** Reads the state of a pod's sandboxes and containers, given their IDs, oldest first; those that are gone drop out. */
export function readRuntime(
  runtime: RuntimeService,
  sandboxIds: readonly string[],
  containerIds: readonly string[],
): RuntimeView {
  const sandboxes: PodSandboxStatus[] = [];
  const containers: ContainerStatus[] = [];
  for (let index = sandboxIds.length - 1; index >= 0; index--) {
    const status = found(() => runtime.podSandboxStatus(sandboxIds[index]!));
    if (status !== undefined) sandboxes.push(status);
  }
  for (let index = containerIds.length - 1; index >= 0; index--) {
    const status = found(() => runtime.containerStatus(containerIds[index]!));
    if (status !== undefined) containers.push(status);
  }
  return { sandboxes, containers };
}

function found<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof CriError && error.code === 'NotFound') return undefined;
    throw error;
  }
}

/** The newest container of that name. */
export function latest(view: RuntimeView, name: string): ContainerStatus | undefined {
  for (const container of view.containers) if (container.metadata.name === name) return container;
  return undefined;
}

export function isRunning(container: ContainerStatus | undefined): boolean {
  return container?.state === 'CONTAINER_RUNNING';
}

/** Whether a container has ended well. */
export function hasSucceeded(container: ContainerStatus | undefined): boolean {
  return container?.state === 'CONTAINER_EXITED' && container.exitCode === 0;
}

export function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

/** Addresses of the pod: its sandbox's, or the node's for a pod on the node's network. */
export function podAddresses(pod: Pod, view: RuntimeView, hostIps: readonly string[]): readonly string[] {
  if (pod.spec.hostNetwork === true) return hostIps;
  const sandbox = view.sandboxes[0];
  if (sandbox?.state !== 'SANDBOX_READY' || sandbox.ip === '') return [];
  return [sandbox.ip, ...sandbox.additionalIps];
}

/** Whether the pod needs a (new) sandbox, and the number of that attempt (runtimeutil.PodSandboxChanged). */
export function sandboxNeeded(
  pod: Pod,
  view: RuntimeView,
): { readonly needed: boolean; readonly attempt: number; readonly id: string } {
  const newest = view.sandboxes[0];
  if (newest === undefined) return { needed: true, attempt: 0, id: '' };
  const { id, metadata, state } = newest;
  const ready = view.sandboxes.filter((sandbox) => sandbox.state === 'SANDBOX_READY').length;
  const lost = pod.spec.hostNetwork !== true && newest.ip === '';
  if (ready > 1 || state !== 'SANDBOX_READY' || lost) return { needed: true, attempt: metadata.attempt + 1, id };
  return { needed: false, attempt: metadata.attempt, id };
}

/** Whether a container is to be started again, now that it is as it is (kubecontainer.ShouldContainerBeRestarted). */
export function shouldRestart(pod: Pod, container: Container, status: ContainerStatus | undefined): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false;
  if (status === undefined) return true;
  if (status.state === 'CONTAINER_RUNNING') return false;
  if (status.state !== 'CONTAINER_EXITED') return true;
  if (isSidecar(container)) return true;
  const policy = pod.spec.restartPolicy ?? 'Always';
  if (policy === 'Never') return false;
  return policy === 'Always' || status.exitCode !== 0;
}
