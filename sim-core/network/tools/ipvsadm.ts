import type { Program } from '../../images/process.ts';
import { applet, ToolError } from '../../images/shell/applets/tool.ts';
import type { NetworkNamespace } from '../namespace.ts';
import { endpointText, PROTOCOL_NAMES, TCP } from '../packet.ts';
import { stackOf } from '../stack.ts';
import type { RealServer, VirtualServer } from '../virtual-servers.ts';
import { type TrackedFlow, trackedFlows } from './conntrack.ts';

const upper = (protocol: VirtualServer['protocol']) => PROTOCOL_NAMES[protocol].toUpperCase().padEnd(3);
const keyOf = ({ protocol, address, port }: Pick<VirtualServer, 'protocol' | 'address' | 'port'>) =>
  `${protocol} ${endpointText(address, port)}`;

/** The connections that IPVS has turned to a back end: flows to a virtual server. */
function balanced(namespace: NetworkNamespace): TrackedFlow[] {
  const known = new Set([...(namespace.virtualServers?.servers ?? [])].map(keyOf));
  return trackedFlows(namespace).filter(({ flow: { protocol, destination, destinationPort } }) =>
    known.has(keyOf({ protocol, address: destination, port: destinationPort })),
  );
}

/** `ipvsadm -Ln [-t|-u ADDRESS:PORT]` */
function servers(namespace: NetworkNamespace, only: string | undefined): string {
  const flows = balanced(namespace);
  const goingTo = (server: VirtualServer, { address, port }: RealServer, active: boolean) =>
    flows.filter(
      ({ flow, name }) =>
        keyOf({ protocol: flow.protocol, address: flow.destination, port: flow.destinationPort }) === keyOf(server) &&
        flow.replySource === address &&
        flow.replySourcePort === port &&
        (name === 'ESTABLISHED ') === active,
    ).length;
  let text =
    'IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n';
  const all = [...(namespace.virtualServers?.servers ?? [])]
    .filter((server) => only === undefined || keyOf(server) === only)
    .sort((a, b) => a.protocol - b.protocol || a.address - b.address || a.port - b.port);
  if (only !== undefined && all.length === 0) throw new ToolError('No such service', 255);
  for (const server of all) {
    const flags = server.persistent > 0 ? ` persistent ${server.persistent}` : '';
    text += `${upper(server.protocol)}  ${endpointText(server.address, server.port)} ${server.scheduler}${flags}\n`;
    for (const real of server.servers) {
      const cells = [
        endpointText(real.address, real.port).padEnd(28),
        'Masq   ',
        String(real.weight).padEnd(6),
        String(goingTo(server, real, true)).padEnd(10),
        goingTo(server, real, false),
      ];
      text += `  -> ${cells.join(' ')}\n`;
    }
  }
  return text;
}

/** `ipvsadm -Lnc` */
function connections(namespace: NetworkNamespace): string {
  const line = (cells: readonly string[]) =>
    `${cells[0]} ${cells[1]} ${cells[2]!.padEnd(11)} ${cells[3]!.padEnd(18)} ${cells[4]!.padEnd(18)} ${cells[5]}\n`;
  const rows = balanced(namespace).map(({ flow, name, left }) => {
    // IPVS forgets sooner than connection tracking: an open connection after 15 minutes (kube-proxy's tcpTimeout of 0 leaves that).
    const seconds = name === 'ESTABLISHED ' ? 900 : left;
    const clock = [Math.floor(seconds / 60), seconds % 60].map((value) => String(value).padStart(2, '0')).join(':');
    return line([
      upper(flow.protocol),
      clock,
      flow.protocol === TCP ? name.trim() : 'UDP',
      endpointText(flow.source, flow.sourcePort),
      endpointText(flow.destination, flow.destinationPort),
      endpointText(flow.replySource, flow.replySourcePort),
    ]);
  });
  return `IPVS connection entries\n${line(['pro', 'expire', 'state', 'source', 'virtual', 'destination'])}${rows.join('')}`;
}

/** `ipvsadm`: looks at virtual servers and their connections. */
export const ipvsadm: Program = applet((tool) => {
  const { namespace } = stackOf(tool.process.network);
  const { options } = tool.parse('Llncst:u:SRZCAEDaedpwr', {
    list: 'L',
    numeric: 'n',
    connection: 'c',
    stats: 'S',
    rate: 'R',
    'tcp-service': 't',
    'udp-service': 'u',
    clear: 'C',
  });
  const has = (letters: string) => [...letters].some((letter) => options.has(letter));
  if (has('SRsZCAEDaedpwr'))
    throw new ToolError(
      "sim-core's ipvsadm lists: -Ln, -Lnc, -Ln -t ADDRESS:PORT; it counts no bytes and changes nothing",
      2,
    );
  const [tcp, udp] = [options.get('t'), options.get('u')];
  const only = tcp !== undefined ? `6 ${tcp}` : udp === undefined ? undefined : `17 ${udp}`;
  tool.out(options.has('c') ? connections(namespace) : servers(namespace, only));
  return 0;
});
