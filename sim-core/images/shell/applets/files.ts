import { civilTime, monthName, SECOND } from '../../../engine/index.ts';
import { namesIn } from '../../accounts.ts';
import { FileError, type FileStat, type Program } from '../../process.ts';
import { matchPattern } from '../pattern.ts';
import { applet, human, type Tool, ToolError } from './tool.ts';

const BLOCK = 1024;
const MAX_DEPTH = 64;
const HALF_A_YEAR = 183 * 86_400 * SECOND;

function modeText(stat: FileStat): string {
  const kind = { file: '-', directory: 'd', symlink: 'l', device: 'c', block: 'b', socket: 's' }[stat.kind];
  let text = kind;
  for (let shift = 6; shift >= 0; shift -= 3) {
    const bits = stat.mode >> shift;
    const special = (stat.mode >> 9) & (shift === 6 ? 4 : shift === 3 ? 2 : 1);
    const letter = shift === 0 ? 't' : 's';
    const last = special === 0 ? (bits & 1 ? 'x' : '-') : bits & 1 ? letter : letter.toUpperCase();
    text += `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${last}`;
  }
  return text;
}

/** Names of users or groups, numbers for those without. */
function ownersIn(tool: Tool, kind: 'passwd' | 'group'): (id: number) => string {
  const name = namesIn(tool.process.files, kind);
  return (id) => name(id) ?? String(id);
}

function listTime(modified: number, now: number): string {
  const t = civilTime(modified);
  const two = (value: number) => String(value).padStart(2, '0');
  const recent = now - modified < HALF_A_YEAR;
  return `${monthName(t.month)} ${String(t.day).padStart(2)} ${recent ? `${two(t.hour)}:${two(t.minute)}` : String(t.year).padStart(5)}`;
}

function ls(tool: Tool): number {
  const { options, operands } = tool.parse('la1AhRrtdFSinL');
  const { files } = tool.process;
  const has = (letter: string) => options.has(letter);
  let failed = 0;
  const nameOf = has('n') ? String : ownersIn(tool, 'passwd');
  const groupOf = has('n') ? String : ownersIn(tool, 'group');
  const show = (entries: readonly { name: string; path: string }[], total: boolean) => {
    const stats = entries.map(({ name, path }) => ({
      name,
      path,
      // What is above a directory is one, whatever link led there.
      stat: files.stat(path, { follow: has('L') || name === '..' }) ?? files.stat(path, { follow: false })!,
    }));
    if (has('t')) stats.sort((a, b) => b.stat.modified - a.stat.modified);
    if (has('S')) stats.sort((a, b) => b.stat.size - a.stat.size);
    if (has('r')) stats.reverse();
    if (!has('l') && !has('n')) {
      if (stats.length > 0) tool.out(stats.map(({ name }) => `${name}\n`).join(''));
      return;
    }
    if (total) tool.out(`total ${stats.reduce((sum, { stat }) => sum + Math.ceil(stat.size / 4096) * 4, 0)}\n`);
    const sizes = stats.map(({ stat }) => (has('h') ? human(stat.size) : String(stat.size)));
    for (const [index, { name, path, stat }] of stats.entries()) {
      const target = stat.kind === 'symlink' ? ` -> ${files.readLink(path)}` : '';
      const links = stat.kind === 'directory' ? 2 : 1;
      tool.out(
        `${modeText(stat)} ${String(links).padStart(4)} ${nameOf(stat.user).padEnd(8)} ${groupOf(stat.group).padEnd(8)} ${sizes[index]!.padStart(9)} ${listTime(stat.modified, tool.process.now())} ${name}${target}\n`,
      );
    }
  };
  const directories: string[] = [];
  const single: { name: string; path: string }[] = [];
  for (const name of operands.length === 0 ? ['.'] : operands) {
    const path = tool.path(name);
    const stat = files.stat(path, { follow: !has('l') }) ?? files.stat(path, { follow: false });
    if (stat === undefined) {
      tool.complain(`${name}: No such file or directory`);
      failed = 1;
    } else if (stat.kind === 'directory' && !has('d')) directories.push(name);
    else single.push({ name, path });
  }
  if (single.length > 0) show(single, false);
  const many = directories.length > 1 || single.length > 0 || has('R');
  for (let index = 0; index < directories.length; index++) {
    const directory = directories[index]!;
    const path = tool.path(directory);
    let names: string[];
    try {
      names = files.list(path).filter((name) => has('a') || has('A') || !name.startsWith('.'));
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      tool.complain(`can't open '${directory}': ${error.message}`);
      failed = 1;
      continue;
    }
    if (many) tool.out(`${index > 0 || single.length > 0 ? '\n' : ''}${directory}:\n`);
    const entries = names.map((name) => ({ name, path: tool.path(`${path}/${name}`) }));
    if (has('a')) entries.unshift({ name: '.', path }, { name: '..', path: tool.path(`${path}/..`) });
    show(entries, true);
    if (has('R') && directories.length < 1000) {
      for (const { name, path: child } of entries) {
        if (name !== '.' && name !== '..' && files.stat(child, { follow: false })?.kind === 'directory')
          directories.push(`${directory}/${name}`);
      }
    }
  }
  return failed;
}

export function attempt(tool: Tool, text: (error: FileError) => string, run: () => void): number {
  try {
    run();
    return 0;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    tool.complain(text(error));
    return 1;
  }
}

function mkdir(tool: Tool): number {
  const { options, operands } = tool.parse('pm:v', { parents: 'p', mode: 'm' });
  const mode = options.get('m');
  let failed = 0;
  for (const name of operands) {
    failed |= attempt(
      tool,
      (error) => `can't create directory '${name}': ${error.message}`,
      () =>
        tool.process.files.makeDirectory(tool.path(name), {
          parents: options.has('p'),
          ...(mode === undefined ? {} : { mode: Number.parseInt(mode, 8) }),
        }),
    );
  }
  return failed;
}

function rm(tool: Tool): number {
  const { options, operands } = tool.parse('rRfiv');
  const recursive = options.has('r') || options.has('R');
  let failed = 0;
  for (const name of operands) {
    const path = tool.path(name);
    const stat = tool.process.files.stat(path, { follow: false });
    if (stat === undefined) {
      if (options.has('f')) continue;
      tool.complain(`can't remove '${name}': No such file or directory`);
      failed = 1;
    } else if (stat.kind === 'directory' && !recursive) {
      tool.complain(`'${name}' is a directory`);
      failed = 1;
    } else
      failed |= attempt(
        tool,
        (error) => `can't remove '${name}': ${error.message}`,
        () => tool.process.files.remove(path, { recursive: true }),
      );
  }
  return failed;
}

function rmdir(tool: Tool): number {
  const { operands } = tool.parse('p');
  const { files } = tool.process;
  let failed = 0;
  for (const name of operands) {
    failed |= attempt(
      tool,
      (error) => `'${name}': ${error.message}`,
      () => {
        const path = tool.path(name);
        if (files.list(path).length > 0) throw new FileError('ENOTEMPTY', 'Directory not empty');
        files.remove(path, { recursive: true });
      },
    );
  }
  return failed;
}

function destination(
  tool: Tool,
  operands: readonly string[],
): { sources: readonly string[]; to: (name: string) => string } {
  if (operands.length < 2) throw new ToolError('missing file operand');
  const last = operands.at(-1)!;
  const directory = tool.process.files.stat(tool.path(last))?.kind === 'directory';
  if (operands.length > 2 && !directory) throw new ToolError(`target '${last}' is not a directory`);
  const base = (name: string) => name.replace(/\/+$/, '').replace(/^.*\//, '');
  return {
    sources: operands.slice(0, -1),
    to: (name) => (directory ? tool.path(`${last}/${base(name)}`) : tool.path(last)),
  };
}

function copyTree(tool: Tool, from: string, to: string, depth: number): void {
  const { files } = tool.process;
  const stat = files.stat(from, { follow: false });
  if (depth > MAX_DEPTH) throw new FileError('ELOOP', 'too many levels of directories');
  if (stat?.kind === 'directory') {
    if (files.stat(to) === undefined) files.makeDirectory(to, { mode: stat.mode });
    for (const name of files.list(from)) copyTree(tool, `${from}/${name}`, `${to}/${name}`, depth + 1);
  } else if (stat?.kind === 'symlink' && depth > 0) files.symlink(files.readLink(from), to);
  else files.copy(from, to);
}

function cp(tool: Tool): number {
  const { options, operands } = tool.parse('rRafpvd');
  const { sources, to } = destination(tool, operands);
  const { files } = tool.process;
  let failed = 0;
  for (const source of sources) {
    const from = tool.path(source);
    const stat = files.stat(from);
    if (stat === undefined) {
      tool.complain(`can't stat '${source}': No such file or directory`);
      failed = 1;
    } else if (stat.kind === 'directory' && !['r', 'R', 'a'].some((letter) => options.has(letter))) {
      tool.complain(`omitting directory '${source}'`);
      failed = 1;
    } else
      failed |= attempt(
        tool,
        (error) => `can't create '${operands.at(-1)}': ${error.message}`,
        () => copyTree(tool, from, to(source), 0),
      );
  }
  return failed;
}

function mv(tool: Tool): number {
  const { operands } = tool.parse('fiv');
  const { sources, to } = destination(tool, operands);
  let failed = 0;
  for (const source of sources) {
    failed |= attempt(
      tool,
      (error) => `can't rename '${source}': ${error.message}`,
      () => tool.process.files.rename(tool.path(source), to(source)),
    );
  }
  return failed;
}

function touch(tool: Tool): number {
  const { options, operands } = tool.parse('cam');
  let failed = 0;
  for (const name of operands) {
    const path = tool.path(name);
    if (options.has('c') && tool.process.files.stat(path) === undefined) continue;
    failed |= attempt(
      tool,
      (error) => `${name}: ${error.message}`,
      () => tool.process.files.touch(path),
    );
  }
  return failed;
}

function ln(tool: Tool): number {
  const { options, operands } = tool.parse('sfn');
  if (!options.has('s')) throw new ToolError('hard links are not supported by sim-core; use ln -s');
  const { sources, to } = destination(tool, operands.length === 1 ? [...operands, '.'] : operands);
  let failed = 0;
  for (const source of sources) {
    failed |= attempt(
      tool,
      (error) => `${to(source)}: ${error.message}`,
      () => {
        if (options.has('f') && tool.process.files.stat(to(source), { follow: false }) !== undefined)
          tool.process.files.remove(to(source));
        tool.process.files.symlink(source, to(source));
      },
    );
  }
  return failed;
}

/** Bytes of everything below a path, each file once. */
function bytesBelow(tool: Tool, path: string, depth: number, each?: (path: string, bytes: number) => void): number {
  const { files } = tool.process;
  const stat = files.stat(path, { follow: false });
  if (stat === undefined) return 0;
  if (stat.kind !== 'directory') return Math.ceil(stat.size / 4096) * 4096;
  let sum = 4096;
  if (depth < MAX_DEPTH)
    for (const name of files.list(path))
      sum += bytesBelow(tool, path === '/' ? `/${name}` : `${path}/${name}`, depth + 1, each);
  each?.(path, sum);
  return sum;
}

function du(tool: Tool): number {
  const { options, operands } = tool.parse('shkam');
  const size = (bytes: number) =>
    options.has('h') ? human(bytes) : options.has('m') ? String(Math.ceil(bytes / 1_048_576)) : String(bytes / BLOCK);
  let failed = 0;
  for (const name of operands.length === 0 ? ['.'] : operands) {
    const root = tool.path(name);
    if (tool.process.files.stat(root) === undefined) {
      tool.complain(`${name}: No such file or directory`);
      failed = 1;
      continue;
    }
    const shown = (path: string) => name + path.slice(root.length);
    const total = bytesBelow(
      tool,
      root,
      0,
      options.has('s') ? undefined : (path, bytes) => path !== root && tool.out(`${size(bytes)}\t${shown(path)}\n`),
    );
    tool.out(`${size(total)}\t${name}\n`);
  }
  return failed;
}

function find(tool: Tool): number {
  const { files } = tool.process;
  let start = tool.args.findIndex((arg) => arg.startsWith('-') || arg === '!');
  if (start < 0) start = tool.args.length;
  const roots = start === 0 ? ['.'] : tool.args.slice(0, start);
  const tests: ((path: string, name: string, stat: FileStat) => boolean)[] = [];
  let maxDepth = MAX_DEPTH;
  let minDepth = 0;
  let remove = false;
  let negate = false;
  for (let index = start; index < tool.args.length; index++) {
    const arg = tool.args[index]!;
    const value = () => {
      const next = tool.args[++index];
      if (next === undefined) throw new ToolError(`missing argument to '${arg}'`);
      return next;
    };
    const add = (test: (path: string, name: string, stat: FileStat) => boolean) => {
      const inverted = negate;
      negate = false;
      tests.push((path, name, stat) => test(path, name, stat) !== inverted);
    };
    if (arg === '!' || arg === '-not') negate = true;
    else if (arg === '-name') {
      const pattern = value();
      add((_path, name) => matchPattern(pattern, name));
    } else if (arg === '-iname') {
      const pattern = value().toLowerCase();
      add((_path, name) => matchPattern(pattern, name.toLowerCase()));
    } else if (arg === '-path') {
      const pattern = value();
      add((path) => matchPattern(pattern, path));
    } else if (arg === '-type') {
      const kind = { f: 'file', d: 'directory', l: 'symlink', c: 'device', b: 'block', s: 'socket' }[value()];
      add((_path, _name, stat) => stat.kind === kind);
    } else if (arg === '-empty')
      add((path, _name, stat) =>
        stat.kind === 'directory' ? files.list(tool.path(path)).length === 0 : stat.size === 0,
      );
    else if (arg === '-maxdepth') maxDepth = Math.min(MAX_DEPTH, Number(value()));
    else if (arg === '-mindepth') minDepth = Number(value());
    else if (arg === '-delete') remove = true;
    else if (arg !== '-print' && arg !== '-a') throw new ToolError(`${arg} is not supported by sim-core's find`);
  }
  let failed = 0;
  const visit = (path: string, depth: number) => {
    const stat = files.stat(tool.path(path), { follow: false });
    if (stat === undefined) {
      tool.complain(`${path}: No such file or directory`);
      failed = 1;
      return;
    }
    const matches = depth >= minDepth && tests.every((test) => test(path, path.slice(path.lastIndexOf('/') + 1), stat));
    if (matches && !remove) tool.out(`${path}\n`);
    if (stat.kind === 'directory' && depth < maxDepth) {
      for (const name of files.list(tool.path(path)))
        visit(path.endsWith('/') ? path + name : `${path}/${name}`, depth + 1);
    }
    if (matches && remove) files.remove(tool.path(path), { recursive: true });
  };
  for (const root of roots) visit(root, 0);
  return failed;
}

function stat(tool: Tool): number {
  const { options, operands } = tool.parse('c:L');
  const owner = ownersIn(tool, 'passwd');
  const group = ownersIn(tool, 'group');
  const format = options.get('c');
  let failed = 0;
  for (const name of operands) {
    const found = tool.process.files.stat(tool.path(name));
    if (found === undefined) {
      tool.complain(`can't stat '${name}': No such file or directory`);
      failed = 1;
      continue;
    }
    const kind = {
      file: 'regular file',
      directory: 'directory',
      symlink: 'symbolic link',
      device: 'character special file',
      block: 'block special file',
      socket: 'socket',
    }[found.kind];
    const mode = found.mode.toString(8).padStart(4, '0');
    if (format !== undefined) {
      const fields: Readonly<Record<string, string | number>> = {
        n: name,
        s: found.size,
        F: kind,
        a: found.mode.toString(8),
        A: modeText(found),
        u: found.user,
        g: found.group,
        U: owner(found.user),
        G: group(found.group),
        Y: Math.floor(found.modified / 1_000_000),
      };
      tool.out(`${format.replace(/%([a-zA-Z])/g, (_, letter: string) => String(fields[letter] ?? '?'))}\n`);
      continue;
    }
    tool.out(
      `  File: ${name}\n  Size: ${found.size}\t${kind}\nAccess: (${mode}/${modeText(found)})  Uid: (${found.user}/${owner(found.user)})   Gid: (${found.group}/${group(found.group)})\n`,
    );
  }
  return failed;
}

export const FILE_APPLETS: Readonly<Record<string, Program>> = {
  basename: applet((tool) => {
    const [path = '', suffix = ''] = tool.args;
    const name = path.replace(/(.)\/+$/, '$1').replace(/^.*\/(.)/, '$1');
    tool.out(`${suffix !== '' && name !== suffix && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name}\n`);
    return 0;
  }),
  cp: applet(cp),
  dirname: applet((tool) => {
    const path = (tool.args[0] ?? '').replace(/(.)\/+$/, '$1');
    const slash = path.lastIndexOf('/');
    tool.out(`${slash < 0 ? '.' : slash === 0 ? '/' : path.slice(0, slash)}\n`);
    return 0;
  }),
  du: applet(du),
  find: applet(find),
  ln: applet(ln),
  ls: applet(ls),
  mkdir: applet(mkdir),
  mv: applet(mv),
  readlink: applet((tool) => {
    const { options, operands } = tool.parse('fn');
    const path = tool.path(operands[0] ?? '');
    try {
      tool.out(`${options.has('f') ? tool.process.files.realPath(path) : tool.process.files.readLink(path)}\n`);
      return 0;
    } catch (error) {
      if (error instanceof FileError) return 1;
      throw error;
    }
  }),
  realpath: applet((tool) => {
    for (const name of tool.args) {
      try {
        tool.out(`${tool.process.files.realPath(tool.path(name))}\n`);
      } catch (error) {
        if (error instanceof FileError) throw new ToolError(`${name}: ${error.message}`);
        throw error;
      }
    }
    return 0;
  }),
  rm: applet(rm),
  rmdir: applet(rmdir),
  stat: applet(stat),
  touch: applet(touch),
};
