import { commandName } from '../../images/command-name.ts';
import type { Process } from '../../images/process.ts';
import { formatIPv4 } from '../ipv4.ts';
import type { NetworkNamespace } from '../namespace.ts';
import { TCP } from '../packet.ts';
import { ProcessStack } from '../stack.ts';

/** A socket as `ss` and `netstat` list it. */
export interface SocketRow {
  readonly tcp: boolean;
  readonly state: string;
  /** Address and port; a listener on all addresses of both families has `*`. */
  readonly near: string;
  readonly far: string;
  /** Who holds it, as far as whoever asks can see. */
  readonly holder?: { readonly pid: number; readonly name: string; readonly fd: number };
}

/** Programs written in Go listen on one socket for both families. */
const BOTH_FAMILIES = /^\.?\/?(kube|etcd$|coredns|agnhost|containerd|metrics-server|nginx-ingress)/;
/** Before its sockets a process has stdin, stdout, stderr and a few of its own. */
const FIRST_DESCRIPTOR = 3;

/** Where a listener listens: etcd has been told its addresses (`--listen-client-urls`, `--listen-peer-urls`), others listen everywhere. */
function placesOf(port: number, local: boolean, name: string | undefined, address: string): string[] {
  if (name === 'etcd' && port === 2379) return ['127.0.0.1', address];
  if (name === 'etcd' && port === 2380) return [address];
  if (local) return ['127.0.0.1'];
  return [name !== undefined && BOTH_FAMILIES.test(name) ? '*' : '0.0.0.0'];
}

/** The sockets of a network namespace: those that wait for peers, open connections, or both. */
export function socketRows(
  process: Process,
  namespace: NetworkNamespace,
  which: { readonly listening: boolean; readonly open: boolean },
): SocketRow[] {
  const all = process.processes();
  const held = new Map<number, number>();
  const holderOf = (socket: Parameters<ProcessStack['holds']>[0]): SocketRow['holder'] => {
    const found = all.find(({ network }) => network instanceof ProcessStack && network.holds(socket));
    if (found === undefined) return undefined;
    const fd = held.get(found.pid) ?? FIRST_DESCRIPTOR;
    held.set(found.pid, fd + 1);
    return { pid: found.pid, name: commandName(found.argv), fd };
  };
  const rows: SocketRow[] = [];
  for (const socket of which.listening ? namespace.listening() : []) {
    const tcp = socket.protocol === TCP;
    const holder = holderOf(socket);
    for (const place of placesOf(socket.port, socket.local, holder?.name, formatIPv4(namespace.address)))
      rows.push({
        tcp,
        state: tcp ? 'LISTEN' : 'UNCONN',
        near: `${place}:${socket.port}`,
        far: `${place === '*' ? '*' : '0.0.0.0'}:*`,
        holder,
      });
  }
  for (const { end, state } of which.open ? namespace.connections : [])
    rows.push({
      tcp: true,
      state,
      near: `${formatIPv4(end.address)}:${end.port}`,
      far: `${formatIPv4(end.remoteAddress)}:${end.remotePort}`,
      holder: holderOf(end),
    });
  return rows;
}
