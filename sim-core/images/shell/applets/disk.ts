import { type Coroutine, SECOND } from '../../../engine/index.ts';
import { FileError, type Program } from '../../process.ts';
import { applet, human, type Tool, ToolError } from './tool.ts';

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  c: 1,
  w: 2,
  b: 512,
  k: 1024,
  K: 1024,
  kB: 1000,
  M: 1024 ** 2,
  MB: 1000 ** 2,
  G: 1024 ** 3,
  GB: 1000 ** 3,
  T: 1024 ** 4,
};
/** Bytes that a disk takes in a second. */
const SPEED = 500 * 1024 ** 2;
const DEVICES = new Set(['/dev/zero', '/dev/urandom', '/dev/random']);

/** `512M`; undefined when it is no size. */
function size(text: string): number | undefined {
  const match = /^(\d+)([a-zA-Z]*?)(?:iB)?$/.exec(text);
  const unit = match !== null && Object.hasOwn(UNITS, match[2]!) ? UNITS[match[2]!] : undefined;
  return unit === undefined ? undefined : Number(match![1]) * unit;
}

/** Zeros that are really written to a device: nobody reads it further. */
const MOST_ZEROS = 65_536;

/** dd: copies blocks. What comes out of /dev/zero takes up space on the disk, and time. */
function* dd(tool: Tool): Coroutine<number> {
  const given = new Map<string, string>();
  for (const arg of tool.args) {
    const equals = arg.indexOf('=');
    if (equals < 1) throw new ToolError(`unrecognized operand '${arg}'`);
    given.set(arg.slice(0, equals), arg.slice(equals + 1));
  }
  const number = (name: string, otherwise: string) => {
    const text = given.get(name) ?? otherwise;
    const value = size(text);
    if (value === undefined) throw new ToolError(`invalid number '${text}'`);
    return value;
  };
  const block = number('bs', '512');
  const input = given.get('if') ?? '-';
  const output = given.get('of');
  const device = DEVICES.has(input);
  if (device && !given.has('count')) throw new ToolError(`${input} has no end: say how much with count=`);
  const text = device ? '' : yield* tool.content(input);
  const limit = given.has('count') ? block * number('count', '0') : Number.POSITIVE_INFINITY;
  const wanted = device ? limit : Math.min(text.length, limit);
  const { files } = tool.process;
  let written = wanted;
  let problem: FileError | undefined;
  try {
    if (output === undefined)
      yield* tool.send(device ? '\0'.repeat(Math.min(wanted, block * 1024)) : text.slice(0, wanted));
    else if (device && /^(device|block)$/.test(files.stat(tool.path(output))?.kind ?? ''))
      files.write(tool.path(output), '\0'.repeat(Math.min(wanted, MOST_ZEROS)));
    else if (device) files.fill(tool.path(output), wanted);
    else files.write(tool.path(output), text.slice(0, wanted));
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    problem = error;
    written = device && error.code === 'ENOSPC' && output !== undefined ? fillUp(tool, output, wanted, block) : 0;
  }
  const time = written / SPEED;
  if (time > 0.001) yield* tool.process.compute(Math.round(time * SECOND));
  if (problem !== undefined)
    tool.complain(
      problem.code === 'ENOSPC'
        ? `error writing '${output}': ${problem.message}`
        : `can't open '${output}': ${problem.message}`,
    );
  const records = (bytes: number) => `${Math.floor(bytes / block)}+${bytes % block > 0 ? 1 : 0}`;
  tool.process.stderr.write(
    `${records(Math.min(wanted, written + (problem === undefined ? 0 : block)))} records in\n${records(written)} records out\n${written} bytes (${human(written)}B) copied, ${Math.max(time, 0.000_1).toFixed(6)} seconds, ${human(Math.round(written / Math.max(time, 0.000_1)))}B/s\n`,
  );
  return problem === undefined ? 0 : 1;
}

/** Writes as many blocks as there is room for; answers how many bytes. */
function fillUp(tool: Tool, output: string, wanted: number, block: number): number {
  let low = 0;
  let high = Math.ceil(wanted / block);
  const { files } = tool.process;
  const fits = (blocks: number) => {
    try {
      files.fill(tool.path(output), blocks * block);
      return true;
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      return false;
    }
  };
  while (low + 1 < high) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  fits(low);
  return low * block;
}

/** fallocate -l SIZE FILE, truncate -s SIZE FILE: a file of that size at once, or not at all. */
function reserve(letter: string) {
  // biome-ignore lint/correctness/useYield: done at once
  return function* run(tool: Tool): Coroutine<number> {
    const { options, operands } = tool.parse(`${letter}:`, { [letter === 'l' ? 'length' : 'size']: letter });
    const bytes = size(options.get(letter) ?? '');
    const [file] = operands;
    if (bytes === undefined || file === undefined) throw new ToolError(`usage: ${tool.name} -${letter} SIZE FILE`);
    try {
      tool.process.files.fill(tool.path(file), bytes);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      throw new ToolError(`${file}: ${error.message}`);
    }
    return 0;
  };
}

/** df: what is mounted, and how full it is. A path asks for the file system that it is on. */
function df(tool: Tool): number {
  const { options, operands } = tool.parse('hkmPT');
  const { process } = tool;
  const mounted = process.files.volumes().map((volume) => ({
    ...volume,
    size: Number.isFinite(volume.size) ? volume.size : process.machine.memory,
    name: { root: 'overlay', disk: '/dev/vda1', memory: 'tmpfs' }[volume.kind],
  }));
  const unit = options.has('m') ? 1024 ** 2 : 1024;
  const amount = (bytes: number) =>
    options.has('h') ? (bytes === 0 ? '0' : human(bytes)) : String(Math.ceil(bytes / unit));
  const row = (name: string, size: string, used: string, free: string, share: string, path: string) =>
    tool.out(
      `${name.padEnd(20)} ${size.padStart(9)} ${used.padStart(9)} ${free.padStart(9)} ${share.padStart(4)} ${path}\n`,
    );
  row(
    'Filesystem',
    options.has('h') ? 'Size' : options.has('m') ? '1M-blocks' : '1K-blocks',
    'Used',
    'Available',
    'Use%',
    'Mounted on',
  );
  let failed = 0;
  const asked = operands.flatMap((operand) => {
    const path = tool.path(operand);
    if (process.files.stat(path) === undefined) {
      tool.complain(`${operand}: can't find mount point`);
      failed = 1;
      return [];
    }
    const on = (volume: { path: string }) =>
      volume.path === '/' || path === volume.path || path.startsWith(`${volume.path}/`);
    return mounted
      .filter(on)
      .sort((a, b) => b.path.length - a.path.length)
      .slice(0, 1);
  });
  for (const { name, path, size, used } of operands.length === 0 ? mounted : asked) {
    const share = size === 0 ? 0 : Math.ceil((100 * used) / size);
    row(name, amount(size), amount(used), amount(Math.max(0, size - used)), `${share}%`, path);
  }
  return failed;
}

/** Programs that take up space on disks, or tell of it. */
export const DISK_APPLETS: Readonly<Record<string, Program>> = {
  dd: applet(dd),
  df: applet(df),
  fallocate: applet(reserve('l')),
  truncate: applet(reserve('s')),
};
