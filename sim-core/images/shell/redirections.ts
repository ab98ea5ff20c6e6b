import type { Redirection } from 'unbash';
import type { Coroutine } from '../../engine/index.ts';
import { TextInput } from '../pipe.ts';
import { openFile, RedirectError } from './descriptors.ts';
import { expandHereDocument, expandText, ShellError } from './expansion.ts';
import type { Shell } from './shell.ts';

export function* redirected(
  shell: Shell,
  redirects: readonly Redirection[],
  run: () => Coroutine<number>,
): Coroutine<number> {
  if (redirects.length === 0) return yield* run();
  const before = shell.fds;
  shell.fds = new Map(before);
  try {
    yield* redirect(shell, redirects);
    return yield* run();
  } catch (error) {
    if (!(error instanceof RedirectError)) throw error;
    shell.complain(error.message);
    return 1;
  } finally {
    shell.fds = before;
  }
}

export function* redirect(shell: Shell, redirects: readonly Redirection[]): Coroutine {
  for (const redirect of redirects) {
    if (redirect.descriptor?.type === 'FileDescriptorVariable') throw new ShellError('syntax error: unexpected "{"');
    const number = redirect.descriptor?.value;
    if (redirect.type === 'HereDoc') {
      const text = yield* expandHereDocument(
        redirect.body,
        redirect.delimiter?.quoted ?? false,
        redirect.operator === '<<-',
        shell,
      );
      shell.fds.set(number ?? 0, { input: new TextInput(text), output: { write() {} } });
      continue;
    }
    if (redirect.target === undefined) throw new ShellError('syntax error: unexpected newline');
    const target = yield* expandText(redirect.target, shell);
    if (redirect.type === 'HereString') {
      shell.fds.set(number ?? 0, { input: new TextInput(`${target}\n`), output: { write() {} } });
      continue;
    }
    switch (redirect.operator) {
      case '<':
        shell.fds.set(number ?? 0, openFile(shell.process, shell.fds, target, 'read'));
        break;
      case '<>':
        shell.fds.set(number ?? 0, {
          ...openFile(shell.process, shell.fds, target, 'append'),
          ...openFile(shell.process, shell.fds, target, 'read'),
        });
        break;
      case '>':
      case '>|':
        shell.fds.set(number ?? 1, openFile(shell.process, shell.fds, target, 'write'));
        break;
      case '>>':
        shell.fds.set(number ?? 1, openFile(shell.process, shell.fds, target, 'append'));
        break;
      case '<&':
      case '>&':
        duplicate(shell, number ?? (redirect.operator === '<&' ? 0 : 1), target);
        break;
      case '&>':
      case '&>>': {
        const file = openFile(shell.process, shell.fds, target, redirect.operator === '&>' ? 'write' : 'append');
        shell.fds.set(1, file);
        shell.fds.set(2, file);
      }
    }
  }
}

export function duplicate(shell: Shell, number: number, target: string): void {
  if (target === '-') {
    shell.fds.delete(number);
    return;
  }
  if (!/^\d+$/.test(target)) throw new ShellError('syntax error: bad fd number');
  const descriptor = shell.fds.get(Number(target));
  if (descriptor === undefined) throw new RedirectError(`${target}: Bad file descriptor`);
  shell.fds.set(number, descriptor);
}
