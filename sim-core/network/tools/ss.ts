import { formatIPv4 } from '../ipv4.ts';
import type { NetworkNamespace } from '../namespace.ts';
import { endpointText, TCP } from '../packet.ts';

/** Which sockets `ss` shows: those that wait for peers (`-l`), open connections, or both (`-a`); of one protocol or both. */
export interface SsOptions {
  readonly listening: boolean;
  readonly open: boolean;
  readonly tcp: boolean;
  readonly udp: boolean;
}

/** `ss -tunap`, without processes. The kind of socket is a column of its own where there may be several, as with ss. */
export function ss(namespace: NetworkNamespace, { listening, open, tcp: ofTcp, udp: ofUdp }: SsOptions): string {
  const rows = [['Netid', 'State', 'Recv-Q', 'Send-Q', 'Local Address:Port', 'Peer Address:Port']];
  for (const { protocol, port } of listening ? namespace.listening() : []) {
    const tcp = protocol === TCP;
    if (!(tcp ? ofTcp : ofUdp)) continue;
    rows.push([
      tcp ? 'tcp' : 'udp',
      tcp ? 'LISTEN' : 'UNCONN',
      '0',
      tcp ? '4096' : '0',
      `0.0.0.0:${port}`,
      '0.0.0.0:*',
    ]);
  }
  for (const { end, state } of open && ofTcp ? namespace.connections : []) {
    const near = endpointText(end.address, end.port);
    rows.push(['tcp', state, '0', '0', near, `${formatIPv4(end.remoteAddress)}:${end.remotePort}`]);
  }
  return table(ofTcp && ofUdp ? rows : rows.map((row) => row.slice(1)));
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
