import type { Coroutine } from '../../../engine/index.ts';
import { type ChildProcess, type Process, SIGNALS, type Signal } from '../../process.ts';
import { InterruptJump } from '../jumps.ts';
import type { Shell } from '../shell.ts';
import { quote } from './variables.ts';

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

export function kill(shell: Shell, args: readonly string[]): number {
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

export function trap(shell: Shell, args: readonly string[]): number {
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

export function* wait(shell: Shell, args: readonly string[]): Coroutine<number> {
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

/** `fg`: waits for a job; ^C ends it. */
export function* foreground(shell: Shell, args: readonly string[]): Coroutine<number> {
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

export function background(shell: Shell, args: readonly string[]): number {
  const job = findJob(shell, args[0]);
  if (job === undefined) {
    shell.complain(`bg: ${args[0] ?? 'current'}: no such job`);
    return 1;
  }
  if (job.child.status === undefined) shell.complain(`bg: job ${shell.jobs.indexOf(job) + 1} already in background`);
  return 0;
}
