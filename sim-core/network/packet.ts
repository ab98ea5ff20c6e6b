import { formatIPv4, type IPv4 } from './ipv4.ts';

/** Protocol numbers of the IP header. */
export const ICMP = 1;
export const TCP = 6;
export const UDP = 17;
export type ProtocolNumber = typeof ICMP | typeof TCP | typeof UDP;

export const PROTOCOL_NAMES: Readonly<Record<ProtocolNumber, 'icmp' | 'tcp' | 'udp'>> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
};

/**
 * The first packet of a flow on its way. Rules rewrite its addresses and its mark; what follows in the same flow goes the same
 * way, as connection tracking makes it on Linux.
 */
export interface Packet {
  readonly protocol: ProtocolNumber;
  source: IPv4;
  sourcePort: number;
  destination: IPv4;
  destinationPort: number;
  /** The firewall mark, which lives on one machine only. */
  mark: number;
  /** Whether a rule has rewritten its destination (conntrack state DNAT). */
  translated: boolean;
  ttl: number;
}

/** `10.244.1.5:43210`, or the address alone for ICMP. */
export function endpointText(address: IPv4, port: number): string {
  return port === 0 ? formatIPv4(address) : `${formatIPv4(address)}:${port}`;
}

export const sourceText = (packet: Packet) => endpointText(packet.source, packet.sourcePort);
export const destinationText = (packet: Packet) => endpointText(packet.destination, packet.destinationPort);
