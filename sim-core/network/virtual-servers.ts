import { type IPv4, isLoopback } from './ipv4.ts';
import type { Packet, ProtocolNumber } from './packet.ts';

/** A back end of a virtual server. */
export interface RealServer {
  readonly address: IPv4;
  readonly port: number;
  weight: number;
  /** Connections sent to it so far. */
  connections: number;
}

export interface VirtualServer {
  readonly protocol: ProtocolNumber;
  readonly address: IPv4;
  readonly port: number;
  readonly scheduler: 'rr' | 'lc' | 'sh';
  /** Seconds for which a client stays with its server (`ipvsadm -p`); 0: not at all. */
  readonly persistent: number;
  readonly servers: RealServer[];
  next: number;
  readonly clients: Map<IPv4, { server: RealServer; until: number }>;
}

/** The kernel's IP virtual servers of one namespace: what `ipvsadm -Ln` lists. */
export class VirtualServers {
  private readonly list = new Map<string, VirtualServer>();
  private readonly addresses = new Map<IPv4, number>();

  get servers(): Iterable<VirtualServer> {
    return this.list.values();
  }

  get size(): number {
    return this.list.size;
  }

  /** Whether an address is bound to kube-ipvs0 for some virtual server. */
  has(address: IPv4): boolean {
    return this.addresses.has(address);
  }

  static key(protocol: number, address: IPv4, port: number): string {
    return `${protocol}/${address}/${port}`;
  }

  get(protocol: number, address: IPv4, port: number): VirtualServer | undefined {
    return this.list.get(VirtualServers.key(protocol, address, port));
  }

  /** Adds or replaces a virtual server. `bind` puts its address on kube-ipvs0, as all but node ports have it. */
  set(server: VirtualServer, bind: boolean): void {
    const key = VirtualServers.key(server.protocol, server.address, server.port);
    if (!this.list.has(key) && bind) this.addresses.set(server.address, (this.addresses.get(server.address) ?? 0) + 1);
    this.list.set(key, server);
  }

  delete(server: VirtualServer): void {
    if (!this.list.delete(VirtualServers.key(server.protocol, server.address, server.port))) return;
    const users = (this.addresses.get(server.address) ?? 1) - 1;
    if (users <= 0) this.addresses.delete(server.address);
    else this.addresses.set(server.address, users);
  }

  /** Chooses the server of a packet and turns it there. `undefined`: no virtual server; `none`: it has no back end. */
  schedule(packet: Packet, now: number): RealServer | 'none' | undefined {
    if (isLoopback(packet.destination)) return undefined;
    const server = this.get(packet.protocol, packet.destination, packet.destinationPort);
    if (server === undefined) return undefined;
    const chosen = choose(server, packet.source, now);
    if (chosen === undefined) return 'none';
    chosen.connections++;
    packet.destination = chosen.address;
    packet.destinationPort = chosen.port;
    packet.translated = true;
    return chosen;
  }
}

function choose(server: VirtualServer, client: IPv4, now: number): RealServer | undefined {
  const usable = server.servers.filter(({ weight }) => weight > 0);
  if (usable.length === 0) return undefined;
  if (server.persistent > 0) {
    const known = server.clients.get(client);
    if (known !== undefined && known.until > now && usable.includes(known.server)) {
      known.until = now + server.persistent * 1_000_000;
      return known.server;
    }
  }
  let chosen: RealServer;
  if (server.scheduler === 'sh') chosen = usable[(Math.imul(client, 2654435761) >>> 0) % usable.length]!;
  else if (server.scheduler === 'lc') chosen = usable.reduce((a, b) => (b.connections < a.connections ? b : a));
  else chosen = usable[server.next++ % usable.length]!;
  if (server.persistent > 0) server.clients.set(client, { server: chosen, until: now + server.persistent * 1_000_000 });
  return chosen;
}
