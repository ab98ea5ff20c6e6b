import { type Engine, type Micros, RandomStream } from '../../engine/index.ts';
import { Space } from '../../images/file-node.ts';
import { LayeredFileSystem } from '../../images/file-system.ts';
import type { FileMount } from '../../images/file-tree.ts';
import { DEFAULT_PATH, imageTree } from '../../images/image.ts';
import { NO_INPUT, Pipe } from '../../images/pipe.ts';
import {
  type ExitStatus,
  FileError,
  type Image,
  type Input,
  type Machine,
  type NetworkStack,
  type Output,
  SIGNALS,
  type Signal,
} from '../../images/process.ts';
import type { Container, ContainerConfig, ContainerState, ContainerStatus, ExitReason } from '../cri/container.ts';
import type { ContainerStats } from '../cri/container-stats.ts';
import { CriError } from '../cri/error.ts';
import type { LinuxContainerSecurityContext } from '../cri/linux.ts';
import type { LogLine } from '../cri/log.ts';
import type { StreamRequest } from '../cri/stream.ts';
import { Cgroup } from './cgroup.ts';
import { CriLog } from './container-log.ts';
import { ContainerProcess, PidNamespace, type ProcessHost, resolveProgram } from './process-table.ts';
import type { Sandbox } from './sandbox.ts';
import { SYSTEM_MOUNTS, type SystemView } from './system-mounts.ts';
import { Terminal } from './terminal.ts';

/** Exit code of a container that could not be started: containerStartErrorExitCode of containerd. */
const START_ERROR_CODE = 128;
const NO_LABELS = Object.freeze({});

/** What a container needs of the runtime it is in. */
export interface ContainerOwner {
  readonly engine: Engine;
  readonly machine: Machine;
  readonly disk: Space;
  /** Most characters of a log kept. */
  readonly logLimit: number;
  /** Processes of the node itself, which containers with hostPID join. */
  readonly nodeNamespace: PidNamespace;
  containerEnded(container: RuntimeContainer): void;
}

/** What keeps runc from mounting; its message is the whole text. */
class MountError extends FileError {
  constructor(message: string) {
    super('ENOTDIR', message);
  }
}

const NO_GROUPS: readonly number[] = [];

/** One container: its configuration, its state, and what its processes share. */
export class RuntimeContainer implements ProcessHost, SystemView {
  readonly id: string;
  readonly sandbox: Sandbox;
  readonly config: ContainerConfig;
  readonly image: Image;
  readonly imageRef: string;
  readonly cgroup: Cgroup;
  readonly createdAt: Micros;
  readonly log: CriLog;
  state: ContainerState = 'CONTAINER_CREATED';
  startedAt: Micros = 0;
  finishedAt: Micros = 0;
  exitCode = 0;
  reason: ExitReason | '' = '';
  message = '';
  private readonly owner: ContainerOwner;
  private pids: PidNamespace | undefined;
  private fileSystem: LayeredFileSystem | undefined;
  private layer: Space | undefined;
  private stream: RandomStream | undefined;
  private init: ContainerProcess | undefined;
  private input: Pipe | undefined;
  private tty: Terminal | undefined;
  private attached: Set<StreamRequest> | undefined;
  private execs: Set<ContainerProcess> | undefined;
  private outOfMemory = false;

  constructor(
    owner: ContainerOwner,
    id: string,
    sandbox: Sandbox,
    config: ContainerConfig,
    image: Image,
    imageRef: string,
  ) {
    this.owner = owner;
    this.id = id;
    this.sandbox = sandbox;
    this.config = config;
    this.image = image;
    this.imageRef = imageRef;
    this.createdAt = owner.engine.now;
    this.log = new CriLog(owner.logLimit, owner.disk);
    this.cgroup = new Cgroup(owner.engine, owner.machine.cpus, config.resources ?? NO_LABELS, () =>
      this.killForMemory(),
    );
  }

  get engine(): Engine {
    return this.owner.engine;
  }

  get machine(): Machine {
    return this.owner.machine;
  }

  get network(): NetworkStack {
    return this.sandbox.network.stack;
  }

  /** /etc/resolv.conf, as containerd writes it from the sandbox's DNS configuration. */
  get resolvConf(): string {
    const { servers = [], searches = [], options = [] } = this.sandbox.config.dnsConfig ?? {};
    const search = searches.length === 0 ? '' : `search ${searches.join(' ')}\n`;
    const names = servers.map((server) => `nameserver ${server}\n`).join('');
    return `${search}${names}${options.length === 0 ? '' : `options ${options.join(' ')}\n`}`;
  }

  mountLines(): string[] {
    const inMemory = new Map<string, number>();
    for (const { path, kind, size } of this.files.volumes())
      if (kind === 'memory') inMemory.set(path, Number.isFinite(size) ? size : this.machine.memory);
    const root = this.config.securityContext?.readonlyRootfs === true ? 'ro' : 'rw';
    const mounts = (this.config.mounts ?? []).flatMap(({ containerPath, hostPath, readonly }) => {
      if (hostPath.includes('/volumeDevices/')) return [];
      const flags = `${readonly === true ? 'ro' : 'rw'},relatime`;
      // The kubelet keeps secrets and tokens in memory.
      const secret = /kubernetes\.io~(secret|projected)/.test(hostPath) ? this.machine.memory : undefined;
      const size = inMemory.get(containerPath) ?? secret;
      return size === undefined
        ? `/dev/vda1 ${containerPath} ext4 ${flags} 0 0`
        : `tmpfs ${containerPath} tmpfs ${flags},size=${Math.floor(size / 1024)}k 0 0`;
    });
    return [`overlay / overlay ${root},relatime 0 0`, ...mounts];
  }

  get security(): LinuxContainerSecurityContext | undefined {
    return this.config.securityContext;
  }

  get user(): number {
    return this.config.securityContext?.runAsUser ?? this.image.user;
  }

  get group(): number {
    return this.config.securityContext?.runAsGroup ?? 0;
  }

  /** Its other groups. */
  get groups(): readonly number[] {
    return this.config.securityContext?.supplementalGroups ?? NO_GROUPS;
  }

  get random(): RandomStream {
    this.stream ??= new RandomStream(this.engine.seed, `container/${this.id}`);
    return this.stream;
  }

  get namespace(): PidNamespace {
    this.pids ??= this.joinNamespace();
    return this.pids;
  }

  get files(): LayeredFileSystem {
    this.fileSystem ??= this.mountFiles();
    return this.fileSystem;
  }

  get running(): boolean {
    return this.state === 'CONTAINER_RUNNING';
  }

  /** Starts its command. Throws `CriError` with runc's text, having become exited as StartError, when it cannot be run. */
  start(): void {
    const command = this.commandLine();
    let resolved: ReturnType<typeof resolveProgram>;
    try {
      this.checkMounts();
      this.makeWorkingDir();
      resolved = resolveProgram(this.files, command, this.searchPath(), this.workingDir());
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      const text = `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: ${execFailure(command[0]!, error)}: unknown`;
      this.state = 'CONTAINER_EXITED';
      this.exitCode = START_ERROR_CODE;
      this.reason = 'StartError';
      this.message = text;
      this.finishedAt = this.engine.now;
      throw new CriError('Unknown', text);
    }
    const streams = this.ownStreams();
    this.startedAt = this.engine.now;
    this.state = 'CONTAINER_RUNNING';
    this.init = new ContainerProcess(this, {
      ...resolved,
      env: () => this.environment(),
      cwd: this.workingDir(),
      ...streams,
      parent: 0,
      terminal: this.tty,
    });
    this.init.onEnd((status) => this.ended(status));
  }

  /** runc makes the working directory that the pod asks for. */
  private makeWorkingDir(): void {
    const { workingDir = '' } = this.config;
    try {
      if (workingDir !== '') this.files.makeDirectory(workingDir, { parents: true });
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
    }
  }

  /** Throws runc's text when a directory is to be mounted where the image has a file. */
  private checkMounts(): void {
    const tree = imageTree(this.image);
    for (const { containerPath, hostPath, source } of this.config.mounts ?? []) {
      const there = tree.find(containerPath);
      if (there === undefined || there.kind !== 'file') continue;
      if ((typeof source === 'function' ? source() : source).kind !== 'directory') continue;
      const root = `/run/containerd/io.containerd.runtime.v2.task/k8s.io/${this.id}/rootfs`;
      throw new MountError(
        `error mounting "${hostPath}" to rootfs at "${containerPath}": create mountpoint for ${containerPath} mount: cannot create subdirectories in "${root}${containerPath}": not a directory`,
      );
    }
  }

  /** Starts another process in it. Throws `CriError` with runc's text when the command cannot be run. */
  execute(
    command: readonly string[],
    streams: { stdin: Input; stdout: Output; stderr: Output },
    terminal?: Terminal,
  ): ContainerProcess {
    if (!this.running)
      throw new CriError('Unknown', `failed to exec in container: container is in ${this.state} state`);
    let resolved: ReturnType<typeof resolveProgram>;
    try {
      resolved = resolveProgram(this.files, command, this.searchPath(), this.workingDir());
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      const text = `OCI runtime exec failed: exec failed: unable to start container process: ${execFailure(command[0] ?? '', error)}: unknown`;
      throw new CriError(
        'Unknown',
        `failed to exec in container: failed to start exec "${this.random.hex(64)}": ${text}`,
      );
    }
    const process = new ContainerProcess(this, {
      ...resolved,
      env: () => (terminal === undefined ? this.environment() : { ...this.environment(), TERM: 'xterm' }),
      cwd: this.workingDir(),
      ...streams,
      parent: 0,
      terminal,
    });
    this.execs ??= new Set();
    this.execs.add(process);
    process.onEnd(() => this.execs?.delete(process));
    return process;
  }

  /** Signals its first process, from outside of its namespace. */
  signal(signal: Signal): void {
    this.init?.signal(signal, 'outside');
  }

  get stopSignal(): Signal {
    const name = this.config.stopSignal;
    if (name !== undefined && Object.hasOwn(SIGNALS, name)) return name as Signal;
    return this.image.stopSignal ?? 'SIGTERM';
  }

  /** Waits in the run queue of whoever asks: `listener` is told once it has ended (at once if it has). */
  onEnd(listener: () => void): void {
    if (this.init === undefined) listener();
    else this.init.onEnd(listener);
  }

  /** Ends it where it is, telling nobody: its node lost its power. */
  powerOff(): void {
    if (this.state !== 'CONTAINER_RUNNING') return;
    this.state = 'CONTAINER_EXITED';
    this.exitCode = 255;
    this.reason = 'Unknown';
    this.finishedAt = this.engine.now;
    this.kill();
  }

  /** Frees what it takes up on the node's disk. */
  remove(): void {
    this.layer?.release();
    this.log.remove();
  }

  /** Connects a client to the streams of its first process. */
  attach(request: StreamRequest): {
    write(text: string): void;
    close(): void;
    tty: Terminal | undefined;
    closeInput(): void;
  } {
    if (!this.running) throw new CriError('Unknown', `container is in ${this.state} state`);
    this.attached ??= new Set();
    this.attached.add(request);
    const closeInput = () => {
      if (this.config.stdinOnce === true) this.input?.close();
    };
    return {
      tty: this.tty,
      write: (text) => {
        if (!request.stdin) return;
        if (this.tty !== undefined) this.tty.type(text);
        else this.input?.write(text);
      },
      closeInput,
      close: () => {
        this.attached?.delete(request);
        closeInput();
      },
    };
  }

  writeLog(stream: LogLine['stream'], text: string): void {
    this.log.write(stream, text, this.engine.now);
    if (this.attached === undefined) return;
    for (const request of this.attached) (stream === 'stdout' ? request.stdout : request.stderr)?.write(text);
  }

  now(): number {
    return this.engine.now;
  }

  summary(): Container {
    return {
      id: this.id,
      podSandboxId: this.sandbox.id,
      metadata: this.config.metadata,
      image: this.config.userSpecifiedImage ?? this.config.image.image,
      imageRef: this.imageRef,
      imageId: this.image.id,
      state: this.state,
      createdAt: this.createdAt,
      labels: this.config.labels ?? NO_LABELS,
      annotations: this.config.annotations ?? NO_LABELS,
    };
  }

  status(): ContainerStatus {
    return {
      ...this.summary(),
      startedAt: this.startedAt,
      finishedAt: this.finishedAt,
      exitCode: this.exitCode,
      reason: this.reason,
      message: this.message,
      mounts: this.config.mounts ?? [],
      logPath: `${this.sandbox.config.logDirectory ?? ''}/${this.config.logPath ?? ''}`,
      resources: this.cgroup.resources,
      user: this.user,
      group: this.group,
      supplementalGroups: this.groups,
    };
  }

  stats(): ContainerStats {
    const { cgroup } = this;
    const limit = Number.isFinite(cgroup.memoryLimit) ? cgroup.memoryLimit - cgroup.memory : 0;
    return {
      id: this.id,
      podSandboxId: this.sandbox.id,
      metadata: this.config.metadata,
      timestamp: this.engine.now,
      cpu: { usageCoreNanoSeconds: cgroup.usage * 1000, usageNanoCores: Math.floor(cgroup.milliCpu * 1_000_000) },
      memory: { workingSetBytes: cgroup.memory, usageBytes: cgroup.memory, availableBytes: limit },
      writableLayer: { usedBytes: this.layer?.used ?? 0, inodesUsed: this.layer?.inodes ?? 0 },
      logBytes: this.log.size,
      throttling: cgroup.throttling,
    };
  }

  /** The command it runs: CRI's rules for `command` and `args` over the image's entrypoint and command. */
  commandLine(): readonly string[] {
    const { command = [], args = [] } = this.config;
    if (command.length > 0) return args.length > 0 ? [...command, ...args] : command;
    const rest = args.length > 0 ? args : this.image.command;
    if (this.image.entrypoint.length === 0) return rest;
    return rest.length === 0 ? this.image.entrypoint : [...this.image.entrypoint, ...rest];
  }

  private workingDir(): string {
    const { workingDir } = this.config;
    return workingDir === undefined || workingDir === '' ? this.image.workingDir : workingDir;
  }

  private searchPath(): string {
    let path = this.image.env.PATH ?? DEFAULT_PATH;
    for (const { key, value } of this.config.envs ?? []) if (key === 'PATH') path = value;
    return path;
  }

  private environment(): Readonly<Record<string, string>> {
    // No prototype: variables may have any name.
    const env: Record<string, string> = Object.create(null);
    env.PATH = DEFAULT_PATH;
    env.HOSTNAME = this.sandbox.hostname;
    if (this.tty !== undefined) env.TERM = 'xterm';
    Object.assign(env, this.image.env);
    for (const { key, value } of this.config.envs ?? []) env[key] = value;
    env.HOME ??= this.user === 0 ? '/root' : '/';
    return env;
  }

  private joinNamespace(): PidNamespace {
    const mode = this.config.securityContext?.namespaces ?? this.sandbox.config.namespaces;
    if (mode?.pid === 'NODE') return this.owner.nodeNamespace;
    if (mode?.pid === 'POD') return this.sandbox.sharedNamespace();
    if (mode?.pid === 'TARGET') {
      const target = this.sandbox.containers.get(mode.targetId ?? '');
      if (target !== undefined) return target.namespace;
    }
    return new PidNamespace();
  }

  private mountFiles(): LayeredFileSystem {
    const { mounts = [], securityContext } = this.config;
    this.layer ??= new Space(Number.POSITIVE_INFINITY, this.owner.disk);
    const own = mounts.map((mount): FileMount => {
      const path = mount.containerPath.length > 1 ? mount.containerPath.replace(/\/+$/, '') : '/';
      return { path, source: mount.source, readonly: mount.readonly ?? false };
    });
    const options = {
      mounts: own.length === 0 ? SYSTEM_MOUNTS : [...SYSTEM_MOUNTS, ...own],
      owner: this,
      readonly: securityContext?.readonlyRootfs ?? false,
      space: this.layer,
      charge: (bytes: number) => this.cgroup.changeMemory(bytes),
      user: this.user,
      group: this.group,
      groups: this.groups,
    };
    return new LayeredFileSystem(imageTree(this.image), () => this.engine.now, options);
  }

  private ownStreams(): { stdin: Input; stdout: Output; stderr: Output } {
    const { stdin = false, tty = false } = this.config;
    const stdout: Output = { write: (text) => this.writeLog('stdout', text) };
    if (tty) {
      this.tty = new Terminal(stdout, (signal, terminal) => signalSession(this.namespace, terminal, signal));
      return { stdin: this.tty, stdout: this.tty, stderr: this.tty };
    }
    if (stdin) this.input = new Pipe();
    return {
      stdin: this.input ?? NO_INPUT,
      stdout,
      stderr: { write: (text) => this.writeLog('stderr', text) },
    };
  }

  private ended(status: ExitStatus): void {
    this.killExecs();
    this.log.end(this.engine.now);
    if (this.state !== 'CONTAINER_RUNNING') return;
    this.state = 'CONTAINER_EXITED';
    this.finishedAt = this.engine.now;
    this.exitCode = status.code;
    this.reason = this.outOfMemory ? 'OOMKilled' : status.code === 0 ? 'Completed' : 'Error';
    const { attached } = this;
    this.attached = undefined;
    if (attached !== undefined) for (const request of attached) request.onEnd({ exitCode: status.code });
    this.owner.containerEnded(this);
  }

  /** The kernel kills the whole cgroup: the kubelet sets memory.oom.group. */
  private killForMemory(): void {
    this.outOfMemory = true;
    this.kill();
  }

  private kill(): void {
    this.killExecs();
    this.init?.signal('SIGKILL', 'outside');
  }

  /** Processes that were exec'ed go with the container, also when they are in a shared namespace. */
  private killExecs(): void {
    for (const process of [...(this.execs ?? [])]) process.signal('SIGKILL', 'outside');
  }
}

/** Sends a signal to the processes of a terminal: those in the foreground, and the shell, which handles it. */
export function signalSession(namespace: PidNamespace, terminal: Terminal, signal: Signal): void {
  for (const process of [...namespace.processes]) if (process.session === terminal) process.signal(signal, 'inside');
}

/** What runc says of a command that cannot be run. */
function execFailure(command: string, error: FileError): string {
  if (error instanceof MountError) return error.message;
  const path = command.includes('/');
  if (error.code === 'ENOENT') {
    return path
      ? `exec: "${command}": stat ${command}: no such file or directory`
      : `exec: "${command}": executable file not found in $PATH`;
  }
  const text = error.code === 'EISDIR' ? 'is a directory' : error.message.toLowerCase();
  return error.code === 'EINVAL' ? `exec ${command}: ${text}` : `exec: "${command}": ${text}`;
}
