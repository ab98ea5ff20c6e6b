import type { Seen } from '../capture.ts';
import { contains, type IPv4, type Prefix, parseIPv4, parsePrefix } from '../ipv4.ts';
import { ICMP, TCP, UDP } from '../packet.ts';

/** Whether a packet is to be shown. */
export type PacketFilter = (seen: Seen) => boolean;

/** A mistake in a filter, in tcpdump's words. */
export class FilterError extends Error {
  override readonly name = 'FilterError';
}

/** Port of the outer packets of VXLAN, as the Linux kernel has it. */
export const VXLAN_PORT = 8472;
const MAX_WORDS = 200;
const PROTOCOLS: Readonly<Record<string, number>> = { icmp: ICMP, tcp: TCP, udp: UDP };
const PORTS: Readonly<Record<string, number>> = { http: 80, https: 443, domain: 53, ssh: 22 };

type Side = 'src' | 'dst' | undefined;

/**
 * Reads a filter as pcap-filter(7) has it: `tcp and port 80 and not host 10.0.0.1`, with src, dst, host, port, portrange, net, tcp, udp,
 * icmp, ip, arp and parentheses. Throws `FilterError`.
 */
export function parseFilter(text: string): PacketFilter {
  const words = text.match(/[()!]|&&|\|\||[^\s()!]+/g) ?? [];
  if (words.length > MAX_WORDS) throw new FilterError('expression is too long');
  let at = 0;
  const syntax = () => new FilterError("can't parse filter expression: syntax error");
  const either = (): PacketFilter => {
    let left = both();
    while (words[at] === 'or' || words[at] === '||') {
      at++;
      const [first, second] = [left, both()];
      left = (seen) => first(seen) || second(seen);
    }
    return left;
  };
  const both = (): PacketFilter => {
    let left = one();
    while (words[at] === 'and' || words[at] === '&&') {
      at++;
      const [first, second] = [left, one()];
      left = (seen) => first(seen) && second(seen);
    }
    return left;
  };
  const one = (): PacketFilter => {
    const word = words[at++];
    if (word === undefined) throw syntax();
    if (word === 'not' || word === '!') {
      const inner = one();
      return (seen) => !inner(seen);
    }
    if (word === '(') {
      const inner = either();
      if (words[at++] !== ')') throw syntax();
      return inner;
    }
    if (word === 'ip') return () => true;
    if (word === 'arp' || word === 'ip6') return () => false;
    if (Object.hasOwn(PROTOCOLS, word)) {
      const protocol = PROTOCOLS[word]!;
      const is: PacketFilter = (seen) =>
        (seen.outer?.kind === 'vxlan' && protocol === UDP) || (seen.outer === undefined && seen.protocol === protocol);
      if (!/^(src|dst|port|portrange)$/.test(words[at] ?? '')) return is;
      const rest = one();
      return (seen) => is(seen) && rest(seen);
    }
    let side: Side;
    let kind = word;
    if (word === 'src' || word === 'dst') {
      side = word;
      kind = /^(host|port|portrange|net)$/.test(words[at] ?? '') ? words[at++]! : 'host';
    }
    const value = words[at++];
    if (value === undefined) throw syntax();
    if (kind === 'host') return addresses(side, hostOf(value));
    if (kind === 'net') return addresses(side, netOf(value));
    if (kind === 'port') return ports(side, portOf(value), portOf(value));
    if (kind === 'portrange') {
      const [low = '', high = ''] = value.split('-');
      return ports(side, portOf(low), portOf(high));
    }
    throw syntax();
  };
  if (words.length === 0) return () => true;
  const filter = either();
  if (at < words.length) throw syntax();
  return filter;
}

function hostOf(text: string): (address: IPv4) => boolean {
  const wanted = parseIPv4(text);
  if (wanted === undefined) throw new FilterError(`unknown host '${text}'`);
  return (address) => address === wanted;
}

function netOf(text: string): (address: IPv4) => boolean {
  const network: Prefix | undefined = parsePrefix(text);
  if (network === undefined) throw new FilterError(`'${text}' is not a network: write it as 10.244.0.0/16`);
  return (address) => contains(network, address);
}

function portOf(text: string): number {
  if (Object.hasOwn(PORTS, text)) return PORTS[text]!;
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new FilterError(`unknown port '${text}'`);
  return Number(text);
}

/** What a filter looks at is the outer packet, where there is one. */
function addresses(side: Side, is: (address: IPv4) => boolean): PacketFilter {
  return (seen) => {
    const { source, destination } = seen.outer ?? seen;
    return (side !== 'dst' && is(source)) || (side !== 'src' && is(destination));
  };
}

function ports(side: Side, low: number, high: number): PacketFilter {
  const within = (port: number) => port >= low && port <= high;
  return ({ outer, protocol, sourcePort, destinationPort }) => {
    if (outer !== undefined) return outer.kind === 'vxlan' && side !== 'src' && within(VXLAN_PORT);
    if (protocol === ICMP) return false;
    return (side !== 'dst' && within(sourcePort)) || (side !== 'src' && within(destinationPort));
  };
}
