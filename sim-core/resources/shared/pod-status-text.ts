import type * as CoreV1 from 'kubernetes-types/core/v1';
import { ageOf } from '../../api/duration.ts';
import type { Pod } from '../../api/objects.ts';
import { type Micros, parseTime } from '../../engine/index.ts';

/** How `kubectl get pods` sums up a pod (printPod in pkg/printers/internalversion). */
export interface PodSummary {
  /** Ready containers of all that should run. */
  readonly ready: number;
  readonly total: number;
  /** A phase or, when it says more, a reason: `CrashLoopBackOff`, `Init:0/2`, `Terminating`. */
  readonly status: string;
  readonly restarts: number;
  /** Time of the last restart, RFC 3339. */
  readonly lastRestart: string | undefined;
}

export function summarize(pod: Pod): PodSummary {
  const { spec, status } = pod;
  const initStatuses = status.initContainerStatuses ?? [];
  const sidecars = new Set((spec.initContainers ?? []).filter(isSidecar).map(({ name }) => name));
  let total = spec.containers.length + sidecars.size;
  let ready = 0;
  let restarts = 0;
  let sidecarRestarts = 0;
  let lastRestart: string | undefined;
  let lastSidecarRestart: string | undefined;
  const phase = status.phase ?? 'Unknown';
  let reason = status.reason !== undefined && status.reason !== '' ? status.reason : phase;
  // A pod that waits at a gate says so.
  if (status.conditions?.some(({ type, reason: why }) => type === 'PodScheduled' && why === 'SchedulingGated') === true)
    reason = 'SchedulingGated';

  let initializing = false;
  for (const [index, container] of initStatuses.entries()) {
    restarts += container.restartCount;
    lastRestart = later(lastRestart, container.lastState?.terminated?.finishedAt);
    const sidecar = sidecars.has(container.name);
    if (sidecar) {
      sidecarRestarts += container.restartCount;
      lastSidecarRestart = later(lastSidecarRestart, container.lastState?.terminated?.finishedAt);
    }
    const { terminated, waiting } = container.state ?? {};
    if (terminated !== undefined && terminated.exitCode === 0) continue;
    if (sidecar && container.started === true) {
      if (container.ready) ready++;
      continue;
    }
    if (terminated !== undefined) reason = `Init:${whyTerminated(terminated)}`;
    else if (waiting?.reason !== undefined && waiting.reason !== '' && waiting.reason !== 'PodInitializing')
      reason = `Init:${waiting.reason}`;
    else reason = `Init:${index}/${spec.initContainers?.length ?? 0}`;
    initializing = true;
    break;
  }

  const initialized =
    status.conditions?.some(({ type, status: value }) => type === 'Initialized' && value === 'True') === true;
  if (!initializing || initialized) {
    restarts = sidecarRestarts;
    lastRestart = lastSidecarRestart;
    let running = false;
    for (const container of [...(status.containerStatuses ?? [])].reverse()) {
      restarts += container.restartCount;
      lastRestart = later(lastRestart, container.lastState?.terminated?.finishedAt);
      const { terminated, waiting, running: isRunning } = container.state ?? {};
      if (waiting?.reason !== undefined && waiting.reason !== '') reason = waiting.reason;
      else if (terminated !== undefined) reason = whyTerminated(terminated);
      else if (container.ready && isRunning !== undefined) {
        running = true;
        ready++;
      }
    }
    // A finished container beside a running one: the pod is still running.
    if (reason === 'Completed' && running) reason = isReady(status) ? 'Running' : 'NotReady';
  }
  if (pod.metadata.deletionTimestamp !== undefined) {
    if (status.reason === 'NodeLost') reason = 'Unknown';
    else if (phase !== 'Failed' && phase !== 'Succeeded') reason = 'Terminating';
  }
  total = Math.max(total, 0);
  return { ready, total, status: reason, restarts, lastRestart };
}

/** `3 (5m ago)` */
export function restartsText({ restarts, lastRestart }: PodSummary, now: Micros): string {
  return restarts > 0 && lastRestart !== undefined ? `${restarts} (${ageOf(lastRestart, now)} ago)` : String(restarts);
}

function isSidecar({ restartPolicy }: CoreV1.Container): boolean {
  return restartPolicy === 'Always';
}

function isReady(status: CoreV1.PodStatus): boolean {
  return status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;
}

function whyTerminated({ reason, signal, exitCode }: CoreV1.ContainerStateTerminated): string {
  if (reason !== undefined && reason !== '') return reason;
  return signal !== undefined && signal !== 0 ? `Signal:${signal}` : `ExitCode:${exitCode}`;
}

function later(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return (parseTime(b) ?? 0) > (parseTime(a) ?? 0) ? b : a;
}
