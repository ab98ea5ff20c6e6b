import { SECOND } from '../../engine/index.ts';
import { commandName } from '../../images/command-name.ts';
import { Directory, type FileNode, SpecialFile, SymbolicLink } from '../../images/file-node.ts';
import type { FileSystem, Machine } from '../../images/process.ts';
import { classNetDirectory } from '../../network/tools/class-net.ts';
import { sysctlDirectory } from '../../network/tools/sysctl.ts';
import type { Cgroup } from './cgroup.ts';
import { LiveDirectory } from './live-directory.ts';
import { mountTable } from './mount-table.ts';
import { processStatus } from './process-status.ts';
import type { SystemView } from './system-mounts.ts';

/** `/etc/resolv.conf`, as containerd writes it from the sandbox's DNS configuration. */
export function resolvConf({ dns }: SystemView): string {
  const { servers = [], searches = [], options = [] } = dns ?? {};
  const search = searches.length === 0 ? '' : `search ${searches.join(' ')}\n`;
  const names = servers.map((server) => `nameserver ${server}\n`).join('');
  return `${search}${names}${options.length === 0 ? '' : `options ${options.join(' ')}\n`}`;
}

/** `/proc`. */
export function procDirectory(view: SystemView): Directory {
  const file = (read: () => string) => new SpecialFile('file', read);
  const { machine } = view;
  const fixed: [string, FileNode][] = [
    ['cpuinfo', file(() => cpuInfo(machine))],
    [
      'loadavg',
      file(() => `${(view.cgroup.milliCpu / 1000).toFixed(2)} 0.00 0.00 1/100 ${view.namespace.processes.length}\n`),
    ],
    ['meminfo', file(() => memInfo(machine, view.cgroup))],
    ['mounts', new SymbolicLink('self/mounts')],
    ['uptime', file(() => `${((view.now() - machine.bootedAt) / SECOND).toFixed(2)} 0.00\n`)],
    ['version', file(() => `Linux version ${machine.kernel} (jotasu@sim-core)\n`)],
  ];
  return new LiveDirectory(() => {
    const entries = new Map(fixed).set('sys', sysctlDirectory(view));
    for (const process of view.namespace.processes) {
      const files = new Map<string, FileNode>([
        ['cmdline', file(() => process.argv.map((word) => `${word}\0`).join(''))],
        ['comm', file(() => `${commandName(process.argv)}\n`)],
        [
          'environ',
          file(() =>
            Object.entries(process.env)
              .map(([name, value]) => `${name}=${value}\0`)
              .join(''),
          ),
        ],
        ['status', file(() => processStatus(commandName(process.argv), process, view.security))],
        ['oom_score_adj', file(() => `${view.cgroup.resources.oomScoreAdj ?? 0}\n`)],
        // A container has a cgroup namespace of its own, whose root is its cgroup.
        ['cgroup', file(() => '0::/\n')],
        ['mounts', file(() => mountTable(view))],
        ['root', new SymbolicLink('/', { jump: () => seen(process.files, '/') })],
      ]);
      const write = (stream: 'stdout' | 'stderr') =>
        new SpecialFile(
          'device',
          () => '',
          (text) => view.writeLog(stream, text),
        );
      if (process.pid === 1)
        files.set(
          'fd',
          new Directory(
            new Map([
              ['1', write('stdout')],
              ['2', write('stderr')],
            ]),
          ),
        );
      entries.set(String(process.pid), new Directory(files, { mode: 0o555 }));
    }
    const first = view.namespace.processes[0];
    if (first !== undefined) entries.set('self', new SymbolicLink(String(first.pid)));
    return entries;
  });
}

/** Files of another container, as `/proc/<pid>/root` shows them. */
function seen(files: FileSystem, path: string): FileNode {
  if (files.stat(path)?.kind !== 'directory') return new SpecialFile('file', () => files.read(path));
  const below = (name: string) => `${path === '/' ? '' : path}/${name}`;
  return new LiveDirectory(() => new Map(files.list(path).map((name) => [name, seen(files, below(name))])));
}

function cpuInfo(machine: Machine): string {
  let text = '';
  for (let index = 0; index < machine.cpus; index++)
    text += `processor\t: ${index}\nmodel name\t: sim-core virtual CPU\n\n`;
  return text;
}

function memInfo(machine: Machine, cgroup: Cgroup): string {
  const line = (name: string, bytes: number) =>
    `${`${name}:`.padEnd(16)}${String(Math.floor(bytes / 1024)).padStart(8)} kB\n`;
  const free = machine.memory - cgroup.memory;
  return line('MemTotal', machine.memory) + line('MemFree', free) + line('MemAvailable', free);
}

/** `/dev`. */
export function deviceDirectory(): Directory {
  const sink = () => {};
  return new Directory(
    new Map<string, FileNode>([
      ['null', new SpecialFile('device', () => '', sink)],
      ['zero', new SpecialFile('device', () => '\0'.repeat(4096), sink)],
      ['full', new SpecialFile('device', () => '\0'.repeat(4096))],
      ['tty', new SpecialFile('device', () => '', sink)],
      ['shm', new Directory(new Map(), { mode: 0o777 })],
      ['pts', new Directory()],
      ['stdin', new SymbolicLink('/proc/1/fd/0')],
      ['stdout', new SymbolicLink('/proc/1/fd/1')],
      ['stderr', new SymbolicLink('/proc/1/fd/2')],
    ]),
  );
}

/** `/dev` of a machine, which has a disk, too. */
export function machineDevices(): Directory {
  const directory = deviceDirectory();
  for (const name of ['vda', 'vda1'])
    directory.entries.set(
      name,
      new SpecialFile(
        'block',
        () => '',
        () => {},
        0o660,
      ),
    );
  return directory;
}

/** `/sys`. */
export function sysDirectory(view: SystemView): Directory {
  const root = new Directory(new Map(), { mode: 0o555 });
  const directory = root.ensure('fs/cgroup');
  for (const [name, node] of cgroupFiles(view)) directory.entries.set(name, node);
  root.put('class/net', new LiveDirectory(() => classNetDirectory(view.network).entries));
  return root;
}

/** The interface files of a cgroup, by name. */
export function cgroupFiles(view: Pick<SystemView, 'cgroup' | 'namespace'>): [string, FileNode][] {
  const file = (read: () => string) => new SpecialFile('file', read);
  const { cgroup } = view;
  const { resources } = cgroup;
  const cpuMax = () => ((cgroup.resources.cpuQuota ?? 0) > 0 ? String(cgroup.resources.cpuQuota) : 'max');
  return [
    ['cgroup.controllers', file(() => 'cpuset cpu io memory hugetlb pids rdma misc\n')],
    ['cgroup.procs', file(() => view.namespace.processes.map((process) => `${process.pid}\n`).join(''))],
    ['cpu.max', file(() => `${cpuMax()} ${cgroup.period}\n`)],
    ['cpu.weight', file(() => `${cpuWeight(cgroup.resources.cpuShares ?? 0)}\n`)],
    ['cpu.stat', file(() => cpuStat(cgroup))],
    ['memory.current', file(() => `${cgroup.memory}\n`)],
    [
      'memory.events',
      file(() => `low 0\nhigh 0\nmax ${cgroup.oomKills}\noom ${cgroup.oomKills}\noom_kill ${cgroup.oomKills}\n`),
    ],
    ['memory.max', file(() => `${Number.isFinite(cgroup.memoryLimit) ? cgroup.memoryLimit : 'max'}\n`)],
    ['memory.peak', file(() => `${cgroup.memoryPeak}\n`)],
    ['pids.current', file(() => `${view.namespace.processes.length}\n`)],
    ['pids.max', file(() => 'max\n')],
    ...Object.entries(resources.unified ?? {}).map(([name, value]): [string, FileNode] => [
      name,
      file(() => `${value}\n`),
    ]),
  ];
}

/** cgroup v1 shares as a cgroup v2 weight, as runc converts them. */
function cpuWeight(shares: number): number {
  if (shares <= 0) return 100;
  return 1 + Math.floor(((Math.min(Math.max(shares, 2), 262_144) - 2) * 9999) / 262_142);
}

function cpuStat(cgroup: Cgroup): string {
  const { periods, throttledPeriods, throttledMicros } = cgroup.throttling;
  const { usage } = cgroup;
  return `usage_usec ${usage}\nuser_usec ${usage}\nsystem_usec 0\nnr_periods ${periods}\nnr_throttled ${throttledPeriods}\nthrottled_usec ${throttledMicros}\n`;
}
