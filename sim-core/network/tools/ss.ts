import { formatIPv4 } from '../ipv4.ts';
import type { NetworkNamespace } from '../namespace.ts';
import { endpointText, TCP } from '../packet.ts';

/** `ss -tunap`, without processes: sockets that wait for peers, and open connections. `listening` shows only the former. */
export function ss(namespace: NetworkNamespace, listening: boolean): string {
  const rows = [['Netid', 'State', 'Recv-Q', 'Send-Q', 'Local Address:Port', 'Peer Address:Port']];
  for (const { protocol, port } of namespace.listening()) {
    const tcp = protocol === TCP;
    rows.push([
      tcp ? 'tcp' : 'udp',
      tcp ? 'LISTEN' : 'UNCONN',
      '0',
      tcp ? '4096' : '0',
      `0.0.0.0:${port}`,
      '0.0.0.0:*',
    ]);
  }
  for (const { end, state } of listening ? [] : namespace.connections) {
    const near = endpointText(end.address, end.port);
    rows.push(['tcp', state, '0', '0', near, `${formatIPv4(end.remoteAddress)}:${end.remotePort}`]);
  }
  return table(rows);
}

/** Columns padded to their widest cell, as `ss` lines them up. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join(' ')
          .trimEnd()}\n`,
    )
    .join('');
}
