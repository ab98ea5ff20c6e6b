import type {
  ContainerStatus as ApiContainerStatus,
  ContainerState as ApiState,
  Container,
} from 'kubernetes-types/core/v1';
import type { Pod } from '../../api/objects.ts';
import { Quantity } from '../../api/quantity.ts';
import { formatTime } from '../../engine/index.ts';
import type { ContainerStatus } from '../cri/container.ts';
import type { LinuxContainerResources } from '../cri/linux.ts';
import { amountOf, cpuQuota, cpuShares, milliCpuOf } from './resources.ts';
import { isSidecar, latest, type RuntimeView, shouldRestart } from './runtime-view.ts';

/** Why a container could not be started at the last attempt (the kubelet's reason cache). */
export interface StartFailure {
  /** `CrashLoopBackOff`, `ErrImagePull`, `CreateContainerConfigError` … */
  readonly reason: string;
  readonly message: string;
}

/** What the statuses of a pod's containers are made of, beside what the runtime says. */
export interface StatusSources {
  readonly view: RuntimeView;
  /** Statuses last told to the API server, by container name. */
  readonly before: ReadonlyMap<string, ApiContainerStatus>;
  readonly failures: ReadonlyMap<string, StartFailure> | undefined;
  /** Full name of an image on the node (`docker.io/library/nginx:latest`), given what the runtime calls it. */
  imageName(container: ContainerStatus): string;
  /** What the container left in its termination log, by its policy. */
  terminationMessage(container: Container, status: ContainerStatus): string;
  /** Whether a running container has passed its startup probe, and its readiness probe. */
  started(container: Container, id: string): boolean;
  ready(container: Container, id: string): boolean;
}

/** The statuses of some of a pod's containers, in the order of the spec (convertToAPIContainerStatuses). */
export function containerStatuses(
  pod: Pod,
  containers: readonly Container[],
  sources: StatusSources,
  init: boolean,
): ApiContainerStatus[] {
  return containers.map((container) => containerStatus(pod, container, sources, init));
}

function containerStatus(pod: Pod, container: Container, sources: StatusSources, init: boolean): ApiContainerStatus {
  const { name } = container;
  const { view, before, failures } = sources;
  const current = latest(view, name);
  const old = before.get(name);
  if (current === undefined) return unstarted(pod, container, old, failures?.get(name));
  let state = apiState(container, current, sources);
  let lastState: ApiState = previousState(container, current, sources);
  const failure = shouldRestart(pod, container, current) ? failures?.get(name) : undefined;
  const finished = init && !isSidecar(container) && current.state === 'CONTAINER_EXITED' && current.exitCode === 0;
  if (failure !== undefined && !finished) {
    if (state.terminated !== undefined) lastState = state;
    state = { waiting: waitingState(failure) };
  }
  const running = state.running !== undefined;
  const started = running && (init && !isSidecar(container) ? false : sources.started(container, current.id));
  const ready = init && !isSidecar(container) ? finished : started && sources.ready(container, current.id);
  return {
    containerID: `containerd://${current.id}`,
    image: sources.imageName(current),
    imageID: current.imageRef,
    lastState,
    name,
    ready,
    ...resourcesOf(container, running ? current.resources : undefined),
    restartCount: current.metadata.attempt,
    started,
    state,
    ...userOf(current),
    ...volumeMountsOf(container),
  } as ApiContainerStatus;
}

/** A container that the runtime does not have (any more). */
function unstarted(
  pod: Pod,
  container: Container,
  old: ApiContainerStatus | undefined,
  failure: StartFailure | undefined,
): ApiContainerStatus {
  const hasInit = (pod.spec.initContainers?.length ?? 0) > 0;
  const waiting =
    failure !== undefined ? waitingState(failure) : { reason: hasInit ? 'PodInitializing' : 'ContainerCreating' };
  const known = old !== undefined && (old.containerID ?? '') !== '';
  let lastState: ApiState = known ? (old.lastState ?? {}) : {};
  let state: ApiState = { waiting };
  if (known && old.state?.terminated !== undefined) {
    // It ended before the runtime lost sight of it: that remains what is known.
    if (failure === undefined) state = old.state;
    else lastState = old.state;
  } else if (known && old.state?.running !== undefined) {
    lastState = {
      terminated: {
        containerID: old.containerID,
        exitCode: 137,
        finishedAt: null as unknown as string,
        message: 'The container could not be located when the pod was deleted.  The container used to be Running',
        reason: 'ContainerStatusUnknown',
        startedAt: null as unknown as string,
      },
    };
  }
  return {
    image: container.image ?? '',
    imageID: '',
    lastState,
    name: container.name,
    ready: state.terminated?.exitCode === 0 ? (old?.ready ?? false) : false,
    ...resourcesOf(container),
    restartCount: old?.restartCount ?? 0,
    started: false,
    state,
    ...volumeMountsOf(container),
  } as ApiContainerStatus;
}

function waitingState({ reason, message }: StartFailure): { reason: string; message?: string } {
  return message === '' ? { reason } : { message, reason };
}

function previousState(container: Container, current: ContainerStatus, sources: StatusSources): ApiState {
  let seen = false;
  for (const other of sources.view.containers) {
    if (other.metadata.name !== container.name) continue;
    if (other === current) seen = true;
    else if (seen) return apiState(container, other, sources);
  }
  // The one before may have been removed; what it ended with was told before.
  const old = sources.before.get(container.name);
  return current.metadata.attempt > 0 ? (old?.lastState ?? {}) : {};
}

function apiState(container: Container, status: ContainerStatus, sources: StatusSources): ApiState {
  switch (status.state) {
    case 'CONTAINER_RUNNING':
      return { running: { startedAt: formatTime(status.startedAt) } };
    case 'CONTAINER_EXITED': {
      const message = sources.terminationMessage(container, status) || status.message;
      return {
        terminated: {
          containerID: `containerd://${status.id}`,
          exitCode: status.exitCode,
          finishedAt: formatTime(status.finishedAt),
          ...(message === '' ? {} : { message }),
          ...(status.reason === '' ? {} : { reason: status.reason }),
          // containerd tells the epoch when a container never started, and so does the API then.
          startedAt: formatTime(status.startedAt),
        },
      };
    }
    default:
      return { waiting: {} };
  }
}

/** What a container has been given, and what it has now: while it runs, that is what its cgroup says (convertContainerStatusResources). */
function resourcesOf({ resources }: Container, actual?: LinuxContainerResources): object {
  const { requests, limits } = resources ?? {};
  return {
    ...(requests === undefined ? {} : { allocatedResources: requests }),
    resources: {
      ...(limits === undefined ? {} : { limits: actual === undefined ? limits : limitsNow(limits, actual) }),
      ...(requests === undefined ? {} : { requests: actual === undefined ? requests : requestsNow(requests, actual) }),
    },
  };
}

type Amounts = Readonly<Record<string, string>>;

function limitsNow(
  limits: Amounts,
  { memoryLimitInBytes = 0, cpuQuota: quota = 0, cpuPeriod = 1 }: LinuxContainerResources,
): Amounts {
  const memory =
    limits.memory !== undefined && memoryLimitInBytes > 0 && amountOf(limits, 'memory') !== memoryLimitInBytes;
  const cpu = limits.cpu !== undefined && quota > 0 && cpuQuota(milliCpuOf(limits)) !== quota;
  if (!memory && !cpu) return limits;
  return {
    ...limits,
    ...(cpu ? { cpu: Quantity.ofMilli(Math.floor((quota * 1000) / cpuPeriod)).toString() } : {}),
    ...(memory ? { memory: Quantity.of(memoryLimitInBytes, 'BinarySI').toString() } : {}),
  };
}

/** A runtime knows of no request for memory. */
function requestsNow(requests: Amounts, { cpuShares: shares }: LinuxContainerResources): Amounts {
  if (requests.cpu === undefined || shares === undefined || cpuShares(milliCpuOf(requests)) === shares) return requests;
  return { ...requests, cpu: Quantity.ofMilli(Math.ceil((shares * 1000) / 1024)).toString() };
}

/** containerd names the primary group among the others, as their first. */
function userOf({ user, group, supplementalGroups }: ContainerStatus): object {
  const others = supplementalGroups.filter((other) => other !== group);
  return { user: { linux: { gid: group, supplementalGroups: [group, ...others], uid: user } } };
}

function volumeMountsOf({ volumeMounts }: Container): object {
  if (volumeMounts === undefined || volumeMounts.length === 0) return {};
  return {
    volumeMounts: volumeMounts.map(({ mountPath, name, readOnly }) =>
      readOnly === true ? { mountPath, name, readOnly, recursiveReadOnly: 'Disabled' } : { mountPath, name },
    ),
  };
}
