import type { RestClient } from '../../sim-core/client/rest.ts';
import type { TerminalSize } from '../../sim-core/kubectl/environment.ts';
import type { Strings } from '../i18n/index.ts';
import { LineError, readLine, type SimpleCommand } from './command-line.ts';
import { type Files, HOME, ShellFiles } from './files.svelte.ts';

/** What a shell needs of the page that it runs on. */
export interface ShellHost {
  /** The cluster's API, and the token of its administrator. */
  client(): { rest: RestClient; token: string } | undefined;
  /** Virtual time, milliseconds since 1970. */
  now(): number;
  /** Waits so long in the cluster's time. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** A line is about to run: told to the cluster's log. */
  note(line: string): void;
  readonly files: Files;
  readonly words: Strings['workspace']['terminal'];
}

/** Where a command's output goes, and what it hears. */
export interface ShellIo {
  /** Text for the screen, lines ended by \n. */
  write(text: string): void;
  clear(): void;
  readonly signal: AbortSignal;
  readonly size: () => TerminalSize;
  readonly onResize: (listener: (size: TerminalSize) => void) => () => void;
  /** The next bytes that are typed while a command runs; undefined at the end. */
  readonly readInput: () => Promise<Uint8Array | undefined>;
  readonly history: readonly string[];
}

/** What runs what a learner types. The terminal knows no more of it than this. */
export interface Shell {
  /** Runs a line and answers its exit code. Never throws. */
  run(line: string, io: ShellIo): Promise<number>;
  /** What may stand at the end of what was typed so far: whole words in place of the last one. */
  complete(before: string): Promise<{ word: string; candidates: readonly string[] }>;
}

const PROGRAMS = ['kubectl', 'ls', 'cat', 'echo', 'clear', 'history', 'help'] as const;
const COMMAND_NOT_FOUND = 127;
const INTERRUPTED = 130;

const loadKubectl = () => import('../../sim-core/kubectl/main.ts');

/** A small shell: kubectl, and the few commands that look at the learner's files. */
export class SmallShell implements Shell {
  private readonly host: ShellHost;
  private readonly disk: ShellFiles;
  private readonly cache = new Map<string, unknown>();

  constructor(host: ShellHost) {
    this.host = host;
    this.disk = new ShellFiles(host.files);
  }

  /** Loads kubectl before it is asked for, a command at a time: the first answer comes sooner, and none needs the network later. */
  async warmUp(): Promise<void> {
    try {
      await loadKubectl();
      const { COMMANDS } = await import('../../sim-core/kubectl/registry.ts');
      for (const { load } of COMMANDS) await load();
    } catch {
      // It will be asked for again, and say then what is wrong.
    }
  }

  /** Forgets what was learnt of a cluster that is gone. */
  forget(): void {
    this.cache.clear();
  }

  async run(line: string, io: ShellIo): Promise<number> {
    const { words } = this.host;
    let code = 0;
    try {
      const steps = readLine(line);
      if (steps.length > 0) this.host.note(line.trim());
      for (const { when, command } of steps) {
        if ((when === 'success' && code !== 0) || (when === 'failure' && code === 0)) continue;
        if (io.signal.aborted) return INTERRUPTED;
        code = await this.one(command, io);
      }
      return code;
    } catch (error) {
      if (!(error instanceof LineError)) throw error;
      io.write(`${error.reason === 'unclosed' ? words.unclosed : words.notHere(error.what)}\n`);
      return 2;
    }
  }

  private async one({ words, redirect }: SimpleCommand, io: ShellIo): Promise<number> {
    if (redirect === undefined) return this.program(words, io, io);
    const collected = new Collected();
    const code = await this.program(words, io, collected);
    const path = absolute(redirect.file);
    const before = redirect.append ? await this.disk.read(path).then(decode, () => '') : '';
    await this.disk.write(path, before + collected.text);
    return code;
  }

  private async program([name = '', ...args]: readonly string[], io: ShellIo, out: Output): Promise<number> {
    const { words } = this.host;
    switch (name) {
      case 'kubectl':
      case 'k':
        return this.kubectl(args, io, out);
      case 'ls':
        return this.ls(args, out);
      case 'cat':
        return this.cat(args, io, out);
      case 'echo':
        out.write(`${args.join(' ')}\n`);
        return 0;
      case 'clear':
        io.clear();
        return 0;
      case 'history':
        out.write(io.history.map((line, index) => `${String(index + 1).padStart(5)}  ${line}\n`).join(''));
        return 0;
      case 'help':
        out.write(`${words.help.join('\n')}\n`);
        return 0;
      default:
        io.write(`${words.unknown(name)}\n${words.available}\n`);
        return COMMAND_NOT_FOUND;
    }
  }

  private async ls(args: readonly string[], out: Output): Promise<number> {
    const [folder = '.'] = args.filter((word) => !word.startsWith('-'));
    try {
      const names = await this.disk.list(absolute(folder));
      if (names.length > 0) out.write(`${names.filter((name) => !name.startsWith('.')).join('  ')}\n`);
      return 0;
    } catch {
      out.write(`ls: cannot access '${folder}': No such file or directory\n`);
      return 2;
    }
  }

  private async cat(args: readonly string[], io: ShellIo, out: Output): Promise<number> {
    let code = 0;
    for (const name of args) {
      try {
        const text = decode(await this.disk.read(absolute(name)));
        out.write(text.endsWith('\n') || text === '' ? text : `${text}\n`);
      } catch {
        io.write(`${this.host.words.noFile(name)}\n`);
        code = 1;
      }
    }
    return code;
  }

  private async kubectl(argv: readonly string[], io: ShellIo, out: Output): Promise<number> {
    const { host } = this;
    let runKubectl: Awaited<ReturnType<typeof loadKubectl>>['runKubectl'];
    try {
      ({ runKubectl } = await loadKubectl());
    } catch {
      io.write(`${host.words.kubectlFailed}\n`);
      return 1;
    }
    const screen = (target: Output) => {
      const decoder = new TextDecoder();
      return {
        isTerminal: target.isTerminal !== false,
        write: (data: string | Uint8Array) =>
          target.write(typeof data === 'string' ? data : decoder.decode(data, { stream: true })),
      };
    };
    const code = await runKubectl(argv, {
      connect: () => this.connect(),
      files: this.disk,
      stdin: { isTerminal: true, read: io.readInput },
      stdout: screen(out),
      stderr: screen(io),
      variables: { HOME },
      cwd: HOME,
      now: () => Math.floor(host.now()),
      sleep: (milliseconds, signal) => host.sleep(milliseconds, signal),
      signal: io.signal,
      terminal: { size: io.size, onResize: io.onResize },
      cache: this.cache,
    });
    return io.signal.aborted ? INTERRUPTED : code;
  }

  /** The cluster's API with the administrator's credentials, as a kubeconfig would add them. */
  private connect(): RestClient {
    const found = this.host.client();
    if (found === undefined) throw new Error('the cluster is not running');
    const { rest, token } = found;
    const authorized = (headers: Readonly<Record<string, string>> | undefined) => ({
      authorization: `Bearer ${token}`,
      ...headers,
    });
    return {
      server: rest.server,
      request: (request, signal) => rest.request({ ...request, headers: authorized(request.headers) }, signal),
      stream: (request, handler) => rest.stream({ ...request, headers: authorized(request.headers) }, handler),
    };
  }

  async complete(before: string): Promise<{ word: string; candidates: readonly string[] }> {
    const words = before.split(/\s+/).filter((word, index, all) => word !== '' || index === all.length - 1);
    const word = words.at(-1) ?? '';
    const starts = (candidates: readonly string[]) => ({
      word,
      candidates: candidates.filter((candidate) => candidate.startsWith(word)),
    });
    if (words.length <= 1) return starts(PROGRAMS);
    if (words[0] === 'cat' || words[0] === 'ls') return starts(this.host.files.names);
    if (words[0] !== 'kubectl') return { word, candidates: [] };
    const previous = words.at(-2);
    if (previous === '-f' || previous === '--filename') return starts(this.host.files.names);
    return starts(await this.completeKubectl(words.slice(1)));
  }

  /** Asks kubectl itself, as the completion scripts of real shells do: one candidate a line, then `:directive`. */
  private async completeKubectl(words: readonly string[]): Promise<string[]> {
    const out = new Collected();
    const silent: ShellIo = {
      write: () => {},
      clear: () => {},
      signal: new AbortController().signal,
      size: () => ({ columns: 80, rows: 24 }),
      onResize: () => () => {},
      readInput: () => Promise.resolve(undefined),
      history: [],
    };
    const code = await this.kubectl(['__complete', ...words], silent, out);
    if (code !== 0) return [];
    return out.text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith(':'))
      .map((line) => line.split('\t')[0]!);
  }
}

interface Output {
  write(text: string): void;
  readonly isTerminal?: boolean;
}

/** Output that goes somewhere else than to the screen. */
class Collected implements Output {
  readonly isTerminal = false;
  text = '';

  write(more: string): void {
    this.text += more;
  }
}

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function absolute(path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${HOME}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}
