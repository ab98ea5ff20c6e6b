import { encodeUtf8 } from '../../../api/utf8.ts';
import type { Coroutine } from '../../../engine/index.ts';
import type { Program } from '../../process.ts';
import { diff } from './diff.ts';
import { applet, linesOf, type Tool, ToolError } from './tool.ts';

/** `column -t`: fields in columns as wide as their widest. */
function* column(tool: Tool): Coroutine<number> {
  const { options, operands } = tool.parse('ts:o:', { table: 't', separator: 's' });
  const separator = options.get('s');
  const rows: string[][] = [];
  const good = yield* tool.eachFile(operands, (text) => {
    for (const line of linesOf(text)) {
      if (line.trim() === '') continue;
      rows.push(separator === undefined ? line.trim().split(/\s+/) : line.split(separator));
    }
  });
  if (!options.has('t')) {
    for (const row of rows) tool.out(`${row.join(' ')}\n`);
    return good ? 0 : 1;
  }
  const widths: number[] = [];
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  for (const row of rows) {
    const cells = row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index]!)));
    tool.out(`${cells.join(options.get('o') ?? '  ')}\n`);
  }
  return good ? 0 : 1;
}

/** `paste a b`: the lines of files side by side; `-s` the lines of one file in one. */
function* paste(tool: Tool): Coroutine<number> {
  const { options, operands } = tool.parse('sd:', { serial: 's', delimiters: 'd' });
  const delimiter = (options.get('d') ?? '\t').replaceAll('\\n', '\n').replaceAll('\\t', '\t');
  const columns: string[][] = [];
  const good = yield* tool.eachFile(operands, (text) => columns.push(linesOf(text)));
  if (options.has('s')) for (const lines of columns) tool.out(`${lines.join(delimiter)}\n`);
  else {
    const height = Math.max(0, ...columns.map((lines) => lines.length));
    for (let row = 0; row < height; row++) tool.out(`${columns.map((lines) => lines[row] ?? '').join(delimiter)}\n`);
  }
  return good ? 0 : 1;
}

/** `comm a b` of sorted files: lines of the first only, of the second only, of both. */
function* comm(tool: Tool): Coroutine<number> {
  const { options, operands } = tool.parse('123');
  const [left = '', right = ''] = operands;
  const a = linesOf(yield* tool.content(left));
  const b = linesOf(yield* tool.content(right));
  const indent = (column: number) =>
    '\t'.repeat(['1', '2'].filter((one, index) => index + 1 < column && !options.has(one)).length);
  const put = (column: number, line: string) => {
    if (!options.has(String(column))) tool.out(`${indent(column)}${line}\n`);
  };
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    const [x, y] = [a[i], b[j]];
    if (y === undefined || (x !== undefined && x < y)) {
      put(1, x!);
      i++;
    } else if (x === undefined || y < x) {
      put(2, y);
      j++;
    } else {
      put(3, x);
      i++;
      j++;
    }
  }
  return 0;
}

function* numbered(tool: Tool): Coroutine<number> {
  const { options, operands } = tool.parse('ab:w:s:');
  let number = 0;
  const all = options.get('b') === 'a';
  const good = yield* tool.eachLine(operands, (line) => {
    if (line === '' && !all) tool.out('       \n');
    else tool.out(`${String(++number).padStart(Number(options.get('w') ?? 6))}${options.get('s') ?? '\t'}${line}\n`);
  });
  return good ? 0 : 1;
}

function* fold(tool: Tool): Coroutine<number> {
  const { options, operands } = tool.parse('w:sb', { width: 'w', spaces: 's' });
  const width = Math.max(1, Number(options.get('w') ?? 80));
  const good = yield* tool.eachLine(operands, (line) => {
    let rest = line;
    while (rest.length > width) {
      const space = options.has('s') ? rest.lastIndexOf(' ', width - 1) + 1 : 0;
      const end = space > 0 ? space : width;
      tool.out(`${rest.slice(0, end)}\n`);
      rest = rest.slice(end);
    }
    tool.out(`${rest}\n`);
  });
  return good ? 0 : 1;
}

/** `od -c`, `od -An -tx1`, `od -x`: bytes by sixteen. */
function* od(tool: Tool): Coroutine<number> {
  const { options, operands } = tool.parse('A:t:cxbvN:j:');
  let bytes = encodeUtf8(yield* tool.content(operands[0] ?? '-')).slice(Number(options.get('j') ?? 0));
  if (options.has('N')) bytes = bytes.slice(0, Number(options.get('N')));
  const type = options.has('c') ? 'c' : options.has('x') ? 'x2' : (options.get('t') ?? 'o2');
  const addresses = options.get('A') ?? 'o';
  const address = (at: number) =>
    addresses === 'n' ? '' : at.toString(addresses === 'x' ? 16 : addresses === 'd' ? 10 : 8).padStart(7, '0');
  const size = type.endsWith('1') || type === 'c' ? 1 : 2;
  for (let at = 0; at < bytes.length; at += 16) {
    const cells: string[] = [];
    for (let index = at; index < Math.min(at + 16, bytes.length); index += size) {
      const byte = bytes[index]!;
      const value = size === 1 ? byte : byte | ((bytes[index + 1] ?? 0) << 8);
      cells.push(cell(type, value, size));
    }
    tool.out(`${address(at)}${cells.join('')}\n`);
  }
  if (addresses !== 'n') tool.out(`${address(bytes.length)}\n`);
  return 0;
}

const NAMED: Readonly<Record<number, string>> = {
  0: '\\0',
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  12: '\\f',
  13: '\\r',
};

function cell(type: string, value: number, size: number): string {
  if (type === 'c') {
    if (Object.hasOwn(NAMED, value)) return `  ${NAMED[value]}`;
    return value >= 32 && value < 127 ? `   ${String.fromCharCode(value)}` : ` ${value.toString(8).padStart(3, '0')}`;
  }
  if (type.startsWith('x')) return ` ${value.toString(16).padStart(size * 2, '0')}`;
  if (type.startsWith('d') || type.startsWith('u')) return ` ${String(value).padStart(size === 1 ? 3 : 5)}`;
  return ` ${value.toString(8).padStart(size === 1 ? 3 : 6, '0')}`;
}

/** `xxd`-like dump of hexdump -C. */
function* hexdump(tool: Tool): Coroutine<number> {
  const { operands } = tool.parse('C');
  const bytes = encodeUtf8(yield* tool.content(operands[0] ?? '-'));
  for (let at = 0; at < bytes.length; at += 16) {
    const part = [...bytes.subarray(at, at + 16)];
    const hex = part.map((byte) => byte.toString(16).padStart(2, '0'));
    const text = part.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.')).join('');
    const left = hex.slice(0, 8).join(' ').padEnd(23);
    const right = hex.slice(8).join(' ').padEnd(23);
    tool.out(`${at.toString(16).padStart(8, '0')}  ${left}  ${right}  |${text}|\n`);
  }
  tool.out(`${bytes.length.toString(16).padStart(8, '0')}\n`);
  return 0;
}

/** `expr 1 + 2`, comparisons, `expr length STRING`. */
function expr(tool: Tool): number {
  const words = tool.args;
  if (words[0] === 'length' && words.length === 2) {
    tool.out(`${words[1]!.length}\n`);
    return 0;
  }
  const [left = '', operator, right = ''] = words;
  if (operator === undefined) {
    tool.out(`${left}\n`);
    return left === '' || left === '0' ? 1 : 0;
  }
  const numeric = /^-?\d+$/.test(left) && /^-?\d+$/.test(right);
  const order = numeric ? Number(left) - Number(right) : left < right ? -1 : left > right ? 1 : 0;
  const comparisons: Readonly<Record<string, boolean>> = {
    '=': order === 0,
    '!=': order !== 0,
    '<': order < 0,
    '<=': order <= 0,
    '>': order > 0,
    '>=': order >= 0,
  };
  let value: number;
  if (Object.hasOwn(comparisons, operator)) value = comparisons[operator] === true ? 1 : 0;
  else {
    if (!numeric) throw new ToolError('non-integer argument', 2);
    if ((operator === '/' || operator === '%') && Number(right) === 0) throw new ToolError('division by zero', 2);
    const [a, b] = [Number(left), Number(right)];
    if (operator === '+') value = a + b;
    else if (operator === '-') value = a - b;
    else if (operator === '*') value = a * b;
    else if (operator === '/') value = Math.trunc(a / b);
    else if (operator === '%') value = a % b;
    else throw new ToolError('syntax error', 2);
  }
  tool.out(`${value}\n`);
  return value === 0 ? 1 : 0;
}

/** `mount` without arguments: what is mounted. */
function mount(tool: Tool): number {
  if (tool.args.length > 0) throw new ToolError('permission denied (are you root?)');
  for (const line of linesOf(tool.process.files.read('/proc/mounts'))) {
    const [device = '', place = '', type = '', flags = ''] = line.split(' ');
    tool.out(`${device} on ${place} type ${type} (${flags})\n`);
  }
  return 0;
}

export const MORE_TEXT_APPLETS: Readonly<Record<string, Program>> = {
  column: applet(column),
  comm: applet(comm),
  diff: applet(diff),
  expr: applet(expr),
  fold: applet(fold),
  hexdump: applet(hexdump),
  mount: applet(mount),
  nl: applet(numbered),
  od: applet(od),
  paste: applet(paste),
};
