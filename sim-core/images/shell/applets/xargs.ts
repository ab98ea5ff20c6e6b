import type { Coroutine } from '../../../engine/index.ts';
import { FileError } from '../../process.ts';
import { type Tool, ToolError } from './tool.ts';

/** `xargs [-0rt] [-d DELIMITER] [-n NUMBER | -L NUMBER | -I TEXT] [-P NUMBER] [COMMAND [ARGUMENT]...]`; commands run one after the other, whatever `-P` says. */
export function* xargs(tool: Tool): Coroutine<number> {
  let index = 0;
  let size = Number.POSITIVE_INFINITY;
  let replace: string | undefined;
  let delimiter: string | undefined;
  let lines = false;
  for (; index < tool.args.length && tool.args[index]!.startsWith('-'); index++) {
    const arg = tool.args[index]!;
    if (arg === '-n') size = Number(tool.args[++index]);
    else if (/^-n\d+$/.test(arg)) size = Number(arg.slice(2));
    else if (/^-[Ll]\d*$/.test(arg)) {
      size = Number(arg.slice(2) || tool.args[++index]);
      lines = true;
    } else if (arg === '-P') index++;
    else if (/^-P\d/.test(arg)) continue;
    else if (arg === '-d') delimiter = delimiterOf(tool.args[++index] ?? '');
    else if (arg.startsWith('-d')) delimiter = delimiterOf(arg.slice(2));
    else if (arg.startsWith('--delimiter=')) delimiter = delimiterOf(arg.slice(12));
    else if (arg === '-I') replace = tool.args[++index] ?? '{}';
    else if (/^-I./.test(arg)) replace = arg.slice(2);
    else if (arg === '-0' || arg === '--null') delimiter = '\0';
    else if (arg !== '-r' && arg !== '-t') throw new ToolError(`unrecognized option: ${arg.slice(1)}`);
  }
  const command = tool.args.slice(index);
  if (command.length === 0) command.push('echo');
  const text = yield* tool.content('-');
  const words = itemsOf(text, delimiter, replace !== undefined || lines);
  let failed = 0;
  const run = function* (argv: readonly string[]) {
    try {
      const { code } = yield* tool.process.spawn({ argv }).wait();
      if (code !== 0) failed = 123;
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      throw new ToolError(`${argv[0]}: ${error.message}`, 127);
    }
  };
  if (replace !== undefined) {
    for (const word of words) yield* run(command.map((part) => part.replaceAll(replace, word)));
  } else {
    for (let at = 0; at < words.length; at += size) {
      const next = words.slice(at, at + size);
      yield* run([
        ...command,
        ...(lines && delimiter === undefined ? next.flatMap((line) => line.split(/\s+/)) : next),
      ]);
      if (size === Number.POSITIVE_INFINITY) break;
    }
  }
  return failed;
}

/** The items of the input. A delimiter ends an item, which is taken as it is, empty or not; else lines or words count, without empty ones. */
function itemsOf(text: string, delimiter: string | undefined, lines: boolean): string[] {
  if (delimiter !== undefined) {
    const items = text.split(delimiter);
    if (items.at(-1) === '') items.pop();
    return items;
  }
  const items = lines ? text.split('\n').map((line) => line.trim()) : text.split(/\s+/);
  return items.filter((item) => item !== '');
}

const ESCAPES = new Map([
  ['\\a', '\x07'],
  ['\\b', '\b'],
  ['\\f', '\f'],
  ['\\n', '\n'],
  ['\\r', '\r'],
  ['\\t', '\t'],
  ['\\v', '\v'],
  ['\\\\', '\\'],
]);

/** The delimiter that `-d` names: one character, or an escape as in C. Throws `ToolError` with GNU's words. */
function delimiterOf(name: string): string {
  if ([...name].length === 1) return name;
  if (!name.startsWith('\\')) {
    throw new ToolError(
      `Invalid input delimiter specification ${name}: the delimiter must be either a single character or an escape sequence starting with \\.`,
    );
  }
  const [, octal, hexadecimal] = /^\\(?:([0-7]{1,3})|x([\da-fA-F]{1,2}))$/.exec(name) ?? [];
  const code = Number.parseInt(octal ?? hexadecimal ?? '', octal === undefined ? 16 : 8);
  const character = Number.isNaN(code) ? ESCAPES.get(name) : String.fromCharCode(code & 255);
  if (character === undefined) throw new ToolError(`Invalid escape sequence ${name} in input delimiter specification.`);
  return character;
}
