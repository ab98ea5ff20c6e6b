import { readLine } from '../../pipe.ts';
import { FileError, type Program } from '../../process.ts';
import { awk } from '../awk/awk.ts';
import { head, number, tail } from './head-tail.ts';
import { posixPattern } from './regex.ts';
import { sed } from './sed.ts';
import { applet, linesOf, type Tool, ToolError, textOf } from './tool.ts';

function* cat(tool: Tool) {
  const { options, operands } = tool.parse('nuAevtsb');
  let failed = 0;
  let number = 0;
  const shown = (text: string) =>
    options.has('n')
      ? linesOf(text)
          .map((line) => `${String(++number).padStart(6)}\t${line}\n`)
          .join('')
      : text;
  for (const name of operands.length === 0 ? ['-'] : operands) {
    if (name !== '-') {
      try {
        yield* tool.send(shown(tool.process.files.read(tool.path(name))));
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        tool.complain(
          error.code === 'EISDIR' ? `read error: ${error.message}` : `can't open '${name}': ${error.message}`,
        );
        failed = 1;
      }
      continue;
    }
    for (let text = yield* tool.process.stdin.read(); text !== undefined; text = yield* tool.process.stdin.read())
      yield* tool.send(shown(text));
  }
  return failed;
}

function* wc(tool: Tool) {
  const { options, operands } = tool.parse('lwcm');
  const totals = [0, 0, 0];
  const row = (counts: readonly number[], name: string) => {
    const shown = ['l', 'w', 'c'].flatMap((letter, index) =>
      options.size === 0 || options.has(letter) || (letter === 'c' && options.has('m')) ? [counts[index]!] : [],
    );
    const wide = shown.length > 1 || operands.length > 1;
    const text = shown.map((value) => (wide ? String(value).padStart(9) : String(value))).join(wide ? ' ' : '');
    tool.out(`${text}${name === '-' ? '' : ` ${name}`}\n`);
  };
  const good = yield* tool.eachFile(operands, (text, name) => {
    const counts = [text.split('\n').length - 1, text.split(/\s+/).filter((word) => word !== '').length, text.length];
    for (const [index, value] of counts.entries()) totals[index]! += value;
    row(counts, name);
  });
  if (operands.length > 1) row(totals, 'total');
  return good ? 0 : 1;
}

const GREP_LONGS: Readonly<Record<string, string>> = {
  'after-context': 'A',
  'before-context': 'B',
  color: 'Z',
  colour: 'Z',
  context: 'C',
  count: 'c',
  'extended-regexp': 'E',
  'files-with-matches': 'l',
  'fixed-strings': 'F',
  'ignore-case': 'i',
  'invert-match': 'v',
  'line-buffered': 'Z',
  'line-number': 'n',
  'line-regexp': 'x',
  'max-count': 'm',
  'no-filename': 'h',
  'no-messages': 's',
  'only-matching': 'o',
  'perl-regexp': 'P',
  quiet: 'q',
  recursive: 'r',
  regexp: 'e',
  silent: 'q',
  'with-filename': 'H',
  'word-regexp': 'w',
};

function* grep(tool: Tool) {
  const { options, operands, all } = tool.parse('ivcnlLqsEFPwoxhHrZe:m:A:B:C:', GREP_LONGS);
  const rest = [...operands];
  const source = options.has('e') ? all('e').join('\n') : rest.shift();
  if (source === undefined) throw new ToolError('missing pattern', 2);
  const has = (letter: string) => options.has(letter);
  const extended = has('E') || has('P') || tool.name === 'egrep';
  const parts =
    has('F') || tool.name === 'fgrep'
      ? source.split('\n').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
      : source.split('\n').map((part) => posixPattern(part, extended));
  let pattern = parts.map((part) => `(?:${part})`).join('|');
  if (has('w')) pattern = `(?<!\\w)(?:${pattern})(?!\\w)`;
  if (has('x')) pattern = `^(?:${pattern})$`;
  let regex: RegExp;
  try {
    regex = new RegExp(pattern, has('i') ? 'gi' : 'g');
  } catch {
    throw new ToolError(`bad regex '${source}'`, 2);
  }
  const files = has('r') ? filesBelow(tool, rest.length === 0 ? ['.'] : rest) : rest;
  const named = (files.length > 1 || has('r') || has('H')) && !has('h');
  const limit = options.has('m') ? number(options.get('m')!) : Number.POSITIVE_INFINITY;
  let any = false;
  const test = (line: string) => {
    regex.lastIndex = 0;
    return regex.test(line) !== has('v');
  };
  const show = (line: string, prefix: string) => {
    if (!has('o')) tool.out(`${prefix}${line}\n`);
    else for (const found of line.match(regex) ?? []) if (found !== '') tool.out(`${prefix}${found}\n`);
  };
  if (files.length === 0 && !['c', 'l', 'L', 'A', 'B', 'C'].some(has)) {
    // A stream: each line is shown as it comes.
    let index = 0;
    let found = 0;
    for (
      let line = yield* readLine(tool.process.stdin);
      line !== undefined;
      line = yield* readLine(tool.process.stdin)
    ) {
      index++;
      const text = line.replace(/\n$/, '');
      if (!test(text)) continue;
      any = true;
      if (has('q')) return 0;
      show(text, has('n') ? `${index}:` : '');
      if (++found >= limit) break;
    }
    return any ? 0 : 1;
  }
  const before = Number(options.get('B') ?? options.get('C') ?? 0);
  const after = Number(options.get('A') ?? options.get('C') ?? 0);
  const good = yield* tool.eachFile(files, (text, name) => {
    const lines = linesOf(text);
    let count = 0;
    let shownTo = -1;
    for (const [index, line] of lines.entries()) {
      if (!test(line)) continue;
      count++;
      any = true;
      if (has('q') || has('c') || has('l') || has('L')) continue;
      const label = (at: number, mark: string) =>
        `${named ? `${name}${mark}` : ''}${has('n') ? `${at + 1}${mark}` : ''}`;
      if (shownTo >= 0 && index - before > shownTo + 1 && before + after > 0) tool.out('--\n');
      for (let at = Math.max(shownTo + 1, index - before); at < index; at++)
        tool.out(`${label(at, '-')}${lines[at]}\n`);
      if (index > shownTo) show(line, label(index, ':'));
      shownTo = Math.max(shownTo, index);
      for (let at = index + 1; at <= Math.min(lines.length - 1, index + after) && !test(lines[at]!); at++) {
        tool.out(`${label(at, '-')}${lines[at]}\n`);
        shownTo = at;
      }
      if (count >= limit) break;
    }
    if (has('l') && count > 0) tool.out(`${name}\n`);
    else if (has('L') && count === 0) tool.out(`${name}\n`);
    else if (has('c')) tool.out(`${named ? `${name}:` : ''}${count}\n`);
  });
  if (any && has('q')) return 0;
  return good ? (any ? 0 : 1) : 2;
}

function filesBelow(tool: Tool, roots: readonly string[]): string[] {
  const found: string[] = [];
  const rest = [...roots].reverse();
  for (let name = rest.pop(); name !== undefined && found.length < 10_000; name = rest.pop()) {
    const kind = tool.process.files.stat(tool.path(name))?.kind;
    if (kind === 'directory') {
      for (const child of tool.process.files.list(tool.path(name)).reverse())
        rest.push(name.endsWith('/') ? name + child : `${name}/${child}`);
    } else found.push(name);
  }
  return found;
}

/** What a suffix of `sort -h` stands for. */
const HUMAN_UNITS: Readonly<Record<string, number>> = {
  K: 1024,
  M: 1024 * 1024,
  G: 1024 * 1024 * 1024,
  T: 1024 * 1024 * 1024 * 1024,
};

function* sort(tool: Tool) {
  const { options, operands } = tool.parse('nruk:t:fhbVo:cs');
  let lines: string[] = [];
  const good = yield* tool.eachFile(operands, (text) => lines.push(...linesOf(text)));
  const separator = options.get('t');
  const key = /^(\d+)(?:\.\d+)?([nrf]*)(?:,(\d+)([nrf]*))?/.exec(options.get('k') ?? '');
  const numeric = options.has('n') || /n/.test(`${key?.[2] ?? ''}${key?.[4] ?? ''}`) || options.has('h');
  const reverse = options.has('r') || /r/.test(`${key?.[2] ?? ''}${key?.[4] ?? ''}`);
  const keyOf = (line: string) => {
    if (key === null) return options.has('f') ? line.toUpperCase() : line;
    const fields = separator === undefined ? line.trim().split(/\s+/) : line.split(separator);
    return fields.slice(Number(key[1]) - 1, key[3] === undefined ? undefined : Number(key[3])).join(separator ?? ' ');
  };
  const value = (text: string) => {
    const match = /^\s*(-?\d+(?:\.\d+)?)([KMGT]?)/.exec(text);
    if (match === null) return 0;
    return Number(match[1]) * (options.has('h') ? (HUMAN_UNITS[match[2]!] ?? 1) : 1);
  };
  const compare = (a: string, b: string) => {
    const [x, y] = [keyOf(a), keyOf(b)];
    const order = numeric ? value(x) - value(y) : x < y ? -1 : x > y ? 1 : 0;
    return (
      (order !== 0 ? order : options.has('u') || options.has('s') ? 0 : a < b ? -1 : a > b ? 1 : 0) * (reverse ? -1 : 1)
    );
  };
  lines.sort(compare);
  if (options.has('u')) lines = lines.filter((line, index) => index === 0 || compare(lines[index - 1]!, line) !== 0);
  const output = options.get('o');
  if (output === undefined) yield* tool.send(textOf(lines));
  else tool.process.files.write(tool.path(output), textOf(lines));
  return good ? 0 : 1;
}

function* uniq(tool: Tool) {
  const { options, operands } = tool.parse('cdui');
  const groups: { line: string; count: number }[] = [];
  const good = yield* tool.eachFile(operands.slice(0, 1), (text) => {
    for (const line of linesOf(text)) {
      const last = groups.at(-1);
      const same =
        last !== undefined && (options.has('i') ? last.line.toLowerCase() === line.toLowerCase() : last.line === line);
      if (same) last.count++;
      else groups.push({ line, count: 1 });
    }
  });
  for (const { line, count } of groups) {
    if ((options.has('d') && count < 2) || (options.has('u') && count > 1)) continue;
    tool.out(options.has('c') ? `${String(count).padStart(7)} ${line}\n` : `${line}\n`);
  }
  return good ? 0 : 1;
}

function* cut(tool: Tool) {
  const { options, operands } = tool.parse('d:f:c:b:s');
  const list = options.get('f') ?? options.get('c') ?? options.get('b');
  if (list === undefined) throw new ToolError('expected a list of bytes, characters, or fields');
  const ranges = list.split(',').map((part) => {
    const match = /^(\d*)(-?)(\d*)$/.exec(part);
    if (match === null || part === '' || part === '-') throw new ToolError(`invalid range '${part}'`);
    const low = match[1] === '' ? 1 : Number(match[1]);
    return { low, high: match[2] === '' ? low : match[3] === '' ? Number.POSITIVE_INFINITY : Number(match[3]) };
  });
  const chosen = (index: number) => ranges.some(({ low, high }) => index + 1 >= low && index + 1 <= high);
  const delimiter = options.get('d') ?? '\t';
  const good = yield* tool.eachLine(operands, (line) => {
    if (!options.has('f')) tool.out(`${[...line].filter((_, index) => chosen(index)).join('')}\n`);
    else if (line.includes(delimiter))
      tool.out(
        `${line
          .split(delimiter)
          .filter((_, index) => chosen(index))
          .join(delimiter)}\n`,
      );
    else if (!options.has('s')) tool.out(`${line}\n`);
  });
  return good ? 0 : 1;
}

const CLASSES: Readonly<Record<string, string>> = {
  upper: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  lower: 'abcdefghijklmnopqrstuvwxyz',
  digit: '0123456789',
  space: ' \t\n\r\v\f',
  alpha: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
  alnum: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  punct: '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
};

function trSet(text: string): string[] {
  const set: string[] = [];
  const source = text
    .replace(/\\([nrt\\])/g, (_, letter: string) => ({ n: '\n', r: '\r', t: '\t', '\\': '\\' })[letter]!)
    .replace(/\[:(\w+):\]/g, (whole, name: string) => (Object.hasOwn(CLASSES, name) ? CLASSES[name]! : whole));
  for (let index = 0; index < source.length; index++) {
    const low = source.charCodeAt(index);
    const high = source.charCodeAt(index + 2);
    if (source[index + 1] === '-' && high >= low && high - low < 256) {
      for (let code = low; code <= high; code++) set.push(String.fromCharCode(code));
      index += 2;
    } else set.push(source[index]!);
  }
  return set;
}

function* tr(tool: Tool) {
  const { options, operands } = tool.parse('dsc');
  const from = trSet(operands[0] ?? '');
  const to = trSet(operands[1] ?? '');
  const inSet = new Set(from);
  const listed = (character: string) => inSet.has(character) !== options.has('c');
  const squeezed = new Set(operands.length > 1 ? to : from);
  let last = '';
  for (let text = yield* tool.process.stdin.read(); text !== undefined; text = yield* tool.process.stdin.read()) {
    let result = '';
    for (const character of text) {
      let next = character;
      if (listed(character)) {
        if (options.has('d')) continue;
        if (to.length > 0) next = options.has('c') ? to.at(-1)! : to[Math.min(from.indexOf(character), to.length - 1)]!;
      }
      if (options.has('s') && next === last && (operands.length > 1 ? squeezed.has(next) : listed(next))) continue;
      last = next;
      result += next;
    }
    yield* tool.send(result);
  }
  return 0;
}

function* tee(tool: Tool) {
  const { options, operands } = tool.parse('ai');
  const paths = operands.map((name) => tool.path(name));
  if (!options.has('a')) for (const path of paths) tool.process.files.write(path, '');
  for (let text = yield* tool.process.stdin.read(); text !== undefined; text = yield* tool.process.stdin.read()) {
    for (const path of paths) tool.process.files.write(path, text, { append: true });
    yield* tool.send(text);
  }
  return 0;
}

function* seq(tool: Tool) {
  const args = tool.args.filter((arg) => !/^-[ws]/.test(arg));
  const separator = tool.args.find((arg) => arg.startsWith('-s'))?.slice(2) ?? '\n';
  const values = args.map(Number);
  if (values.length === 0 || values.some((value) => Number.isNaN(value)))
    throw new ToolError(`invalid number '${args.find((arg) => Number.isNaN(Number(arg))) ?? ''}'`);
  const [low, step, high] =
    values.length === 1
      ? [1, 1, values[0]!]
      : values.length === 2
        ? [values[0]!, 1, values[1]!]
        : [values[0]!, values[1]!, values[2]!];
  if (step === 0) throw new ToolError('increment must not be 0');
  const digits = Math.max(...args.map((arg) => (arg.split('.')[1] ?? '').length));
  const width = tool.args.includes('-w') ? Math.max(low.toFixed(digits).length, high.toFixed(digits).length) : 0;
  let piece = '';
  for (let index = 0; step > 0 ? low + index * step <= high : low + index * step >= high; index++) {
    piece += `${index > 0 && piece === '' ? '' : ''}${(low + index * step).toFixed(digits).padStart(width, '0')}${separator}`;
    if (piece.length < 8192) continue;
    yield* tool.process.compute(200);
    yield* tool.send(piece);
    piece = '';
  }
  if (separator !== '\n' && piece !== '') piece = `${piece.slice(0, -separator.length)}\n`;
  yield* tool.send(piece);
  return 0;
}

export const TEXT_APPLETS: Readonly<Record<string, Program>> = {
  awk: applet(awk),
  cat: applet(cat),
  cut: applet(cut),
  egrep: applet(grep),
  fgrep: applet(grep),
  grep: applet(grep),
  head: applet(head),
  rev: applet(function* (tool) {
    const good = yield* tool.eachLine(tool.args, (line) => tool.out(`${[...line].reverse().join('')}\n`));
    return good ? 0 : 1;
  }),
  sed: applet(sed),
  seq: applet(seq),
  sort: applet(sort),
  tac: applet(function* (tool) {
    const good = yield* tool.eachFile(tool.args, (text) => tool.out(textOf(linesOf(text).reverse())));
    return good ? 0 : 1;
  }),
  tail: applet(tail),
  tee: applet(tee),
  tr: applet(tr),
  uniq: applet(uniq),
  wc: applet(wc),
};
