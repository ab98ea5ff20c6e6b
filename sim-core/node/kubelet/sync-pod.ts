import type { ContainerStatus as ApiContainerStatus, Container, PodStatus } from 'kubernetes-types/core/v1';
import type { Pod } from '../../api/objects.ts';
import { type Coroutine, type Micros, parseTime, SECOND } from '../../engine/index.ts';
import type { ContainerStatus } from '../cri/container.ts';
import { CriError } from '../cri/error.ts';
import type { LinuxContainerResources } from '../cri/linux.ts';
import { containerHash, HASH_ANNOTATION } from './container-config.ts';
import { formatPod, nodeSubject, podSubject } from './event-subject.ts';
import { StartError } from './image-manager.ts';
import { killPod } from './kill-pod.ts';
import type { KubeletParts } from './kubelet-parts.ts';
import { computePodActions, describeActions, type PodActions, type Verdicts } from './pod-actions.ts';
import { differenceOf, needsRestart, resizeConditions } from './pod-resize.ts';
import { generatePodStatus } from './pod-status.ts';
import type { PodWorker } from './pod-worker.ts';
import { type DockerConfig, dockerConfigOf } from './pull-secrets.ts';
import { containerResources } from './resources.ts';
import { runAll } from './run-all.ts';
import { isRunning, latest, type RuntimeView, readRuntime } from './runtime-view.ts';
import { SandboxConfig, wantsClusterDns } from './sandbox-config.ts';
import { killContainer, startContainer } from './start-container.ts';
import { terminationMessage } from './termination-message.ts';
import { PodVolumes } from './volumes/pod-volumes.ts';

/** After a failed sync (backOffPeriod), stretched by up to half; and while the network is not there yet. */
const RETRY: Micros = 10 * SECOND;
const NETWORK_RETRY: Micros = SECOND;
const JITTER = 0.5;

export const DEADLINE_VERDICT = {
  reason: 'DeadlineExceeded',
  message: 'Pod was active on the node longer than the specified deadline',
};

/** Reads what the runtime has of a pod, and forgets what it no longer has. */
export function viewOf(kubelet: KubeletParts, worker: PodWorker): RuntimeView {
  const view = readRuntime(kubelet.runtime, worker.sandboxes, worker.containers);
  if (view.sandboxes.length !== worker.sandboxes.length) {
    worker.sandboxes = view.sandboxes.map(({ id }) => id).reverse();
  }
  if (view.containers.length !== worker.containers.length) {
    worker.containers = view.containers.map(({ id }) => id).reverse();
  }
  return view;
}

/** The pod's status as of now. `terminal`: no container of it will be started any more. */
export function statusOf(kubelet: KubeletParts, worker: PodWorker, view: RuntimeView, terminal: boolean): PodStatus {
  const { probes } = kubelet;
  const { status: last } = worker;
  const before = new Map<string, ApiContainerStatus>();
  for (const status of last.initContainerStatuses ?? []) before.set(status.name, status);
  for (const status of last.containerStatuses ?? []) before.set(status.name, status);
  for (const status of last.ephemeralContainerStatuses ?? []) before.set(status.name, status);
  const pod = worker.apiPod === undefined ? worker.pod : { ...worker.pod, status: worker.apiPod.status };
  return generatePodStatus(pod, {
    view,
    before,
    failures: worker.failures,
    imageName: (container) => imageName(kubelet, container),
    terminationMessage: (container, status) => terminationMessage(kubelet, worker, container, status),
    started: (container, id) =>
      container.startupProbe === undefined || probes.verdict(worker, 'Startup', container.name, id) === 'success',
    ready: (container, id) =>
      container.readinessProbe === undefined || probes.verdict(worker, 'Readiness', container.name, id) === 'success',
    now: kubelet.engine.now,
    startTime: worker.startTime,
    hostIps: kubelet.hostIps,
    terminal,
    verdict: worker.verdict,
    resize: resizeConditions(worker.pendingResize, resizes(kubelet, worker, view).length > 0),
    last,
  });
}

function imageName(kubelet: KubeletParts, { imageId, image }: ContainerStatus): string {
  return kubelet.images.imageStatus({ image: imageId })?.repoTags[0] ?? image;
}

/** Brings one pod to its desired state, as far as that goes now (Kubelet.SyncPod and the runtime manager's). */
export function* syncPod(kubelet: KubeletParts, worker: PodWorker): Coroutine {
  const { engine, statuses } = kubelet;
  const { pod } = worker;
  const view = viewOf(kubelet, worker);
  const trace = worker.trace([]);
  if (engine.trace.enabled) engine.cause = engine.emit('podSync', kubelet.actor, trace);

  const status = statusOf(kubelet, worker, view, false);
  statuses.set(worker, status);
  if (status.phase === 'Succeeded' || status.phase === 'Failed') {
    worker.terminate();
    return;
  }
  watchDeadline(kubelet, worker);

  const network = networkProblem(kubelet);
  if (network !== undefined && pod.spec.hostNetwork !== true) {
    const text = `network is not ready: ${network}`;
    kubelet.events.warning(podSubject(pod), 'NetworkNotReady', text);
    trace.error = text;
    worker.syncAfter(engine.random(kubelet.actor).jitter(NETWORK_RETRY, JITTER));
    return;
  }

  if (pod.spec.volumes !== undefined && pod.spec.volumes.length > 0) {
    worker.volumes ??= new PodVolumes(kubelet.volumeHost);
  }
  const retry = worker.volumes?.mountAll(pod);
  if (retry !== undefined) {
    worker.syncAfter(retry);
    return;
  }
  kubelet.probes.add(worker);
  kubelet.probes.statusChanged(worker);

  const actions = computePodActions(pod, view, verdictsOf(kubelet, worker));
  trace.actions = describeActions(actions);
  const resized = resizeContainers(kubelet, worker, view);
  yield* perform(kubelet, worker, view, actions);
  if (resized || worker.failures !== undefined) {
    // Tell at once why something does not start, rather than at the next look. What did start is told when it is next seen.
    statuses.set(worker, statusOf(kubelet, worker, viewOf(kubelet, worker), false));
  }
}

function verdictsOf(kubelet: KubeletParts, worker: PodWorker): Verdicts {
  const { probes } = kubelet;
  return {
    liveness: (container, id) => probes.verdict(worker, 'Liveness', container.name, id),
    startup: (container, id) => probes.verdict(worker, 'Startup', container.name, id),
    changed: (container, status) => {
      const hash = status.annotations[HASH_ANNOTATION];
      return hash !== undefined && hash !== containerHash(container);
    },
    resized: (container, status) =>
      worker.resized &&
      needsRestart(container, differenceOf(status, containerResources(worker.pod, container, kubelet.machine.memory))),
  };
}

/** A running container that has not what it should have. */
interface ContainerResize {
  readonly container: Container;
  readonly id: string;
  readonly wanted: LinuxContainerResources;
  readonly restart: boolean;
}

/** Running containers whose CPU and memory are not what the pod has been given. */
function resizes({ machine }: KubeletParts, worker: PodWorker, view: RuntimeView): readonly ContainerResize[] {
  if (!worker.resized) return [];
  const { pod } = worker;
  const found: ContainerResize[] = [];
  let seen = 0;
  for (const container of pod.spec.containers) {
    const current = latest(view, container.name);
    // One that is just being started may have been given what the pod had before.
    if (current === undefined || !isRunning(current)) continue;
    seen++;
    const wanted = containerResources(pod, container, machine.memory);
    const difference = differenceOf(current, wanted);
    if (!difference.cpu && !difference.memory) continue;
    found.push({ container, id: current.id, wanted, restart: needsRestart(container, difference) });
  }
  worker.resized = found.length > 0 || seen < pod.spec.containers.length;
  return found;
}

/** Gives running containers what they should have, where that needs no restart (in-place pod resize, doPodResizeAction). Answers whether it did. */
function resizeContainers(kubelet: KubeletParts, worker: PodWorker, view: RuntimeView): boolean {
  let resized = false;
  for (const { id, wanted, restart } of resizes(kubelet, worker, view)) {
    if (restart) continue;
    const lifted = { cpuQuota: wanted.cpuQuota ?? 0, memoryLimitInBytes: wanted.memoryLimitInBytes ?? 0 };
    kubelet.runtime.updateContainerResources(id, { ...wanted, ...lifted });
    resized = true;
  }
  return resized;
}

/** Why pods cannot be connected to the network, in the runtime's words. */
export function networkProblem({ runtime }: KubeletParts): string | undefined {
  for (const { type, status, reason, message } of runtime.status().conditions) {
    if (type === 'NetworkReady' && !status) {
      return `container runtime network not ready: NetworkReady=false reason:${reason} message:${message}`;
    }
  }
  return undefined;
}

/** activeDeadlineSeconds counts from the pod's start. */
function watchDeadline(kubelet: KubeletParts, worker: PodWorker): void {
  const { activeDeadlineSeconds: seconds } = worker.pod.spec;
  if (seconds === undefined || seconds === null) return;
  const since = parseTime(worker.startTime) ?? kubelet.engine.now;
  worker.setDeadline(since + seconds * SECOND, DEADLINE_VERDICT, () => {
    kubelet.events.normal(podSubject(worker.pod), 'DeadlineExceeded', DEADLINE_VERDICT.message);
  });
}

/** Does what is to be done, in order (kubeGenericRuntimeManager.SyncPod). */
function* perform(kubelet: KubeletParts, worker: PodWorker, view: RuntimeView, actions: PodActions): Coroutine {
  const { pod } = worker;
  const { engine, events } = kubelet;
  let sandboxId = actions.sandboxId;
  if (actions.killPod) {
    if (actions.createSandbox && sandboxId !== '') {
      events.normal(podSubject(pod), 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.');
    }
    if (sandboxId !== '') yield* killPod(kubelet, worker, pod.spec.terminationGracePeriodSeconds ?? 30);
    if (!actions.createSandbox) {
      worker.syncAfter(RETRY);
      return;
    }
  } else if (actions.kill.length > 0) {
    yield* runAll(
      engine,
      actions.kill.map(({ container, id, message, reason }) => {
        const probe = reason === 'LivenessProbe' ? container.livenessProbe : container.startupProbe;
        const own = reason === 'Unknown' ? undefined : probe?.terminationGracePeriodSeconds;
        const grace = own ?? pod.spec.terminationGracePeriodSeconds ?? 30;
        return killContainer(kubelet, worker, container, id, grace, message);
      }),
    );
  }
  const starts = [...actions.startEphemeral, ...actions.startInit, ...actions.start];
  if (actions.createSandbox) {
    const made = yield* createSandbox(kubelet, worker, actions.attempt);
    if (made === undefined) return;
    sandboxId = made;
  }
  if (starts.length === 0) return;
  const secrets = pullSecrets(kubelet, worker);
  let retry: Micros | undefined;
  for (const container of starts as Container[]) {
    const again = yield* tryStart(kubelet, worker, container, sandboxId, view, secrets);
    if (again === undefined) continue;
    retry = Math.min(retry ?? again, again);
    // Init containers come one after the other: nothing after one that did not start.
    if (actions.startInit.includes(container)) break;
  }
  if (retry !== undefined) worker.syncAfter(retry);
}

/** Starts a container; answers after how long to try again when it could not be started. */
function* tryStart(
  kubelet: KubeletParts,
  worker: PodWorker,
  container: Container,
  sandboxId: string,
  view: RuntimeView,
  secrets: readonly DockerConfig[],
): Coroutine<Micros | undefined> {
  try {
    yield* startContainer(kubelet, worker, container, sandboxId, view, secrets);
    if (worker.failures?.delete(container.name) === true && worker.failures.size === 0) worker.failures = undefined;
    pruneContainers(kubelet, worker, container.name);
    return undefined;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    const { reason, message, retryAfter } = error;
    const failures = new Map(worker.failures);
    failures.set(container.name, { reason, message });
    worker.failures = failures;
    const usual = kubelet.engine.random(kubelet.actor).jitter(RETRY, JITTER);
    return retryAfter === undefined ? usual : Math.min(usual, retryAfter);
  }
}

/** Its configuration names no DNS of the cluster: the pod gets the node's. */
function warnOfMissingDns({ events, nodeName }: KubeletParts, pod: Pod): void {
  const text =
    'kubelet does not have ClusterDNS IP configured and cannot create Pod using "ClusterFirst" policy. Falling back to "Default" policy.';
  events.warning(nodeSubject(nodeName), 'MissingClusterDNS', text);
  events.warning(podSubject(pod), 'MissingClusterDNS', `pod: "${formatPod(pod)}". ${text}`);
}

/** Why the kubelet does not even ask the runtime, by the error's name. */
const REFUSALS: ReadonlySet<string> = new Set(['StatusError', 'RuntimeClassError', 'HostnameError']);

function* createSandbox(kubelet: KubeletParts, worker: PodWorker, attempt: number): Coroutine<string | undefined> {
  const { engine, runtime, events } = kubelet;
  const { pod } = worker;
  const { runtimeClassName = '' } = pod.spec;
  try {
    const handler = runtimeClassName === '' ? '' : kubelet.runtimeHandler(runtimeClassName);
    if (kubelet.dns.clusterDns.length === 0 && wantsClusterDns(pod)) warnOfMissingDns(kubelet, pod);
    const config = new SandboxConfig(pod, attempt, kubelet.nodeName, kubelet.dns);
    const id = yield* runtime.runPodSandbox(config, handler);
    worker.knowSandbox(id);
    return id;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (!(error instanceof CriError) && !REFUSALS.has(error.name)) throw error;
    events.warning(podSubject(pod), 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${error.message}`);
    worker.syncAfter(engine.random(kubelet.actor).jitter(RETRY, JITTER));
    return undefined;
  }
}

/** The credentials of the pod's imagePullSecrets; those that are missing are told of, and done without. */
function pullSecrets(kubelet: KubeletParts, worker: PodWorker): readonly DockerConfig[] {
  const { pod } = worker;
  const references = pod.spec.imagePullSecrets ?? [];
  if (references.length === 0) return [];
  const found: DockerConfig[] = [];
  const missing: string[] = [];
  for (const { name = '' } of references) {
    try {
      const config = dockerConfigOf(kubelet.volumeHost.secret(pod.metadata.namespace!, name));
      if (config !== undefined) found.push(config);
    } catch {
      missing.push(name);
    }
  }
  if (missing.length > 0) {
    const text = `Unable to retrieve some image pull secrets (${missing.join(', ')}); attempting to pull the image may not succeed.`;
    kubelet.events.warning(podSubject(pod), 'FailedToRetrieveImagePullSecret', text);
  }
  return found;
}

/** Of the containers that a new one replaces, the last remains, for its log and status (MaxPerPodContainerCount is 1). */
function pruneContainers(kubelet: KubeletParts, worker: PodWorker, name: string): void {
  if (worker.containers.length < 3) return;
  const dead = viewOf(kubelet, worker).containers.filter(
    (one) => one.metadata.name === name && one.state === 'CONTAINER_EXITED',
  );
  for (const { id, metadata } of dead.slice(1)) {
    worker.terminationLogs?.delete(`${name}/${metadata.attempt}`);
    kubelet.removeContainer(id);
  }
}
