import { Directory, SpecialFile } from '../../images/file-node.ts';
import { FileError, type Machine, type Program } from '../../images/process.ts';
import { applet, type Tool, ToolError } from '../../images/shell/applets/tool.ts';
import type { NetworkNamespace } from '../namespace.ts';
import { ProcessStack, stackOf } from '../stack.ts';
import { conntrack } from './conntrack.ts';

/** A kernel setting. Without `write` it only tells. */
interface Setting {
  read(): string;
  write?(value: string): void;
}

/** What nobody has changed of a machine's own settings: as a kernel has it that kubeadm and the kubelet have been at. */
const DEFAULTS: Readonly<Record<string, string>> = {
  'fs.file-max': '9223372036854775807',
  'fs.inotify.max_user_instances': '128',
  'fs.inotify.max_user_watches': '65536',
  'kernel.ostype': 'Linux',
  'kernel.panic': '10',
  'kernel.panic_on_oops': '1',
  'kernel.pid_max': '4194304',
  'kernel.shm_rmid_forced': '0',
  'vm.max_map_count': '65530',
  'vm.overcommit_memory': '1',
  'vm.panic_on_oom': '0',
  'vm.swappiness': '60',
};
/** Settings of the machine's network, which a pod's does not have. */
const MACHINE_ONLY = /^net\.(bridge|netfilter)\./;
/**
 * What packets and processes here go by, but with these values only: another one would be shown and change nothing.
 * All others are either obeyed (kernel-settings.ts, ping) or limits that nothing here reaches: memory maps, watches, buffers.
 */
const FIXED: ReadonlySet<string> = new Set([
  'kernel.ostype',
  'kernel.pid_max',
  'net.bridge.bridge-nf-call-ip6tables',
  'net.bridge.bridge-nf-call-iptables',
  'net.ipv4.conf.all.rp_filter',
  'net.ipv4.conf.all.route_localnet',
  'net.ipv4.tcp_syn_retries',
  'net.netfilter.nf_conntrack_tcp_timeout_close_wait',
  'net.netfilter.nf_conntrack_tcp_timeout_established',
]);

/** What somebody has changed of a machine's own settings, until it boots again. */
const changes = new WeakMap<object, { bootedAt: number; values: Map<string, string> }>();

function changedAt(place: object, bootedAt: number): Map<string, string> {
  let kept = changes.get(place);
  if (kept === undefined || kept.bootedAt !== bootedAt) {
    kept = { bootedAt, values: new Map() };
    changes.set(place, kept);
  }
  return kept.values;
}

/** All settings by name, as they are seen from a network namespace of a machine. */
function settings(namespace: NetworkNamespace, machine: Machine, hostname: string): Map<string, Setting> {
  const onMachine = namespace === namespace.machine.namespace;
  const invalid = () => new FileError('EINVAL', 'Invalid argument');
  const ofMachine = changedAt(namespace.machine, machine.bootedAt);
  const found = new Map<string, Setting>();
  for (const name of [...namespace.kernel.names, ...Object.keys(DEFAULTS)]) {
    if (!onMachine && MACHINE_ONLY.test(name)) continue;
    const ofNetwork = name.startsWith('net.');
    const read = () => (ofNetwork ? namespace.kernel.get(name) : (ofMachine.get(name) ?? DEFAULTS[name]))!;
    found.set(name, {
      read,
      write(text) {
        const value = text.split(/\s+/).join('\t');
        if (FIXED.has(name)) {
          if (value !== read()) throw new FileError('EINVAL', `Invalid argument (sim-core goes by ${read()} only)`);
        } else if (ofNetwork) {
          const changed = namespace.kernel.with(name, value);
          if (changed === undefined) throw invalid();
          namespace.kernel = changed;
        } else if (/^-?\d+$/.test(value)) ofMachine.set(name, value);
        else throw invalid();
      },
    });
  }
  found.set('kernel.hostname', { read: () => hostname });
  found.set('kernel.osrelease', { read: () => machine.kernel });
  if (onMachine) {
    const most = Math.max(131_072, 32_768 * machine.cpus);
    found.set('net.netfilter.nf_conntrack_max', { read: () => String(most) });
    found.set('net.netfilter.nf_conntrack_count', { read: () => String(conntrack(namespace, {}).length) });
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const pathOf = (name: string) => `/proc/sys/${name.replaceAll('.', '/')}`;

/** `/proc/sys`, as processes in that network see it. Containers have it read-only. */
export function sysctlDirectory(
  { network: stack, machine }: { readonly network: unknown; readonly machine: Machine },
  writable = false,
): Directory {
  const top = new Directory(new Map(), { mode: 0o555 });
  if (!(stack instanceof ProcessStack)) return top;
  for (const [name, { read, write }] of settings(stack.namespace, machine, stack.hostname)) {
    const change = (text: string) => {
      if (!writable) throw new FileError('EROFS', 'Read-only file system');
      // A shell empties the file before it writes to it, which a kernel takes no notice of.
      if (text !== '') write?.(text.trim());
    };
    const file =
      write === undefined
        ? new SpecialFile('file', () => `${read()}\n`)
        : new SpecialFile('file', () => `${read()}\n`, change, 0o644);
    top.put(name.replaceAll('.', '/'), file);
  }
  return top;
}

/** `sysctl [-a] [-n] [-w] [-p] name[=value]…` */
export const sysctl: Program = applet((tool) => {
  const words = tool.args.filter((word) => !word.startsWith('-'));
  const flags = tool.args.filter((word) => /^-[a-zA-Z]+$/.test(word)).join('');
  const long = tool.args.filter((word) => word.startsWith('--'));
  const plain = flags.includes('n') || long.includes('--values');
  const { network, machine } = tool.process;
  const stack = stackOf(network);
  const known = settings(stack.namespace, machine, stack.hostname);
  const show = (name: string) => {
    const value = known.get(name)!.read();
    tool.out(plain ? `${value}\n` : `${name} = ${value}\n`);
  };
  if (/[aA]/.test(flags) || long.includes('--all')) {
    const pattern = long.find((word) => word.startsWith('--pattern='))?.slice('--pattern='.length) ?? '';
    for (const name of known.keys()) if (name.includes(pattern.replace(/^\^/, ''))) show(name);
    return 0;
  }
  if (/p/.test(flags) || long.includes('--system')) return load(tool, words[0] ?? '/etc/sysctl.conf', known);
  if (words.length === 0) throw new ToolError("no variables specified\nTry `sysctl --help' for more information.");
  let code = 0;
  for (const word of words) {
    const [given = '', ...rest] = word.split('=');
    const name = given.trim().replaceAll('/', '.');
    const value = word.includes('=') ? rest.join('=').trim() : undefined;
    if (!assign(tool, known, name, value)) code = 1;
    else if (!flags.includes('q')) show(name);
  }
  return code;
});

/** Sets a value, if there is one to set. Answers whether all is well. */
function assign(tool: Tool, known: ReadonlyMap<string, Setting>, name: string, value: string | undefined): boolean {
  if (!known.has(name)) {
    tool.complain(`cannot stat ${pathOf(name)}: No such file or directory`);
    return false;
  }
  if (value === undefined) return true;
  try {
    if (known.get(name)!.write === undefined) throw new FileError('EACCES', 'Permission denied');
    tool.process.files.write(pathOf(name), `${value}\n`);
    return true;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    tool.complain(`setting key "${name}"${error.code === 'EROFS' ? ', ignoring' : ''}: ${error.message}`);
    return false;
  }
}

/** Settings from a file: `name = value` in lines. */
function load(tool: Tool, file: string, known: ReadonlyMap<string, Setting>): number {
  let text: string;
  try {
    text = tool.process.files.read(tool.path(file));
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new ToolError(`cannot open "${file}": ${error.message}`);
  }
  let code = 0;
  for (const line of text.split('\n')) {
    const [, name, value] = /^\s*-?([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined) continue;
    if (assign(tool, known, name, value)) tool.out(`${name} = ${known.get(name)!.read()}\n`);
    else code = 1;
  }
  return code;
}
