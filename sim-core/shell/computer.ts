import { type Coroutine, RandomStream, suspend } from '../engine/index.ts';
import { NO_INPUT } from '../images/pipe.ts';
import type { Machine, Output } from '../images/process.ts';
import { ShellError } from '../images/shell/expansion.ts';
import { ExitJump, InterruptJump } from '../images/shell/jumps.ts';
import { Shell } from '../images/shell/shell.ts';
import { Cgroup } from '../node/runtime/cgroup.ts';
import { ContainerProcess, PidNamespace, type ProcessHost } from '../node/runtime/process-table.ts';
import { Terminal } from '../node/runtime/terminal.ts';
import { computerTree, HomeFileSystem } from './home-file-system.ts';
import { kubeconfigOf } from './kubeconfig-file.ts';
import { ComputerNetwork } from './network.ts';
import { learnerPrograms } from './programs/index.ts';
import { Pump } from './pump.ts';
import { HOME, type ShellHost, type ShellOutput, type ShellScreen } from './shell-host.ts';

const GIB = 1024 ** 3;
const MACHINE: Machine = {
  architecture: 'amd64',
  cpus: 4,
  memory: 8 * GIB,
  kernel: '6.8.0-51-generic',
  bootedAt: 0,
};
const INTERRUPTED = 130;

/** Commands on the learner's own computer take no time of their own: a paused cluster must not hold up `ls`. */
class FreeCgroup extends Cgroup {
  override slowdown(): number {
    return 0;
  }
}

/** What one line at the prompt came to. */
interface Line {
  readonly text: string;
  readonly done: (code: number) => void;
}

/**
 * The learner's own computer: a shell with kubectl beside the cluster, not in it. Its processes are coroutines of an engine of its own,
 * whose clock follows the cluster's; what they do to the cluster goes through the host's door, and that alone is in the cluster's log.
 */
export class LearnerComputer implements ProcessHost {
  readonly pump: Pump;
  readonly files: HomeFileSystem;
  readonly network: ComputerNetwork;
  readonly random: RandomStream;
  readonly cgroup: Cgroup;
  readonly namespace = new PidNamespace(2);
  readonly user = 0;
  readonly group = 0;
  readonly machine: Machine;
  readonly host: ShellHost;
  /** Lines typed so far, for `history`. */
  history: readonly string[] = [];
  /** What kubectl keeps between two runs, as the real one does on disk. */
  readonly caches = new Map<string, unknown>();
  /** Programs at work that wait for nothing: neither for the cluster, nor for time, nor for keys. */
  awake = 0;
  private readonly screen: ShellScreen | undefined;
  private readonly terminal: Terminal | undefined;
  private readonly lines: Line[] = [];
  private wake: (() => void) | undefined;
  private shell: Shell | undefined;
  private output: ShellOutput | undefined;
  private readonly rawListeners = new Set<(keys: string) => void>();
  private fault: unknown;

  /** With a screen, commands see a terminal; without one, each line's output goes where `run` says. */
  constructor(host: ShellHost, screen?: ShellScreen) {
    this.host = host;
    this.screen = screen;
    this.pump = new Pump(host, (error) => {
      this.fault = error;
      for (const { done } of this.lines.splice(0)) done(1);
    });
    const { engine } = this.pump;
    this.machine = { ...MACHINE, bootedAt: engine.now };
    this.random = new RandomStream(engine.seed, 'learner');
    this.cgroup = new FreeCgroup(engine, MACHINE.cpus, {});
    const { files, programs } = { files: systemFiles(), programs: learnerPrograms(this) };
    this.files = new HomeFileSystem(computerTree({ files, programs }), engine, host.files);
    this.network = new ComputerNetwork(this.pump, host);
    if (screen !== undefined) this.terminal = this.openTerminal(screen);
    this.login();
  }

  get engine() {
    return this.pump.engine;
  }

  /** Name of the working folder for a prompt: `~`, `~/manifests`, `/etc`. */
  get folder(): string {
    const { cwd } = this.shell?.process ?? { cwd: HOME };
    return cwd === HOME ? '~' : cwd.startsWith(`${HOME}/`) ? `~${cwd.slice(HOME.length)}` : cwd;
  }

  /** The shell that takes the lines: its variables, functions and aliases. */
  get session(): Shell | undefined {
    return this.shell;
  }

  /** Whether a command reads the keys itself, each as it is pressed. */
  get isRaw(): boolean {
    return this.rawListeners.size > 0;
  }

  /** Runs a line as typed at the prompt, after those before it. Resolves with its exit code. */
  run(text: string, output?: ShellOutput): Promise<number> {
    return new Promise((resolve) => {
      this.fault = undefined;
      this.output = output;
      this.pump.catchUp();
      this.files.refresh();
      this.writeKubeconfig();
      const { screen, terminal } = this;
      if (screen !== undefined && terminal !== undefined) {
        const { columns, rows } = screen.size();
        terminal.columns = columns;
        terminal.rows = rows;
      }
      this.lines.push({ text, done: resolve });
      this.wake?.();
      this.pump.poke();
    });
  }

  /** Keys pressed while a command runs: ^C ends it, ^D ends its input; a command that wants raw keys gets them. */
  type(keys: string): void {
    this.pump.catchUp();
    if (this.isRaw) for (const listener of this.rawListeners) listener(keys);
    else this.terminal?.type(keys);
    this.pump.poke();
  }

  /** ^C, for a computer without a keyboard. */
  interrupt(): void {
    for (const process of [...this.namespace.processes]) process.signal('SIGINT', 'inside');
    this.pump.poke();
  }

  /** Takes back what was typed and not read: it belongs to the prompt. */
  takeUnread(): string {
    return this.terminal?.takeUnread() ?? '';
  }

  /** Has keys come raw until the returned function is called. What was typed before and not read comes first, as from a real terminal. */
  readRaw(listener: (keys: string) => void): () => void {
    const early = this.takeUnread();
    this.rawListeners.add(listener);
    if (early !== '') listener(early);
    return () => this.rawListeners.delete(listener);
  }

  terminalSize(): { columns: number; rows: number } {
    return this.screen?.size() ?? { columns: 80, rows: 24 };
  }

  onResize(listener: (size: { columns: number; rows: number }) => void): () => void {
    return this.screen?.onResize(listener) ?? (() => {});
  }

  /** Whether that is the terminal itself, not a pipe or a file. */
  isTerminal(stream: unknown): boolean {
    return this.terminal !== undefined && stream === this.terminal;
  }

  /** What the simulator itself failed with, if it did. */
  get failure(): unknown {
    return this.fault;
  }

  /** Ends everything on it. */
  close(): void {
    for (const process of [...this.namespace.processes]) process.signal('SIGKILL', 'outside');
    this.pump.close();
  }

  private openTerminal(screen: ShellScreen): Terminal {
    const terminal = new Terminal({ write: (text) => screen.write(text) }, (signal) => {
      for (const process of [...this.namespace.processes])
        if (process.session === terminal) process.signal(signal, 'inside');
    });
    return terminal;
  }

  private login(): void {
    const stream = (name: 'stdout' | 'stderr'): Output => ({ write: (text) => this.output?.[name](text) });
    const { terminal } = this;
    const process = new ContainerProcess(this, {
      argv: ['bash'],
      program: (self) => this.takeLines(self as ContainerProcess),
      env: {
        HOME,
        USER: 'learner',
        PATH: '/usr/local/bin:/usr/bin:/bin',
        SHELL: '/bin/bash',
        LANG: 'C.UTF-8',
        TERM: 'xterm',
      },
      cwd: HOME,
      stdin: terminal ?? NO_INPUT,
      stdout: terminal ?? stream('stdout'),
      stderr: terminal ?? stream('stderr'),
      parent: 1,
      terminal,
    });
    process.onEnd(() => {
      if (process.status?.signal === undefined && this.fault === undefined) this.login();
    });
  }

  private *takeLines(process: ContainerProcess): Coroutine<number> {
    const shell = new Shell(process, 'bash');
    this.shell = shell;
    shell.aliases.set('k', 'kubectl');
    shell.aliases.set('ll', 'ls -l');
    shell.options.interactive = this.terminal !== undefined;
    process.onSignal('SIGINT', () => shell.interrupt());
    process.onSignal('SIGTERM', 'ignore');
    for (;;) {
      while (this.lines.length === 0) {
        yield* suspend<void>((resume) => {
          this.wake = () => resume();
          return undefined;
        });
      }
      this.wake = undefined;
      const line = this.lines.shift()!;
      shell.takeInterrupt();
      let left = false;
      try {
        yield* shell.runSource(line.text);
      } catch (error) {
        if (error instanceof ExitJump) {
          left = true;
          shell.status = error.code;
        } else if (error instanceof ShellError) {
          shell.complain(error.message);
          shell.status = error.code;
        } else if (error instanceof InterruptJump) shell.status = INTERRUPTED;
        else throw error;
      }
      if (shell.takeInterrupt() && shell.status === 0) shell.status = INTERRUPTED;
      shell.rested();
      shell.reportJobs();
      line.done(shell.status);
      if (left) return shell.status;
    }
  }

  /** What kubeadm leaves for the administrator: there from the beginning, and the learner's from the first change on. */
  private writeKubeconfig(): void {
    const path = `${HOME}/.kube/config`;
    const client = this.host.client();
    if (client === undefined || this.files.stat(path) !== undefined) return;
    this.files.makeDirectory(`${HOME}/.kube`, { parents: true });
    this.files.write(path, kubeconfigOf(client.rest.server, client.token), { mode: 0o600 });
  }
}

function systemFiles(): Record<string, string> {
  return {
    '/bin/': '',
    '/etc/hostname': 'learner\n',
    '/etc/os-release': 'PRETTY_NAME="Jotasu learner computer"\nNAME="Jotasu"\nID=jotasu\n',
    '/etc/passwd': `root:x:0:0:root:/root:/bin/bash\nlearner:x:1000:1000:learner:${HOME}:/bin/bash\n`,
  };
}
