import { type Coroutine, type Engine, MILLISECOND, type Micros, SECOND, suspend } from '../../engine/index.ts';
import type { Space } from '../../images/file-node.ts';
import { NO_INPUT, TextOutput } from '../../images/pipe.ts';
import { type Connection, type ExitStatus, type Machine, NetworkError } from '../../images/process.ts';
import type { Container, ContainerConfig, ContainerFilter, ContainerStatus } from '../cri/container.ts';
import type { ContainerStats } from '../cri/container-stats.ts';
import { CriError } from '../cri/error.ts';
import type { LinuxContainerResources } from '../cri/linux.ts';
import type { ContainerLog } from '../cri/log.ts';
import type { NetworkPlugin, SandboxNetwork } from '../cri/network-plugin.ts';
import type {
  ContainerEvent,
  ContainerEventType,
  RuntimeService,
  RuntimeStatus,
  VersionResponse,
} from '../cri/runtime-service.ts';
import type { PodSandbox, PodSandboxConfig, PodSandboxFilter, PodSandboxStatus } from '../cri/sandbox.ts';
import type { ExecSyncResponse, StreamRequest, StreamSession } from '../cri/stream.ts';
import type { CriTrace } from '../cri/trace.ts';
import { type ContainerOwner, RuntimeContainer } from './container.ts';
import { commandLine } from './container-command.ts';
import { containerStats, containerStatus, containerSummary } from './container-report.ts';
import { busy, type ImageStore } from './image-store.ts';
import { PidNamespace } from './process-table.ts';
import { checkInitMemory } from './runc.ts';
import { Sandbox } from './sandbox.ts';
import { attachSession, execSession } from './streams.ts';

export interface ContainerdOptions {
  readonly engine: Engine;
  readonly nodeName: string;
  readonly images: ImageStore;
  readonly network: NetworkPlugin;
  readonly machine: Machine;
  /** Disk of writable layers and logs. */
  readonly disk: Space;
  /** Whether the node has a file. */
  readonly hasFile?: (path: string) => boolean;
  /** RuntimeClass handlers beside the default one. */
  readonly runtimeHandlers?: readonly string[];
  /** Image of the sandboxes. */
  readonly sandboxImage?: string;
  /** Most characters of one container's log kept for reading; default 1 Mi. */
  readonly logLimit?: number;
}

export const SANDBOX_IMAGE = 'registry.k8s.io/pause:3.10';
const RUNTIME_VERSION = 'v2.1.0';
/** What the steps of a container's life take, virtual time. */
const SANDBOX_TIME = 60 * MILLISECOND;
const CREATE_TIME = 15 * MILLISECOND;
const START_TIME = 40 * MILLISECOND;
const FIRST_NODE_PID = 1000;

/** The container runtime of one node, in memory: containerd's runtime service. */
export class Containerd implements RuntimeService, ContainerOwner {
  readonly engine: Engine;
  readonly machine: Machine;
  readonly disk: Space;
  readonly logLimit: number;
  readonly nodeNamespace = new PidNamespace(FIRST_NODE_PID);
  private readonly options: ContainerdOptions;
  private readonly actor: string;
  private readonly sandboxes = new Map<string, Sandbox>();
  private readonly containers = new Map<string, RuntimeContainer>();
  /** Those that ran when the machine lost its power, until it has it again. */
  private cutOff: RuntimeContainer[] = [];
  private readonly listeners = new Set<(event: ContainerEvent) => void>();

  constructor(options: ContainerdOptions) {
    this.options = options;
    this.engine = options.engine;
    this.machine = options.machine;
    this.disk = options.disk;
    this.logLimit = options.logLimit ?? 1024 * 1024;
    this.actor = `containerd/${options.nodeName}`;
    this.nodeNamespace.nested = () =>
      [...this.containers.values()].filter(({ running }) => running).map(({ namespace }) => namespace);
  }

  version(): VersionResponse {
    return { version: '0.1.0', runtimeName: 'containerd', runtimeVersion: RUNTIME_VERSION, runtimeApiVersion: 'v1' };
  }

  status(): RuntimeStatus {
    const network = this.options.network.notReady();
    return {
      conditions: [
        { type: 'RuntimeReady', status: true, reason: '', message: '' },
        network === undefined
          ? { type: 'NetworkReady', status: true, reason: '', message: '' }
          : {
              type: 'NetworkReady',
              status: false,
              reason: 'NetworkPluginNotReady',
              message: `Network plugin returns error: ${network}`,
            },
      ],
      runtimeHandlers: ['', 'runc', ...(this.options.runtimeHandlers ?? [])],
    };
  }

  updateRuntimeConfig(podCidr: string): void {
    this.trace({ name: 'UpdateRuntimeConfig', id: podCidr });
  }

  *runPodSandbox(config: PodSandboxConfig, runtimeHandler = ''): Coroutine<string> {
    const id = this.newId();
    const pod = podOf(config);
    this.trace({ name: 'RunPodSandbox', id, ...pod });
    if (!this.status().runtimeHandlers.includes(runtimeHandler)) {
      const text = `failed to get sandbox runtime: no runtime for "${runtimeHandler}" is configured`;
      throw this.failed('RunPodSandbox', id, new CriError('Unknown', text), pod);
    }
    const { images, network, sandboxImage = SANDBOX_IMAGE } = this.options;
    if (images.image(sandboxImage) === undefined) {
      try {
        yield* images.pullImage({ image: sandboxImage });
      } catch (error) {
        if (!(error instanceof CriError)) throw error;
        const text = `failed to get sandbox image "${sandboxImage}": failed to pull image "${sandboxImage}": ${error.description}`;
        throw this.failed('RunPodSandbox', id, new CriError(error.code, text), pod);
      }
    }
    try {
      checkInitMemory(config.resources ?? {});
    } catch (error) {
      if (!(error instanceof CriError)) throw error;
      const text = `failed to start sandbox "${id}": ${error.description}`;
      throw this.failed('RunPodSandbox', id, new CriError(error.code, text), pod);
    }
    let made: SandboxNetwork;
    try {
      made = yield* network.setUp({
        sandboxId: id,
        namespace: config.metadata.namespace,
        name: config.metadata.name,
        uid: config.metadata.uid,
        hostname: config.hostname,
        hostNetwork: config.namespaces?.network === 'NODE',
        portMappings: config.portMappings ?? [],
        dnsConfig: config.dnsConfig,
        sysctls: config.sysctls ?? {},
        annotations: config.annotations ?? {},
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const text = `failed to setup network for sandbox "${id}": ${reason}`;
      throw this.failed('RunPodSandbox', id, new CriError('Unknown', text), pod);
    }
    yield* busy(SANDBOX_TIME);
    const sandbox = new Sandbox(id, config, runtimeHandler, made, this.engine.now);
    this.sandboxes.set(id, sandbox);
    this.tell('CONTAINER_CREATED_EVENT', id, sandbox);
    this.tell('CONTAINER_STARTED_EVENT', id, sandbox);
    return id;
  }

  *stopPodSandbox(id: string): Coroutine {
    const sandbox = this.sandboxes.get(id);
    if (sandbox === undefined || sandbox.state === 'SANDBOX_NOTREADY') return;
    this.trace({ name: 'StopPodSandbox', id, ...podOf(sandbox.config) });
    for (const container of sandbox.containers.values()) {
      if (container.running) yield* this.end(container, 0);
    }
    sandbox.state = 'SANDBOX_NOTREADY';
    this.options.network.tearDown(id);
    this.tell('CONTAINER_STOPPED_EVENT', id, sandbox);
  }

  *removePodSandbox(id: string): Coroutine {
    const sandbox = this.sandboxes.get(id);
    if (sandbox === undefined) return;
    yield* this.stopPodSandbox(id);
    for (const container of [...sandbox.containers.values()]) yield* this.removeContainer(container.id);
    this.sandboxes.delete(id);
    this.trace({ name: 'RemovePodSandbox', id, ...podOf(sandbox.config) });
    this.tell('CONTAINER_DELETED_EVENT', id, sandbox);
  }

  podSandboxStatus(id: string): PodSandboxStatus {
    const sandbox = this.sandboxes.get(id);
    if (sandbox === undefined) throw new CriError('NotFound', 'an error occurred when try to find sandbox: not found');
    return sandbox.status();
  }

  listPodSandbox(filter: PodSandboxFilter = {}): PodSandbox[] {
    const found: PodSandbox[] = [];
    for (const sandbox of this.sandboxes.values()) {
      if (filter.id !== undefined && sandbox.id !== filter.id) continue;
      if (filter.state !== undefined && sandbox.state !== filter.state) continue;
      if (filter.podUid !== undefined && sandbox.config.metadata.uid !== filter.podUid) continue;
      found.push(sandbox.summary());
    }
    return found;
  }

  /** The network of a pod that runs here, for who wants to know how the world looks from there. */
  podNetwork(namespace: string, name: string): SandboxNetwork | undefined {
    for (const { config, state, network } of this.sandboxes.values()) {
      if (state !== 'SANDBOX_READY') continue;
      if (config.metadata.namespace === namespace && config.metadata.name === name) return network;
    }
    return undefined;
  }

  *createContainer(podSandboxId: string, config: ContainerConfig): Coroutine<string> {
    const sandbox = this.sandboxes.get(podSandboxId);
    if (sandbox === undefined) {
      throw new CriError('NotFound', `failed to find sandbox id "${podSandboxId}": not found`);
    }
    const id = this.newId();
    const about = { ...podOf(sandbox.config), container: config.metadata.name };
    this.trace({ name: 'CreateContainer', id, image: config.userSpecifiedImage ?? config.image.image, ...about });
    if (sandbox.state !== 'SANDBOX_READY') {
      const text = `failed to create containerd container: sandbox container "${podSandboxId}" is not running`;
      throw this.failed('CreateContainer', id, new CriError('Unknown', text), about);
    }
    const { images } = this.options;
    const image = images.image(config.image.image);
    if (image === undefined) {
      const text = `failed to resolve image "${config.image.image}": not found`;
      throw this.failed('CreateContainer', id, new CriError('NotFound', text), about);
    }
    const { seccomp } = config.securityContext ?? {};
    if (typeof seccomp === 'object' && this.options.hasFile?.(seccomp.localhostRef) === false) {
      const file = seccomp.localhostRef;
      const text = `failed to create containerd container: cannot load seccomp profile "${file}": open ${file}: no such file or directory`;
      throw this.failed('CreateContainer', id, new CriError('Unknown', text), about);
    }
    const container = new RuntimeContainer(this, id, sandbox, config, image, images.imageRef(image.id));
    if (commandLine(container).length === 0) {
      const text = `failed to generate container "${id}" spec: failed to generate spec: no command specified`;
      throw this.failed('CreateContainer', id, new CriError('Unknown', text), about);
    }
    yield* busy(CREATE_TIME);
    this.containers.set(id, container);
    sandbox.containers.set(id, container);
    this.tell('CONTAINER_CREATED_EVENT', id, sandbox);
    return id;
  }

  *startContainer(id: string): Coroutine {
    const container = this.find(id);
    const about = { ...podOf(container.sandbox.config), container: container.config.metadata.name };
    this.trace({ name: 'StartContainer', id, command: commandLine(container), ...about });
    yield* busy(START_TIME);
    if (container.state !== 'CONTAINER_CREATED') {
      const text = `failed to set starting state for container "${id}": container is in ${container.state} state`;
      throw this.failed('StartContainer', id, new CriError('Unknown', text), about);
    }
    try {
      container.start();
    } catch (error) {
      if (!(error instanceof CriError)) throw error;
      this.tell('CONTAINER_STOPPED_EVENT', id, container.sandbox);
      throw this.failed('StartContainer', id, error, about);
    }
    this.tell('CONTAINER_STARTED_EVENT', id, container.sandbox);
  }

  *stopContainer(id: string, timeout: number): Coroutine {
    const container = this.containers.get(id);
    if (container === undefined || !container.running) return;
    const about = { ...podOf(container.sandbox.config), container: container.config.metadata.name };
    this.trace({ name: 'StopContainer', id, reason: `${timeout}s`, ...about });
    yield* this.end(container, timeout);
  }

  *removeContainer(id: string): Coroutine {
    const container = this.containers.get(id);
    if (container === undefined) return;
    if (container.running) yield* this.end(container, 0);
    container.remove();
    this.containers.delete(id);
    container.sandbox.containers.delete(id);
    this.trace({
      name: 'RemoveContainer',
      id,
      ...podOf(container.sandbox.config),
      container: container.config.metadata.name,
    });
    this.tell('CONTAINER_DELETED_EVENT', id, container.sandbox);
  }

  containerStatus(id: string): ContainerStatus {
    return containerStatus(this.find(id));
  }

  listContainers(filter: ContainerFilter = {}): Container[] {
    return this.select(filter).map(containerSummary);
  }

  updateContainerResources(id: string, resources: LinuxContainerResources): void {
    const container = this.find(id);
    this.trace({ name: 'UpdateContainerResources', id, ...podOf(container.sandbox.config) });
    container.cgroup.update(resources);
  }

  *execSync(id: string, command: readonly string[], timeout: number): Coroutine<ExecSyncResponse> {
    const container = this.find(id);
    const stdout = new TextOutput();
    const stderr = new TextOutput();
    const process = container.execute(command, { stdin: NO_INPUT, stdout, stderr });
    const status = yield* suspend<ExitStatus | undefined>((resume, _fail, engine) => {
      process.onEnd(resume);
      const timer = timeout > 0 ? engine.after(timeout * SECOND, () => resume(undefined)) : undefined;
      process.onEnd(() => engine.cancel(timer));
      return () => {
        engine.cancel(timer);
        process.signal('SIGKILL', 'outside');
      };
    });
    if (status === undefined) {
      process.signal('SIGKILL', 'outside');
      const text = `failed to exec in container: timeout ${timeout}s exceeded: context deadline exceeded`;
      throw new CriError('DeadlineExceeded', text);
    }
    return { stdout: stdout.text, stderr: stderr.text, exitCode: status.code };
  }

  exec(id: string, command: readonly string[], request: StreamRequest): StreamSession {
    const container = this.find(id);
    this.trace({
      name: 'Exec',
      id,
      command,
      ...podOf(container.sandbox.config),
      container: container.config.metadata.name,
    });
    return execSession(container, command, request);
  }

  attach(id: string, request: StreamRequest): StreamSession {
    const container = this.find(id);
    this.trace({ name: 'Attach', id, ...podOf(container.sandbox.config), container: container.config.metadata.name });
    return attachSession(container, request);
  }

  *portForward(podSandboxId: string, port: number): Coroutine<Connection> {
    const sandbox = this.sandboxes.get(podSandboxId);
    if (sandbox === undefined || sandbox.state !== 'SANDBOX_READY') {
      throw new CriError('NotFound', `failed to find sandbox "${podSandboxId}" in store: not found`);
    }
    this.trace({ name: 'PortForward', id: podSandboxId, reason: String(port), ...podOf(sandbox.config) });
    try {
      return yield* sandbox.network.stack.connect('127.0.0.1', port);
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      const where = `failed to connect to localhost:${port} inside namespace "${podSandboxId}"`;
      throw new CriError(
        'Unknown',
        `failed to execute portforward in network namespace: ${where}, IPv4: dial tcp4 127.0.0.1:${port}: connect: connection refused`,
      );
    }
  }

  containerLog(id: string): ContainerLog {
    return this.find(id).log;
  }

  reopenContainerLog(id: string): void {
    const container = this.find(id);
    if (!container.running) throw new CriError('Unknown', `container is not running`);
    container.log.rotate();
  }

  containerStats(id: string): ContainerStats {
    return containerStats(this.find(id));
  }

  listContainerStats(filter: ContainerFilter = {}): ContainerStats[] {
    return this.select(filter).map(containerStats);
  }

  getContainerEvents(listener: (event: ContainerEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** All containers, running or not. */
  all(): readonly RuntimeContainer[] {
    return [...this.containers.values()];
  }

  allSandboxes(): readonly Sandbox[] {
    return [...this.sandboxes.values()];
  }

  /** The node loses its power: every process is gone at once, and nobody is told. What is on disk stays. */
  powerOff(): void {
    for (const sandbox of this.sandboxes.values()) {
      for (const container of sandbox.containers.values()) if (container.powerOff()) this.cutOff.push(container);
      if (sandbox.state === 'SANDBOX_READY') this.options.network.tearDown(sandbox.id);
      sandbox.state = 'SANDBOX_NOTREADY';
    }
  }

  /** It is started on a machine that has power again, and finds that tasks are gone: for all it knows, they ended now. */
  powerOn(): void {
    for (const container of this.cutOff) container.finishedAt = this.engine.now;
    this.cutOff = [];
  }

  /** Bytes of memory that the containers use together. */
  get memoryInUse(): number {
    let bytes = 0;
    for (const container of this.containers.values()) bytes += container.cgroup.memory;
    return bytes;
  }

  containerEnded(container: RuntimeContainer): void {
    // Whatever led to its end, someone now has to do something about it.
    this.engine.asWork(() => this.tell('CONTAINER_STOPPED_EVENT', container.id, container.sandbox, container));
  }

  /** Stops a container: its stop signal, then SIGKILL after `timeout` seconds. */
  private *end(container: RuntimeContainer, timeout: number): Coroutine {
    if (timeout <= 0) {
      container.signal('SIGKILL');
      return;
    }
    yield* suspend<void>((resume, _fail, engine) => {
      const timer = engine.after(timeout * SECOND, () => container.signal('SIGKILL'));
      container.onEnd(() => {
        engine.cancel(timer);
        resume();
      });
      container.signal(container.stopSignal);
      return () => engine.cancel(timer);
    });
  }

  private select(filter: ContainerFilter): RuntimeContainer[] {
    const within =
      filter.podSandboxId === undefined ? this.containers : this.sandboxes.get(filter.podSandboxId)?.containers;
    const found: RuntimeContainer[] = [];
    for (const container of within?.values() ?? []) {
      if (filter.id !== undefined && container.id !== filter.id) continue;
      if (filter.state !== undefined && container.state !== filter.state) continue;
      found.push(container);
    }
    return found;
  }

  private find(id: string): RuntimeContainer {
    const container = this.containers.get(id);
    if (container === undefined) {
      throw new CriError('NotFound', `an error occurred when try to find container "${id}": not found`);
    }
    return container;
  }

  private newId(): string {
    const random = this.engine.random(this.actor);
    const words: string[] = [];
    // Joined, not added up: a string put together from single digits would hold memory for each.
    for (let word = 0; word < 8; word++) words.push(random.uint32().toString(16).padStart(8, '0'));
    return words.join('');
  }

  private trace(data: CriTrace): number {
    return this.engine.trace.enabled ? this.engine.emit('cri', this.actor, data) : 0;
  }

  private failed(name: string, id: string, error: CriError, about: Partial<CriTrace>): CriError {
    this.trace({ name, id, ...about, error: error.message });
    return error;
  }

  private tell(type: ContainerEventType, containerId: string, sandbox: Sandbox, ended?: RuntimeContainer): void {
    const now: Micros = this.engine.now;
    const podUid = sandbox.config.metadata.uid;
    const cause = this.engine.trace.enabled
      ? this.trace({
          name: type,
          id: containerId,
          ...podOf(sandbox.config),
          ...(ended === undefined
            ? {}
            : { container: ended.config.metadata.name, exitCode: ended.exitCode, reason: ended.reason }),
        })
      : this.engine.cause;
    if (this.listeners.size === 0) return;
    const event: ContainerEvent = { type, containerId, podSandboxId: sandbox.id, podUid, createdAt: now };
    this.engine.because(cause, () => {
      for (const listener of this.listeners) listener(event);
    });
  }
}

function podOf({ metadata }: PodSandboxConfig): { pod: string; podUid: string } {
  return { pod: `${metadata.namespace}/${metadata.name}`, podUid: metadata.uid };
}
