import type { Command, Redirection } from 'unbash';
import type { Coroutine } from '../../engine/index.ts';
import { NO_INPUT, NO_OUTPUT } from '../pipe.ts';
import { type ChildProcess, FileError } from '../process.ts';
import { assign } from './arrays.ts';
import type { Builtin } from './builtins/builtin.ts';
import { builtinOf, SPECIAL_BUILTINS } from './builtins/index.ts';
import { expandText, expandWords } from './expansion.ts';
import { ExitJump, ReturnJump } from './jumps.ts';
import { redirect, redirected } from './redirections.ts';
import type { FunctionBody, Shell } from './shell.ts';
import { TestError } from './test-expression.ts';

/** Virtual time of a builtin command and of starting a program; microseconds. */
export const BUILTIN_TIME = 5;
const SPAWN_TIME = 500;
const DECLARING = new Set(['export', 'local', 'readonly', 'declare', 'typeset', 'alias']);

export function* runCommand(shell: Shell, node: Command): Coroutine<number> {
  yield* shell.tick(BUILTIN_TIME);
  const words = node.name === undefined ? node.args : [node.name, ...node.args];
  const declares = node.name !== undefined && DECLARING.has(node.name.value);
  shell.substitutionStatus = undefined;
  const argv = declares ? yield* declarations(shell, words) : yield* expandWords(words, shell);
  const assignments: [string, string][] = [];
  for (const part of node.prefix) {
    if (part.type !== 'Assignment') continue;
    if (argv.length === 0 || part.value.type !== 'Word' || part.index !== undefined) yield* assign(shell, part);
    else
      assignments.push([
        part.name,
        (part.append === true ? (shell.get(part.name) ?? '') : '') + (yield* expandText(part.value, shell)),
      ]);
  }
  if (shell.options.xtrace && (argv.length > 0 || node.prefix.length > 0)) {
    const shown = [...assignments.map(([name, value]) => `${name}=${value}`), ...argv];
    if (argv.length === 0)
      for (const part of node.prefix)
        if (part.type === 'Assignment') shown.push(`${part.name}=${shell.get(part.name)}`);
    shell.fds.get(2)?.output.write(`+ ${shown.join(' ')}\n`);
  }
  const redirects = node.redirects;
  shell.replaces = node === shell.tail;
  if (argv.length === 0) {
    if (redirects.length > 0) return yield* redirected(shell, redirects, () => nothing(0));
    return shell.substitutionStatus ?? 0;
  }
  if (shell.temporary.length === 0) return yield* invoke(shell, argv, assignments, redirects);
  try {
    return yield* invoke(shell, argv, assignments, redirects);
  } finally {
    for (const path of shell.temporary.splice(0)) shell.process.files.remove(path);
  }
}

/** Arguments of `export`, `local`, `readonly`: assignments among them are not split. */
export function* declarations(shell: Shell, words: readonly Command['args'][number][]): Coroutine<string[]> {
  const argv: string[] = [];
  for (const word of words) {
    if (word.type === 'Assignment' && word.value.type !== 'Word') {
      yield* assign(shell, word);
      argv.push(word.name);
    } else if (word.type === 'Assignment' && word.value.type === 'Word')
      argv.push(`${word.name}=${yield* expandText(word.value, shell)}`);
    else argv.push(...(yield* expandWords([word], shell)));
  }
  return argv;
}

export function* invoke(
  shell: Shell,
  argv: readonly string[],
  assignments: readonly [string, string][],
  redirects: readonly Redirection[],
): Coroutine<number> {
  const name = argv[0]!;
  const body = shell.functions.get(name);
  const builtin = body === undefined ? builtinOf(shell, name) : undefined;
  if (body === undefined && builtin === undefined) {
    return yield* redirected(shell, redirects, () => runProgram(shell, argv, assignments));
  }
  const permanent = SPECIAL_BUILTINS.has(name);
  const restore: (() => void)[] = [];
  for (const [variable, value] of assignments) {
    if (permanent) shell.set(variable, value);
    else restore.push(shell.lend(variable, value));
  }
  try {
    if (name === 'exec' && builtin !== undefined) return yield* replaceProgram(shell, argv.slice(1), redirects);
    const run =
      body !== undefined
        ? () => callFunction(shell, body, argv.slice(1))
        : () => runBuiltin(shell, builtin!, argv.slice(1));
    return yield* redirected(shell, redirects, run);
  } finally {
    for (const back of restore.reverse()) back();
  }
}

/** Runs words as a command, as `command` does. */
export function* runArguments(shell: Shell, argv: readonly string[]): Coroutine<number> {
  return yield* invoke(shell, argv, [], []);
}

export function* runBuiltin(shell: Shell, builtin: Builtin, args: readonly string[]): Coroutine<number> {
  let status: number;
  try {
    const result = builtin(shell, args);
    status = typeof result === 'number' ? result : yield* result;
  } catch (error) {
    if (error instanceof TestError) {
      shell.complain(error.message);
      return 2;
    }
    throw error;
  }
  const { drain } = shell.fds.get(1)?.output ?? {};
  if (drain !== undefined) yield* shell.fds.get(1)!.output.drain!();
  return status;
}

export function* callFunction(shell: Shell, body: FunctionBody, args: readonly string[]): Coroutine<number> {
  const before = shell.positional;
  const loops = shell.loopDepth;
  shell.positional = args;
  shell.loopDepth = 0;
  shell.functionDepth++;
  shell.enter();
  try {
    return body.type === 'CompoundList' ? yield* shell.list(body) : yield* shell.node(body);
  } catch (jump) {
    if (jump instanceof ReturnJump) return jump.code;
    throw jump;
  } finally {
    shell.leave();
    shell.functionDepth--;
    shell.loopDepth = loops;
    shell.positional = before;
  }
}

/** Runs a program and waits for it. */
export function* runProgram(
  shell: Shell,
  argv: readonly string[],
  assignments: readonly [string, string][],
): Coroutine<number> {
  const env =
    assignments.length === 0
      ? shell.env
      : Object.assign(Object.create(null), shell.env, Object.fromEntries(assignments));
  yield* shell.tick(SPAWN_TIME);
  yield* shell.pass(true);
  if (shell.replaces && !shell.traps.has('EXIT')) return yield* becomeProgram(shell, argv, env);
  const started = startProgram(shell, argv, env);
  if (typeof started === 'number') return started;
  return yield* shell.waitFor(started);
}

/** The last command of a forked shell takes its place, so that `$!` and `kill` mean it. */
function* becomeProgram(
  shell: Shell,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): Coroutine<number> {
  try {
    return yield* shell.process.exec({
      argv,
      env: { ...env, PATH: env.PATH ?? '' },
      stdin: shell.fds.get(0)?.input ?? NO_INPUT,
      stdout: shell.fds.get(1)?.output ?? NO_OUTPUT,
      stderr: shell.fds.get(2)?.output ?? NO_OUTPUT,
    });
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    if (error.code === 'EINVAL') return yield* shell.waitFor(scriptChild(shell, argv));
    return cannotRun(shell, argv[0]!, error);
  }
}

/** Starts a program; tells why it cannot be and answers 126 or 127. */
export function startProgram(
  shell: Shell,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): ChildProcess | number {
  const options = {
    argv,
    env: { ...env, PATH: env.PATH ?? '' },
    stdin: shell.fds.get(0)?.input ?? NO_INPUT,
    ...(shell.fds.has(1) ? { stdout: shell.fds.get(1)!.output } : {}),
    ...(shell.fds.has(2) ? { stderr: shell.fds.get(2)!.output } : {}),
  };
  try {
    return shell.process.spawn(options);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    // A text file that is marked executable is the shell's own script.
    if (error.code === 'EINVAL') return scriptChild(shell, argv);
    return cannotRun(shell, argv[0]!, error);
  }
}

export function cannotRun(shell: Shell, name: string, error: FileError): number {
  if (error.code === 'ENOENT') {
    shell.complain(`${name}: ${shell.dialect === 'bash' ? 'command not found' : 'not found'}`);
    return 127;
  }
  if (error.code === 'EBUSY') {
    shell.complain(`can't fork: ${error.message}`);
    return 2;
  }
  shell.complain(`${name}: ${error.code === 'EISDIR' ? 'Permission denied' : error.message}`);
  return 126;
}

export function scriptChild(shell: Shell, argv: readonly string[]): ChildProcess {
  const [file = '', ...args] = argv;
  return shell.fork((shell) => {
    shell.name = file;
    shell.positional = args;
    const path = file.startsWith('/') ? file : `${shell.process.cwd}/${file}`;
    return shell.runSource(shell.process.files.read(path));
  });
}

/** `exec`: without a command its redirections stay; else the program takes the shell's place. */
export function* replaceProgram(
  shell: Shell,
  argv: readonly string[],
  redirects: readonly Redirection[],
): Coroutine<number> {
  yield* redirect(shell, redirects);
  if (argv.length === 0) return 0;
  yield* shell.pass(true);
  try {
    const code = yield* shell.process.exec({
      argv,
      env: shell.env,
      stdin: shell.fds.get(0)?.input ?? NO_INPUT,
      stdout: shell.fds.get(1)?.output ?? shell.process.stdout,
      stderr: shell.fds.get(2)?.output ?? shell.process.stderr,
    });
    shell.traps.delete('EXIT');
    throw new ExitJump(code);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new ExitJump(cannotRun(shell, argv[0]!, error));
  }
}

// biome-ignore lint/correctness/useYield: a coroutine that is done at once
function* nothing(status: number): Coroutine<number> {
  return status;
}
