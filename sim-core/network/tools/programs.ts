import { type Coroutine, MILLISECOND, SECOND, sleep } from '../../engine/index.ts';
import { NetworkError, type Process, type Program } from '../../images/process.ts';
import { formatIPv4, type IPv4, ipv4 } from '../ipv4.ts';
import type { TableName } from '../netfilter/netfilter.ts';
import { type Echo, ping } from '../ping.ts';
import { type ProcessStack, stackOf } from '../stack.ts';
import { bridge } from './bridge.ts';
import { conntrack } from './conntrack.ts';
import { dig } from './dig.ts';
import { host, nslookup } from './dns-lookup.ts';
import { getent } from './getent.ts';
import { ipCommand } from './ip-command.ts';
import { iptablesList, iptablesSave, iptablesTable, iptablesWords } from './iptables.ts';
import { ipvsadm } from './ipvsadm.ts';
import { arp, netstat, route } from './net-tools.ts';
import { socketRows } from './sockets.ts';
import { ss, ssSummary } from './ss.ts';
import { sysctl } from './sysctl.ts';
import { tcpdump } from './tcpdump.ts';

const write = (process: Process, text: string) => process.stdout.write(text);
const fail = (process: Process, text: string, code = 1) => {
  process.stderr.write(`${text}\n`);
  return code;
};

/** A program that looks and prints. */
function view(look: (process: Process, stack: ProcessStack, args: readonly string[]) => number): Program {
  return function* program(process) {
    yield* [];
    return look(process, stackOf(process.network), process.argv.slice(1));
  };
}

const ip = view((process, { namespace }, args) => {
  const { out, error, code } = ipCommand(process, namespace, args);
  write(process, out);
  return error === '' ? code : fail(process, error, code);
});

const isTable = (name: string): name is TableName => name === 'nat' || name === 'filter';

const save = view((process, { namespace }, args) => {
  const at = args.findIndex((arg) => arg === '-t' || arg === '--table');
  const table = at < 0 ? undefined : (args[at + 1] ?? '');
  if (table !== undefined && !isTable(table)) return 0;
  const counters = args.some((arg) => arg === '-c' || arg === '--counters');
  write(process, iptablesSave(namespace, table, counters));
  return 0;
});

const iptables = view((process, { namespace }, args) => {
  if (args.includes('-V') || args.includes('--version')) {
    write(process, 'iptables v1.8.9 (legacy)\n');
    return 0;
  }
  const { table, action, chain, options, unknown } = iptablesWords(args);
  if (action === undefined || unknown !== undefined)
    return fail(process, 'iptables: sim-core lists rules (-L, -S, iptables-save), but does not change them', 2);
  if (!isTable(table)) {
    const known = /^(mangle|raw|security)$/.test(table);
    return known
      ? 0
      : fail(process, `iptables v1.8.9 (legacy): can't initialize iptables table \`${table}': Table does not exist`, 3);
  }
  const text =
    action === 'list' ? iptablesTable(namespace, table, chain, options) : iptablesList(namespace, table, chain);
  if (text === undefined) return fail(process, 'iptables: No chain/target/match by that name.');
  write(process, text);
  return 0;
});

const conntrackProgram = view((process, { namespace }, args) => {
  const value = (...names: string[]) => {
    const at = args.findIndex((arg) => names.includes(arg));
    return at < 0 ? undefined : args[at + 1];
  };
  const port = (...names: string[]) => {
    const text = value(...names);
    return text === undefined ? undefined : Number(text);
  };
  const has = (...names: string[]) => args.some((arg) => names.includes(arg));
  if (!has('-L', '--dump', '-C', '--count'))
    return fail(
      process,
      "conntrack: sim-core knows 'conntrack -L' with -p, -s, -d, --sport and --dport, and 'conntrack -C'",
      2,
    );
  const lines = conntrack(namespace, {
    protocol: value('-p', '--proto'),
    source: value('-s', '--src', '--orig-src'),
    destination: value('-d', '--dst', '--orig-dst'),
    sourcePort: port('--sport', '--orig-port-src'),
    destinationPort: port('--dport', '--orig-port-dst'),
  });
  if (has('-C', '--count')) {
    write(process, `${lines.length}\n`);
    return 0;
  }
  write(process, lines.map((line) => `${line}\n`).join(''));
  process.stderr.write(`conntrack v1.4.7 (conntrack-tools): ${lines.length} flow entries have been shown.\n`);
  return 0;
});

const SS_OPTIONS = new Set(
  ['all', 'tcp', 'udp', 'listening', 'numeric', 'processes', 'summary', 'no-header'].map((name) => `--${name}`),
);

const ssProgram = view((process, { namespace }, args) => {
  const has = (letter: string, long: string) =>
    args.some((arg) => arg === `--${long}` || new RegExp(`^-[a-zH46]*${letter}`).test(arg));
  const other = args.find(
    (arg) => /^-(?!-).*[^atulnpsrH46]/.test(arg) || (arg.startsWith('--') && !SS_OPTIONS.has(arg)),
  );
  if (other !== undefined) return fail(process, `ss: sim-core knows -a -t -u -l -n -p -s -H and filters, not ${other}`);
  if (has('s', 'summary')) {
    write(process, ssSummary(socketRows(process, namespace, { listening: true, open: true })));
    return 0;
  }
  const [all, tcp, udp] = [has('a', 'all'), has('t', 'tcp'), has('u', 'udp')];
  const waiting = has('l', 'listening');
  const both = tcp === udp;
  // The filter: `sport = :80`, `dport = :443`, `state established`.
  const words = args.join(' ');
  const [, end, port] = /\b([sd])port\s*(?:=|==|eq)?\s*:(\d+)/.exec(words) ?? [];
  const state = /\bstate (\w+)/.exec(words)?.[1]?.toLowerCase();
  const listens = waiting || all || state === 'listening';
  const rows = socketRows(process, namespace, { listening: listens, open: all || !listens }).filter(
    (row) =>
      (port === undefined || (end === 's' ? row.near : row.far).endsWith(`:${port}`)) &&
      (state !== 'established' || row.state === 'ESTAB'),
  );
  const processes = has('p', 'processes');
  const text = ss(rows, { tcp: tcp || both, udp: udp || both, processes });
  write(process, has('H', 'no-header') ? text.slice(text.indexOf('\n') + 1) : text);
  return 0;
});

/** Resolves what a user types, in busybox's words when it does not exist. */
function* target(process: Process, host: string): Coroutine<IPv4 | undefined> {
  try {
    const [address] = yield* process.network.resolve(host);
    return address === undefined ? undefined : ipv4(address);
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    return undefined;
  }
}

function option(args: readonly string[], letter: string, fallback: number): number {
  const at = args.findIndex((arg) => arg.startsWith(`-${letter}`));
  if (at < 0) return fallback;
  const text = args[at]!.length > 2 ? args[at]!.slice(2) : (args[at + 1] ?? '');
  return /^\d+$/.test(text) ? Number(text) : fallback;
}

/** Options of ping and traceroute that take a value. */
const WITH_VALUE = /^-[cWwtTmqsiIpfz]$/;

/** The operand of a command line whose options all take a number. */
function operand(args: readonly string[]): string | undefined {
  return args.find((arg, index) => !arg.startsWith('-') && !WITH_VALUE.test(args[index - 1] ?? ''));
}

const milliseconds = (time: number) => (time / MILLISECOND).toFixed(3);

/** Whether the kernel opens an ICMP socket for a process: for root, and for groups of net.ipv4.ping_group_range. */
function mayPing({ user, group, network }: Process): boolean {
  if (user === 0) return true;
  const range = stackOf(network).namespace.kernel.get('net.ipv4.ping_group_range')!;
  const [first = 0, last = 0] = range.split('\t').map(Number);
  return group >= first && group <= last;
}

/** ping, as busybox prints it. Without `-c` it goes on until it is interrupted. */
function* pingProgram(process: Process): Coroutine<number> {
  const args = process.argv.slice(1);
  const host = operand(args);
  if (host === undefined) return fail(process, 'usage: ping [-c COUNT] [-W SEC] [-t TTL] HOST');
  if (!mayPing(process)) return fail(process, 'ping: permission denied (are you root?)');
  const address = yield* target(process, host);
  if (address === undefined) return fail(process, `ping: bad address '${host}'`);
  const { namespace } = stackOf(process.network);
  const count = option(args, 'c', Number.POSITIVE_INFINITY);
  const times: number[] = [];
  let sent = 0;
  let stopped = false;
  process.onSignal('SIGINT', () => {
    stopped = true;
  });
  write(process, `PING ${host} (${formatIPv4(address)}): 56 data bytes\n`);
  while (sent < count && !stopped) {
    const echo: Echo = yield* ping(namespace, address, option(args, 'W', 10) * SECOND, option(args, 't', 64), sent);
    if (echo.kind === 'reply') {
      times.push(echo.time);
      write(
        process,
        `64 bytes from ${formatIPv4(address)}: seq=${sent} ttl=${echo.ttl} time=${milliseconds(echo.time)} ms\n`,
      );
    }
    sent++;
    if (sent < count && !stopped) yield* sleep(Math.max(0, SECOND - echo.time));
  }
  const loss = sent === 0 ? 0 : Math.floor((100 * (sent - times.length)) / sent);
  write(
    process,
    `\n--- ${host} ping statistics ---\n${sent} packets transmitted, ${times.length} packets received, ${loss}% packet loss\n`,
  );
  if (times.length === 0) return 1;
  const average = times.reduce((sum, time) => sum + time, 0) / times.length;
  write(
    process,
    `round-trip min/avg/max = ${milliseconds(Math.min(...times))}/${milliseconds(average)}/${milliseconds(Math.max(...times))} ms\n`,
  );
  return 0;
}

/** traceroute, as busybox prints it with `-n` and one probe a hop. */
function* traceroute(process: Process): Coroutine<number> {
  const args = process.argv.slice(1);
  const host = operand(args);
  if (host === undefined) return fail(process, 'usage: traceroute [-m MAXTTL] [-w SEC] HOST');
  const address = yield* target(process, host);
  if (address === undefined) return fail(process, `traceroute: bad address '${host}'`);
  const { namespace } = stackOf(process.network);
  const most = Math.min(255, option(args, 'm', 30));
  write(process, `traceroute to ${host} (${formatIPv4(address)}), ${most} hops max, 46 byte packets\n`);
  for (let ttl = 1; ttl <= most; ttl++) {
    const echo: Echo = yield* ping(namespace, address, option(args, 'w', 3) * SECOND, ttl);
    const shown = echo.kind === 'silence' ? '*' : `${formatIPv4(echo.from)}  ${milliseconds(echo.time)} ms`;
    const mark = echo.kind === 'unreachable' ? ' !H' : echo.kind === 'prohibited' ? ' !X' : '';
    write(process, `${String(ttl).padStart(2)}  ${shown}${mark}\n`);
    if (echo.kind !== 'expired' && echo.kind !== 'silence') return 0;
  }
  return 0;
}

/** The network's tools, by the names under which images have them. */
export const NETWORK_TOOLS: Readonly<Record<string, Program>> = {
  ip,
  iptables,
  'iptables-save': save,
  ipvsadm,
  getent,
  conntrack: conntrackProgram,
  ss: ssProgram,
  netstat,
  route,
  arp,
  bridge,
  sysctl,
  ping: pingProgram,
  traceroute,
  dig,
  host,
  nslookup: nslookup('bind'),
  tcpdump,
};
