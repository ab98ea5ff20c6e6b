import type { Coroutine } from '../../../engine/index.ts';
import { arithmetic, ShellError } from '../expansion.ts';
import type { Shell } from '../shell.ts';

/** What a variable may be called. */
export const NAME = /^[A-Za-z_]\w*$/;

/** A text as the shell reads it back. */
export function quote(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}

export function setOptions(shell: Shell, args: readonly string[]): number {
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

export function exportVariables(shell: Shell, args: readonly string[], how: 'export' | 'readonly'): number {
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

/** `declare`: `-a` and `-A` make arrays, `-x` exports, `-r` protects; in a function, what it declares is the function's own. */
export function declare(shell: Shell, args: readonly string[]): number {
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

export function* compute(shell: Shell, args: readonly string[]): Coroutine<number> {
  let value = '0';
  for (const word of args) value = yield* arithmetic(word, shell);
  return value === '0' ? 1 : 0;
}

export function getopts(shell: Shell, args: readonly string[]): number {
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
