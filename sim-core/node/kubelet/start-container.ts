import type { Container } from 'kubernetes-types/core/v1';
import { StatusError } from '../../api/status.ts';
import { type Coroutine, type Micros, SECOND } from '../../engine/index.ts';
import { CriError } from '../cri/error.ts';
import { PodContainerConfig } from './container-config.ts';
import { containerEnvironment } from './environment.ts';
import { containerSubject, formatPod } from './event-subject.ts';
import { goDuration } from './go-duration.ts';
import { hostnameOf } from './hosts-file.ts';
import { StartError } from './image-manager.ts';
import type { KubeletParts } from './kubelet-parts.ts';
import { HookError, runHook } from './lifecycle-hooks.ts';
import { HostsMount } from './mounts.ts';
import type { PodWorker } from './pod-worker.ts';
import type { DockerConfig } from './pull-secrets.ts';
import { runWithin } from './run-all.ts';
import { isRunning, latest, podAddresses, type RuntimeView, readRuntime } from './runtime-view.ts';

/** Containers that are asked to stop have at least this long (minimumGracePeriodInSeconds). */
const MINIMUM_GRACE = 2;

/**
 * Starts a container: waits out its back-off, sees to its image, makes it, starts it, runs its postStart hook
 * (startContainer). Throws `StartError` with what its Waiting state will say.
 */
export function* startContainer(
  kubelet: KubeletParts,
  worker: PodWorker,
  container: Container,
  sandboxId: string,
  view: RuntimeView,
  secrets: readonly DockerConfig[],
): Coroutine {
  const { runtime, events, images } = kubelet;
  const { pod } = worker;
  const subject = containerSubject(pod, container.name);
  checkBackOff(kubelet, worker, container, view);

  let imageId: string;
  try {
    worker.interruptible = true;
    imageId = yield* kubelet.imageManager.ensure(worker, container, secrets);
  } catch (error) {
    if (error instanceof StartError) events.warning(subject, 'Failed', `Error: ${error.reason}`);
    throw error;
  } finally {
    worker.interruptible = false;
  }

  const current = latest(view, container.name);
  const attempt = current === undefined ? (knownRestarts(worker, container.name) ?? 0) : current.metadata.attempt + 1;
  const ips = podAddresses(pod, readRuntime(runtime, worker.sandboxes, []), kubelet.hostIps);
  const failed = (reason: string, message: string) => {
    events.warning(subject, 'Failed', `Error: ${message}`);
    return new StartError(reason, message);
  };
  let config: PodContainerConfig;
  try {
    const env = containerEnvironment(pod, container, kubelet.environmentSources(pod, ips));
    const mounts = worker.volumes?.mountsOf(pod, container, env) ?? [];
    const { targetContainerName = '' } = container as { targetContainerName?: string };
    const target = targetContainerName === '' ? undefined : latest(view, targetContainerName);
    const names = hostnameOf(pod, kubelet.nodeName, kubelet.dns.clusterDomain);
    config = new PodContainerConfig(worker, container, {
      attempt,
      image: images.imageStatus({ image: imageId })!,
      env,
      mounts,
      hosts: new HostsMount(kubelet.volumeHost, pod, ips, names),
      nodeMemory: kubelet.machine.memory,
      ...(isRunning(target) ? { targetId: target!.id } : {}),
    });
  } catch (error) {
    if (error instanceof StartError) throw failed(error.reason, error.message);
    if (error instanceof StatusError || error instanceof Error)
      throw failed('CreateContainerConfigError', error.message);
    throw error;
  }

  let id: string;
  try {
    id = yield* runtime.createContainer(sandboxId, config);
  } catch (error) {
    if (!(error instanceof CriError)) throw error;
    throw failed('CreateContainerError', error.description);
  }
  worker.knowContainer(id);
  events.normal(subject, 'Created', `Created container: ${container.name}`);
  try {
    yield* runtime.startContainer(id);
  } catch (error) {
    if (!(error instanceof CriError)) throw error;
    throw failed('RunContainerError', error.description);
  }
  events.normal(subject, 'Started', `Started container ${container.name}`);
  const postStart = container.lifecycle?.postStart;
  if (postStart === undefined) return;
  try {
    worker.interruptible = true;
    yield* runHook(runtime, kubelet.network, pod, container, id, postStart, ips[0] ?? '');
  } catch (error) {
    if (!(error instanceof HookError)) throw error;
    worker.interruptible = false;
    events.warning(subject, 'FailedPostStartHook', 'PostStartHook failed');
    const grace = pod.spec.terminationGracePeriodSeconds ?? 30;
    yield* killContainer(kubelet, worker, container, id, grace, 'FailedPostStartHook');
    throw new StartError('PostStartHookError', error.message);
  } finally {
    worker.interruptible = false;
  }
}

/** How often the API says that a container was restarted, when the runtime has forgotten it. */
function knownRestarts(worker: PodWorker, name: string): number | undefined {
  const known = worker.status.containerStatuses?.find((status) => status.name === name);
  if (known === undefined || (known.containerID ?? '') === '') return undefined;
  return known.restartCount + 1;
}

/** doBackOff: a container that keeps failing waits longer each time. */
function checkBackOff(kubelet: KubeletParts, worker: PodWorker, container: Container, view: RuntimeView): void {
  const { pod } = worker;
  const { name } = container;
  const status = view.containers.find((one) => one.metadata.name === name && one.state === 'CONTAINER_EXITED');
  if (status === undefined) return;
  const { backOff } = worker;
  const key = `crash/${name}`;
  const failedAt = status.finishedAt;
  const wait = backOff.remaining(key, failedAt);
  if (wait > 0) {
    const text = `Back-off restarting failed container ${name} in pod ${formatPod(pod)}`;
    kubelet.events.warning(containerSubject(pod, name), 'BackOff', text);
    const delay = goDuration(backOff.delay(key));
    const message = `back-off ${delay} restarting failed container=${name} pod=${formatPod(pod)}`;
    throw new StartError('CrashLoopBackOff', message, wait);
  }
  backOff.next(key, failedAt);
}

/**
 * Ends a container: tells of it, runs its preStop hook, waits for its turn (answered: how many seconds), sends the stop signal, and after
 * `grace` seconds in all, SIGKILL (killContainer).
 */
export function* killContainer(
  kubelet: KubeletParts,
  worker: PodWorker,
  container: Container,
  id: string,
  grace: number,
  message = `Stopping container ${container.name}`,
  turn?: (left: number) => Coroutine<number>,
): Coroutine {
  const { runtime, events, engine } = kubelet;
  const { pod } = worker;
  const subject = containerSubject(pod, container.name);
  events.normal(subject, 'Killing', message);
  let left = grace;
  const preStop = container.lifecycle?.preStop;
  if (preStop !== undefined && left > 0) {
    const started: Micros = engine.now;
    const hook = runHook(runtime, kubelet.network, pod, container, id, preStop, worker.status.podIP ?? '');
    yield* runWithin(
      engine,
      left * SECOND,
      reportFailure(hook, () => {
        events.warning(subject, 'FailedPreStopHook', 'PreStopHook failed');
      }),
    );
    left -= Math.floor((engine.now - started) / SECOND);
  }
  if (turn !== undefined && left > 0) left -= yield* turn(left);
  yield* runtime.stopContainer(id, Math.max(left, MINIMUM_GRACE));
}

function* reportFailure(hook: Coroutine, report: () => void): Coroutine {
  try {
    yield* hook;
  } catch (error) {
    if (!(error instanceof HookError)) throw error;
    report();
  }
}
