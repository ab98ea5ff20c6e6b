import { civilTime, type Micros } from '../../engine/index.ts';
import { commandName } from '../../images/command-name.ts';
import type { ProcessInfo, Program } from '../../images/process.ts';
import { applet, type Tool, ToolError } from '../../images/shell/applets/tool.ts';

/** One column of `ps -o`: its head, and what stands below it. */
interface Column {
  readonly head: string;
  /** Numbers stand to the right. */
  readonly right?: boolean;
  readonly width: number;
  text(process: ProcessInfo, now: Micros, memory: number): string;
}

const two = (value: number) => String(value).padStart(2, '0');

function started({ startedAt }: ProcessInfo): string {
  const { hour, minute } = civilTime(startedAt);
  return `${two(hour)}:${two(minute)}`;
}

function command({ argv }: ProcessInfo): string {
  return argv.join(' ');
}

function name({ argv }: ProcessInfo): string {
  return commandName(argv);
}

const user = ({ user: id }: ProcessInfo) => (id === 0 ? 'root' : String(id));
const kibibytes = ({ memory }: ProcessInfo) => String(Math.ceil(memory / 1024));

const COLUMNS: Readonly<Record<string, Column>> = {
  user: { head: 'USER', width: 8, text: user },
  uid: { head: 'UID', right: true, width: 5, text: ({ user: id }) => String(id) },
  pid: { head: 'PID', right: true, width: 7, text: ({ pid }) => String(pid) },
  ppid: { head: 'PPID', right: true, width: 7, text: ({ parent }) => String(parent) },
  c: { head: 'C', right: true, width: 2, text: () => '0' },
  '%cpu': { head: '%CPU', right: true, width: 4, text: () => '0.0' },
  '%mem': {
    head: '%MEM',
    right: true,
    width: 4,
    text: (process, _now, memory) => ((100 * process.memory) / memory).toFixed(1),
  },
  vsz: { head: 'VSZ', right: true, width: 6, text: kibibytes },
  rss: { head: 'RSS', right: true, width: 5, text: kibibytes },
  tty: { head: 'TTY', width: 8, text: () => '?' },
  stat: { head: 'STAT', width: 4, text: () => 'S' },
  start: { head: 'START', width: 5, text: started },
  stime: { head: 'STIME', width: 5, text: started },
  time: { head: 'TIME', right: true, width: 8, text: () => '00:00:00' },
  bsdtime: { head: 'TIME', right: true, width: 6, text: () => '0:00' },
  etime: {
    head: 'ELAPSED',
    right: true,
    width: 11,
    text({ startedAt }, now) {
      const seconds = Math.floor((now - startedAt) / 1_000_000);
      const clock = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
      return seconds < 3600 ? clock : `${two(Math.floor(seconds / 3600))}:${clock}`;
    },
  },
  comm: { head: 'COMMAND', width: 15, text: name },
  cmd: { head: 'CMD', width: 27, text: command },
  args: { head: 'COMMAND', width: 27, text: command },
};
const ALIASES: Readonly<Record<string, string>> = {
  uname: 'user',
  ucmd: 'comm',
  command: 'args',
  pcpu: '%cpu',
  pmem: '%mem',
  tname: 'tty',
  state: 'stat',
};
const SHORT = ['pid', 'tty', 'time', 'cmd'];
const FULL = ['user', 'pid', 'ppid', 'c', 'stime', 'tty', 'time', 'cmd'];
const BSD = ['user', 'pid', '%cpu', '%mem', 'vsz', 'rss', 'tty', 'stat', 'start', 'bsdtime', 'args'];

/** What is asked for: which processes, and which columns of them. */
interface Question {
  all: boolean;
  columns: string[];
  head: boolean;
  pids?: number[];
  names?: string[];
  sort?: string;
}

function columnsOf(text: string): string[] {
  return text.split(/[\s,]+/).map((word) => {
    const key = word.replace(/=.*$/, '').toLowerCase();
    const column = ALIASES[key] ?? key;
    if (!Object.hasOwn(COLUMNS, column)) throw new ToolError(`error: unknown user-defined format specifier "${key}"`);
    return column;
  });
}

function read(args: readonly string[]): Question {
  const question: Question = { all: false, columns: SHORT, head: true };
  const words = [...args];
  const next = (option: string) => {
    const value = words.shift();
    if (value === undefined) throw new ToolError(`error: list of ${option} must follow`);
    return value;
  };
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '--no-headers' || word === '--no-heading') question.head = false;
    else if (word.startsWith('--sort=')) question.sort = word.slice('--sort='.length);
    else if (word === '-o' || word === 'o' || word === '-eo') {
      question.columns = columnsOf(next('format specifiers'));
      question.all ||= word === '-eo';
    } else if (word === '-p' || word === '--pid') question.pids = next('process IDs').split(',').map(Number);
    else if (word === '-C') question.names = next('command names').split(',');
    else if (/^-?[aux]+$/.test(word) && /^a?u?x?$/.test(word.replace('-', ''))) {
      question.all ||= /[ax]/.test(word);
      if (word.includes('u')) question.columns = BSD;
    } else if (/^-[eAfFlwH]+$/.test(word)) {
      question.all ||= /[eA]/.test(word);
      if (/[fF]/.test(word)) question.columns = FULL;
    } else if (/^w+$/.test(word) || word === 'f') continue;
    else throw new ToolError(`error: unsupported option ${word}: sim-core's ps knows aux, -ef, -o, -p, -C, --sort`);
  }
  return question;
}

function chosen(tool: Tool, { all, pids, names, sort }: Question): ProcessInfo[] {
  let processes = tool.process.processes();
  if (pids !== undefined) processes = processes.filter(({ pid }) => pids.includes(pid));
  else if (names !== undefined) processes = processes.filter((process) => names.includes(name(process)));
  else if (!all) {
    // Without any choice: those of one's own terminal, the shell and what it runs.
    const parents = new Map(processes.map(({ pid, parent }) => [pid, parent]));
    const own = new Set<number>();
    for (let pid: number | undefined = tool.process.pid; pid !== undefined && pid > 1; pid = parents.get(pid))
      own.add(pid);
    processes = processes.filter(({ pid }) => own.has(pid));
  }
  if (sort === undefined) return processes.sort((a, b) => a.pid - b.pid);
  const down = sort.startsWith('-');
  const by = columnsOf(sort.replace(/^[-+]/, ''))[0]!;
  const worth = (process: ProcessInfo) =>
    by === 'rss' || by === 'vsz' || by === '%mem' ? process.memory : by === 'pid' ? process.pid : process.startedAt;
  return processes.sort((a, b) => (down ? worth(b) - worth(a) : worth(a) - worth(b)));
}

/** `ps` as procps has it on a machine: it sees the daemons and the processes of all containers. */
export const ps: Program = applet((tool) => {
  const question = read(tool.args);
  const columns = question.columns.map((column) => COLUMNS[column]!);
  const { memory } = tool.process.machine;
  const now = tool.process.now();
  const cell = ({ right, width }: Column, text: string, last: boolean) =>
    right === true ? text.padStart(width) : last ? text : text.padEnd(width);
  const line = (texts: readonly string[]) =>
    tool.out(
      `${texts
        .map((text, index) => cell(columns[index]!, text, index === texts.length - 1))
        .join(' ')
        .trimEnd()}\n`,
    );
  const full = question.columns === FULL;
  if (question.head) line(columns.map(({ head }, index) => (full && index === 0 ? 'UID' : head)));
  const found = chosen(tool, question);
  for (const process of found) line(columns.map((column) => column.text(process, now, memory)));
  return found.length === 0 ? 1 : 0;
});
