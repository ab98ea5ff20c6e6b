import { type Engine, type Micros, RandomStream } from '../../engine/index.ts';
import { accountOf } from '../../images/accounts.ts';
import { Space } from '../../images/file-node.ts';
import type { LayeredFileSystem } from '../../images/file-system.ts';
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
import type { ContainerConfig, ContainerState, ExitReason } from '../cri/container.ts';
import { CriError } from '../cri/error.ts';
import type { LinuxContainerSecurityContext } from '../cri/linux.ts';
import type { LogLine } from '../cri/log.ts';
import type { DNSConfig } from '../cri/sandbox.ts';
import type { StreamRequest } from '../cri/stream.ts';
import { Cgroup } from './cgroup.ts';
import { commandLine, environment, searchPath, workingDir } from './container-command.ts';
import { containerFiles } from './container-files.ts';
import { CriLog } from './container-log.ts';
import { ContainerOutput } from './container-output.ts';
import { ContainerProcess, PidNamespace, type ProcessHost, resolveProgram } from './process-table.ts';
import { checkInitMemory, checkMounts, createFailure, execFailure, makeWorkingDir } from './runc.ts';
import type { Sandbox } from './sandbox.ts';
import type { SystemView } from './system-mounts.ts';
import { Terminal } from './terminal.ts';

/** Exit code of a container that could not be started: containerStartErrorExitCode of containerd. */
const START_ERROR_CODE = 128;
const NO_RESOURCES = Object.freeze({});
const NO_GROUPS: readonly number[] = [];

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
  /** Its writable layer on the node's disk, once somebody has looked at its files. */
  layer: Space | undefined;
  private readonly owner: ContainerOwner;
  private pids: PidNamespace | undefined;
  private fileSystem: LayeredFileSystem | undefined;
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
    this.cgroup = new Cgroup(owner.engine, owner.machine.cpus, config.resources ?? NO_RESOURCES, this);
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

  get dns(): DNSConfig | undefined {
    return this.sandbox.config.dnsConfig;
  }

  get security(): LinuxContainerSecurityContext | undefined {
    return this.config.securityContext;
  }

  get user(): number {
    return this.config.securityContext?.runAsUser ?? this.image.user;
  }

  get group(): number {
    return this.config.securityContext?.runAsGroup ?? accountOf(this.image, this.user).group;
  }

  /** Its other groups: those given, and with the policy Merge those of which the image's /etc/group has the user as a member. */
  get groups(): readonly number[] {
    const { supplementalGroups: given = NO_GROUPS, supplementalGroupsPolicy } = this.config.securityContext ?? {};
    if (supplementalGroupsPolicy === 'Strict') return given;
    const { groups } = accountOf(this.image, this.user);
    return given.length === 0 ? groups : groups.length === 0 ? given : [...new Set([...groups, ...given])];
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
    if (this.fileSystem !== undefined) return this.fileSystem;
    this.layer = new Space(Number.POSITIVE_INFINITY, this.owner.disk);
    this.fileSystem = containerFiles(this, this.layer);
    return this.fileSystem;
  }

  get running(): boolean {
    return this.state === 'CONTAINER_RUNNING';
  }

  /** Starts its command. Throws `CriError` with runc's text, having become exited as StartError, when it cannot be run. */
  start(): void {
    const command = commandLine(this);
    let resolved: ReturnType<typeof resolveProgram>;
    try {
      checkInitMemory(this.cgroup.resources);
      checkMounts(this);
      makeWorkingDir(this);
      resolved = resolveProgram(this.files, command, searchPath(this), workingDir(this));
    } catch (error) {
      if (!(error instanceof FileError || error instanceof CriError)) throw error;
      const text =
        error instanceof CriError
          ? error.description
          : createFailure(`error during container init: ${execFailure(command[0]!, error)}`);
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
      cwd: workingDir(this),
      ...streams,
      parent: 0,
      terminal: this.tty,
    });
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
      resolved = resolveProgram(this.files, command, searchPath(this), workingDir(this));
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
      env: terminal === undefined ? undefined : () => ({ ...this.environment(), TERM: 'xterm' }),
      cwd: workingDir(this),
      ...streams,
      parent: 0,
      terminal,
    });
    this.execs ??= new Set();
    this.execs.add(process);
    return process;
  }

  /** Put together whenever somebody looks: few programs do, and it is large. */
  environment(): Readonly<Record<string, string>> {
    return environment(this, this.tty !== undefined);
  }

  processEnded(process: ContainerProcess, status: ExitStatus): void {
    if (process === this.init) this.ended(status);
    else this.execs?.delete(process);
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

  /** Ends it where it is, telling nobody: its node lost its power. Answers whether it ran. */
  powerOff(): boolean {
    if (this.state !== 'CONTAINER_RUNNING') return false;
    this.state = 'CONTAINER_EXITED';
    this.exitCode = 255;
    this.reason = 'Unknown';
    this.finishedAt = this.engine.now;
    this.kill();
    return true;
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
    // From now on lines are not only logged.
    this.log.endFollowing();
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

  /** Whether a client is or was connected to its streams. */
  get isAttached(): boolean {
    return this.attached !== undefined;
  }

  writeLog(stream: LogLine['stream'], text: string): void {
    this.log.write(stream, text, this.engine.now);
    if (this.attached === undefined) return;
    for (const request of this.attached) (stream === 'stdout' ? request.stdout : request.stderr)?.write(text);
  }

  now(): number {
    return this.engine.now;
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

  private ownStreams(): { stdin: Input; stdout: Output; stderr: Output } {
    const { stdin = false, tty = false } = this.config;
    const stdout = new ContainerOutput(this, 'stdout');
    if (tty) {
      this.tty = new Terminal(stdout, (signal, terminal) => signalSession(this.namespace, terminal, signal));
      return { stdin: this.tty, stdout: this.tty, stderr: this.tty };
    }
    if (stdin) this.input = new Pipe();
    return {
      stdin: this.input ?? NO_INPUT,
      stdout,
      stderr: new ContainerOutput(this, 'stderr'),
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
  killForMemory(): void {
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
