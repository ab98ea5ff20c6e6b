import type { Container, EphemeralContainer } from 'kubernetes-types/core/v1';
import type { Pod } from '../../api/objects.ts';
import type { ContainerStatus } from '../cri/container.ts';
import {
  hasSucceeded,
  isRunning,
  isSidecar,
  latest,
  type RuntimeView,
  sandboxNeeded,
  shouldRestart,
} from './runtime-view.ts';

/** What a probe says of a container; `undefined` when it has none or it has not been asked yet. */
export type ProbeVerdict = 'success' | 'failure' | undefined;

export interface Verdicts {
  liveness(container: Container, id: string): ProbeVerdict;
  startup(container: Container, id: string): ProbeVerdict;
  /** Whether the container was made from another image or name than the spec now says (containerChanged). */
  changed(container: Container, status: ContainerStatus): boolean;
  /** Whether it must be started anew to get the resources that it has been given. */
  resized(container: Container, status: ContainerStatus): boolean;
}

export type KillReason = 'LivenessProbe' | 'StartupProbe' | 'Unknown';

export interface ContainerKill {
  readonly container: Container;
  readonly id: string;
  readonly message: string;
  readonly reason: KillReason;
}

/** What there is to do for a pod, in this order (podActions). */
export interface PodActions {
  /** End everything, sandbox included. */
  killPod: boolean;
  createSandbox: boolean;
  readonly sandboxId: string;
  readonly attempt: number;
  readonly kill: ContainerKill[];
  readonly startEphemeral: EphemeralContainer[];
  startInit: Container[];
  start: Container[];
}

/** Compares what runs with what should (kubeGenericRuntimeManager.computePodActions). */
export function computePodActions(pod: Pod, view: RuntimeView, verdicts: Verdicts): PodActions {
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  const policy = pod.spec.restartPolicy ?? 'Always';
  const { needed, attempt, id } = sandboxNeeded(pod, view);
  const actions: PodActions = {
    killPod: needed,
    createSandbox: needed,
    sandboxId: id,
    attempt,
    kill: [],
    startEphemeral: [],
    startInit: [],
    start: [],
  };
  if (needed) {
    if (policy === 'Never' && attempt !== 0 && view.containers.length > 0) {
      // It had its chance: what ended with the old sandbox is not started again.
      actions.createSandbox = false;
      return actions;
    }
    const start = containers.filter(({ name }) => !(policy === 'OnFailure' && hasSucceeded(latest(view, name))));
    if (start.length === 0 && initContainers.every((one) => isSidecar(one) || hasSucceeded(latest(view, one.name)))) {
      actions.createSandbox = false;
      return actions;
    }
    if (initContainers.length > 0) actions.startInit = [initContainers[0]!];
    else actions.start = start;
    return actions;
  }

  for (const container of ephemeralContainers) {
    if (latest(view, container.name) === undefined) actions.startEphemeral.push(container);
  }
  if (!computeInitActions(pod, view, verdicts, actions) || actions.killPod) return actions;

  let kept = 0;
  for (const container of containers) {
    const status = latest(view, container.name);
    if (!isRunning(status)) {
      if (shouldRestart(pod, container, status)) actions.start.push(container);
      continue;
    }
    const { id } = status!;
    let restart = policy !== 'Never';
    let message: string;
    let reason: KillReason = 'Unknown';
    if (verdicts.resized(container, status!)) {
      message = `Container ${container.name} resize requires restart`;
      actions.kill.push({ container, id, message, reason });
      actions.start.push(container);
      continue;
    }
    if (verdicts.changed(container, status!)) {
      message = `Container ${container.name} definition changed`;
      restart = true;
    } else if (verdicts.liveness(container, id) === 'failure') {
      message = `Container ${container.name} failed liveness probe`;
      reason = 'LivenessProbe';
    } else if (verdicts.startup(container, id) === 'failure') {
      message = `Container ${container.name} failed startup probe`;
      reason = 'StartupProbe';
    } else {
      kept++;
      continue;
    }
    if (restart) {
      message += ', will be restarted';
      actions.start.push(container);
    }
    actions.kill.push({ container, id, message, reason });
  }
  if (kept === 0 && actions.start.length === 0) {
    actions.killPod = true;
    actions.startInit = [];
  }
  return actions;
}

/**
 * What to do about init containers and sidecars (computeInitContainerActions). Answers whether the pod is initialized:
 * whether regular containers may run.
 */
function computeInitActions(pod: Pod, view: RuntimeView, verdicts: Verdicts, actions: PodActions): boolean {
  const { initContainers = [], containers } = pod.spec;
  if (initContainers.length === 0) return true;
  const restartOnFailure = (pod.spec.restartPolicy ?? 'Always') !== 'Never';
  const before = containers.some(({ name }) => latest(view, name) !== undefined);
  let initialized = before;
  let current = initContainers.length - 1;
  if (!before) while (current >= 0 && latest(view, initContainers[current]!.name) === undefined) current--;
  if (current < 0) {
    actions.startInit = [initContainers[0]!];
    return false;
  }
  const start = new Set<Container>();
  const next = initContainers[current + 1];
  const proceed = () => {
    if (next === undefined) initialized = true;
    else start.add(next);
  };
  for (let index = current; index >= 0; index--) {
    const container = initContainers[index]!;
    const status = latest(view, container.name);
    const isCurrent = !before && index === current;
    if (!isSidecar(container)) {
      // Those before the current one are over, or nothing after them would have run.
      if (!isCurrent || status === undefined) continue;
      if (status.state === 'CONTAINER_CREATED') start.add(container);
      else if (status.state === 'CONTAINER_EXITED') {
        if (status.exitCode === 0) proceed();
        else if (restartOnFailure) start.add(container);
        else {
          actions.killPod = true;
          actions.startInit = [];
          return false;
        }
      }
      continue;
    }
    if (status === undefined || !isRunning(status)) {
      start.add(container);
      continue;
    }
    const { id } = status;
    const startup = verdicts.startup(container, id);
    let failed: string;
    let reason: KillReason = 'Unknown';
    if (container.startupProbe !== undefined && startup !== 'success') {
      if (startup === undefined) continue;
      failed = 'failed startup probe';
      reason = 'StartupProbe';
    } else {
      if (isCurrent) proceed();
      if (verdicts.changed(container, status)) failed = 'definition changed';
      else if (verdicts.liveness(container, id) === 'failure') {
        failed = 'failed liveness probe';
        reason = 'LivenessProbe';
      } else continue;
    }
    actions.kill.push({ container, id, message: `Init container ${container.name} ${failed}`, reason });
    start.add(container);
  }
  actions.startInit = initContainers.filter((container) => start.has(container));
  return initialized;
}

/** What is to be done, in words, for the trace. */
export function describeActions(actions: PodActions): string[] {
  const words: string[] = [];
  if (actions.killPod && actions.sandboxId !== '') words.push('kill pod');
  for (const { container, message } of actions.kill) words.push(`kill ${container.name}: ${message}`);
  if (actions.createSandbox) words.push('create sandbox');
  for (const { name } of actions.startEphemeral) words.push(`start ephemeral ${name}`);
  for (const { name } of actions.startInit) words.push(`start init ${name}`);
  for (const { name } of actions.start) words.push(`start ${name}`);
  return words;
}
