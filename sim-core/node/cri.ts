import type { Coroutine, Micros } from '../engine/index.ts';
import type { Directory, FileNode } from '../images/file-node.ts';
import type { Connection, NetworkStack, Output } from '../images/process.ts';

/**
 * The Container Runtime Interface, v1 (k8s.io/cri-api runtime.v1): all that passes between a kubelet and its container
 * runtime. Names, states and reasons are CRI's, in camel case. Times are virtual microseconds, 0 when not yet happened.
 *
 * What takes time is a coroutine; what only looks is a plain call. Everything may throw `CriError`.
 */

/** gRPC status codes that the runtime answers with. */
export type GrpcCode =
  | 'Canceled'
  | 'Unknown'
  | 'InvalidArgument'
  | 'DeadlineExceeded'
  | 'NotFound'
  | 'AlreadyExists'
  | 'FailedPrecondition'
  | 'ResourceExhausted'
  | 'Internal'
  | 'Unavailable'
  | 'Unimplemented';

/** A call that failed. `message` reads as Go's grpc prints a status: `rpc error: code = NotFound desc = …`. */
export class CriError extends Error {
  override readonly name = 'CriError';
  readonly code: GrpcCode;
  /** The text after `desc = `. */
  readonly description: string;

  constructor(code: GrpcCode, description: string) {
    super(`rpc error: code = ${code} desc = ${description}`);
    this.code = code;
    this.description = description;
  }
}

export type Labels = Readonly<Record<string, string>>;

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

export type NamespaceMode = 'POD' | 'CONTAINER' | 'NODE' | 'TARGET';

export interface NamespaceOption {
  readonly network?: NamespaceMode;
  readonly pid?: NamespaceMode;
  readonly ipc?: NamespaceMode;
  /** Container whose process namespace is shared when `pid` is TARGET. */
  readonly targetId?: string;
}

export interface PodSandboxMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly attempt: number;
}

export interface DNSConfig {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}

export interface PortMapping {
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly containerPort: number;
  readonly hostPort: number;
  readonly hostIp: string;
}

export interface PodSandboxConfig {
  readonly metadata: PodSandboxMetadata;
  readonly hostname: string;
  readonly logDirectory?: string;
  readonly dnsConfig?: DNSConfig;
  readonly portMappings?: readonly PortMapping[];
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly cgroupParent?: string;
  readonly namespaces?: NamespaceOption;
  readonly sysctls?: Labels;
  /** RuntimeClass overhead and the sum of the containers' resources, as the kubelet passes them. */
  readonly resources?: LinuxContainerResources;
}

export type PodSandboxState = 'SANDBOX_READY' | 'SANDBOX_NOTREADY';

export interface PodSandbox {
  readonly id: string;
  readonly metadata: PodSandboxMetadata;
  readonly state: PodSandboxState;
  readonly createdAt: Micros;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly runtimeHandler: string;
}

export interface PodSandboxStatus extends PodSandbox {
  /** The pod's own address, `''` for a pod on the host's network (its status then says the node's). */
  readonly ip: string;
  readonly additionalIps: readonly string[];
  readonly namespaces: NamespaceOption;
}

export interface PodSandboxFilter {
  readonly id?: string;
  readonly state?: PodSandboxState;
  readonly podUid?: string;
}

export interface ContainerMetadata {
  readonly name: string;
  readonly attempt: number;
}

/** A bind mount. */
export interface Mount {
  readonly containerPath: string;
  /** Path on the node, for people: `/var/lib/kubelet/pods/…/volumes/kubernetes.io~empty-dir/cache`. */
  readonly hostPath: string;
  /** The directory or file itself (after `subPath`). A function is called when the container first looks there. */
  readonly source: FileNode | (() => FileNode);
  readonly readonly?: boolean;
  readonly propagation?: 'PRIVATE' | 'HOST_TO_CONTAINER' | 'BIDIRECTIONAL';
}

export interface LinuxContainerResources {
  /** Microseconds. */
  readonly cpuPeriod?: number;
  /** Microseconds per period; absent or 0 or less: no limit. */
  readonly cpuQuota?: number;
  readonly cpuShares?: number;
  /** 0 or absent: no limit. */
  readonly memoryLimitInBytes?: number;
  readonly oomScoreAdj?: number;
  readonly memorySwapLimitInBytes?: number;
  /** cgroup v2 files written as they are: `memory.min`, … */
  readonly unified?: Labels;
}

export interface LinuxContainerSecurityContext {
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly supplementalGroups?: readonly number[];
  readonly readonlyRootfs?: boolean;
  readonly privileged?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly addCapabilities?: readonly string[];
  readonly dropCapabilities?: readonly string[];
  /** A profile of system calls: the runtime's own, or a file's path on the node; none without. */
  readonly seccomp?: 'RuntimeDefault' | { readonly localhostRef: string };
  readonly namespaces?: NamespaceOption;
}

export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

/** What `containerStatus` and the kubelet name an image by. */
export interface ImageSpec {
  /** As the pod writes it, or the ID that `pullImage` answered. */
  readonly image: string;
  readonly runtimeHandler?: string;
}

export interface ContainerConfig {
  readonly metadata: ContainerMetadata;
  /** `image.image` is the ID of an image on this node (`sha256:…`) or a reference. */
  readonly image: ImageSpec;
  /** As the pod's author wrote it, for `containerStatus`. */
  readonly userSpecifiedImage?: string;
  /** Replaces the image's entrypoint, and its command too, when not empty. */
  readonly command?: readonly string[];
  /** Replaces the image's command when not empty. */
  readonly args?: readonly string[];
  readonly workingDir?: string;
  readonly envs?: readonly KeyValue[];
  readonly mounts?: readonly Mount[];
  readonly labels?: Labels;
  readonly annotations?: Labels;
  /** Relative to the sandbox's log directory. */
  readonly logPath?: string;
  readonly stdin?: boolean;
  readonly stdinOnce?: boolean;
  readonly tty?: boolean;
  readonly resources?: LinuxContainerResources;
  readonly securityContext?: LinuxContainerSecurityContext;
  /** Signal that asks it to stop, instead of the image's. */
  readonly stopSignal?: string;
}

export type ContainerState = 'CONTAINER_CREATED' | 'CONTAINER_RUNNING' | 'CONTAINER_EXITED' | 'CONTAINER_UNKNOWN';

export interface Container {
  readonly id: string;
  readonly podSandboxId: string;
  readonly metadata: ContainerMetadata;
  /** Reference as in the container's config. */
  readonly image: string;
  /** `docker.io/library/nginx@sha256:…`, or the image's ID when it has no digest of a repository. */
  readonly imageRef: string;
  /** `sha256:…` of the image on this node. */
  readonly imageId: string;
  readonly state: ContainerState;
  readonly createdAt: Micros;
  readonly labels: Labels;
  readonly annotations: Labels;
}

/**
 * Why a container ended: `Completed` (0), `Error`, `OOMKilled` (a process of it was killed at the memory limit),
 * `StartError` (the runtime could not start it), `Unknown`.
 */
export type ExitReason = 'Completed' | 'Error' | 'OOMKilled' | 'StartError' | 'Unknown';

export interface ContainerStatus extends Container {
  readonly startedAt: Micros;
  readonly finishedAt: Micros;
  readonly exitCode: number;
  readonly reason: ExitReason | '';
  readonly message: string;
  readonly mounts: readonly Mount[];
  readonly logPath: string;
  readonly resources: LinuxContainerResources;
  readonly user: number;
  readonly group: number;
  readonly supplementalGroups: readonly number[];
}

export interface ContainerFilter {
  readonly id?: string;
  readonly podSandboxId?: string;
  readonly state?: ContainerState;
}

export interface ExecSyncResponse {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** A streaming exec or attach. */
export interface StreamRequest {
  readonly tty: boolean;
  /** Whether the client will send input. */
  readonly stdin: boolean;
  /** Not called when absent. With a terminal, everything comes on stdout. */
  readonly stdout?: Output;
  readonly stderr?: Output;
  /** The process has ended (exec, attach), or the container has gone away under it. Called once, never after `close`. */
  onEnd(end: StreamEnd): void;
}

export type StreamEnd = { readonly exitCode: number } | { readonly error: CriError };

/** The client's hold on a streaming exec or attach. */
export interface StreamSession {
  /** Sends text to stdin. */
  write(text: string): void;
  closeInput(): void;
  /** The client's terminal changed its size. */
  resize(columns: number, rows: number): void;
  /** The client went away. An exec'ed process loses its input and output and gets SIGHUP if it has a terminal. */
  close(): void;
}

/** One line of a container's log, as the CRI log format writes it. */
export interface LogLine {
  readonly time: Micros;
  readonly stream: 'stdout' | 'stderr';
  /** `P` when the line goes on in the next entry of the same stream, else `F`. */
  readonly tag: 'P' | 'F';
  /** Without the newline. */
  readonly text: string;
}

/** A container's current log file. It can be read until the container is removed. */
export interface ContainerLog {
  /** Lines of the current file, oldest first. Rotation starts it anew. */
  lines(): readonly LogLine[];
  /** Bytes of the file on the node's disk, rotated files included. */
  readonly size: number;
  /** Tells of each line as it is written, from now on; returns what stops that. */
  subscribe(listener: (line: LogLine) => void): () => void;
}

export interface ContainerStats {
  readonly id: string;
  readonly podSandboxId: string;
  readonly metadata: ContainerMetadata;
  readonly timestamp: Micros;
  readonly cpu: { readonly usageCoreNanoSeconds: number; readonly usageNanoCores: number };
  readonly memory: { readonly workingSetBytes: number; readonly usageBytes: number; readonly availableBytes: number };
  readonly writableLayer: { readonly usedBytes: number; readonly inodesUsed: number };
  readonly logBytes: number;
  /** cgroup `cpu.stat`: periods in which the container was held back, and for how long. */
  readonly throttling: {
    readonly periods: number;
    readonly throttledPeriods: number;
    readonly throttledMicros: number;
  };
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

/** Credentials for a registry. */
export interface AuthConfig {
  readonly username?: string;
  readonly password?: string;
  /** base64 of `username:password`. */
  readonly auth?: string;
  readonly serverAddress?: string;
  readonly identityToken?: string;
  readonly registryToken?: string;
}

/** An image on the node. */
export interface NodeImage {
  /** `sha256:…` of its config. */
  readonly id: string;
  /** `docker.io/library/nginx:1.27` */
  readonly repoTags: readonly string[];
  /** `docker.io/library/nginx@sha256:…` */
  readonly repoDigests: readonly string[];
  /** Bytes, as the node counts them (compressed content). */
  readonly size: number;
  /** User it runs as, when numeric. */
  readonly uid: number;
  /** Never collected (the pause image). */
  readonly pinned: boolean;
}

export interface FilesystemUsage {
  readonly timestamp: Micros;
  readonly mountpoint: string;
  readonly usedBytes: number;
  readonly inodesUsed: number;
}

/** A pull that goes on. */
export interface PullProgress {
  readonly image: string;
  readonly startedAt: Micros;
  /** Bytes moved so far, of `total`; layers that the node has already do not count. */
  readonly bytes: number;
  readonly total: number;
}

export interface ImageService {
  listImages(image?: string): NodeImage[];
  /** `undefined` when the node does not have it. */
  imageStatus(image: ImageSpec): NodeImage | undefined;
  /** Fetches an image; answers its ID. Throws with containerd's text. */
  pullImage(image: ImageSpec, auth?: AuthConfig): Coroutine<string>;
  /** Nothing happens if it is gone. */
  removeImage(image: ImageSpec): void;
  imageFsInfo(): { readonly imageFilesystems: FilesystemUsage[]; readonly containerFilesystems: FilesystemUsage[] };
  /** Pulls going on, for figures. */
  pulls(): PullProgress[];
}

/** The network of a sandbox, as the CNI plugins of the node make it. */
export interface SandboxNetwork {
  /** What the sandbox's processes see. */
  readonly stack: NetworkStack;
  /** Addresses, the primary one first; none for a sandbox on the host's network. */
  readonly ips: readonly string[];
}

/** What CNI is told: CNI_CONTAINERID, K8S_POD_NAMESPACE, K8S_POD_NAME, K8S_POD_UID, and the sandbox's own wishes. */
export interface NetworkRequest {
  readonly sandboxId: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly hostname: string;
  readonly hostNetwork: boolean;
  readonly portMappings: readonly PortMapping[];
  readonly dnsConfig: DNSConfig | undefined;
  readonly sysctls: Labels;
  readonly annotations: Labels;
}

/** How the runtime reaches the CNI plugins of its node. */
export interface NetworkPlugin {
  /** Why pods cannot be connected yet, `undefined` when they can: the NetworkReady condition. */
  notReady(): string | undefined;
  /** CNI ADD. Throws with the plugin's own text. */
  setUp(request: NetworkRequest): Coroutine<SandboxNetwork>;
  /** CNI DEL: the addresses are free again. */
  tearDown(sandboxId: string): void;
  /** Shows its files on the node's disk, when someone first logs in. Answers what is to hear of changed paths. */
  onDisk?(root: Directory): (path: string) => void;
}

/** What the trace tells of a runtime's doings; `name` is a CRI call (`RunPodSandbox`) or a container event's type. */
export interface CriTrace {
  readonly name: string;
  readonly id: string;
  /** `namespace/name` of the pod. */
  readonly pod?: string;
  readonly podUid?: string;
  readonly container?: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly exitCode?: number;
  readonly reason?: string;
  readonly error?: string;
}

declare module '../engine/trace.ts' {
  interface TraceEventMap {
    cri: CriTrace;
  }
}
