import type { SocketRow } from './sockets.ts';

/** Which sockets `ss` shows, and whether with the processes that hold them (`-p`). */
export interface SsOptions {
  readonly tcp: boolean;
  readonly udp: boolean;
  readonly processes: boolean;
}

/** `ss -tunap`. The kind of socket is a column of its own where there may be several, as with ss. */
export function ss(sockets: readonly SocketRow[], { tcp: ofTcp, udp: ofUdp, processes }: SsOptions): string {
  const head = ['Netid', 'State', 'Recv-Q', 'Send-Q', 'Local Address:Port', 'Peer Address:Port'];
  const rows = [processes ? [...head, 'Process'] : head];
  for (const { tcp, state, near, far, holder } of sockets) {
    if (!(tcp ? ofTcp : ofUdp)) continue;
    const users = holder === undefined ? '' : `users:(("${holder.name}",pid=${holder.pid},fd=${holder.fd}))`;
    const row = [tcp ? 'tcp' : 'udp', state, '0', state === 'LISTEN' ? '4096' : '0', near, far];
    rows.push(processes ? [...row, users] : row);
  }
  return table(ofTcp && ofUdp ? rows : rows.map((row) => row.slice(1)));
}

/** `ss -s`: how many sockets there are of each kind. */
export function ssSummary(sockets: readonly SocketRow[]): string {
  const counts = (chosen: readonly SocketRow[]) => {
    const six = chosen.filter(({ near }) => near.startsWith('*')).length;
    return [chosen.length, chosen.length - six, six];
  };
  const tcp = sockets.filter((socket) => socket.tcp);
  const established = tcp.filter(({ state }) => state === 'ESTAB').length;
  const line = (kind: string, chosen: readonly SocketRow[]) =>
    `${kind}\t  ${counts(chosen)
      .map((count) => String(count).padEnd(9))
      .join(' ')}\n`;
  return (
    `Total: ${sockets.length}\nTCP:   ${tcp.length} (estab ${established}, closed 0, orphaned 0, timewait 0)\n\n` +
    `Transport Total     IP        IPv6\n${line('RAW', [])}${line(
      'UDP',
      sockets.filter((socket) => !socket.tcp),
    )}${line('TCP', tcp)}${line('INET', sockets)}${line('FRAG', [])}\n`
  );
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
