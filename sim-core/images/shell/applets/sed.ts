import type { Coroutine } from '../../../engine/index.ts';
import { posixRegex } from './regex.ts';
import { linesOf, type Tool, ToolError } from './tool.ts';

interface Address {
  readonly line?: number;
  readonly last?: boolean;
  readonly pattern?: RegExp;
}

interface Command {
  readonly from: Address | undefined;
  readonly to: Address | undefined;
  readonly negated: boolean;
  readonly name: string;
  readonly text: string;
  readonly pattern: RegExp | undefined;
  readonly replacement: string;
  readonly global: boolean;
  readonly print: boolean;
  readonly nth: number;
  active: boolean;
}

/** `sed` with s, d, p, q, =, a, i, c, y and n; addresses are lines, `$`, /patterns/ and ranges of them. */
export function* sed(tool: Tool): Coroutine<number> {
  const scripts: string[] = [];
  const files: string[] = [];
  let quiet = false;
  let extended = false;
  let inPlace = false;
  for (let index = 0; index < tool.args.length; index++) {
    const arg = tool.args[index]!;
    if (arg === '-e') scripts.push(tool.args[++index] ?? '');
    else if (arg === '-f') scripts.push(yield* tool.content(tool.args[++index] ?? ''));
    else if (/^-[nErsi]+$/.test(arg)) {
      quiet ||= arg.includes('n');
      extended ||= /[Er]/.test(arg);
      inPlace ||= arg.includes('i');
    } else if (arg.startsWith('-') && arg.length > 1) throw new ToolError(`unrecognized option: ${arg.slice(1)}`);
    else files.push(arg);
  }
  if (scripts.length === 0) {
    const script = files.shift();
    if (script === undefined) throw new ToolError('no script');
    scripts.push(script);
  }
  const commands = parseScript(scripts.join('\n'), extended);
  let failed = 0;
  if (inPlace) {
    for (const file of files) {
      const text = yield* tool.content(file);
      tool.process.files.write(tool.path(file), run(commands, text, quiet));
    }
    return 0;
  }
  if (files.length === 0 && commands.every(isLineByLine)) {
    // A stream: each line is printed as it comes.
    let index = 0;
    yield* tool.eachLine(files, (line) => tool.out(run(commands, `${line}\n`, quiet, index++)));
    return 0;
  }
  let all = '';
  if (!(yield* tool.eachFile(files, (text) => (all += text !== '' && !text.endsWith('\n') ? `${text}\n` : text))))
    failed = 1;
  yield* tool.send(run(commands, all, quiet));
  return failed;
}

/** Whether a command needs to know neither the line after nor the end. */
function isLineByLine({ from, to, name }: Command): boolean {
  return from?.last !== true && to?.last !== true && name !== 'n' && name !== 'q';
}

/** What a letter after a backslash stands for in the text of `a`, `i` and `c`. */
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t' };

/** The text after all commands. `before` lines have gone the same way earlier. */
function run(commands: readonly Command[], text: string, quiet: boolean, before = 0): string {
  const lines = linesOf(text);
  let output = '';
  if (before === 0) for (const command of commands) command.active = false;
  for (let index = 0; index < lines.length; index++) {
    let space = lines[index]!;
    let deleted = false;
    let quit = false;
    let after = '';
    for (const command of commands) {
      if (applies(command, space, before + index, before + lines.length) === command.negated) continue;
      if (command.name === 'd') {
        deleted = true;
        break;
      }
      if (command.name === 'p') output += `${space}\n`;
      else if (command.name === '=') output += `${before + index + 1}\n`;
      else if (command.name === 'i') output += `${command.text}\n`;
      else if (command.name === 'a') after += `${command.text}\n`;
      else if (command.name === 'c') {
        if (command.to === undefined || !command.active) output += `${command.text}\n`;
        deleted = true;
        break;
      } else if (command.name === 'n') {
        if (!quiet) output += `${space}\n`;
        if (index + 1 >= lines.length) {
          deleted = true;
          break;
        }
        space = lines[++index]!;
      } else if (command.name === 'q') {
        quit = true;
        break;
      } else if (command.name === 'y')
        space = [...space].map((character) => transliterate(command, character)).join('');
      else {
        const changed = substitute(command, space);
        if (changed !== undefined) {
          space = changed;
          if (command.print) output += `${space}\n`;
        }
      }
    }
    if (!deleted && !quiet) output += `${space}\n`;
    output += after;
    if (quit) break;
  }
  return output;
}

function transliterate({ text, replacement }: Command, character: string): string {
  const place = text.indexOf(character);
  return place < 0 ? character : replacement[place]!;
}

function matches(address: Address, space: string, index: number, count: number): boolean {
  if (address.last === true) return index === count - 1;
  if (address.line !== undefined) return index + 1 === address.line;
  return address.pattern!.test(space);
}

function applies(command: Command, space: string, index: number, count: number): boolean {
  const { from, to } = command;
  if (from === undefined) return true;
  if (to === undefined) return matches(from, space, index, count);
  if (command.active) {
    if (to.line !== undefined ? index + 1 >= to.line : matches(to, space, index, count)) command.active = false;
    return to.line === undefined || index + 1 <= to.line;
  }
  if (!matches(from, space, index, count)) return false;
  command.active = to.line === undefined ? true : to.line > index + 1;
  return true;
}

function substitute(command: Command, space: string): string | undefined {
  const pattern = new RegExp(command.pattern!.source, command.pattern!.flags);
  let count = 0;
  let changed = false;
  const result = space.replace(pattern, (...found: unknown[]) => {
    const whole = found[0] as string;
    count++;
    if (command.global ? count < command.nth : count !== command.nth) return whole;
    changed = true;
    return command.replacement.replace(/\\(.)|&/gs, (mark, escaped: string | undefined) => {
      if (mark === '&') return whole;
      if (/[0-9]/.test(escaped!))
        return typeof found[Number(escaped)] === 'string' ? (found[Number(escaped)] as string) : '';
      return escaped === 'n' ? '\n' : escaped === 't' ? '\t' : escaped!;
    });
  });
  return changed ? result : undefined;
}

function parseScript(script: string, extended: boolean): Command[] {
  const commands: Command[] = [];
  let at = 0;
  const bad = (text: string) => new ToolError(text);
  const until = (delimiter: string) => {
    let text = '';
    for (; at < script.length && script[at] !== delimiter; at++) {
      if (script[at] === '\\' && at + 1 < script.length) {
        text += script[at + 1] === delimiter && delimiter !== '\\' ? script[at + 1] : `\\${script[at + 1]}`;
        at++;
      } else text += script[at];
    }
    if (at >= script.length) throw bad('unmatched delimiter');
    at++;
    return text;
  };
  const address = (): Address | undefined => {
    const digits = /^\d+/.exec(script.slice(at))?.[0];
    if (digits !== undefined) {
      at += digits.length;
      return { line: Number(digits) };
    }
    if (script[at] === '$') {
      at++;
      return { last: true };
    }
    if (script[at] !== '/') return undefined;
    at++;
    return { pattern: posixRegex(until('/'), extended, '') };
  };
  while (at < script.length) {
    if (/[\s;}]/.test(script[at]!)) {
      at++;
      continue;
    }
    if (script[at] === '#') {
      while (at < script.length && script[at] !== '\n') at++;
      continue;
    }
    const from = address();
    let to: Address | undefined;
    if (from !== undefined && script[at] === ',') {
      at++;
      to = address();
      if (to === undefined) throw bad("unexpected ','");
    }
    while (script[at] === ' ') at++;
    const negated = script[at] === '!';
    if (negated) at++;
    const name = script[at++];
    if (name === undefined) throw bad('missing command');
    const base = {
      from,
      to,
      negated,
      name,
      text: '',
      pattern: undefined,
      replacement: '',
      global: false,
      print: false,
      nth: 1,
      active: false,
    };
    if ('dpqn='.includes(name)) commands.push(base);
    else if ('aic'.includes(name)) {
      const text = /^[ \t]*(?:\\[ \t]*\n|\\)?((?:\\[\s\S]|[^\\\n])*)\\?/.exec(script.slice(at))!;
      at += text[0].length;
      commands.push({ ...base, text: text[1]!.replace(/\\([\s\S])/g, (_, next: string) => ESCAPES[next] ?? next) });
    } else if (name === 's' || name === 'y') {
      const delimiter = script[at++] ?? '/';
      const first = until(delimiter);
      const second = until(delimiter);
      if (name === 'y') {
        if (first.length !== second.length) throw bad("strings for 'y' command are different lengths");
        commands.push({ ...base, text: first, replacement: second });
        continue;
      }
      const flags = /^[gpiI0-9]*/.exec(script.slice(at))![0];
      at += flags.length;
      const nth = Number(/\d+/.exec(flags)?.[0] ?? '1');
      commands.push({
        ...base,
        pattern: posixRegex(first, extended, /[iI]/.test(flags) ? 'gi' : 'g'),
        replacement: second,
        global: flags.includes('g'),
        print: flags.includes('p'),
        nth,
      });
    } else throw bad(`unsupported command ${name}`);
  }
  return commands;
}
