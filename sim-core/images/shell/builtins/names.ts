import type { Coroutine } from '../../../engine/index.ts';
import { absolutePath } from '../../absolute-path.ts';
import type { Shell } from '../shell.ts';
import { runArguments } from '../simple-command.ts';
import { builtinOf } from './index.ts';

export function alias(shell: Shell, args: readonly string[]): number {
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

export function unalias(shell: Shell, args: readonly string[]): number {
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

export function* command(shell: Shell, args: readonly string[]): Coroutine<number> {
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

export function type(shell: Shell, args: readonly string[]): number {
  let failed = 0;
  for (const name of args) {
    const found = describe(shell, name);
    shell.out(found === undefined ? `${name}: not found\n` : typeText(name, found));
    if (found === undefined) failed = 127;
  }
  return failed;
}
