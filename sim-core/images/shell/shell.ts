import {
  type AndOr,
  type Command,
  type CommandNode,
  type CompoundList,
  type ParsedScript,
  type Pipeline,
  type PipelineNode,
  parse,
  type Redirection,
  type Statement,
  type TestExpression,
} from 'unbash';
import { type Coroutine, SECOND, suspend } from '../../engine/index.ts';
import { NO_INPUT, Pipe, TextInput, TextOutput } from '../pipe.ts';
import { type ChildProcess, FileError, type Process, SIGNALS, type Signal } from '../process.ts';
import { BUILTINS, type Builtin, SPECIAL_BUILTINS } from './builtins.ts';
import { type Descriptor, openFile, RedirectError, standardDescriptors } from './descriptors.ts';
import {
  arithmetic,
  type ExpansionContext,
  expandHereDocument,
  expandPattern,
  expandText,
  expandWords,
  ShellError,
} from './expansion.ts';
import { matchPattern } from './pattern.ts';
import { evaluateTest, TestError } from './test-expression.ts';

/** `break` and `continue`, on their way to their loop. */
export class LoopJump {
  readonly kind: 'break' | 'continue';
  levels: number;

  constructor(kind: LoopJump['kind'], levels: number) {
    this.kind = kind;
    this.levels = levels;
  }
}

/** `return`, on its way to its function or file. */
export class ReturnJump {
  readonly code: number;

  constructor(code: number) {
    this.code = code;
  }
}

/** `exit`, on its way out of the shell. */
export class ExitJump {
  readonly code: number;

  constructor(code: number) {
    this.code = code;
  }
}

/** ^C at an interactive shell, on its way to the prompt. */
export class InterruptJump {}

export interface Variable {
  value: string;
  exported: boolean;
  readonly: boolean;
}

export interface ShellOptions {
  errexit: boolean;
  nounset: boolean;
  xtrace: boolean;
  noglob: boolean;
  pipefail: boolean;
  interactive: boolean;
}

/** Which shell it imitates, where they differ: busybox ash (Alpine), or dash (Debian). */
export type Dialect = 'ash' | 'dash';

/** Virtual time of a builtin command, of a fork, and of starting a program; microseconds. */
const BUILTIN_TIME = 5;
const FORK_TIME = 300;
const SPAWN_TIME = 500;
/** The time that commands took is let pass in pieces of at least this. */
const QUANTUM = 1000;
/** A shell that has computed for this long without a pause slows down more and more: see `slowness`. */
const PATIENCE = SECOND / 2;
const MAX_SLOWNESS = 20_000;
const MAX_DEPTH = 400;
const MEMORY = 700 * 1024;
const NAME = /^[A-Za-z_]\w*$/;

type FunctionBody = Extract<CommandNode, { type: 'Function' }>['body'];

/** A POSIX shell that runs syntax trees as coroutines. */
export class Shell implements ExpansionContext {
  readonly process: Process;
  readonly dialect: Dialect;
  /** `$0`, and what messages begin with. */
  name: string;
  positional: readonly string[] = [];
  status = 0;
  readonly options: ShellOptions;
  readonly functions: Map<string, FunctionBody>;
  readonly traps: Map<string, string>;
  readonly jobs: { child: ChildProcess; text: string }[] = [];
  fds: Map<number, Descriptor>;
  lastBackground = 0;
  loopDepth = 0;
  functionDepth = 0;
  /** Script text, for line numbers and job names. */
  source = '';
  private variables: Map<string, Variable>;
  private locals: Map<string, Variable | undefined>[] = [];
  private environment: Record<string, string> | undefined;
  private substitutionStatus: number | undefined;
  private errexitIgnored = 0;
  private depth = 0;
  private debt = 0;
  private busySince: number;
  private readonly pending: string[] = [];
  private wakeWait: (() => void) | undefined;
  private interrupted = false;
  /** `$$`: a subshell has that of its shell. */
  private readonly shellPid: number;

  constructor(process: Process, dialect: Dialect, from?: Shell) {
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
      this.traps = new Map();
      this.variables = new Map();
      for (const [name, value] of Object.entries(process.env)) {
        if (NAME.test(name)) this.variables.set(name, { value, exported: true, readonly: false });
      }
      this.variables.set('PWD', { value: process.cwd, exported: true, readonly: false });
    } else {
      this.name = from.name;
      this.positional = from.positional;
      this.status = from.status;
      this.fds = new Map(from.fds);
      this.options = { ...from.options, interactive: false };
      this.functions = new Map(from.functions);
      // A subshell keeps only the signals that are ignored.
      this.traps = new Map([...from.traps].filter(([, action]) => action === ''));
      this.variables = new Map([...from.variables].map(([name, variable]) => [name, { ...variable }]));
      this.lastBackground = from.lastBackground;
      this.functionDepth = from.functionDepth;
      this.source = from.source;
      this.errexitIgnored = from.errexitIgnored;
      this.depth = from.depth;
    }
    process.use({ memory: MEMORY });
  }

  // Variables

  get nounset(): boolean {
    return this.options.nounset;
  }

  get noglob(): boolean {
    return this.options.noglob;
  }

  get(name: string): string | undefined {
    return this.variables.get(name)?.value;
  }

  /** Throws `ShellError` when it is read-only. */
  set(name: string, value: string): void {
    const variable = this.variables.get(name);
    if (variable === undefined) this.variables.set(name, { value, exported: false, readonly: false });
    else {
      if (variable.readonly) throw new ShellError(`${name}: is read only`);
      variable.value = value;
      if (variable.exported) this.environment = undefined;
    }
  }

  variable(name: string): Variable | undefined {
    return this.variables.get(name);
  }

  allVariables(): [string, Variable][] {
    return [...this.variables].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  export(name: string): void {
    const variable = this.variables.get(name);
    if (variable === undefined) this.variables.set(name, { value: '', exported: true, readonly: false });
    else variable.exported = true;
    this.environment = undefined;
  }

  protect(name: string): void {
    if (!this.variables.has(name)) this.set(name, '');
    this.variables.get(name)!.readonly = true;
  }

  unset(name: string): void {
    if (this.variables.get(name)?.readonly === true) throw new ShellError(`${name}: is read only`);
    this.variables.delete(name);
    this.environment = undefined;
  }

  /** Makes a variable local to the function that runs. Answers whether there is one. */
  local(name: string): boolean {
    const scope = this.locals.at(-1);
    if (scope === undefined) return false;
    const variable = this.variables.get(name);
    if (!scope.has(name)) scope.set(name, variable === undefined ? undefined : { ...variable });
    return true;
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
        return this.dialect === 'ash' ? String(this.process.random.below(32_768)) : undefined;
      case 'PPID':
        return String(this.process.parent);
      default:
        return undefined;
    }
  }

  /** Exported variables, as programs get them. */
  get env(): Readonly<Record<string, string>> {
    if (this.environment === undefined) {
      const env: Record<string, string> = Object.create(null);
      for (const [name, { value, exported }] of this.variables) if (exported) env[name] = value;
      this.environment = env;
    }
    return this.environment;
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

  /** Parses and runs a script in this shell. A syntax error is told and answers 2. */
  *runSource(source: string): Coroutine<number> {
    const script = this.parse(source);
    if (script === undefined) {
      this.status = 2;
      return 2;
    }
    const before = this.source;
    this.source = source;
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
      const status = yield* this.dispatch(node);
      this.status = status;
      return status;
    } finally {
      this.depth--;
    }
  }

  private *dispatch(node: PipelineNode | AndOr): Coroutine<number> {
    switch (node.type) {
      case 'Command':
        return yield* this.failing(yield* this.command(node));
      case 'AndOr':
        return yield* this.andOr(node);
      case 'Pipeline':
        return yield* this.pipeline(node);
      case 'If': {
        if ((yield* this.condition(node.clause)) === 0) return yield* this.list(node.then);
        for (const elif of node.elif)
          if ((yield* this.condition(elif.clause)) === 0) return yield* this.list(elif.then);
        return node.else === undefined ? 0 : yield* this.list(node.else);
      }
      case 'While': {
        const goOn = node.kind === 'while';
        let status = 0;
        yield* this.loop(function* (shell) {
          if (((yield* shell.condition(node.clause)) === 0) !== goOn) return false;
          status = yield* shell.list(node.body);
          return true;
        });
        return status;
      }
      case 'For': {
        const values = node.wordlist === undefined ? [...this.positional] : yield* expandWords(node.wordlist, this);
        let index = 0;
        let status = 0;
        yield* this.loop(function* (shell) {
          if (index >= values.length) return false;
          shell.set(node.name.value, values[index++]!);
          status = yield* shell.list(node.body);
          return true;
        });
        return status;
      }
      case 'Case': {
        const text = yield* expandText(node.word, this);
        for (const item of node.items) {
          for (const word of item.pattern) {
            if (matchPattern(yield* expandPattern(word, this), text)) return yield* this.list(item.body);
          }
        }
        return 0;
      }
      case 'BraceGroup':
        return yield* this.list(node.body);
      case 'Subshell': {
        const child = this.fork((shell) => shell.list(node.body));
        return yield* this.failing(yield* this.waitFor(child));
      }
      case 'Function':
        this.functions.set(node.name.value, node.body);
        return 0;
      case 'Redirected':
        return yield* this.redirected(node.redirects, () => this.node(node.command));
      case 'TestCommand':
        return yield* this.failing((yield* this.testExpression(node.expression)) ? 0 : 1);
      case 'ArithmeticCommand':
        return yield* this.failing((yield* arithmetic(node.body, this)) === '0' ? 1 : 0);
      default:
        throw new ShellError(`syntax error: ${node.type} is not supported by this shell`);
    }
  }

  *list(list: CompoundList): Coroutine<number> {
    this.status = 0;
    yield* this.statements(list.commands);
    return this.status;
  }

  /** A list whose failure does not end a shell with `-e`. */
  private *condition(list: CompoundList): Coroutine<number> {
    this.errexitIgnored++;
    try {
      return yield* this.list(list);
    } finally {
      this.errexitIgnored--;
    }
  }

  private *andOr(node: AndOr): Coroutine<number> {
    let status = 0;
    for (let index = 0; index < node.commands.length; index++) {
      const operator = node.operators[index - 1];
      if (index > 0 && (operator === '&&') !== (status === 0)) continue;
      const last = index === node.commands.length - 1;
      if (!last) this.errexitIgnored++;
      try {
        status = yield* this.node(node.commands[index]!);
      } finally {
        if (!last) this.errexitIgnored--;
      }
    }
    return status;
  }

  private *pipeline(node: Pipeline): Coroutine<number> {
    const negated = node.prefixes.some((prefix) => prefix.type === 'Negation');
    const started = this.process.now();
    if (negated) this.errexitIgnored++;
    let status: number;
    try {
      status = node.commands.length === 1 ? yield* this.node(node.commands[0]!) : yield* this.pipe(node);
    } finally {
      if (negated) this.errexitIgnored--;
    }
    if (node.prefixes.some((prefix) => prefix.type === 'Time')) {
      const seconds = ((this.process.now() - started) / SECOND).toFixed(2);
      this.fds.get(2)?.output.write(`real\t0m ${seconds}s\nuser\t0m 0.00s\nsys\t0m 0.00s\n`);
    }
    return negated ? (status === 0 ? 1 : 0) : yield* this.failing(status);
  }

  private *pipe(node: Pipeline): Coroutine<number> {
    const children: ChildProcess[] = [];
    let input: Pipe | undefined;
    for (const [index, command] of node.commands.entries()) {
      const output = index < node.commands.length - 1 ? new Pipe() : undefined;
      const from = input;
      const withErrors = node.operators[index] === '|&';
      const child = this.fork(
        (shell) => shell.node(command),
        (fds) => {
          if (from !== undefined) fds.set(0, { input: from, output: fds.get(0)!.output });
          if (output === undefined) return;
          fds.set(1, { input: NO_INPUT, output });
          if (withErrors) fds.set(2, { input: NO_INPUT, output });
        },
      );
      child.onEnd(() => {
        output?.close();
        from?.closeReader();
      });
      children.push(child);
      input = output;
    }
    const statuses: number[] = [];
    for (const child of children) statuses.push(yield* this.waitFor(child));
    if (this.options.pipefail) return statuses.findLast((status) => status !== 0) ?? 0;
    return statuses.at(-1)!;
  }

  private *loop(turn: (shell: Shell) => Coroutine<boolean>): Coroutine {
    this.loopDepth++;
    try {
      for (;;) {
        try {
          if (!(yield* turn(this))) return;
        } catch (jump) {
          if (!(jump instanceof LoopJump)) throw jump;
          if (jump.levels > 1 && this.loopDepth > 1) {
            jump.levels--;
            throw jump;
          }
          if (jump.kind === 'break') {
            this.status = 0;
            return;
          }
        }
        yield* this.tick(BUILTIN_TIME);
      }
    } finally {
      this.loopDepth--;
    }
  }

  private *testExpression(expression: TestExpression): Coroutine<boolean> {
    switch (expression.type) {
      case 'TestUnary':
        return evaluateTest([expression.operator, yield* expandText(expression.operand, this)], this.process);
      case 'TestBinary': {
        const left = yield* expandText(expression.left, this);
        if (['=', '==', '!='].includes(expression.operator)) {
          return matchPattern(yield* expandPattern(expression.right, this), left) === (expression.operator !== '!=');
        }
        return evaluateTest([left, expression.operator, yield* expandText(expression.right, this)], this.process);
      }
      case 'TestLogical':
        for (const operand of expression.operands) {
          const value = yield* this.testExpression(operand);
          if (value === (expression.operator === '||')) return value;
        }
        return expression.operator === '&&';
      case 'TestNot': {
        const value = yield* this.testExpression(expression.operand);
        return expression.negations.length % 2 === 1 ? !value : value;
      }
      case 'TestGroup':
        return yield* this.testExpression(expression.expression);
    }
  }

  // Simple commands

  private *command(node: Command): Coroutine<number> {
    yield* this.tick(BUILTIN_TIME);
    const words = node.name === undefined ? node.args : [node.name, ...node.args];
    const declares = node.name !== undefined && DECLARING.has(node.name.value);
    this.substitutionStatus = undefined;
    const argv = declares ? yield* this.declarations(words) : yield* expandWords(words, this);
    const assignments: [string, string][] = [];
    for (const part of node.prefix) {
      if (part.type !== 'Assignment') continue;
      if (part.value.type !== 'Word' || part.index !== undefined) throw new ShellError('syntax error: unexpected "("');
      const text = yield* expandText(part.value, this);
      const value = part.append === true ? (this.get(part.name) ?? '') + text : text;
      if (argv.length === 0) this.set(part.name, value);
      else assignments.push([part.name, value]);
    }
    if (this.options.xtrace && (argv.length > 0 || node.prefix.length > 0)) {
      const shown = [...assignments.map(([name, value]) => `${name}=${value}`), ...argv];
      if (argv.length === 0)
        for (const part of node.prefix)
          if (part.type === 'Assignment') shown.push(`${part.name}=${this.get(part.name)}`);
      this.fds.get(2)?.output.write(`+ ${shown.join(' ')}\n`);
    }
    const redirects = node.redirects;
    if (argv.length === 0) {
      if (redirects.length > 0) return yield* this.redirected(redirects, () => nothing(0));
      return this.substitutionStatus ?? 0;
    }
    return yield* this.invoke(argv, assignments, redirects);
  }

  /** Arguments of `export`, `local`, `readonly`: assignments among them are not split. */
  private *declarations(words: readonly Command['args'][number][]): Coroutine<string[]> {
    const argv: string[] = [];
    for (const word of words) {
      if (word.type === 'Assignment' && word.value.type === 'Word')
        argv.push(`${word.name}=${yield* expandText(word.value, this)}`);
      else argv.push(...(yield* expandWords([word], this)));
    }
    return argv;
  }

  private *invoke(
    argv: readonly string[],
    assignments: readonly [string, string][],
    redirects: readonly Redirection[],
  ): Coroutine<number> {
    const name = argv[0]!;
    const body = this.functions.get(name);
    const builtin = body === undefined && BUILTINS.has(name) ? BUILTINS.get(name)! : undefined;
    if (body === undefined && builtin === undefined) {
      return yield* this.redirected(redirects, () => this.external(argv, assignments));
    }
    const permanent = SPECIAL_BUILTINS.has(name);
    const before = permanent ? [] : assignments.map(([variable]) => [variable, this.variables.get(variable)] as const);
    for (const [variable, value] of assignments) {
      if (!permanent) this.variables.set(variable, { value, exported: true, readonly: false });
      else this.set(variable, value);
    }
    if (before.length > 0) this.environment = undefined;
    try {
      if (name === 'exec' && builtin !== undefined) return yield* this.execute(argv.slice(1), redirects);
      const run =
        body !== undefined ? () => this.call(body, argv.slice(1)) : () => this.builtin(builtin!, argv.slice(1));
      return yield* this.redirected(redirects, run);
    } finally {
      for (const [variable, value] of before) {
        if (value === undefined) this.variables.delete(variable);
        else this.variables.set(variable, value);
      }
      if (before.length > 0) this.environment = undefined;
    }
  }

  /** Runs words as a command, as `command` does. */
  *runArguments(argv: readonly string[]): Coroutine<number> {
    return yield* this.invoke(argv, [], []);
  }

  private *builtin(builtin: Builtin, args: readonly string[]): Coroutine<number> {
    let status: number;
    try {
      const result = builtin(this, args);
      status = typeof result === 'number' ? result : yield* result;
    } catch (error) {
      if (error instanceof TestError) {
        this.complain(error.message);
        return 2;
      }
      throw error;
    }
    const { drain } = this.fds.get(1)?.output ?? {};
    if (drain !== undefined) yield* this.fds.get(1)!.output.drain!();
    return status;
  }

  private *call(body: FunctionBody, args: readonly string[]): Coroutine<number> {
    const before = this.positional;
    const loops = this.loopDepth;
    this.positional = args;
    this.loopDepth = 0;
    this.functionDepth++;
    this.locals.push(new Map());
    try {
      return body.type === 'CompoundList' ? yield* this.list(body) : yield* this.node(body);
    } catch (jump) {
      if (jump instanceof ReturnJump) return jump.code;
      throw jump;
    } finally {
      for (const [name, variable] of this.locals.pop()!) {
        if (variable === undefined) this.variables.delete(name);
        else this.variables.set(name, variable);
      }
      this.environment = undefined;
      this.functionDepth--;
      this.loopDepth = loops;
      this.positional = before;
    }
  }

  /** Runs a program and waits for it. */
  private *external(argv: readonly string[], assignments: readonly [string, string][]): Coroutine<number> {
    const env =
      assignments.length === 0
        ? this.env
        : Object.assign(Object.create(null), this.env, Object.fromEntries(assignments));
    yield* this.tick(SPAWN_TIME);
    yield* this.pass(true);
    const started = this.start(argv, env);
    if (typeof started === 'number') return started;
    return yield* this.waitFor(started);
  }

  /** Starts a program; tells why it cannot be and answers 126 or 127. */
  private start(argv: readonly string[], env: Readonly<Record<string, string>>): ChildProcess | number {
    const options = {
      argv,
      env: { ...env, PATH: env.PATH ?? '' },
      stdin: this.fds.get(0)?.input ?? NO_INPUT,
      ...(this.fds.has(1) ? { stdout: this.fds.get(1)!.output } : {}),
      ...(this.fds.has(2) ? { stderr: this.fds.get(2)!.output } : {}),
    };
    try {
      return this.process.spawn(options);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      // A text file that is marked executable is the shell's own script.
      if (error.code === 'EINVAL') return this.scriptChild(argv);
      return this.cannotRun(argv[0]!, error);
    }
  }

  private cannotRun(name: string, error: FileError): number {
    if (error.code === 'ENOENT') {
      this.complain(`${name}: not found`);
      return 127;
    }
    if (error.code === 'EBUSY') {
      this.complain(`can't fork: ${error.message}`);
      return 2;
    }
    this.complain(`${name}: ${error.code === 'EISDIR' ? 'Permission denied' : error.message}`);
    return 126;
  }

  private scriptChild(argv: readonly string[]): ChildProcess {
    const [file = '', ...args] = argv;
    return this.fork((shell) => {
      shell.name = file;
      shell.positional = args;
      const path = file.startsWith('/') ? file : `${shell.process.cwd}/${file}`;
      return shell.runSource(shell.process.files.read(path));
    });
  }

  /** `exec`: without a command its redirections stay; else the program takes the shell's place. */
  private *execute(argv: readonly string[], redirects: readonly Redirection[]): Coroutine<number> {
    yield* this.redirect(redirects);
    if (argv.length === 0) return 0;
    yield* this.pass(true);
    try {
      const code = yield* this.process.exec({
        argv,
        env: this.env,
        stdin: this.fds.get(0)?.input ?? NO_INPUT,
        stdout: this.fds.get(1)?.output ?? this.process.stdout,
        stderr: this.fds.get(2)?.output ?? this.process.stderr,
      });
      this.traps.delete('EXIT');
      throw new ExitJump(code);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      throw new ExitJump(this.cannotRun(argv[0]!, error));
    }
  }

  // Processes

  /** A copy of this shell in a process of its own. */
  fork(
    run: (shell: Shell) => Coroutine<unknown>,
    arrange: (fds: Map<number, Descriptor>) => void = () => {},
  ): ChildProcess {
    this.debt += FORK_TIME;
    const parent = this;
    const fds = new Map(this.fds);
    arrange(fds);
    try {
      return this.process.spawn({
        argv: this.process.argv,
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
      (shell) => shell.node(statement.command),
      (fds) => fds.set(0, { input: NO_INPUT, output: fds.get(0)!.output }),
    );
    this.lastBackground = child.pid;
    this.status = 0;
    const text = this.source.slice(statement.pos, statement.end).replace(/\s*&\s*$/, '');
    this.jobs.push({ child, text });
    if (this.jobs.length > 64)
      this.jobs.splice(
        0,
        this.jobs.length - 64,
        ...this.jobs.filter((job) => job.child.status === undefined).slice(-64),
      );
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

  // Redirections

  private *redirected(redirects: readonly Redirection[], run: () => Coroutine<number>): Coroutine<number> {
    if (redirects.length === 0) return yield* run();
    const before = this.fds;
    this.fds = new Map(before);
    try {
      yield* this.redirect(redirects);
      return yield* run();
    } catch (error) {
      if (!(error instanceof RedirectError)) throw error;
      this.complain(error.message);
      return 1;
    } finally {
      this.fds = before;
    }
  }

  private *redirect(redirects: readonly Redirection[]): Coroutine {
    for (const redirect of redirects) {
      if (redirect.descriptor?.type === 'FileDescriptorVariable') throw new ShellError('syntax error: unexpected "{"');
      const number = redirect.descriptor?.value;
      if (redirect.type === 'HereDoc') {
        const text = yield* expandHereDocument(
          redirect.body,
          redirect.delimiter?.quoted ?? false,
          redirect.operator === '<<-',
          this,
        );
        this.fds.set(number ?? 0, { input: new TextInput(text), output: { write() {} } });
        continue;
      }
      if (redirect.target === undefined) throw new ShellError('syntax error: unexpected newline');
      const target = yield* expandText(redirect.target, this);
      if (redirect.type === 'HereString') {
        this.fds.set(number ?? 0, { input: new TextInput(`${target}\n`), output: { write() {} } });
        continue;
      }
      switch (redirect.operator) {
        case '<':
          this.fds.set(number ?? 0, openFile(this.process, this.fds, target, 'read'));
          break;
        case '<>':
          this.fds.set(number ?? 0, {
            ...openFile(this.process, this.fds, target, 'append'),
            ...openFile(this.process, this.fds, target, 'read'),
          });
          break;
        case '>':
        case '>|':
          this.fds.set(number ?? 1, openFile(this.process, this.fds, target, 'write'));
          break;
        case '>>':
          this.fds.set(number ?? 1, openFile(this.process, this.fds, target, 'append'));
          break;
        case '<&':
        case '>&':
          this.duplicate(number ?? (redirect.operator === '<&' ? 0 : 1), target);
          break;
        case '&>':
        case '&>>': {
          const file = openFile(this.process, this.fds, target, redirect.operator === '&>' ? 'write' : 'append');
          this.fds.set(1, file);
          this.fds.set(2, file);
        }
      }
    }
  }

  private duplicate(number: number, target: string): void {
    if (target === '-') {
      this.fds.delete(number);
      return;
    }
    if (!/^\d+$/.test(target)) throw new ShellError('syntax error: bad fd number');
    const descriptor = this.fds.get(Number(target));
    if (descriptor === undefined) throw new RedirectError(`${target}: Bad file descriptor`);
    this.fds.set(number, descriptor);
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
  private *pass(now: boolean): Coroutine {
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
  private *failing(status: number): Coroutine<number> {
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

const DECLARING = new Set(['export', 'local', 'readonly']);

// biome-ignore lint/correctness/useYield: a coroutine that is done at once
function* nothing(status: number): Coroutine<number> {
  return status;
}

/** The parser's message in the words of ash. */
function syntaxMessage(message: string): string {
  const token = /^unexpected token '(.*)'$/s.exec(message);
  if (token !== null) return `unexpected "${token[1]}"`;
  if (message.startsWith('unterminated')) {
    return message.includes('quote') ? 'unterminated quoted string' : 'unexpected end of file';
  }
  const expected = /^expected '(\w+)'/.exec(message);
  if (expected !== null) return `unexpected end of file (expecting "${expected[1]}")`;
  return message;
}
