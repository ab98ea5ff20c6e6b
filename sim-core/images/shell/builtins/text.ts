import { formatPrintf, undoEscapes } from '../printf.ts';
import type { Shell } from '../shell.ts';
import { evaluateTest } from '../test-expression.ts';

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

export function printf(shell: Shell, args: readonly string[]): number {
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

export function test(shell: Shell, args: readonly string[]): number {
  return evaluateTest(args, shell.process) ? 0 : 1;
}

export function bracket(shell: Shell, args: readonly string[]): number {
  if (args.at(-1) !== ']') {
    shell.complain('missing ]');
    return 2;
  }
  return test(shell, args.slice(0, -1));
}
