import { adminToken } from '../cluster/cluster.ts';
import { LearnerComputer } from '../shell/computer.ts';
import type { HomeFiles, ShellScreen } from '../shell/shell-host.ts';
import type { LocalCluster } from './local-client.ts';
import { nextTurn } from './turns.ts';
import { webCrypto } from './web-crypto.ts';

/** What a line printed, and how it ended. */
export interface LineResult {
  readonly line: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
  /** It would have gone on: ^C ended it. */
  readonly interrupted: boolean;
}

let loaded: Promise<unknown> | undefined;

/** Loads all of kubectl. */
function loadKubectl(): Promise<unknown> {
  loaded ??= Promise.all([
    import('../kubectl/main.ts'),
    import('../kubectl/registry.ts').then(({ COMMANDS }) => Promise.all(COMMANDS.map(({ load }) => load()))),
  ]);
  return loaded;
}

/**
 * The learner's shell beside a cluster in the same place, for walkthroughs and tests: what is typed on a page has the same effect here.
 * Virtual time passes only while a command waits for it. Files are told to the cluster's log as a page tells them.
 */
export class LocalShell {
  readonly computer: LearnerComputer;
  /** The learner's folder. */
  readonly home: HomeFiles;
  private readonly local: LocalCluster;
  private readonly files = new Map<string, string>();

  /** With a screen, commands see a terminal, and print there. */
  constructor(local: LocalCluster, files: Readonly<Record<string, string>> = {}, screen?: ShellScreen) {
    this.local = local;
    const { engine } = local.session.cluster;
    this.home = {
      names: () => [...this.files.keys()].sort(),
      read: (name) => this.files.get(name),
      write: (name, content) => {
        if (this.files.get(name) === content) return;
        this.files.set(name, content);
        local.session.apply({ type: 'file', path: name, content });
      },
      remove: (name) => {
        if (this.files.delete(name)) local.session.apply({ type: 'file', path: name, content: null });
      },
    };
    for (const [name, content] of Object.entries(files)) this.home.write(name, content);
    this.computer = new LearnerComputer(
      {
        client: () => ({ rest: local, token: adminToken(engine.seed) }),
        now: () => engine.now / 1000,
        sleep: (milliseconds, signal) => local.sleep(milliseconds, signal),
        turn: nextTurn,
        crypto: webCrypto,
        files: this.home,
        help: '',
      },
      screen,
    );
    local.busy = () => this.computer.awake > 0;
  }

  /**
   * Runs a line (or several) to its end; after `patience` virtual µs someone presses ^C. Rejects when it cannot come to an end, or not within an
   * hour of virtual time.
   */
  async run(line: string, { patience }: { patience?: number } = {}): Promise<LineResult> {
    // Where several commands run at once, how long one takes to load must not show in the time of the others.
    if (/[|&]/.test(line)) await loadKubectl();
    let stdout = '';
    let stderr = '';
    this.local.session.apply({ type: 'note', text: line });
    let interrupted = false;
    const cancel =
      patience === undefined
        ? () => {}
        : this.local.alarm(this.local.session.cluster.engine.now + patience, () => {
            interrupted = true;
            this.computer.interrupt();
          });
    const code = await this.local.drive(
      this.computer.run(line, {
        stdout: (text) => {
          stdout += text;
        },
        stderr: (text) => {
          stderr += text;
        },
      }),
    );
    cancel();
    if (this.computer.failure !== undefined) throw this.computer.failure;
    return { line, stdout, stderr, code, interrupted };
  }

  /** Ends what still runs: jobs in the background. */
  close(): void {
    this.local.busy = () => false;
    this.computer.close();
  }
}
