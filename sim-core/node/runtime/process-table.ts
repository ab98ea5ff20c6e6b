import {
  type Coroutine,
  type Engine,
  type RandomStream,
  sleep,
  suspend,
  Task,
  type TaskOutcome,
} from '../../engine/index.ts';
import { absolutePath } from '../../images/absolute-path.ts';
import {
  BrokenPipe,
  type ChildProcess,
  type Executable,
  type ExitStatus,
  FileError,
  type FileSystem,
  type Input,
  type Machine,
  NetworkError,
  type NetworkStack,
  type Output,
  type Process,
  type ProcessInfo,
  type Program,
  SIGNALS,
  type Signal,
  type SpawnOptions,
} from '../../images/process.ts';
import type { Cgroup } from './cgroup.ts';

/** What the processes of one container share. */
export interface ProcessHost {
  readonly engine: Engine;
  readonly files: FileSystem;
  readonly network: NetworkStack;
  readonly random: RandomStream;
  readonly cgroup: Cgroup;
  readonly namespace: PidNamespace;
  readonly user: number;
  readonly group: number;
  readonly groups?: readonly number[];
  readonly machine: Machine;
  /** The variables of processes that are given none of their own. */
  environment?(): Env;
  /** Hears of the end of each of its processes, before anybody else. */
  processEnded?(process: ContainerProcess, status: ExitStatus): void;
}

/** The same surroundings with other files. */
function within(host: ProcessHost, files: FileSystem): ProcessHost {
  const { engine, network, random, cgroup, namespace, user, group, groups, machine } = host;
  const environment = () => host.environment?.() ?? {};
  const processEnded = (process: ContainerProcess, status: ExitStatus) => host.processEnded?.(process, status);
  const shared = { engine, network, random, cgroup, namespace, user, group, groups, machine };
  return { ...shared, files, environment, processEnded };
}

/** A terminal that processes share, as far as they see it. */
export interface TerminalSize {
  columns: number;
  rows: number;
}

/** Most processes of one PID namespace, as the kubelet's podPidsLimit would set; a fork bomb ends here. */
const PIDS_LIMIT = 1024;
const MAX_INTERPRETERS = 4;
/** Exit code of a process that SIGABRT ends. */
const ABORTED = 134;
const IGNORED_BY_DEFAULT: ReadonlySet<Signal> = new Set<Signal>(['SIGCHLD', 'SIGCONT', 'SIGWINCH', 'SIGSTOP']);

/** What a signal can be sent to. */
export interface Signalled {
  signal(signal: Signal, from: 'inside' | 'outside'): void;
}

/** A daemon of a machine, which is not made of a program. */
export interface Daemon extends ProcessInfo, Signalled {}

const nothing = (): readonly never[] => [];

/** Processes that see each other. The first one is PID 1: when it ends, all end. */
export class PidNamespace {
  private next: number;
  /** Copied at each change: most namespaces hold one process, and an array that grows would keep room for many. */
  private list: readonly ContainerProcess[] = [];

  /** Namespaces inside this one: a machine sees the processes of its containers, by PIDs of its own. */
  nested: () => Iterable<PidNamespace> = nothing;
  /** What runs on a machine beside the processes of the simulation: its daemons. */
  daemons: () => readonly Daemon[] = nothing;
  /** PIDs here of processes of nested namespaces, given when somebody first looks. */
  private shown: WeakMap<ContainerProcess, number> | undefined;

  constructor(first = 1) {
    this.next = first;
  }

  get processes(): readonly ContainerProcess[] {
    return this.list;
  }

  find(pid: number): Signalled | undefined {
    return (
      this.list.find((process) => process.pid === pid) ??
      this.inside().find((process) => this.pidOf(process) === pid) ??
      this.daemons().find((daemon) => daemon.pid === pid)
    );
  }

  /** The PID by which this namespace knows a process of its own or of a nested one. */
  pidOf(process: ContainerProcess): number {
    if (this.list.includes(process)) return process.pid;
    this.shown ??= new WeakMap();
    let pid = this.shown.get(process);
    if (pid === undefined) {
      pid = this.next++;
      this.shown.set(process, pid);
    }
    return pid;
  }

  /** Everything that is to be seen from here, the eldest first. */
  visible(): ProcessInfo[] {
    const inside = this.inside();
    const infos = [...inside, ...this.list].map((process) => {
      const own = this.list.includes(process);
      const elder = own ? undefined : inside.find((other) => other.isParentOf(process));
      return process.info(this.pidOf(process), own ? process.parent : elder === undefined ? 1 : this.pidOf(elder));
    });
    return [...this.daemons().map(({ signal, ...info }) => info), ...infos];
  }

  /** Processes of nested namespaces, the eldest first. */
  private inside(): ContainerProcess[] {
    const all = [...new Set(this.nested())].filter((namespace) => namespace !== this).flatMap(({ list }) => list);
    return all.sort((a, b) => a.startedAt - b.startedAt);
  }

  /** Takes in a process and answers its PID. Throws EAGAIN's text when there are too many. */
  add(process: ContainerProcess): number {
    if (this.list.length >= PIDS_LIMIT) throw new FileError('EBUSY', 'Resource temporarily unavailable');
    this.list = this.list.concat(process);
    return this.next++;
  }

  remove(process: ContainerProcess): void {
    this.list = this.list.filter((other) => other !== process);
    if (process.pid !== 1) return;
    for (const other of this.list) other.signal('SIGKILL', 'outside');
  }
}

type Env = Readonly<Record<string, string>>;
type Handlers = { [signal in Signal]?: ((signal: Signal) => void) | 'ignore' | undefined };

/** What is to be run: the program, and the arguments it sees (an interpreter's come first). */
export interface Resolved {
  readonly program: Program;
  readonly argv: readonly string[];
}

/**
 * Finds what `argv[0]` runs, as execvp does. Throws `FileError`: ENOENT (also for an interpreter that is missing), EACCES,
 * EISDIR, ENOEXEC's text for a file that is no program.
 */
export function resolveProgram(
  files: FileSystem,
  argv: readonly string[],
  path: string | undefined,
  cwd: string,
): Resolved {
  let args = argv;
  let file = findExecutable(files, argv[0] ?? '', path, cwd);
  for (let depth = 0; depth < MAX_INTERPRETERS; depth++) {
    const executable: Executable = files.executable(file);
    if (executable.kind === 'program') return { program: executable.program, argv: args };
    if (executable.kind === 'text') throw new FileError('EINVAL', 'Exec format error');
    args = [...executable.interpreter, file, ...args.slice(1)];
    file = absolutePath(cwd, executable.interpreter[0]!);
  }
  throw new FileError('ELOOP', 'Too many levels of symbolic links');
}

/** Path of the file that a command name means. Throws ENOENT, or EACCES when only files that cannot be run have that name. */
export function findExecutable(files: FileSystem, name: string, path: string | undefined, cwd: string): string {
  if (name.includes('/')) return absolutePath(cwd, name);
  let denied = false;
  for (const directory of (path ?? '').split(':')) {
    const candidate = absolutePath(cwd, `${directory === '' ? '.' : directory}/${name}`);
    const stat = files.stat(candidate);
    if (stat === undefined || stat.kind === 'directory') continue;
    if ((stat.mode & 0o111) !== 0) return candidate;
    denied = true;
  }
  if (denied) throw new FileError('EACCES', 'Permission denied');
  throw new FileError('ENOENT', 'No such file or directory');
}

export interface ProcessOptions extends Omit<SpawnOptions, 'env'> {
  /** A function is called whenever the program looks; none: the host's. */
  env?: Env | (() => Env) | undefined;
  cwd: string;
  stdin: Input;
  stdout: Output;
  stderr: Output;
  program: Program;
  parent: number;
  terminal: TerminalSize | undefined;
}

/** One process. */
export class ContainerProcess implements Process, ChildProcess {
  readonly pid: number;
  readonly parent: number;
  argv: readonly string[];
  cwd: string;
  stdin: Input;
  stdout: Output;
  stderr: Output;
  readonly session: TerminalSize | undefined;
  readonly startedAt: number;
  /** How it ended; `undefined` while it runs. */
  status: ExitStatus | undefined;
  private host: ProcessHost;
  private readonly task: Task<number>;
  /** No Map: four entries, as a server has, take up three times as much there. */
  private handlers: Handlers | undefined;
  private waiters: ((status: ExitStatus) => void)[] | undefined;
  private environment: Env | (() => Env) | undefined;
  private memory = 0;
  private milliCpu = 0;
  /** Its own hold on the network, from the first use: its sockets close when it ends. */
  private sockets: (NetworkStack & { release(): void }) | undefined;

  constructor(host: ProcessHost, options: ProcessOptions) {
    this.host = host;
    this.argv = options.argv;
    this.environment = options.env;
    this.cwd = options.cwd;
    this.stdin = options.stdin;
    this.stdout = options.stdout;
    this.stderr = options.stderr;
    this.parent = options.parent;
    this.session = options.terminal;
    this.startedAt = host.engine.now;
    this.pid = host.namespace.add(this);
    // Not called on the options: a generator keeps what it was called on.
    const { program } = options;
    this.task = new Task<number>(host.engine, program(this), (outcome) => this.ended(outcome));
  }

  get env(): Env {
    const own = typeof this.environment === 'function' ? this.environment() : this.environment;
    return own ?? this.host.environment?.() ?? {};
  }

  get files(): FileSystem {
    return this.host.files;
  }

  get network(): NetworkStack {
    const { network } = this.host;
    if (this.sockets === undefined && this.status === undefined) this.sockets = network.forProcess?.(this.host.user);
    return this.sockets ?? network;
  }

  get random(): RandomStream {
    return this.host.random;
  }

  get machine(): Machine {
    return this.host.machine;
  }

  get user(): number {
    return this.host.user;
  }

  get group(): number {
    return this.host.group;
  }

  get groups(): readonly number[] {
    return this.host.groups ?? [];
  }

  get terminal(): boolean {
    return this.session !== undefined;
  }

  get terminalSize(): { readonly columns: number; readonly rows: number } {
    return this.session ?? { columns: 80, rows: 24 };
  }

  now(): number {
    return this.host.engine.now;
  }

  onSignal(signal: Signal, handler: (() => void) | 'ignore' | 'default'): void {
    this.handlers ??= {};
    this.handlers[signal] = handler === 'default' ? undefined : handler;
  }

  spawn(options: SpawnOptions): ContainerProcess {
    const env = options.env ?? this.env;
    const cwd = options.cwd ?? this.cwd;
    const resolved =
      options.program === undefined
        ? resolveProgram(this.files, options.argv, env.PATH, cwd)
        : { program: options.program, argv: options.argv };
    return new ContainerProcess(this.host, {
      ...resolved,
      env,
      cwd,
      stdin: options.stdin ?? this.stdin,
      stdout: options.stdout ?? this.stdout,
      stderr: options.stderr ?? this.stderr,
      parent: this.pid,
      terminal: options.background === true ? undefined : this.session,
    });
  }

  /** No coroutine of its own: it would be kept, with all that it has put together, for as long as the program runs. */
  exec(options: SpawnOptions): Coroutine<number> {
    const env = options.env ?? this.env;
    const cwd = options.cwd ?? this.cwd;
    const files = options.root === undefined ? this.files : this.files.rooted(options.root);
    const resolved =
      options.program === undefined
        ? resolveProgram(files, options.argv, env.PATH, cwd)
        : { program: options.program, argv: options.argv };
    if (files !== this.files) this.host = within(this.host, files);
    this.argv = resolved.argv;
    if (options.env !== undefined) this.environment = env;
    this.cwd = cwd;
    this.stdin = options.stdin ?? this.stdin;
    this.stdout = options.stdout ?? this.stdout;
    this.stderr = options.stderr ?? this.stderr;
    if (this.handlers !== undefined) {
      const ignored = Object.entries(this.handlers).filter(([, handler]) => handler === 'ignore');
      this.handlers = ignored.length === 0 ? undefined : Object.fromEntries(ignored);
    }
    const { program } = resolved;
    return program(this);
  }

  /** What others see of it, by the PIDs of the namespace from which they look. */
  info(pid: number, parent: number): ProcessInfo {
    const { user, argv, startedAt, memory, sockets: network } = this;
    return { pid, parent, user, argv, startedAt, memory, network };
  }

  /** Whether it started another process of its namespace. */
  isParentOf(other: ContainerProcess): boolean {
    return other.host.namespace === this.host.namespace && other.parent === this.pid;
  }

  processes(): ProcessInfo[] {
    return this.host.namespace.visible();
  }

  /** As a child: kills it. As a process: sends a signal to another one. */
  kill(signal: Signal): void;
  kill(pid: number, signal: Signal): boolean;
  kill(first: number | Signal, signal?: Signal): boolean {
    if (typeof first === 'string') {
      this.signal(first, 'inside');
      return true;
    }
    const { namespace } = this.host;
    const target = namespace.find(first);
    // PID 1 of a container is protected from its own kind only.
    const own = target instanceof ContainerProcess && target.host.namespace === namespace;
    target?.signal(signal!, own ? 'inside' : 'outside');
    return target !== undefined;
  }

  exit(code: number): void {
    this.finish({ code: code & 255 });
  }

  use(resources: { memory?: number; milliCpu?: number }): void {
    if (this.status !== undefined) return;
    if (resources.milliCpu !== undefined) {
      const difference = resources.milliCpu - this.milliCpu;
      this.milliCpu = resources.milliCpu;
      this.host.cgroup.changeCpu(difference);
    }
    if (resources.memory !== undefined) {
      const difference = resources.memory - this.memory;
      this.memory = resources.memory;
      this.host.cgroup.changeMemory(difference);
    }
  }

  *compute(micros: number): Coroutine {
    const { cgroup } = this.host;
    const time = micros * cgroup.slowdown(1000);
    cgroup.changeCpu(1000);
    try {
      yield* sleep(time);
    } finally {
      cgroup.changeCpu(-1000);
    }
  }

  /**
   * Delivers a signal. PID 1 of a namespace gets only what it handles, but for SIGKILL from outside of the namespace.
   */
  signal(signal: Signal, from: 'inside' | 'outside'): void {
    if (this.status !== undefined) return;
    const protectedInit = this.pid === 1;
    if (signal === 'SIGKILL') {
      if (!protectedInit || from === 'outside') this.finish({ code: 128 + SIGNALS.SIGKILL, signal });
      return;
    }
    const handler = this.handlers?.[signal];
    if (handler === 'ignore') return;
    if (handler !== undefined) handler(signal);
    else if (!protectedInit && !IGNORED_BY_DEFAULT.has(signal)) this.finish({ code: 128 + SIGNALS[signal], signal });
  }

  *wait(): Coroutine<ExitStatus> {
    if (this.status !== undefined) return this.status;
    return yield* suspend<ExitStatus>((resume) => {
      const waiter = (status: ExitStatus) => resume(status);
      this.onEnd(waiter);
      return () => {
        this.waiters = this.waiters?.filter((other) => other !== waiter);
      };
    });
  }

  /** Tells how it ended, once. */
  onEnd(listener: (status: ExitStatus) => void): void {
    if (this.status !== undefined) {
      listener(this.status);
      return;
    }
    if (this.waiters === undefined) this.waiters = [listener];
    else this.waiters.push(listener);
  }

  private ended(outcome: TaskOutcome<number>): void {
    if (outcome.status === 'returned') this.finish({ code: outcome.value & 255 });
    else if (outcome.status === 'threw') this.failed(outcome.error);
  }

  /** A program that lets an error out ends as one that prints it and fails. */
  private failed(error: unknown): void {
    if (error instanceof BrokenPipe) {
      this.finish({ code: 128 + SIGNALS.SIGPIPE, signal: 'SIGPIPE' });
      return;
    }
    const expected = error instanceof FileError || error instanceof NetworkError;
    // Anything else is a fault of the simulated program; it must not take the whole cluster with it.
    const text = `${expected ? '' : 'internal error of the simulated program: '}${error instanceof Error ? error.message : String(error)}`;
    try {
      this.stderr.write(`${this.argv[0]}: ${text}\n`);
    } catch (second) {
      if (!(second instanceof BrokenPipe) && !(second instanceof FileError)) throw second;
    }
    this.finish({ code: expected ? 1 : ABORTED });
  }

  private finish(status: ExitStatus): void {
    if (this.status !== undefined) return;
    this.use({ memory: 0, milliCpu: 0 });
    this.status = status;
    this.task.cancel();
    this.handlers = undefined;
    this.sockets?.release();
    this.host.namespace.remove(this);
    this.host.processEnded?.(this, status);
    const { waiters } = this;
    this.waiters = undefined;
    if (waiters !== undefined) for (const waiter of waiters) waiter(status);
  }
}
