import type { Coroutine, Micros } from '../../engine/index.ts';
import type { Connection } from '../../images/process.ts';
import type { Container, ContainerConfig, ContainerFilter, ContainerStatus } from './container.ts';
import type { ContainerStats } from './container-stats.ts';
import type { LinuxContainerResources } from './linux.ts';
import type { ContainerLog } from './log.ts';
import type { PodSandbox, PodSandboxConfig, PodSandboxFilter, PodSandboxStatus } from './sandbox.ts';
import type { ExecSyncResponse, StreamRequest, StreamSession } from './stream.ts';

export interface VersionResponse {
  /** Version of the kubelet's runtime API: `0.1.0`. */
  readonly version: string;
  readonly runtimeName: string;
  readonly runtimeVersion: string;
  readonly runtimeApiVersion: string;
}

export interface RuntimeCondition {
  readonly type: 'RuntimeReady' | 'NetworkReady';
  readonly status: boolean;
  readonly reason: string;
  readonly message: string;
}

export interface RuntimeStatus {
  readonly conditions: readonly RuntimeCondition[];
  /** Names of the RuntimeClass handlers; `''` is the default one. */
  readonly runtimeHandlers: readonly string[];
}

export type ContainerEventType =
  | 'CONTAINER_CREATED_EVENT'
  | 'CONTAINER_STARTED_EVENT'
  | 'CONTAINER_STOPPED_EVENT'
  | 'CONTAINER_DELETED_EVENT';

/** A container or a sandbox (then `containerId` is its ID) changed. */
export interface ContainerEvent {
  readonly type: ContainerEventType;
  readonly containerId: string;
  readonly podSandboxId: string;
  readonly podUid: string;
  readonly createdAt: Micros;
}

/**
 * The Container Runtime Interface, v1 (k8s.io/cri-api runtime.v1): all that passes between a kubelet and its container
 * runtime. Names, states and reasons are CRI's, in camel case. Times are virtual microseconds, 0 when not yet happened.
 *
 * What takes time is a coroutine; what only looks is a plain call. Everything may throw `CriError`.
 */
export interface RuntimeService {
  version(): VersionResponse;
  status(): RuntimeStatus;
  /** The kubelet passes the node's pod CIDR on. */
  updateRuntimeConfig(podCidr: string): void;

  /** Makes a pod's sandbox: its network and its pause container. Answers its ID. */
  runPodSandbox(config: PodSandboxConfig, runtimeHandler?: string): Coroutine<string>;
  /** Ends everything in it and takes down its network. Nothing happens if that is done. */
  stopPodSandbox(id: string): Coroutine;
  /** Removes it and its containers, by force if they run. Nothing happens if it is gone. */
  removePodSandbox(id: string): Coroutine;
  podSandboxStatus(id: string): PodSandboxStatus;
  listPodSandbox(filter?: PodSandboxFilter): PodSandbox[];

  /** Makes a container in a sandbox; the image must be on the node. Answers its ID. */
  createContainer(podSandboxId: string, config: ContainerConfig): Coroutine<string>;
  /** Starts it; throws `Unknown` with runc's text when its command cannot be run, leaving it exited as `StartError`. */
  startContainer(id: string): Coroutine;
  /** Sends the stop signal, then SIGKILL after `timeout` seconds (at once when 0). Nothing happens if it has ended. */
  stopContainer(id: string, timeout: number): Coroutine;
  /** Removes it, by force if it runs. Nothing happens if it is gone. */
  removeContainer(id: string): Coroutine;
  containerStatus(id: string): ContainerStatus;
  listContainers(filter?: ContainerFilter): Container[];
  updateContainerResources(id: string, resources: LinuxContainerResources): void;

  /** Runs a command and waits; `timeout` in seconds, 0 for none. Throws `DeadlineExceeded` when it is over. */
  execSync(id: string, command: readonly string[], timeout: number): Coroutine<ExecSyncResponse>;
  /** Starts a command with streams. Throws when the container does not run or the command does not exist. */
  exec(id: string, command: readonly string[], request: StreamRequest): StreamSession;
  /** Joins the streams of the container's own process. */
  attach(id: string, request: StreamRequest): StreamSession;
  /** Opens a connection to a port inside the sandbox's network namespace. */
  portForward(podSandboxId: string, port: number): Coroutine<Connection>;

  containerLog(id: string): ContainerLog;
  /** The log file was moved away: start a new one. */
  reopenContainerLog(id: string): void;

  containerStats(id: string): ContainerStats;
  listContainerStats(filter?: ContainerFilter): ContainerStats[];
  /** Tells of containers' and sandboxes' changes, from now on; returns what stops that. Called after the change. */
  getContainerEvents(listener: (event: ContainerEvent) => void): () => void;
}
