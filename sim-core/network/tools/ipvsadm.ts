import type { NetworkNamespace } from '../namespace.ts';
import { endpointText, PROTOCOL_NAMES } from '../packet.ts';

/** `ipvsadm -Ln` */
export function ipvsadm({ virtualServers }: NetworkNamespace): string {
  let text =
    'IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n';
  const servers = [...(virtualServers?.servers ?? [])].sort(
    (a, b) => a.protocol - b.protocol || a.address - b.address || a.port - b.port,
  );
  for (const { protocol, address, port, scheduler, persistent, servers: real } of servers) {
    const flags = persistent > 0 ? ` persistent ${persistent}` : '';
    text += `${PROTOCOL_NAMES[protocol].toUpperCase().padEnd(4)} ${endpointText(address, port)} ${scheduler}${flags}\n`;
    for (const server of real) {
      const to = endpointText(server.address, server.port);
      text +=
        `  -> ${to.padEnd(28)} Masq    ${String(server.weight).padEnd(6)} ${'0'.padEnd(10)} ${String(server.connections).padEnd(10)}`.trimEnd();
      text += '\n';
    }
  }
  return text;
}
