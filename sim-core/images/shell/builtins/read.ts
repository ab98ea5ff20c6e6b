import { type Coroutine, SECOND, suspend } from '../../../engine/index.ts';
import { ShellError } from '../expansion.ts';
import type { Shell } from '../shell.ts';
import { NAME } from './variables.ts';

export function* read(shell: Shell, args: readonly string[]): Coroutine<number> {
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

/** `mapfile -t lines`: the lines of the input as an array. */
export function* mapfile(shell: Shell, args: readonly string[]): Coroutine<number> {
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
