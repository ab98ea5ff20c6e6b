import type { Program } from '../../process.ts';
import { attempt } from './files.ts';
import { applet, type Tool, ToolError } from './tool.ts';

/** Capabilities by the number of their bit. */
const CAP_CHOWN = 0;
const CAP_SYS_TIME = 25;

/** Whether the kernel lets this process use a capability; a process without /proc has what root has. */
function isCapable(tool: Tool, bit: number): boolean {
  const { files, pid, user } = tool.process;
  const status = `/proc/${pid}/status`;
  const set = files.stat(status) === undefined ? undefined : /CapEff:\t([0-9a-f]+)/.exec(files.read(status))?.[1];
  if (set === undefined) return user === 0;
  const digit = Number.parseInt(set.at(-1 - Math.floor(bit / 4)) ?? '0', 16);
  return (digit & (1 << (bit % 4))) !== 0;
}

/** Why the clock does not move, as `date -s` says: nobody but the machine's administrator may, and here the machine's time is the simulation's. */
export function clockRefusal(tool: Tool): string {
  return isCapable(tool, CAP_SYS_TIME)
    ? "can't set date: the clock of a simulated machine cannot be set"
    : "can't set date: Operation not permitted";
}

/** Does something to each path, and with `-R` to all below it; what fails is told. Symbolic links are left alone. */
function forEach(tool: Tool, names: readonly string[], recursive: boolean, act: (path: string) => void): number {
  const { files } = tool.process;
  const due = [...names].reverse();
  let failed = 0;
  for (let name = due.pop(); name !== undefined; name = due.pop()) {
    const path = tool.path(name);
    const stat = files.stat(path, { follow: names.includes(name) });
    if (stat === undefined) {
      tool.complain(`${name}: No such file or directory`);
      failed = 1;
      continue;
    }
    if (stat.kind !== 'file' && stat.kind !== 'directory') continue;
    failed |= attempt(
      tool,
      (error) => `${name}: ${error.message}`,
      () => act(path),
    );
    if (!recursive || stat.kind !== 'directory') continue;
    for (const child of files.list(path).reverse()) due.push(name.endsWith('/') ? name + child : `${name}/${child}`);
  }
  return failed;
}

function chmod(tool: Tool): number {
  const [mode, ...names] = tool.args.filter((arg) => arg !== '-R');
  if (mode === undefined || names.length === 0) throw new ToolError('missing operand');
  return forEach(tool, names, tool.args.includes('-R'), (path) => {
    const before = tool.process.files.stat(path)!.mode;
    const next = /^[0-7]{1,4}$/.test(mode) ? Number.parseInt(mode, 8) : symbolicMode(mode, before);
    if (next === undefined) throw new ToolError(`invalid mode '${mode}'`);
    tool.process.files.setMode(path, next);
  });
}

function symbolicMode(text: string, before: number): number | undefined {
  let mode = before;
  for (const clause of text.split(',')) {
    const match = /^([ugoa]*)([-+=])([rwxX]*)$/.exec(clause);
    if (match === null) return undefined;
    const [, who = '', operator, rights = ''] = match;
    let bits = 0;
    if (rights.includes('r')) bits |= 4;
    if (rights.includes('w')) bits |= 2;
    if (/[xX]/.test(rights)) bits |= 1;
    for (const [letter, shift] of [
      ['u', 6],
      ['g', 3],
      ['o', 0],
    ] as const) {
      if (who !== '' && !who.includes(letter) && !who.includes('a')) continue;
      if (operator === '+') mode |= bits << shift;
      else if (operator === '-') mode &= ~(bits << shift);
      else mode = (mode & ~(7 << shift)) | (bits << shift);
    }
  }
  return mode;
}

/** The number of a user or group, by its name in /etc/passwd or /etc/group. */
function idOf(tool: Tool, name: string, kind: 'user' | 'group'): number {
  if (/^\d+$/.test(name)) return Number(name);
  const file = kind === 'user' ? '/etc/passwd' : '/etc/group';
  const lines = tool.process.files.stat(file) === undefined ? '' : tool.process.files.read(file);
  const entry = lines
    .split('\n')
    .map((line) => line.split(':'))
    .find(([first]) => first === name);
  if (entry === undefined) throw new ToolError(`unknown ${kind} ${name}`);
  return Number(entry[2]);
}

function own(tool: Tool): number {
  const { options, operands } = tool.parse('Rhfv', { recursive: 'R' });
  const [owner, ...names] = operands;
  if (owner === undefined || names.length === 0) throw new ToolError('missing operand');
  const [user, group] = tool.name === 'chgrp' ? ['', owner] : owner.split(/[:.]/);
  const uid = user === '' ? undefined : idOf(tool, user!, 'user');
  const gid = group === undefined || group === '' ? undefined : idOf(tool, group, 'group');
  const allowed = isCapable(tool, CAP_CHOWN);
  return forEach(tool, names, options.has('R'), (path) => {
    if (!allowed) throw new ToolError(`${path}: Operation not permitted`);
    tool.process.files.setOwner(path, uid, gid);
  });
}

export const PERMISSION_APPLETS: Readonly<Record<string, Program>> = {
  chgrp: applet(own),
  chmod: applet(chmod),
  chown: applet(own),
};
