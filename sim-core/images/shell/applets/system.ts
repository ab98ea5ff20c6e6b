import { formatDate } from '../../../engine/format-date.ts';
import { civilTime, HOUR, MINUTE, parseTime, SECOND, sleep } from '../../../engine/index.ts';
import { namesIn } from '../../accounts.ts';
import { FileError, type Program } from '../../process.ts';
import { killProcesses } from '../builtins/jobs.ts';
import { echoText } from '../builtins/text.ts';
import { formatPrintf } from '../printf.ts';
import { evaluateTest, TestError } from '../test-expression.ts';
import { become } from './become.ts';
import { duration } from './duration.ts';
import { clockRefusal } from './permissions.ts';
import { timeout } from './timeout.ts';
import { applet, human, type Tool, ToolError } from './tool.ts';
import { xargs } from './xargs.ts';

function* sleepFor(tool: Tool) {
  if (tool.args.length === 0) throw new ToolError('missing operand');
  if (tool.args[0] === 'infinity' || tool.args[0] === 'inf') {
    for (;;) yield* sleep(365 * 24 * HOUR);
  }
  let total = 0;
  for (const arg of tool.args) total += duration(arg);
  yield* sleep(total);
  return 0;
}

const two = (value: number) => String(value).padStart(2, '0');
function date(tool: Tool): number {
  let now = tool.process.now();
  let format = '%a %b %e %H:%M:%S UTC %Y';
  for (let index = 0; index < tool.args.length; index++) {
    const arg = tool.args[index]!;
    if (arg.startsWith('+')) format = arg.slice(1);
    else if (arg === '-Iseconds' || arg === '--iso-8601=seconds') format = '%Y-%m-%dT%H:%M:%S+00:00';
    else if (arg === '-I') format = '%F';
    else if (arg === '-R') format = '%a, %d %b %Y %H:%M:%S +0000';
    else if (arg === '-d' || arg === '--date') {
      const text = tool.args[++index] ?? '';
      const time = text.startsWith('@')
        ? Number(text.slice(1)) * SECOND
        : parseTime(text.replace(' ', 'T').replace(/(\d)$/, '$1Z'));
      if (time === undefined || Number.isNaN(time)) throw new ToolError(`invalid date '${text}'`);
      now = time;
    } else if (arg !== '-u') throw new ToolError(clockRefusal(tool));
  }
  tool.out(`${formatDate(format, now)}\n`);
  return 0;
}

function id(tool: Tool): number {
  const { options, operands } = tool.parse('uGgn');
  const { files, user, group } = tool.process;
  const userName = namesIn(files, 'passwd');
  const groupName = namesIn(files, 'group');
  // The kernel keeps them in order.
  const own = { user, group, groups: [...new Set([group, ...(tool.process.groups ?? [])])].sort((a, b) => a - b) };
  const shown = operands[0] === undefined ? own : userNamed(tool, operands[0]);
  const asked = (number: number, name: string | undefined) => (options.has('n') ? (name ?? number) : number);
  if (options.has('u')) tool.out(`${asked(shown.user, userName(shown.user))}\n`);
  else if (options.has('g')) tool.out(`${asked(shown.group, groupName(shown.group))}\n`);
  else if (options.has('G')) tool.out(`${shown.groups.map((one) => asked(one, groupName(one))).join(' ')}\n`);
  else {
    const both = (number: number, name: string | undefined) =>
      name === undefined ? `${number}` : `${number}(${name})`;
    const groups = shown.groups.map((one) => both(one, groupName(one))).join(',');
    tool.out(
      `uid=${both(shown.user, userName(shown.user))} gid=${both(shown.group, groupName(shown.group))} groups=${groups}\n`,
    );
  }
  return 0;
}

/** A user of /etc/passwd, with the groups of /etc/group. */
function userNamed(tool: Tool, name: string): { user: number; group: number; groups: number[] } {
  const { files } = tool.process;
  const lines = (path: string) =>
    (files.stat(path)?.kind === 'file' ? files.read(path) : '').split('\n').map((line) => line.split(':'));
  const entry = lines('/etc/passwd').find(([own, , number]) => own === name || number === name);
  if (entry === undefined) throw new ToolError(tool.gnu ? `‘${name}’: no such user` : `unknown user ${name}`);
  const group = Number(entry[3]);
  const others = lines('/etc/group').flatMap(([, , number, members = '']) =>
    members.split(',').includes(entry[0]!) ? [Number(number)] : [],
  );
  return { user: Number(entry[2]), group, groups: [...new Set([group, ...others])] };
}

function uname(tool: Tool): number {
  const { options } = tool.parse('asnrvmpio');
  const { machine, network } = tool.process;
  const processor = machine.architecture === 'amd64' ? 'x86_64' : 'aarch64';
  const fields: readonly [string, string][] = [
    ['s', 'Linux'],
    ['n', network.hostname],
    ['r', machine.kernel],
    ['v', '#1 SMP'],
    ['m', processor],
    ['o', 'Linux'],
  ];
  const all = options.has('a');
  const chosen = fields.filter(([letter]) => all || options.has(letter) || (options.size === 0 && letter === 's'));
  tool.out(`${chosen.map(([, text]) => text).join(' ')}\n`);
  return 0;
}

function ps(tool: Tool): number {
  const full = tool.args.some((arg) => /f/.test(arg) && arg.startsWith('-'));
  tool.out(full ? 'UID        PID  PPID CMD\n' : 'PID   USER     TIME  COMMAND\n');
  const name = namesIn(tool.process.files, 'passwd');
  const userName = (user: number) => name(user) ?? String(user);
  // As /proc lists them.
  const processes = [...tool.process.processes()].sort((left, right) => left.pid - right.pid);
  for (const { pid, parent, user, argv } of processes) {
    const command = argv.join(' ');
    tool.out(
      full
        ? `${userName(user).padEnd(8)} ${String(pid).padStart(5)} ${String(parent).padStart(5)} ${command}\n`
        : `${String(pid).padStart(5)} ${userName(user).padEnd(8)}  0:00 ${command}\n`,
    );
  }
  return 0;
}

function* env(tool: Tool) {
  const variables: Record<string, string> = Object.assign(Object.create(null), tool.process.env);
  let index = 0;
  for (; index < tool.args.length; index++) {
    const arg = tool.args[index]!;
    if (arg === '-i' || arg === '-') for (const name of Object.keys(variables)) delete variables[name];
    else if (arg === '-u') delete variables[tool.args[++index] ?? ''];
    else if (/^[^=-][^=]*=/.test(arg)) variables[arg.slice(0, arg.indexOf('='))] = arg.slice(arg.indexOf('=') + 1);
    else break;
  }
  const argv = tool.args.slice(index);
  if (argv.length === 0) {
    for (const [name, value] of Object.entries(variables)) tool.out(`${name}=${value}\n`);
    return 0;
  }
  return yield* become(tool, argv, variables);
}

function free(tool: Tool): number {
  const { options } = tool.parse('mhgbk');
  const { memory } = tool.process.machine;
  const used = tool.process.processes().reduce((sum, process) => sum + process.memory, 0);
  const show = (bytes: number) =>
    options.has('h')
      ? human(bytes)
      : String(
          Math.floor(
            bytes / (options.has('m') ? 1_048_576 : options.has('g') ? 1_073_741_824 : options.has('b') ? 1 : 1024),
          ),
        );
  const row = (values: readonly string[]) => values.map((value) => value.padStart(12)).join('');
  tool.out(`       ${row(['total', 'used', 'free', 'shared', 'buff/cache', 'available'])}\n`);
  tool.out(
    `Mem:   ${row([memory, used, memory - used, 0, 0, memory - used].map(show))}\nSwap:  ${row([0, 0, 0].map(show))}\n`,
  );
  return 0;
}

function top(tool: Tool): number {
  const used = tool.process.processes().reduce((sum, process) => sum + process.memory, 0);
  const total = tool.process.machine.memory;
  tool.out(
    `Mem: ${Math.floor(used / 1024)}K used, ${Math.floor((total - used) / 1024)}K free, 0K shrd, 0K buff, 0K cached\n`,
  );
  tool.out('  PID  PPID USER     STAT   VSZ %VSZ CPU %CPU COMMAND\n');
  const name = namesIn(tool.process.files, 'passwd');
  for (const { pid, parent, user, argv, memory } of tool.process.processes()) {
    const size = String(Math.floor(memory / 1024)).padStart(5);
    tool.out(
      `${String(pid).padStart(5)} ${String(parent).padStart(5)} ${(name(user) ?? String(user)).padEnd(8)} S    ${size}   0%   0   0% ${argv.join(' ')}\n`,
    );
  }
  return 0;
}

function testApplet(tool: Tool): number {
  let { args } = tool;
  if (tool.name === '[') {
    if (args.at(-1) !== ']') throw new ToolError('missing ]', 2);
    args = args.slice(0, -1);
  }
  try {
    return evaluateTest(args, tool.process) ? 0 : 1;
  } catch (error) {
    if (error instanceof TestError) throw new ToolError(error.message, 2);
    throw error;
  }
}

function which(tool: Tool): number {
  let failed = 0;
  for (const name of tool.args) {
    const directories = name.includes('/')
      ? ['']
      : (tool.process.env.PATH ?? '').split(':').map((directory) => `${directory}/`);
    const found = directories
      .map((directory) => directory + name)
      .find((path) => ((tool.process.files.stat(tool.path(path))?.mode ?? 0) & 0o111) !== 0);
    if (found === undefined) failed = 1;
    else tool.out(`${found}\n`);
  }
  return failed;
}

function hostsFile(files: Tool['process']['files']): string {
  try {
    return files.read('/etc/hosts');
  } catch (error) {
    if (error instanceof FileError) return '';
    throw error;
  }
}

/** `hostname`, and what `/etc/hosts` knows of it: `-i` its address, `-f` all of its name, `-s` and `-d` the part before and after the first dot. */
function hostname(tool: Tool): number {
  const { options } = tool.parse('fidsI', { fqdn: 'f', long: 'f', 'ip-address': 'i', domain: 'd', short: 's' });
  const { files, network } = tool.process;
  const own = network.hostname;
  const whole = () => {
    for (const line of hostsFile(files).split('\n')) {
      const [, ...names] = line.replace(/#.*/, '').split(/\s+/);
      if (names.includes(own)) return names[0] ?? own;
    }
    return own;
  };
  const [short = ''] = own.split('.');
  if (options.has('i')) tool.out(`${network.address}\n`);
  else if (options.has('I')) tool.out(`${network.address} \n`);
  else if (options.has('f')) tool.out(`${whole()}\n`);
  else if (options.has('d')) tool.out(`${whole().split('.').slice(1).join('.')}\n`);
  else tool.out(`${options.has('s') ? short : own}\n`);
  return 0;
}

export const SYSTEM_APPLETS: Readonly<Record<string, Program>> = {
  '[': applet(testApplet),
  clear: applet((tool) => tool.out('\x1b[H\x1b[J') ?? 0),
  date: applet(date),
  echo: applet((tool) => tool.out(echoText(tool.args, false)) ?? 0),
  env: applet(env),
  false: applet(() => 1),
  free: applet(free),
  hostname: applet(hostname),
  id: applet(id),
  kill: applet((tool) =>
    killProcesses(
      tool.args,
      tool.process,
      (text) => tool.complain(text),
      (text) => tool.out(text),
    ),
  ),
  nproc: applet((tool) => tool.out(`${tool.process.machine.cpus}\n`) ?? 0),
  printenv: applet((tool) => {
    const { env: variables } = tool.process;
    if (tool.args.length === 0) for (const [name, value] of Object.entries(variables)) tool.out(`${name}=${value}\n`);
    let failed = 0;
    for (const name of tool.args) {
      const value = variables[name];
      if (value === undefined) failed = 1;
      else tool.out(`${value}\n`);
    }
    return failed;
  }),
  printf: applet((tool) => {
    const [format, ...rest] = tool.args;
    if (format === undefined) throw new ToolError('missing operand');
    const { text, complaint } = formatPrintf(format, rest);
    tool.out(text);
    if (complaint === undefined) return 0;
    throw new ToolError(complaint);
  }),
  ps: applet(ps),
  pwd: applet((tool) => tool.out(`${tool.process.cwd}\n`) ?? 0),
  sleep: applet(sleepFor),
  test: applet(testApplet),
  timeout: applet(timeout),
  top: applet(top),
  true: applet(() => 0),
  uname: applet(uname),
  uptime: applet((tool) => {
    const up = tool.process.now() - tool.process.machine.bootedAt;
    const t = civilTime(tool.process.now());
    tool.out(
      ` ${two(t.hour)}:${two(t.minute)}:${two(t.second)} up ${Math.floor(up / HOUR)}:${two(Math.floor((up % HOUR) / MINUTE))},  load average: 0.00, 0.00, 0.00\n`,
    );
    return 0;
  }),
  vi: applet(() => {
    throw new ToolError(
      'there is no full-screen editor in a simulated container; edit the file outside and copy it in, or use echo and sed',
    );
  }),
  which: applet(which),
  whoami: applet((tool) => {
    const { files, user } = tool.process;
    const name = namesIn(files, 'passwd')(user);
    if (name === undefined)
      throw new ToolError(tool.gnu ? `cannot find name for user ID ${user}` : `unknown uid ${user}`);
    tool.out(`${name}\n`);
    return 0;
  }),
  xargs: applet(xargs),
  yes: applet(function* (tool) {
    const line = `${tool.args.length === 0 ? 'y' : tool.args.join(' ')}\n`;
    const piece = line.repeat(1024);
    for (;;) {
      yield* tool.process.compute(1000);
      yield* tool.send(piece);
    }
  }),
};
