import { SECOND, sleep } from '../../../engine/index.ts';
import { readLine } from '../../pipe.ts';
import { type Tool, ToolError } from './tool.ts';

/** Zeros that are written at a time, and the most in all: each of them is kept by whoever reads them. */
const ZEROS_PER_STEP = 65_536;
const MOST_ZEROS = 64 * 1_048_576;
/** Bytes that tail reads in a tenth of a second. */
const KEPT_PER_STEP = 50 * 1024 ** 2;

/** `-5` of head and tail is `-n 5`. */
function countArgs(tool: Tool): Tool {
  if (!/^-\d+$/.test(tool.args[0] ?? '')) return tool;
  const changed = Object.create(tool) as Tool & { args: readonly string[] };
  Object.defineProperty(changed, 'args', { value: ['-n', tool.args[0]!.slice(1), ...tool.args.slice(1)] });
  return changed;
}

/** A count with its unit, as the text tools take it: `2k` is 2048. */
export function number(text: string): number {
  const match = /^([-+]?\d+)([kKmMgG]?)$/.exec(text);
  if (match === null) throw new ToolError(`invalid number '${text}'`);
  const unit = { '': 1, k: 1024, m: 1024 * 1024, g: 1024 * 1024 * 1024 }[match[2]!.toLowerCase()];
  return Number(match[1]) * unit!;
}

export function* head(given: Tool) {
  const tool = countArgs(given);
  const { options, operands } = tool.parse('n:c:qv', { lines: 'n', bytes: 'c' });
  const count = number(options.get('n') ?? '10');
  const bytes = options.get('c');
  if (operands.length === 0 && bytes === undefined && count >= 0) {
    // Line by line: the writer may go on for ever.
    for (let left = count; left > 0; left--) {
      const line = yield* readLine(tool.process.stdin);
      if (line === undefined) break;
      tool.out(line);
    }
    return 0;
  }
  if (operands.length === 0 && bytes !== undefined) {
    for (let left = number(bytes); left > 0; ) {
      const text = yield* tool.process.stdin.read();
      if (text === undefined) break;
      tool.out(text.slice(0, left));
      if (text.length > left) tool.process.stdin.unread(text.slice(left));
      left -= text.length;
    }
    return 0;
  }
  if (bytes !== undefined && operands.length === 1 && tool.path(operands[0]!) === '/dev/zero')
    return yield* zeros(tool, number(bytes));
  let first = true;
  const good = yield* tool.eachFile(operands, (text, name) => {
    if (operands.length > 1 && !options.has('q')) tool.out(`${first ? '' : '\n'}==> ${name} <==\n`);
    first = false;
    if (bytes !== undefined) tool.out(text.slice(0, number(bytes)));
    else {
      const lines = text.split(/(?<=\n)/);
      tool.out((count < 0 ? lines.slice(0, lines.length + count) : lines.slice(0, count)).join(''));
    }
  });
  return good ? 0 : 1;
}

export function* tail(given: Tool) {
  const tool = countArgs(given);
  const { options, operands } = tool.parse('n:c:fFqvs:', { lines: 'n', bytes: 'c', follow: 'f', retry: 'F' });
  const wanted = options.get('n') ?? '10';
  const bytes = options.get('c');
  const part = (text: string) => {
    if (bytes !== undefined)
      return bytes.startsWith('+')
        ? text.slice(number(bytes) - 1)
        : number(bytes) === 0
          ? ''
          : text.slice(-Math.abs(number(bytes)));
    const lines = text.split(/(?<=\n)/);
    if (wanted.startsWith('+')) return lines.slice(Math.max(0, number(wanted) - 1)).join('');
    const count = Math.abs(number(wanted));
    return count === 0 ? '' : lines.slice(-count).join('');
  };
  if (bytes === undefined && operands.some((name) => tool.path(name) === '/dev/zero')) return yield* keepAll(tool);
  let first = true;
  const good = yield* tool.eachFile(operands, (text, name) => {
    if (operands.length > 1 && !options.has('q')) tool.out(`${first ? '' : '\n'}==> ${name} <==\n`);
    first = false;
    tool.out(part(text));
  });
  if (!options.has('f') && !options.has('F')) return good ? 0 : 1;
  if (operands.length === 0 || (!good && !options.has('F'))) return good ? 0 : 1;
  const read = (name: string) =>
    tool.process.files.stat(tool.path(name))?.kind === 'file' ? tool.process.files.read(tool.path(name)) : '';
  const places = operands.map((name) => read(name).length);
  for (;;) {
    yield* sleep(SECOND);
    for (const [index, name] of operands.entries()) {
      const text = read(name);
      if (text.length < places[index]!) places[index] = 0;
      if (text.length > places[index]!) yield* tool.send(text.slice(places[index]!));
      places[index] = text.length;
    }
  }
}

/** As many zeros as are asked for of /dev/zero. */
function* zeros(tool: Tool, count: number) {
  if (count > MOST_ZEROS)
    throw new ToolError(`sim-core writes at most 64M of zeros this way: dd if=/dev/zero of=FILE writes more`);
  for (let left = count; left > 0; left -= ZEROS_PER_STEP)
    yield* tool.send('\0'.repeat(Math.min(left, ZEROS_PER_STEP)));
  return 0;
}

/** The last line of /dev/zero never ends: tail keeps it in memory until there is none left. */
function* keepAll({ process }: Tool) {
  const { memory } = process.machine;
  for (let kept = 0; kept < memory; kept += KEPT_PER_STEP) {
    process.use({ memory: kept });
    yield* sleep(SECOND / 10);
  }
  return 137;
}
