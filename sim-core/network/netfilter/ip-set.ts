import type { IPv4 } from '../ipv4.ts';
import { contains, formatIPv4, formatPrefix, type Prefix } from '../ipv4.ts';
import { type Packet, PROTOCOL_NAMES } from '../packet.ts';

/** A set of addresses (`hash:ip`), networks (`hash:net`) or addresses with ports (`hash:ip,port`) that rules match against. */
export class IpSet {
  readonly name: string;
  readonly type: 'hash:ip' | 'hash:net' | 'hash:ip,port' | 'hash:ip,port,ip' | 'bitmap:port';
  private readonly addresses = new Set<IPv4>();
  private readonly networks = new Map<string, Prefix>();
  private readonly tuples = new Set<string>();

  constructor(name: string, type: IpSet['type']) {
    this.name = name;
    this.type = type;
  }

  addAddress(address: IPv4): void {
    this.addresses.add(address);
  }

  addNetwork(network: Prefix): void {
    if (network.bits === 32) this.addresses.add(network.network);
    else this.networks.set(formatPrefix(network), network);
  }

  /** A member as `ipset list` prints it: `10.96.0.1,tcp:443`. */
  addTuple(tuple: string): void {
    this.tuples.add(tuple);
  }

  clear(): void {
    this.addresses.clear();
    this.networks.clear();
    this.tuples.clear();
  }

  has(packet: Packet, by: 'src' | 'dst' | 'dst,dst' | 'src,dst,dst'): boolean {
    if (by === 'src' || by === 'dst') {
      const address = by === 'src' ? packet.source : packet.destination;
      if (this.addresses.has(address)) return true;
      for (const network of this.networks.values()) if (contains(network, address)) return true;
      return false;
    }
    const service = `${formatIPv4(packet.destination)},${PROTOCOL_NAMES[packet.protocol]}:${packet.destinationPort}`;
    return this.tuples.has(by === 'dst,dst' ? service : `${service},${formatIPv4(packet.source)}`);
  }

  /** Members as `ipset list` prints them. */
  members(): string[] {
    return [...[...this.addresses].map(formatIPv4), ...this.networks.keys(), ...this.tuples].sort();
  }
}
