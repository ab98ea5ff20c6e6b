import {
  type AndOr,
  type CommandNode,
  type CompoundList,
  type ParsedScript,
  type PipelineNode,
  parse,
  type Statement,
} from 'unbash';
import { type Coroutine, SECOND, suspend } from '../../engine/index.ts';
import { NO_INPUT, NO_OUTPUT, TextOutput } from '../pipe.ts';
import { type ChildProcess, FileError, type Process, SIGNALS, type Signal } from '../process.ts';
import { expandAliases } from './aliases.ts';
import { runNode } from './control-flow.ts';
import { type Descriptor, standardDescriptors } from './descriptors.ts';
import { type ExpansionContext, ShellError } from './expansion.ts';
import { ExitJump, InterruptJump, LoopJump, ReturnJump } from './jumps.ts';
import { syntaxMessage } from './syntax.ts';
import { Variables } from './variables.ts';

export interface ShellOptions {
  errexit: boolean;
  nounset: boolean;
  xtrace: boolean;
  noglob: boolean;
  pipefail: boolean;
  interactive: boolean;
}

/** Which shell it imitates, where they differ: busybox ash (Alpine), dash (Debian), or bash (people's own computers). */
export type Dialect = 'ash' | 'dash' | 'bash';

/** Virtual time of a fork; microseconds. */
const FORK_TIME = 300;
/** The time that commands took is let pass in pieces of at least this. */
const QUANTUM = 1000;
/** A shell that has computed for this long without a pause slows down more and more: see `slowness`. */
const PATIENCE = SECOND / 2;
const MAX_SLOWNESS = 20_000;
const MAX_DEPTH = 400;
const MEMORY = 700 * 1024;
const MOST_JOBS = 64;
const NAME = /^[A-Za-z_]\w*$/;

export type FunctionBody = Extract<CommandNode, { type: 'Function' }>['body'];

/** A POSIX shell that runs syntax trees as coroutines. */
export class Shell extends Variables implements ExpansionContext {
  readonly process: Process;
  readonly dialect: Dialect;
  /** `$0`, and what messages begin with. */
  name: string;
  positional: readonly string[] = [];
  status = 0;
  readonly options: ShellOptions;
  readonly functions: Map<string, FunctionBody>;
  readonly traps: Map<string, string>;
  readonly aliases: Map<string, string>;
  readonly jobs: { readonly child: ChildProcess; readonly text: string; told?: boolean }[] = [];
  fds: Map<number, Descriptor>;
  /** The command with which this forked shell ends, and whether it is the one that runs now. */
  tail: CommandNode | undefined;
  replaces = false;
  /** Files of process substitutions of the command that runs. */
  readonly temporary: string[] = [];
  lastBackground = 0;
  loopDepth = 0;
  functionDepth = 0;
  /** Script text, for line numbers and job names. */
  source = '';
  /** Exit code of the last command substitution of the command being expanded. */
  substitutionStatus: number | undefined;
  /** Above 0 where a failure is looked at, so that `-e` does not end the shell. */
  errexitIgnored = 0;
  private depth = 0;
  private debt = 0;
  private busySince: number;
  private readonly pending: string[] = [];
  private wakeWait: (() => void) | undefined;
  private interrupted = false;
  /** `$$`: a subshell has that of its shell. */
  private readonly shellPid: number;

  constructor(process: Process, dialect: Dialect, from?: Shell) {
    super(from);
    this.process = process;
    this.dialect = dialect;
    this.shellPid = from?.shellPid ?? process.pid;
    this.busySince = process.now();
    if (from === undefined) {
      this.name = process.argv[0] ?? 'sh';
      this.fds = standardDescriptors(process);
      this.options = {
        errexit: false,
        nounset: false,
        xtrace: false,
        noglob: false,
        pipefail: false,
        interactive: false,
      };
      this.functions = new Map();
      this.aliases = new Map();
      this.traps = new Map();
      for (const [name, value] of Object.entries(process.env)) {
        if (!NAME.test(name)) continue;
        this.set(name, value);
        this.export(name);
      }
      this.set('PWD', process.cwd);
      this.export('PWD');
    } else {
      this.name = from.name;
      this.positional = from.positional;
      this.status = from.status;
      this.fds = new Map(from.fds);
      this.options = { ...from.options, interactive: false };
      this.functions = new Map(from.functions);
      this.aliases = from.aliases;
      // A subshell keeps only the signals that are ignored.
      this.traps = new Map([...from.traps].filter(([, action]) => action === ''));
      this.lastBackground = from.lastBackground;
      this.functionDepth = from.functionDepth;
      this.source = from.source;
      this.errexitIgnored = from.errexitIgnored;
      this.depth = from.depth;
    }
    process.use({ memory: MEMORY });
  }

  get nounset(): boolean {
    return this.options.nounset;
  }

  get noglob(): boolean {
    return this.options.noglob;
  }

  special(name: string): string | undefined {
    switch (name) {
      case '?':
        return String(this.status);
      case '$':
        return String(this.shellPid);
      case '!':
        return this.lastBackground === 0 ? '' : String(this.lastBackground);
      case '0':
        return this.name;
      case '-': {
        const { errexit, nounset, xtrace, noglob, interactive } = this.options;
        return `${errexit ? 'e' : ''}${noglob ? 'f' : ''}${interactive ? 'i' : ''}${nounset ? 'u' : ''}${xtrace ? 'x' : ''}`;
      }
      case 'RANDOM':
        return this.dialect !== 'dash' ? String(this.process.random.below(32_768)) : undefined;
      case 'PPID':
        return String(this.process.parent);
      default:
        return undefined;
    }
  }

  // Streams

  out(text: string): void {
    this.fds.get(1)?.output.write(text);
  }

  /** A message on stderr: `sh: …`. */
  complain(text: string): void {
    this.fds
      .get(2)
      ?.output.write(`${this.name}: ${this.dialect === 'dash' && !this.options.interactive ? '1: ' : ''}${text}\n`);
  }

  // Running

  /** Parses and runs a script in this shell. A syntax error is told and answers 2. As all there is to run (`whole`), its only command takes the shell's place. */
  *runSource(source: string, whole = false): Coroutine<number> {
    const text = this.aliases.size === 0 ? source : expandAliases(source, this.aliases);
    const script = this.parse(text);
    if (script === undefined) {
      this.status = 2;
      return 2;
    }
    const before = this.source;
    this.source = text;
    const [first] = script.commands;
    if (whole && script.commands.length === 1 && first?.background !== true && first?.command.type === 'Command')
      this.tail = first.command;
    yield* this.statements(script.commands);
    this.source = before;
    return this.status;
  }

  /** The script of a text; tells of a syntax error and answers `undefined`. */
  parse(source: string): ParsedScript | undefined {
    const script = parse(source);
    const error = script.errors?.[0];
    if (error === undefined) return script;
    this.complain(`syntax error: ${syntaxMessage(error.message)}`);
    return undefined;
  }

  /** Runs everything to the end of the shell, its EXIT trap included. Answers the exit code. */
  *toTheEnd(run: () => Coroutine<unknown>): Coroutine<number> {
    let code: number;
    try {
      yield* run();
      code = this.status;
    } catch (error) {
      code = this.exitCodeOf(error);
    }
    const action = this.traps.get('EXIT');
    if (action !== undefined && action !== '') {
      this.traps.delete('EXIT');
      this.status = code;
      try {
        yield* this.runSource(action);
      } catch (error) {
        code = this.exitCodeOf(error);
      }
    }
    yield* this.pass(true);
    return code;
  }

  *statements(statements: readonly Statement[]): Coroutine {
    for (const statement of statements) {
      if (statement.background === true) this.startJob(statement);
      else yield* this.node(statement.command);
      if (this.pending.length > 0) yield* this.runTraps();
      if (this.interrupted) this.throwInterrupt();
    }
  }

  *node(node: PipelineNode | AndOr): Coroutine<number> {
    if (++this.depth > MAX_DEPTH) {
      this.depth = 0;
      throw new ShellError('maximum nesting of commands exceeded');
    }
    try {
      const status = yield* runNode(this, node);
      this.status = status;
      return status;
    } finally {
      this.depth--;
    }
  }

  /** Runs the one command that a forked shell is for. */
  *last(node: PipelineNode | AndOr): Coroutine<number> {
    if (node.type === 'Command') this.tail = node;
    return yield* this.node(node);
  }

  *list(list: CompoundList): Coroutine<number> {
    this.status = 0;
    yield* this.statements(list.commands);
    return this.status;
  }

  // Processes

  /** A copy of this shell in a process of its own. */
  fork(
    run: (shell: Shell) => Coroutine<unknown>,
    arrange: (fds: Map<number, Descriptor>) => void = () => {},
    background = false,
  ): ChildProcess {
    this.debt += FORK_TIME;
    const parent = this;
    const fds = new Map(this.fds);
    arrange(fds);
    try {
      return this.process.spawn({
        argv: this.process.argv,
        background,
        env: this.env,
        stdin: fds.get(0)?.input ?? NO_INPUT,
        ...(fds.has(1) ? { stdout: fds.get(1)!.output } : {}),
        ...(fds.has(2) ? { stderr: fds.get(2)!.output } : {}),
        program: function* child(process) {
          const shell = new Shell(process, parent.dialect, parent);
          shell.fds = fds;
          return yield* shell.toTheEnd(() => run(shell));
        },
      });
    } catch (error) {
      if (error instanceof FileError) throw new ShellError(`can't fork: ${error.message}`);
      throw error;
    }
  }

  private startJob(statement: Statement): void {
    const child = this.fork(
      (shell) => shell.last(statement.command),
      (fds) => fds.set(0, { input: NO_INPUT, output: fds.get(0)?.output ?? NO_OUTPUT }),
      true,
    );
    this.lastBackground = child.pid;
    this.status = 0;
    const text = this.source.slice(statement.pos, statement.end).replace(/\s*&\s*$/, '');
    this.jobs.push({ child, text });
    if (this.jobs.length > MOST_JOBS) this.jobs.splice(0, this.jobs.length - MOST_JOBS);
    if (this.options.interactive) this.fds.get(2)?.output.write(`[${this.jobs.length}] ${child.pid}\n`);
  }

  /** Tells of the jobs that have ended, as an interactive shell does before its prompt, and forgets them. */
  reportJobs(): void {
    for (const [index, { child, text }] of this.jobs.entries()) {
      const { status } = child;
      if (status === undefined || this.jobs[index]!.told === true) continue;
      this.jobs[index]!.told = true;
      if (!this.options.interactive) continue;
      const word = status.code === 0 ? 'Done' : status.signal === undefined ? `Exit ${status.code}` : 'Terminated';
      this.fds.get(2)?.output.write(`[${index + 1}]+  ${word.padEnd(23)} ${text}\n`);
    }
    while (this.jobs.length > 0 && this.jobs.at(-1)!.child.status !== undefined) this.jobs.pop();
  }

  *substitute(script: ParsedScript): Coroutine<string> {
    const error = script.errors?.[0];
    if (error !== undefined) throw new ShellError(`syntax error: ${syntaxMessage(error.message)}`);
    yield* this.tick(FORK_TIME);
    const output = new TextOutput();
    const child = this.fork(
      function* (shell) {
        yield* shell.statements(script.commands);
      },
      (fds) => fds.set(1, { input: NO_INPUT, output }),
    );
    this.substitutionStatus = yield* this.waitFor(child);
    this.status = this.substitutionStatus;
    return output.text.replaceAll('\0', '');
  }

  /** `<(…)`: what the script prints, as a file that is there while the command runs. */
  *substituteProcess(script: ParsedScript): Coroutine<string> {
    const status = this.status;
    const text = yield* this.substitute(script);
    this.status = status;
    const path = `/tmp/sh-np.${this.process.pid}.${this.temporary.length}`;
    this.process.files.write(path, text);
    this.temporary.push(path);
    return path;
  }

  /** Waits for a child in the foreground. */
  *waitFor(child: ChildProcess): Coroutine<number> {
    yield* this.pass(true);
    const before = this.process.now();
    const { code } = yield* child.wait();
    if (this.process.now() > before + QUANTUM) this.busySince = this.process.now();
    return code;
  }

  /** `wait`: a trapped signal ends the waiting with 128 + its number. Without children, waits for all. */
  *waitForJobs(children: readonly ChildProcess[]): Coroutine<number> {
    yield* this.pass(true);
    let status = 0;
    for (const child of children) {
      while (child.status === undefined) {
        if (this.pending.length > 0) return 128 + SIGNALS[`SIG${this.pending[0]}` as Signal];
        yield* suspend<void>((resume) => {
          this.wakeWait = () => resume();
          child.onEnd(() => resume());
          return undefined;
        });
        this.wakeWait = undefined;
        if (this.interrupted) this.throwInterrupt();
      }
      status = child.status.code;
    }
    this.busySince = this.process.now();
    return status;
  }

  // Signals

  /** Sets what is done at a signal (`TERM`) or `EXIT`; `undefined` restores the default. */
  trap(name: string, action: string | undefined): void {
    if (action === undefined) this.traps.delete(name);
    else this.traps.set(name, action);
    if (name === 'EXIT') return;
    const signal = `SIG${name}` as Signal;
    if (action === undefined) this.process.onSignal(signal, 'default');
    else if (action === '') this.process.onSignal(signal, 'ignore');
    else {
      this.process.onSignal(signal, () => {
        this.pending.push(name);
        this.wakeWait?.();
      });
    }
  }

  /** ^C at an interactive shell. */
  interrupt(): void {
    this.interrupted = true;
    this.wakeWait?.();
  }

  takeInterrupt(): boolean {
    const was = this.interrupted;
    this.interrupted = false;
    return was;
  }

  private throwInterrupt(): never {
    this.interrupted = false;
    this.status = 130;
    throw new InterruptJump();
  }

  private *runTraps(): Coroutine {
    for (let name = this.pending.shift(); name !== undefined; name = this.pending.shift()) {
      const action = this.traps.get(name);
      if (action === undefined || action === '') continue;
      const { status } = this;
      yield* this.runSource(action);
      this.status = status;
    }
  }

  // Time

  /** Counts the time of a command, and lets it pass now and then. */
  *tick(cost: number): Coroutine {
    this.debt += cost;
    if (this.debt >= QUANTUM) yield* this.pass(false);
  }

  /**
   * Lets the time pass that commands have taken. One that computes on and on without ever waiting (`while true; do :; done`) is
   * slowed down so that an hour of it is only some hundred thousand commands.
   */
  *pass(now: boolean): Coroutine {
    const { debt } = this;
    if (debt === 0 || (!now && debt < QUANTUM)) return;
    this.debt = 0;
    yield* this.process.compute(debt * this.slowness());
    if (this.interrupted) this.throwInterrupt();
    if (this.pending.length > 0) yield* this.runTraps();
  }

  private slowness(): number {
    const busy = (this.process.now() - this.busySince) / PATIENCE;
    return busy <= 1 ? 1 : Math.min(MAX_SLOWNESS, busy * Math.sqrt(busy));
  }

  /** The shell has waited for something: it is not one that only computes. */
  rested(): void {
    this.busySince = this.process.now();
  }

  /** With `-e`, a failure that nobody looks at ends the shell. */
  // biome-ignore lint/correctness/useYield: called where coroutines are
  *failing(status: number): Coroutine<number> {
    if (status !== 0 && this.options.errexit && this.errexitIgnored === 0) throw new ExitJump(status);
    return status;
  }

  /** Exit code for what ended the shell; what is no matter of the shell's is thrown on. */
  private exitCodeOf(error: unknown): number {
    if (error instanceof ExitJump || error instanceof ReturnJump) return error.code;
    if (error instanceof LoopJump) return 0;
    if (error instanceof InterruptJump) return 130;
    if (error instanceof ShellError) {
      this.complain(error.message);
      return error.code;
    }
    if (error instanceof RangeError && /call stack/i.test(error.message)) {
      this.complain('maximum nesting of commands exceeded');
      return 2;
    }
    throw error;
  }
}
