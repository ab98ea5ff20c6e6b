import type { RestClient } from '../../sim-core/client/rest.ts';
import { nextTurn } from '../../sim-core/host/turns.ts';
import { webCrypto } from '../../sim-core/host/web-crypto.ts';
import type { TerminalSize } from '../../sim-core/kubectl/environment.ts';
import type { LearnerComputer } from '../../sim-core/shell/computer.ts';
import type { HomeFiles } from '../../sim-core/shell/shell-host.ts';
import type { Strings } from '../i18n/index.ts';
import { patiently } from './patiently.ts';

/** What a shell needs of the page that it runs on. */
export interface ShellPage {
  /** Waits until there is a cluster to ask, or none will come. */
  ready?(): Promise<void>;
  /** The cluster's API, and the token of its administrator. */
  client(): { rest: RestClient; token: string } | undefined;
  /** Virtual time, milliseconds since 1970. */
  now(): number;
  /** Waits so long in the cluster's time. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** A line is about to run: told to the cluster's log. */
  note(line: string): void;
  /** Opens the page's editor on a text; answers what was saved, or undefined. */
  edit(path: string, content: string, signal: AbortSignal): Promise<string | undefined>;
  readonly files: HomeFiles;
  readonly words: Strings['workspace']['terminal'];
}

/** The screen that a shell writes to. */
export interface Screen {
  /** Text as it comes, at any time: jobs in the background write while the next line is typed. */
  write(text: string): void;
  readonly size: () => TerminalSize;
  readonly onResize: (listener: (size: TerminalSize) => void) => () => void;
}

/** What runs what a learner types. The terminal knows no more of it than this. */
export interface Shell {
  /** Where everything is written from now on. */
  attach(screen: Screen): void;
  /** Runs a line and answers its exit code. Never throws. */
  run(line: string, history: readonly string[]): Promise<number>;
  /** Keys pressed while a command runs. */
  type(keys: string): void;
  /** What was typed and no command has read: it belongs to the next prompt. */
  takeUnread(): string;
  /** What may stand at the end of what was typed so far: whole words in place of the last one. */
  complete(before: string): Promise<{ word: string; candidates: readonly string[] }>;
  /** Whether these lines are whole commands, or more is to come; `undefined`: it cannot tell before it is `loaded`. */
  isWhole(text: string): boolean | undefined;
  /** Resolves once it can tell, or never will: running a line says then what is wrong. Never throws. */
  loaded(): Promise<void>;
  /** Name of the working folder, as a prompt says it. */
  readonly folder: string;
}

const load = () =>
  patiently(() =>
    Promise.all([
      import('../../sim-core/shell/computer.ts'),
      import('../../sim-core/shell/completion.ts'),
      import('../../sim-core/images/shell/syntax.ts'),
    ]),
  );

/** kubectl, a command at a time. */
async function loadKubectl(): Promise<void> {
  await import('../../sim-core/kubectl/main.ts');
  const { COMMANDS } = await import('../../sim-core/kubectl/registry.ts');
  await COMMANDS.find(({ name }) => name === 'get')?.load();
  await import('../../sim-core/kubectl/complete.ts');
  for (const command of COMMANDS) await command.load();
}

type Pack = Awaited<ReturnType<typeof load>>;

/** The learner's computer on a page. Its code is loaded with the first command, or ahead of it by `warmUp`. */
export class PageShell implements Shell {
  private readonly page: ShellPage;
  private pack: Pack | undefined;
  private computer: LearnerComputer | undefined;
  private screen: Screen | undefined;
  /** What was typed while the computer was still being loaded. */
  private early = '';

  constructor(page: ShellPage) {
    this.page = page;
  }

  /**
   * Loads the shell and kubectl before they are asked for: the first answer comes sooner, and none needs the network later.
   * `first` is called when the shell is there, of which most is: what follows comes in small pieces, beside which others may be loaded.
   */
  async warmUp(first: () => void): Promise<void> {
    try {
      this.pack = await load();
      first();
      await patiently(loadKubectl);
    } catch {
      // It will be asked for again, and say then what is wrong.
    }
  }

  /** The cluster is gone: so is what ran against it, and what was learnt of it. */
  forget(): void {
    this.computer?.close();
    this.computer = undefined;
  }

  attach(screen: Screen): void {
    this.screen = screen;
    this.forget();
  }

  async run(line: string, history: readonly string[]): Promise<number> {
    const { page } = this;
    let computer: LearnerComputer;
    try {
      computer = await this.start();
    } catch {
      this.screen?.write(`${page.words.shellFailed}\n`);
      return 1;
    }
    // What is typed before there is a cluster waits for it: nobody is known to a server that is still being made.
    await page.ready?.();
    computer.history = history;
    page.note(line.trim());
    const ended = computer.run(line);
    const { early } = this;
    this.early = '';
    if (early !== '') computer.type(early);
    const code = await ended;
    if (computer.failure !== undefined) {
      console.error(computer.failure);
      this.screen?.write(`${page.words.shellFailed}\n`);
      this.forget();
    }
    return code;
  }

  type(keys: string): void {
    if (this.computer === undefined) this.early += keys;
    else this.computer.type(keys);
  }

  takeUnread(): string {
    const { early } = this;
    this.early = '';
    return (this.computer?.takeUnread() ?? '') + early;
  }

  async complete(before: string): Promise<{ word: string; candidates: readonly string[] }> {
    try {
      const computer = await this.start();
      computer.files.refresh();
      return await this.pack![1].completeLine(computer, before);
    } catch {
      return { word: '', candidates: [] };
    }
  }

  isWhole(text: string): boolean | undefined {
    return this.pack?.[2].isWhole(`${text}\n`);
  }

  async loaded(): Promise<void> {
    try {
      await this.start();
    } catch {
      // Whoever runs a line is told.
    }
  }

  get folder(): string {
    return this.computer?.folder ?? '~';
  }

  private async start(): Promise<LearnerComputer> {
    this.pack ??= await load();
    if (this.computer !== undefined) return this.computer;
    const [{ LearnerComputer }] = this.pack;
    const { page, screen } = this;
    this.computer = new LearnerComputer(
      {
        client: () => page.client(),
        now: () => page.now(),
        sleep: (milliseconds, signal) => page.sleep(milliseconds, signal),
        turn: nextTurn,
        crypto: webCrypto,
        edit: (path, content, signal) => page.edit(path, content, signal),
        files: page.files,
        help: `${page.words.help.join('\n')}\n`,
      },
      screen === undefined
        ? undefined
        : { write: (text) => screen.write(text), size: screen.size, onResize: screen.onResize },
    );
    return this.computer;
  }
}
