import type { Coroutine } from '../../engine/index.ts';
import type { ChildProcess, Process, Signal } from '../process.ts';
import type { Builtin } from './builtins.ts';
import { arithmetic, ShellError } from './expansion.ts';
import { InterruptJump } from './jumps.ts';
import type { Shell } from './shell.ts';

/** Sends a signal to a process and to all that it has started, as to a job's process group. */
export function signalTree(process: Process, pid: number, signal: Signal): void {
  const all = process.processes();
  const due = [pid];
  for (let index = 0; index < due.length; index++) {
    for (const other of all) if (other.parent === due[index] && !due.includes(other.pid)) due.push(other.pid);
  }
  for (const one of due) process.kill(one, signal);
}

/** The job that `%2`, `%%`, a PID or nothing means. */
export function findJob(shell: Shell, word: string | undefined): Shell['jobs'][number] | undefined {
  if (word === undefined || word === '%%' || word === '%+')
    return shell.jobs.findLast(({ child }) => child.status === undefined);
  const number = /^%(\d+)$/.exec(word);
  if (number !== null) return shell.jobs[Number(number[1]) - 1];
  const name = /^%(.+)$/.exec(word)?.[1];
  return shell.jobs.find(
    ({ child, text }) => String(child.pid) === word || (name !== undefined && text.startsWith(name)),
  );
}

function alias(shell: Shell, args: readonly string[]): number {
  const show = (name: string, value: string) =>
    shell.out(`${shell.dialect === 'bash' ? 'alias ' : ''}${name}='${value.replaceAll("'", "'\\''")}'\n`);
  const words = args.filter((word) => word !== '-p');
  if (words.length === 0) for (const name of [...shell.aliases.keys()].sort()) show(name, shell.aliases.get(name)!);
  let failed = 0;
  for (const word of words) {
    const equals = word.indexOf('=');
    if (equals > 0) shell.aliases.set(word.slice(0, equals), word.slice(equals + 1));
    else if (shell.aliases.has(word)) show(word, shell.aliases.get(word)!);
    else {
      shell.complain(`alias: ${word}: not found`);
      failed = 1;
    }
  }
  return failed;
}

function unalias(shell: Shell, args: readonly string[]): number {
  let failed = 0;
  for (const word of args) {
    if (word === '-a') shell.aliases.clear();
    else if (!shell.aliases.delete(word)) {
      shell.complain(`unalias: ${word}: not found`);
      failed = 1;
    }
  }
  return failed;
}

/** `declare`: `-a` and `-A` make arrays, `-x` exports, `-r` protects; in a function, what it declares is the function's own. */
function declare(shell: Shell, args: readonly string[]): number {
  const letters = args.filter((word) => /^[-+][a-zA-Z]+$/.test(word)).join('');
  const words = args.filter((word) => !/^[-+][a-zA-Z]+$/.test(word));
  if (words.length === 0) {
    for (const [name, { value, items }] of shell.sorted()) {
      const shown =
        items === undefined ? `"${value}"` : `(${[...items].map(([key, item]) => `[${key}]="${item}"`).join(' ')})`;
      shell.out(`declare ${items === undefined ? '--' : '-a'} ${name}=${shown}\n`);
    }
    return 0;
  }
  for (const word of words) {
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    if (!/^[A-Za-z_]\w*$/.test(name)) throw new ShellError(`declare: \`${word}': not a valid identifier`);
    if (!letters.includes('g') && shell.variable(name)?.items === undefined) shell.local(name);
    if (letters.includes('A')) shell.declareAssociative(name);
    if (equals >= 0) shell.set(name, word.slice(equals + 1));
    else if (shell.variable(name) === undefined) shell.set(name, '');
    if (letters.includes('x')) shell.export(name);
    if (letters.includes('r')) shell.protect(name);
  }
  return 0;
}

function* compute(shell: Shell, args: readonly string[]): Coroutine<number> {
  let value = '0';
  for (const word of args) value = yield* arithmetic(word, shell);
  return value === '0' ? 1 : 0;
}

/** `fg`: waits for a job; ^C ends it. */
function* foreground(shell: Shell, args: readonly string[]): Coroutine<number> {
  const job = findJob(shell, args[0]);
  if (job === undefined) {
    shell.complain(`fg: ${args[0] ?? 'current'}: no such job`);
    return 1;
  }
  shell.out(`${job.text}\n`);
  return yield* waitInForeground(shell, job.child);
}

function* waitInForeground(shell: Shell, child: ChildProcess): Coroutine<number> {
  try {
    return yield* shell.waitForJobs([child]);
  } catch (jump) {
    if (jump instanceof InterruptJump) signalTree(shell.process, child.pid, 'SIGINT');
    throw jump;
  }
}

function background(shell: Shell, args: readonly string[]): number {
  const job = findJob(shell, args[0]);
  if (job === undefined) {
    shell.complain(`bg: ${args[0] ?? 'current'}: no such job`);
    return 1;
  }
  if (job.child.status === undefined) shell.complain(`bg: job ${shell.jobs.indexOf(job) + 1} already in background`);
  return 0;
}

/** `mapfile -t lines`: the lines of the input as an array. */
function* mapfile(shell: Shell, args: readonly string[]): Coroutine<number> {
  const strip = args.includes('-t');
  const name = args.findLast((word) => !word.startsWith('-')) ?? 'MAPFILE';
  const input = shell.fds.get(0)?.input;
  let text = '';
  for (let piece = yield* input!.read(); piece !== undefined; piece = yield* input!.read()) text += piece;
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  shell.setItems(name, new Map(lines.map((line, index) => [String(index), strip ? line : `${line}\n`])));
  return 0;
}

const ASH: readonly [string, Builtin][] = [
  ['alias', alias],
  ['unalias', unalias],
  ['let', compute],
  ['fg', foreground],
  ['bg', background],
];

/** Builtins that busybox ash has beyond POSIX's, and those that bash has besides. */
export const MORE_BUILTINS: Readonly<Record<'ash' | 'dash' | 'bash', ReadonlyMap<string, Builtin>>> = {
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
