import { SECOND } from '../../engine/index.ts';
import { type Flow, lifetimeOf } from '../flow-table.ts';
import { formatIPv4, parseIPv4 } from '../ipv4.ts';
import type { NetworkNamespace } from '../namespace.ts';
import { ICMP, PROTOCOL_NAMES, TCP } from '../packet.ts';

/** nf_conntrack_tcp_timeout_established: five days. */
const ESTABLISHED = 432_000;

/** Which entries `conntrack -L` shows. */
export interface FlowFilter {
  readonly protocol?: string;
  readonly source?: string;
  readonly destination?: string;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
}

/** Ports of the connections that have an end on this machine, by the near port of whoever began and the far one it asked for. */
function openConnections(namespace: NetworkNamespace): Set<string> {
  const near = [...namespace.interfaces.values()].flatMap(({ peer }) => (peer === undefined ? [] : [peer.namespace]));
  const open = new Set<string>();
  for (const one of new Set([namespace, ...near])) {
    for (const { end } of one.connections) {
      open.add(`${end.port} ${end.remotePort}`);
      open.add(`${end.remotePort} ${end.port}`);
    }
  }
  return open;
}

function state(flow: Flow, open: ReadonlySet<string>): { name: string; lifetime: number } {
  const lifetime = lifetimeOf(flow) / SECOND;
  if (flow.protocol !== TCP) return { name: '', lifetime };
  const lives =
    open.has(`${flow.sourcePort} ${flow.destinationPort}`) || open.has(`${flow.sourcePort} ${flow.replySourcePort}`);
  if (lives && flow.outcome === 'delivered') return { name: 'ESTABLISHED ', lifetime: ESTABLISHED };
  if (flow.outcome === 'delivered') return { name: 'TIME_WAIT ', lifetime };
  return { name: flow.outcome === 'refused' || flow.outcome === 'rejected' ? 'CLOSE ' : 'SYN_SENT ', lifetime };
}

/** A flow that is still remembered. */
export interface TrackedFlow {
  readonly flow: Flow;
  /** `ESTABLISHED `; empty where the protocol has no states. */
  readonly name: string;
  /** Seconds until it is forgotten. */
  readonly left: number;
}

/** The flows that connection tracking remembers, the newest first. */
export function trackedFlows(namespace: NetworkNamespace): TrackedFlow[] {
  if (namespace.rules === undefined) return [];
  const open = openConnections(namespace);
  return [...namespace.flows.flows]
    .sort((a, b) => b.since - a.since || b.sourcePort - a.sourcePort)
    .map((flow) => {
      const { name, lifetime } = state(flow, open);
      const age = name === 'ESTABLISHED ' ? 0 : Math.floor((namespace.now - flow.since) / SECOND);
      return { flow, name, left: lifetime - age };
    })
    .filter(({ left }) => left >= 0);
}

/** `conntrack -L`: an entry a line, each with the addresses as they came and as answers bear them. */
export function conntrack(namespace: NetworkNamespace, filter: FlowFilter): string[] {
  const address = (text: string | undefined) => (text === undefined ? undefined : (parseIPv4(text) ?? -1));
  const [source, destination] = [address(filter.source), address(filter.destination)];
  const lines: string[] = [];
  for (const { flow, name, left } of trackedFlows(namespace)) {
    if (filter.protocol !== undefined && PROTOCOL_NAMES[flow.protocol] !== filter.protocol) continue;
    if (source !== undefined && flow.source !== source) continue;
    if (destination !== undefined && flow.destination !== destination) continue;
    if (filter.sourcePort !== undefined && flow.sourcePort !== filter.sourcePort) continue;
    if (filter.destinationPort !== undefined && flow.destinationPort !== filter.destinationPort) continue;
    lines.push(entryText(flow, name, left));
  }
  return lines;
}

function entryText(flow: Flow, name: string, left: number): string {
  const { protocol } = flow;
  const silent = flow.outcome !== 'delivered' && flow.outcome !== 'refused';
  const ports = (source: number, destination: number, type: number) =>
    protocol === ICMP ? `type=${type} code=0 id=1` : `sport=${source} dport=${destination}`;
  const there = `src=${formatIPv4(flow.source)} dst=${formatIPv4(flow.destination)} ${ports(flow.sourcePort, flow.destinationPort, 8)}`;
  const back = `src=${formatIPv4(flow.replySource)} dst=${formatIPv4(flow.replyDestination)} ${ports(flow.replySourcePort, flow.sourcePort, 0)}`;
  const assured = name === 'ESTABLISHED ' || name === 'TIME_WAIT ' ? ' [ASSURED]' : '';
  return `${PROTOCOL_NAMES[protocol].padEnd(8)} ${protocol} ${left} ${name}${there}${silent ? ' [UNREPLIED]' : ''} ${back}${assured} mark=0 use=1`;
}
