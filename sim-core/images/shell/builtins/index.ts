import type { Coroutine } from '../../../engine/index.ts';
import { absolutePath } from '../../absolute-path.ts';
import { ShellError } from '../expansion.ts';
import { ExitJump, LoopJump, ReturnJump } from '../jumps.ts';
import type { Shell } from '../shell.ts';
import type { Builtin } from './builtin.ts';
import { background, foreground, kill, trap, wait } from './jobs.ts';
import { alias, command, type, unalias } from './names.ts';
import { mapfile, read } from './read.ts';
import { bracket, echoText, printf, test } from './text.ts';
import { compute, declare, exportVariables, getopts, setOptions } from './variables.ts';

/** Builtins whose assignments stay: POSIX's special ones. */
export const SPECIAL_BUILTINS: ReadonlySet<string> = new Set(
  'break : continue . eval exec exit export readonly return set shift times trap unset'.split(' '),
);

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

const ASH: readonly [string, Builtin][] = [
  ['alias', alias],
  ['unalias', unalias],
  ['let', compute],
  ['fg', foreground],
  ['bg', background],
];

/** Builtins that busybox ash has beyond POSIX's, and those that bash has besides. */
const MORE_BUILTINS: Readonly<Record<'ash' | 'dash' | 'bash', ReadonlyMap<string, Builtin>>> = {
  dash: new Map([ASH[0]!, ASH[1]!, ASH[3]!, ASH[4]!]),
  ash: new Map(ASH),
  bash: new Map<string, Builtin>([
    ...ASH,
    ['declare', declare],
    ['typeset', declare],
    ['mapfile', mapfile],
    ['readarray', mapfile],
    ['disown', (shell) => Math.min(0, shell.jobs.splice(0).length)],
    ['shopt', () => 0],
    ['complete', () => 0],
    ['compopt', () => 0],
    ['enable', () => 0],
  ]),
};
