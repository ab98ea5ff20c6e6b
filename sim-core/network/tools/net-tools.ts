import type { Program } from '../../images/process.ts';
import { applet, type Tool, ToolError } from '../../images/shell/applets/tool.ts';
import { formatIPv4, maskOf } from '../ipv4.ts';
import type { NetworkNamespace } from '../namespace.ts';
import { stackOf } from '../stack.ts';
import { arpTable, neighbours } from './neighbours.ts';
import { type SocketRow, socketRows } from './sockets.ts';

/** Letters of a command line's short options: `-tlnp` and `-t -l` alike. */
const lettersOf = ({ args }: Tool) => args.filter((word) => /^-[A-Za-z0-9]+$/.test(word)).join('');

/** The columns of a routing table that differ between `route` and `netstat -r`. */
const METRICS = { route: 'Metric Ref    Use Iface', netstat: '  MSS Window  irtt Iface' };

/** `route -n` and `netstat -rn`. */
function routes({ routes: table }: NetworkNamespace, style: keyof typeof METRICS): string {
  const row = (to: string, via: string, mask: string, flags: string, rest: string) =>
    `${to.padEnd(15)} ${via.padEnd(15)} ${mask.padEnd(15)} ${flags.padEnd(5)} ${rest}\n`;
  const values = style === 'route' ? '0      0        0' : '    0 0          0';
  const lines = [...table.routes]
    .sort((a, b) => a.network - b.network || a.bits - b.bits)
    .map(({ network, bits, via, device, kind }) => {
      const flags = `U${via === undefined ? '' : 'G'}${bits === 32 ? 'H' : ''}`;
      const through = kind === 'blackhole' ? '*' : device;
      return row(formatIPv4(network), formatIPv4(via ?? 0), formatIPv4(maskOf(bits)), flags, `${values} ${through}`);
    });
  return `Kernel IP routing table\n${row('Destination', 'Gateway', 'Genmask', 'Flags', METRICS[style])}${lines.join('')}`;
}

function connections(rows: readonly SocketRow[], processes: boolean, what: string): string {
  const holderOf = ({ holder }: SocketRow) =>
    holder === undefined ? '-' : `${holder.pid}/${holder.name}`.slice(0, 19);
  const line = (cells: readonly string[]) =>
    `${cells[0]!.padEnd(5)} ${cells[1]!.padStart(6)} ${cells[2]!.padStart(6)} ${cells[3]!.padEnd(23)} ${cells[4]!.padEnd(23)} ${cells[5]!.padEnd(11)} ${cells[6]!.padEnd(20)}\n`;
  const head = `Active Internet connections (${what})\nProto Recv-Q Send-Q Local Address           Foreign Address         State       ${processes ? 'PID/Program name    ' : ''}\n`;
  const text = rows.map((row) => {
    const six = row.near.startsWith('*');
    const place = (address: string) => (six ? address.replace('*', '::') : address).replace(/^::\*$/, ':::*');
    const state = row.state === 'UNCONN' ? '' : row.state === 'ESTAB' ? 'ESTABLISHED' : row.state;
    const proto = `${row.tcp ? 'tcp' : 'udp'}${six ? '6' : ''}`;
    const written = line([proto, '0', '0', place(row.near), place(row.far), state, processes ? holderOf(row) : '']);
    return processes ? written : `${written.slice(0, 79).trimEnd().padEnd(79)}\n`;
  });
  return head + text.join('');
}

/** `netstat -tulnp`, `-an`, `-rn`, as net-tools print them. */
export const netstat: Program = applet((tool) => {
  const letters = lettersOf(tool);
  const { namespace } = stackOf(tool.process.network);
  if (/[is]/.test(letters)) throw new ToolError("sim-core's netstat knows -t, -u, -l, -a, -n, -p and -r");
  if (letters.includes('r')) {
    tool.out(routes(namespace, 'netstat'));
    return 0;
  }
  const [listening, all] = [letters.includes('l'), letters.includes('a')];
  const both = letters.includes('t') === letters.includes('u');
  const rows = socketRows(tool.process, namespace, { listening: listening || all, open: all || !listening }).filter(
    ({ tcp }) => both || tcp === letters.includes('t'),
  );
  const what = all ? 'servers and established' : listening ? 'only servers' : 'w/o servers';
  tool.out(connections(rows, letters.includes('p'), what));
  return 0;
});

/** `route -n`. */
export const route: Program = applet((tool) => {
  const words = tool.args.filter((word) => !word.startsWith('-'));
  if (words.length > 0) throw new ToolError("sim-core's route shows routes; 'ip route' changes them");
  tool.out(routes(stackOf(tool.process.network).namespace, 'route'));
  return 0;
});

/** `arp -n` and `arp -a`. */
export const arp: Program = applet((tool) => {
  const { namespace } = stackOf(tool.process.network);
  if (!lettersOf(tool).includes('a')) tool.out(arpTable(namespace));
  else
    for (const { address, mac, device, state } of neighbours(namespace))
      tool.out(`? (${formatIPv4(address)}) at ${mac} [ether] ${state === 'PERMANENT' ? 'PERM ' : ''}on ${device}\n`);
  return 0;
});
