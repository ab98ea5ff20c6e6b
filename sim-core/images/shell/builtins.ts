import { type Coroutine, SECOND, suspend } from '../../engine/index.ts';
import { absolutePath } from '../file-system.ts';
import { SIGNALS, type Signal } from '../process.ts';
import { ShellError } from './expansion.ts';
import { ExitJump, LoopJump, ReturnJump } from './jumps.ts';
import { findJob, MORE_BUILTINS, signalTree } from './more-builtins.ts';
import { formatPrintf, undoEscapes } from './printf.ts';
import type { Shell } from './shell.ts';
import { runArguments } from './simple-command.ts';
import { evaluateTest } from './test-expression.ts';

/** A command that runs inside the shell. Answers the exit code. */
export type Builtin = (shell: Shell, args: readonly string[]) => number | Coroutine<number>;

/** Builtins whose assignments stay: POSIX's special ones. */
export const SPECIAL_BUILTINS: ReadonlySet<string> = new Set(
  'break : continue . eval exec exit export readonly return set shift times trap unset'.split(' '),
);
const NAME = /^[A-Za-z_]\w*$/;

/** Names of signals as `kill -l` has them, by number. */
const SIGNAL_BY_NUMBER = new Map<number, string>(
  Object.entries(SIGNALS).map(([name, number]) => [number, name.slice(3)]),
);

/** `TERM` for `TERM`, `SIGTERM`, `15`; `EXIT` for `0`; `undefined` for no signal. */
export function signalName(text: string): string | undefined {
  const upper = text.toUpperCase().replace(/^SIG/, '');
  if (upper === '0' || upper === 'EXIT') return 'EXIT';
  if (/^\d+$/.test(upper)) return SIGNAL_BY_NUMBER.get(Number(upper));
  return Object.hasOwn(SIGNALS, `SIG${upper}`) ? upper : undefined;
}

function count(shell: Shell, text: string | undefined): number {
  if (text === undefined) return 1;
  if (!/^\d+$/.test(text)) throw new ShellError(`Illegal number: ${text}`);
  if (Number(text) === 0) shell.complain(`Illegal number: ${text}`);
  return Math.max(1, Number(text));
}

/** Exit code given to `exit` and `return`. */
function code(shell: Shell, text: string | undefined): number {
  if (text === undefined) return shell.status;
  if (!/^-?\d+$/.test(text)) throw new ShellError(`Illegal number: ${text}`);
  return Number(text) & 255;
}

/** `echo`, as a builtin and as a program. */
export function echoText(args: readonly string[], escapes: boolean): string {
  let newline = true;
  let undo = escapes;
  let index = 0;
  for (; index < args.length && /^-[neE]+$/.test(args[index]!); index++) {
    for (const flag of args[index]!.slice(1)) {
      if (flag === 'n') newline = false;
      else undo = flag === 'e';
    }
  }
  const text = args.slice(index).join(' ');
  if (!undo) return newline ? `${text}\n` : text;
  const { text: undone, ended } = undoEscapes(text);
  return newline && !ended ? `${undone}\n` : undone;
}

function quote(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}

function* evaluate(shell: Shell, args: readonly string[]): Coroutine<number> {
  return args.length === 0 ? 0 : yield* shell.runSource(args.join(' '));
}

function* source(shell: Shell, args: readonly string[]): Coroutine<number> {
  const [file, ...rest] = args;
  if (file === undefined) throw new ShellError('.: filename argument required');
  const { files, cwd } = shell.process;
  const candidates = file.includes('/')
    ? [file]
    : [...(shell.get('PATH') ?? '').split(':').map((dir) => `${dir}/${file}`), file];
  const found = candidates.map((path) => absolutePath(cwd, path)).find((path) => files.stat(path)?.kind === 'file');
  if (found === undefined) throw new ShellError(`.: can't open '${file}': No such file or directory`);
  const before = shell.positional;
  if (rest.length > 0) shell.positional = rest;
  try {
    return yield* shell.runSource(files.read(found));
  } catch (jump) {
    if (jump instanceof ReturnJump) return jump.code;
    throw jump;
  } finally {
    shell.positional = before;
  }
}

function changeDirectory(shell: Shell, args: readonly string[]): number {
  const rest = args.filter((arg) => arg !== '-L' && arg !== '-P' && arg !== '--');
  let target = rest[0] ?? shell.get('HOME') ?? '/';
  const print = target === '-';
  if (print) target = shell.get('OLDPWD') ?? shell.process.cwd;
  const path = absolutePath(shell.process.cwd, target);
  const stat = shell.process.files.stat(path);
  if (stat?.kind !== 'directory') {
    const reason = stat === undefined ? 'No such file or directory' : 'Not a directory';
    shell.complain(`cd: can't cd to ${target}: ${reason}`);
    return 1;
  }
  shell.set('OLDPWD', shell.process.cwd);
  shell.process.cwd = path;
  shell.set('PWD', path);
  if (print) shell.out(`${path}\n`);
  return 0;
}

function kill(shell: Shell, args: readonly string[]): number {
  const job = args.find((arg) => arg.startsWith('%'));
  if (job !== undefined) return killJob(shell, args, job);
  return killProcesses(
    args,
    shell.process,
    (text) => shell.complain(`kill: ${text}`),
    (text) => shell.out(text),
  );
}

function killJob(shell: Shell, args: readonly string[], word: string): number {
  const given = args.find((arg) => /^-[A-Za-z\d]+$/.test(arg))?.slice(1) ?? 'TERM';
  const name = signalName(given === 's' ? (args[1] ?? '') : given);
  const found = findJob(shell, word);
  if (found === undefined || name === undefined) {
    shell.complain(found === undefined ? `kill: ${word}: no such job` : `kill: bad signal name '${given}'`);
    return 1;
  }
  signalTree(shell.process, found.child.pid, `SIG${name}` as Signal);
  return 0;
}

/** `kill`, as a builtin and as a program. */
export function killProcesses(
  args: readonly string[],
  process: Shell['process'],
  complain: (text: string) => void,
  out: (text: string) => void,
): number {
  let rest = args;
  let name: string | undefined = 'TERM';
  let test = false;
  if (args[0] === '-l') {
    const asked = args[1] === undefined ? undefined : signalName(String(Number(args[1]) & 127));
    if (args[1] !== undefined) out(`${asked ?? args[1]}\n`);
    else for (const [number, signal] of SIGNAL_BY_NUMBER) out(`${String(number).padStart(2)}) ${signal}\n`);
    return 0;
  }
  if (args[0] === '-s' || args[0] === '-n') {
    name = signalName(args[1] ?? '');
    rest = args.slice(2);
  } else if (args[0] === '--') rest = args.slice(1);
  else if (args[0]?.startsWith('-') === true) {
    name = signalName(args[0].slice(1));
    rest = args.slice(1);
  }
  if (name === 'EXIT') test = true;
  if (name === undefined) {
    complain(`bad signal name '${args[0] === '-s' ? (args[1] ?? '') : args[0]!.slice(1)}'`);
    return 1;
  }
  if (rest.length === 0) {
    complain('you need to specify whom to kill');
    return 1;
  }
  let failed = 0;
  for (const target of rest) {
    if (!/^-?\d+$/.test(target)) {
      complain(`invalid number '${target}'`);
      failed = 1;
      continue;
    }
    const pid = Number(target);
    const pids =
      pid === -1
        ? process
            .processes()
            .map((other) => other.pid)
            .filter((one) => one !== 1 && one !== process.pid)
        : [Math.abs(pid)];
    for (const one of pids) {
      const exists = test
        ? process.processes().some((other) => other.pid === one)
        : process.kill(one, `SIG${name}` as Signal);
      if (exists) continue;
      complain(`can't kill pid ${target}: No such process`);
      failed = 1;
    }
  }
  return failed;
}

function* read(shell: Shell, args: readonly string[]): Coroutine<number> {
  let raw = false;
  let timeout: number | undefined;
  let limit: number | undefined;
  let index = 0;
  for (; index < args.length && args[index]!.startsWith('-') && args[index] !== '-'; index++) {
    const option = args[index]!;
    if (option === '--') {
      index++;
      break;
    }
    if (option.includes('r')) raw = true;
    const value = /^-r?([tnp])(.*)$/.exec(option);
    if (value === null) {
      if (/^-[rs]+$/.test(option)) continue;
      shell.complain(`read: illegal option ${option}`);
      return 2;
    }
    const text = value[2] === '' ? (args[++index] ?? '') : value[2]!;
    if (value[1] === 'p') shell.fds.get(2)?.output.write(text);
    else if (!/^\d+(\.\d+)?$/.test(text)) {
      shell.complain(`read: invalid ${value[1] === 't' ? 'timeout' : 'count'}`);
      return 2;
    } else if (value[1] === 't') timeout = Number(text);
    else limit = Number(text);
  }
  const names = args.slice(index);
  for (const name of names) if (!NAME.test(name)) throw new ShellError(`read: '${name}': bad variable name`);
  const input = shell.fds.get(0)?.input;
  let line = '';
  let ended = input === undefined;
  const started = shell.process.now();
  while (!ended && input !== undefined) {
    const piece = timeout === undefined ? yield* input.read() : yield* readWithin(shell, timeout * SECOND);
    if (piece === undefined) {
      ended = true;
      break;
    }
    let done = false;
    for (let at = 0; at < piece.length; at++) {
      const character = piece[at]!;
      if (character === '\n' && (raw || !endsWithBackslash(line))) {
        input.unread(piece.slice(at + 1));
        done = true;
        break;
      }
      if (character === '\n') line = line.slice(0, -1);
      else line += character;
      if (limit !== undefined && line.length >= limit) {
        input.unread(piece.slice(at + 1));
        done = true;
        break;
      }
    }
    if (done) break;
  }
  if (shell.process.now() > started) shell.rested();
  assignFields(shell, line, names.length === 0 ? ['REPLY'] : names, raw);
  return ended ? 1 : 0;
}

function endsWithBackslash(text: string): boolean {
  return (/\\*$/.exec(text)?.[0].length ?? 0) % 2 === 1;
}

/** Reads, but answers the end when nothing has come in time. */
function* readWithin(shell: Shell, time: number): Coroutine<string | undefined> {
  const input = shell.fds.get(0)!.input;
  const reading = input.read();
  let next = reading.next();
  let late = false;
  while (next.done !== true) {
    const suspension = next.value;
    const value = yield* suspend<unknown>((resume, fail, engine) => {
      const timer = engine.background(time, () => {
        late = true;
        resume(undefined);
      });
      const withdraw = suspension(
        (result) => {
          engine.cancel(timer);
          resume(result);
        },
        fail,
        engine,
      );
      return () => {
        engine.cancel(timer);
        withdraw?.();
      };
    });
    if (late) {
      reading.return(undefined);
      return undefined;
    }
    next = reading.next(value);
  }
  return next.value;
}

function assignFields(shell: Shell, line: string, names: readonly string[], raw: boolean): void {
  const ifs = shell.get('IFS') ?? ' \t\n';
  const blanks = [...ifs].filter((character) => ' \t\n'.includes(character)).join('');
  const isBlank = (character: string | undefined) => character !== undefined && blanks.includes(character);
  let at = 0;
  const skipBlanks = () => {
    while (isBlank(line[at])) at++;
  };
  skipBlanks();
  for (const [index, name] of names.entries()) {
    let value = '';
    if (index === names.length - 1) {
      let end = line.length;
      while (end > at && isBlank(line[end - 1])) end--;
      const rest = line.slice(at, end);
      value = raw ? rest : rest.replace(/\\(.)/gs, '$1');
    } else {
      for (; at < line.length && !ifs.includes(line[at]!); at++) {
        if (line[at] === '\\' && !raw && at + 1 < line.length) at++;
        value += line[at];
      }
      skipBlanks();
      if (at < line.length && ifs.includes(line[at]!) && !isBlank(line[at])) {
        at++;
        skipBlanks();
      }
    }
    shell.set(name, value);
  }
}

function setOptions(shell: Shell, args: readonly string[]): number {
  const letters = { e: 'errexit', u: 'nounset', x: 'xtrace', f: 'noglob' } as const;
  const names: readonly string[] = [...Object.values(letters), 'pipefail'];
  if (args.length === 0) {
    for (const [name, { value }] of shell.sorted()) shell.out(`${name}=${quote(value)}\n`);
    return 0;
  }
  let index = 0;
  for (; index < args.length; index++) {
    const arg = args[index]!;
    if (arg === '--') {
      shell.positional = args.slice(index + 1);
      return 0;
    }
    if (!/^[-+]./.test(arg)) break;
    const on = arg.startsWith('-');
    for (const letter of arg.slice(1)) {
      if (letter === 'o') {
        const name = args[++index];
        if (name === undefined || !names.includes(name)) {
          if (name === undefined)
            for (const one of names) shell.out(`${one.padEnd(16)}${shell.options[one as 'errexit'] ? 'on' : 'off'}\n`);
          else throw new ShellError(`set: illegal option -o ${name}`);
        } else shell.options[name as 'errexit'] = on;
      } else if (Object.hasOwn(letters, letter)) shell.options[letters[letter as 'e']] = on;
      else if (!'ambhvCn'.includes(letter)) throw new ShellError(`set: illegal option -${letter}`);
    }
  }
  if (index < args.length) shell.positional = args.slice(index);
  return 0;
}

function exportVariables(shell: Shell, args: readonly string[], how: 'export' | 'readonly'): number {
  const rest = args.filter((arg) => arg !== '-p');
  if (rest.length === 0) {
    for (const [name, variable] of shell.sorted()) {
      if (how === 'export' ? variable.exported : variable.readonly)
        shell.out(`${how} ${name}=${quote(variable.value)}\n`);
    }
    return 0;
  }
  const unexport = rest[0] === '-n';
  for (const arg of unexport ? rest.slice(1) : rest) {
    const equals = arg.indexOf('=');
    const name = equals < 0 ? arg : arg.slice(0, equals);
    if (!NAME.test(name)) throw new ShellError(`${how}: ${name}: bad variable name`);
    if (equals >= 0) shell.set(name, arg.slice(equals + 1));
    if (how === 'readonly') shell.protect(name);
    else shell.export(name, !unexport);
  }
  return 0;
}

function trap(shell: Shell, args: readonly string[]): number {
  const rest = args[0] === '--' ? args.slice(1) : args;
  if (rest.length === 0) {
    for (const [name, action] of shell.traps) shell.out(`trap -- ${quote(action)} ${name}\n`);
    return 0;
  }
  const onlySignals = rest.length === 1 || (signalName(rest[0]!) !== undefined && /^\d+$/.test(rest[0]!));
  const action = onlySignals || rest[0] === '-' ? undefined : rest[0]!;
  let failed = 0;
  for (const text of onlySignals && rest[0] !== '-' ? rest : rest.slice(1)) {
    const name = signalName(text);
    if (name === undefined) {
      shell.complain(`trap: ${text}: invalid signal specification`);
      failed = 1;
    } else shell.trap(name, action);
  }
  return failed;
}

function* wait(shell: Shell, args: readonly string[]): Coroutine<number> {
  if (args.length === 0) {
    const status = yield* shell.waitForJobs(shell.jobs.map((job) => job.child));
    return status > 128 && shell.jobs.some((job) => job.child.status === undefined) ? status : 0;
  }
  let status = 0;
  for (const arg of args) {
    const found = findJob(shell, arg);
    status = found === undefined ? 127 : yield* shell.waitForJobs([found.child]);
  }
  return status;
}

/** What a name means: function, builtin or file. */
function describe(shell: Shell, name: string): { kind: 'function' | 'builtin' | 'file'; path: string } | undefined {
  if (shell.functions.has(name)) return { kind: 'function', path: name };
  if (builtinOf(shell, name) !== undefined) return { kind: 'builtin', path: name };
  const { files, cwd } = shell.process;
  const candidates = name.includes('/')
    ? [name]
    : (shell.get('PATH') ?? '').split(':').map((directory) => `${directory}/${name}`);
  for (const path of candidates) {
    const stat = files.stat(absolutePath(cwd, path));
    if (stat?.kind === 'file' && (stat.mode & 0o111) !== 0) return { kind: 'file', path };
  }
  return undefined;
}

function* command(shell: Shell, args: readonly string[]): Coroutine<number> {
  if (args[0] === '-v' || args[0] === '-V') {
    let failed = 0;
    for (const name of args.slice(1)) {
      const found = describe(shell, name);
      if (found === undefined) {
        if (args[0] === '-V') shell.out(`${name}: not found\n`);
        failed = 127;
      } else if (args[0] === '-v') shell.out(`${found.path}\n`);
      else shell.out(typeText(name, found));
    }
    return failed;
  }
  const rest = args[0] === '-p' || args[0] === '--' ? args.slice(1) : args;
  if (rest.length === 0) return 0;
  const body = shell.functions.get(rest[0]!);
  shell.functions.delete(rest[0]!);
  try {
    return yield* runArguments(shell, rest);
  } finally {
    if (body !== undefined) shell.functions.set(rest[0]!, body);
  }
}

function typeText(name: string, found: { kind: 'function' | 'builtin' | 'file'; path: string }): string {
  if (found.kind === 'function') return `${name} is a function\n`;
  return found.kind === 'builtin' ? `${name} is a shell builtin\n` : `${name} is ${found.path}\n`;
}

function type(shell: Shell, args: readonly string[]): number {
  let failed = 0;
  for (const name of args) {
    const found = describe(shell, name);
    shell.out(found === undefined ? `${name}: not found\n` : typeText(name, found));
    if (found === undefined) failed = 127;
  }
  return failed;
}

function getopts(shell: Shell, args: readonly string[]): number {
  const [options = '', name = '', ...given] = args;
  const words = given.length > 0 ? given : shell.positional;
  let index = Number(shell.get('OPTIND') ?? '1');
  let offset = Number(shell.get('__getopts_offset') ?? '1');
  const word = words[index - 1];
  if (word === undefined || !/^-./.test(word) || word === '--') {
    if (word === '--') index++;
    shell.set('OPTIND', String(index));
    shell.set(name, '?');
    return 1;
  }
  const letter = word[offset]!;
  const place = options.indexOf(letter);
  offset++;
  let value = letter;
  if (place < 0 || letter === ':') {
    value = '?';
    if (!options.startsWith(':')) shell.complain(`illegal option -${letter}`);
    else shell.set('OPTARG', letter);
  } else if (options[place + 1] === ':') {
    const attached = word.slice(offset);
    const argument = attached === '' ? words[index++] : attached;
    offset = word.length;
    if (argument === undefined) {
      value = options.startsWith(':') ? ':' : '?';
      if (value === '?') shell.complain(`no arg for -${letter} option`);
      else shell.set('OPTARG', letter);
    } else shell.set('OPTARG', argument);
  }
  if (offset >= word.length) {
    index++;
    offset = 1;
  }
  shell.set('OPTIND', String(index));
  shell.set('__getopts_offset', String(offset));
  shell.set(name, value);
  return 0;
}

function printf(shell: Shell, args: readonly string[]): number {
  const [format, ...rest] = args[0] === '--' ? args.slice(1) : args;
  if (format === undefined) {
    shell.complain('printf: usage: printf FORMAT [ARG]...');
    return 2;
  }
  const { text, complaint } = formatPrintf(format, rest);
  shell.out(text);
  if (complaint === undefined) return 0;
  shell.complain(`printf: ${complaint}`);
  return 1;
}

function test(shell: Shell, args: readonly string[]): number {
  return evaluateTest(args, shell.process) ? 0 : 1;
}

function bracket(shell: Shell, args: readonly string[]): number {
  if (args.at(-1) !== ']') {
    shell.complain('missing ]');
    return 2;
  }
  return test(shell, args.slice(0, -1));
}

/** The builtin of that name in this shell's dialect. */
export function builtinOf(shell: Shell, name: string): Builtin | undefined {
  return BUILTINS.get(name) ?? MORE_BUILTINS[shell.dialect].get(name);
}

const BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  [':', () => 0],
  ['true', () => 0],
  ['false', () => 1],
  ['.', source],
  ['source', source],
  ['[', bracket],
  ['test', test],
  [
    'break',
    (shell, args) => {
      if (shell.loopDepth > 0) throw new LoopJump('break', count(shell, args[0]));
      return 0;
    },
  ],
  [
    'continue',
    (shell, args) => {
      if (shell.loopDepth > 0) throw new LoopJump('continue', count(shell, args[0]));
      return 0;
    },
  ],
  ['cd', changeDirectory],
  ['command', command],
  [
    'echo',
    (shell, args) => {
      shell.out(echoText(args, shell.dialect === 'dash'));
      return 0;
    },
  ],
  ['eval', evaluate],
  ['exec', () => 0],
  [
    'exit',
    (shell, args) => {
      throw new ExitJump(code(shell, args[0]));
    },
  ],
  ['export', (shell, args) => exportVariables(shell, args, 'export')],
  ['getopts', getopts],
  ['hash', () => 0],
  [
    'jobs',
    (shell) => {
      for (const [index, { child, text }] of shell.jobs.entries()) {
        if (child.status === undefined) shell.out(`[${index + 1}]+  Running                    ${text}\n`);
      }
      return 0;
    },
  ],
  ['kill', kill],
  [
    'local',
    (shell, args) => {
      for (const arg of args) {
        const equals = arg.indexOf('=');
        const name = equals < 0 ? arg : arg.slice(0, equals);
        if (!shell.local(name)) throw new ShellError('local: not in a function');
        if (equals >= 0) shell.set(name, arg.slice(equals + 1));
      }
      return 0;
    },
  ],
  ['printf', printf],
  [
    'pwd',
    (shell) => {
      shell.out(`${shell.process.cwd}\n`);
      return 0;
    },
  ],
  ['read', read],
  ['readonly', (shell, args) => exportVariables(shell, args, 'readonly')],
  [
    'return',
    (shell, args) => {
      throw new ReturnJump(code(shell, args[0]));
    },
  ],
  ['set', setOptions],
  [
    'shift',
    (shell, args) => {
      const by = args[0] === undefined ? 1 : Number(args[0]);
      if (!(by >= 0) || by > shell.positional.length) {
        if (shell.dialect === 'dash') throw new ShellError("shift: can't shift that many");
        return 1;
      }
      shell.positional = shell.positional.slice(by);
      return 0;
    },
  ],
  [
    'times',
    (shell) => {
      shell.out('0m0.000s 0m0.000s\n0m0.000s 0m0.000s\n');
      return 0;
    },
  ],
  ['trap', trap],
  ['type', type],
  [
    'umask',
    (shell, args) => {
      if (args.length === 0) shell.out('0022\n');
      else shell.complain('umask: changing the mask is not supported by sim-core');
      return args.length === 0 ? 0 : 1;
    },
  ],
  [
    'unset',
    (shell, args) => {
      const functions = args[0] === '-f';
      for (const name of args[0] === '-f' || args[0] === '-v' ? args.slice(1) : args) {
        if (functions) shell.functions.delete(name);
        else if (shell.variable(name) !== undefined) shell.unset(name);
        else shell.functions.delete(name);
      }
      return 0;
    },
  ],
  ['wait', wait],
]);
