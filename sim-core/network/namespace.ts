import { type RandomStream, SmallMap } from '../engine/index.ts';
import { NetworkError } from '../images/process.ts';
import type { Tap } from './capture.ts';
import type { Fabric, Machine } from './fabric.ts';
import { FlowTable } from './flow-table.ts';
import { type InterfaceAddress, type InterfaceKind, NetworkInterface } from './interface.ts';
import { type IPv4, isLoopback, maskOf } from './ipv4.ts';
import type { KernelSettings } from './kernel-settings.ts';
import { Netfilter, type Surroundings } from './netfilter/netfilter.ts';
import type { ProtocolNumber } from './packet.ts';
import type { PortSpan } from './port-span.ts';
import { RouteTable } from './route-table.ts';
import type { Socket } from './socket.ts';
import type { TcpConnection } from './tcp.ts';
import type { VirtualServers } from './virtual-servers.ts';

const LOOPBACK: IPv4 = 0x7f000001;

/** A network namespace: a machine's own, or a pod's. It has interfaces, routes, rules and sockets of its own. */
export class NetworkNamespace implements Surroundings {
  readonly fabric: Fabric;
  readonly machine: Machine;
  /** A node's name, or `namespace/pod`. */
  readonly name: string;
  private settings: KernelSettings;
  /** A pod has one; a node one for each of its pods. */
  readonly interfaces = new SmallMap<string, NetworkInterface>();
  readonly routes: RouteTable;
  /** Sockets that wait for peers: a handful, in a pod mostly one. */
  private sockets: Socket[] | undefined;
  private open: Set<TcpConnection> | undefined;
  private filter: Netfilter | undefined;
  private tracked: FlowTable | undefined;
  /** Who watches the packets that pass its interfaces. */
  taps: Set<Tap> | undefined;
  private balancer: VirtualServers | undefined;
  /** Addresses of its interfaces: asked for at every step of a packet, while a node has an interface for each pod. */
  private own: readonly IPv4[] | undefined;
  private ephemeral = 0;
  private interfaceCount = 1;
  private gone = false;

  constructor(machine: Machine, name: string, kernel: KernelSettings) {
    this.fabric = machine.fabric;
    this.machine = machine;
    this.name = name;
    this.settings = kernel;
    this.routes = new RouteTable(machine.revision);
  }

  get kernel(): KernelSettings {
    return this.settings;
  }

  set kernel(settings: KernelSettings) {
    this.settings = settings;
    this.machine.revision.changed();
  }

  /** IPVS, where kube-proxy uses it. */
  get virtualServers(): VirtualServers | undefined {
    return this.balancer;
  }

  set virtualServers(servers: VirtualServers | undefined) {
    this.balancer = servers;
    this.machine.revision.changed();
  }

  get now(): number {
    return this.fabric.engine.now;
  }

  get random(): RandomStream {
    return this.machine.random;
  }

  /** Whether it still exists: a pod's goes with its sandbox. */
  get alive(): boolean {
    return !this.gone;
  }

  /** Its netfilter tables, made at their first use. */
  get netfilter(): Netfilter {
    this.filter ??= new Netfilter(this.machine.revision);
    return this.filter;
  }

  /** Its netfilter tables, if anything has ever used them. */
  get rules(): Netfilter | undefined {
    return this.filter;
  }

  /** What connection tracking remembers; it works wherever there are rules. */
  get flows(): FlowTable {
    this.tracked ??= new FlowTable();
    return this.tracked;
  }

  /** Watches the packets that pass its interfaces (`tcpdump`) until the returned function is called. */
  watch(tap: Tap): () => void {
    this.taps ??= new Set();
    this.taps.add(tap);
    this.fabric.taps++;
    return () => {
      if (this.taps?.delete(tap) !== true) return;
      this.fabric.taps--;
      if (this.taps.size === 0) this.taps = undefined;
    };
  }

  nextInterfaceIndex(): number {
    return ++this.interfaceCount;
  }

  /** Adds an interface (`ip link add`). */
  addInterface(name: string, kind: InterfaceKind, mtu?: number): NetworkInterface {
    const device = new NetworkInterface(this, name, kind, mtu);
    this.interfaces.set(name, device);
    this.machine.revision.changed();
    return device;
  }

  /** Removes an interface and the routes through it; its veth peer goes too (`ip link delete`). */
  deleteInterface(name: string): void {
    const device = this.interfaces.get(name);
    if (device === undefined) return;
    this.interfaces.delete(name);
    this.readdressed();
    this.routes.deleteDevice(name);
    if (device.master?.ports !== undefined) {
      for (const [address, port] of device.master.ports) if (port === device) device.master.ports.delete(address);
    }
    const { peer } = device;
    device.peer = undefined;
    if (peer !== undefined) {
      peer.peer = undefined;
      peer.namespace.deleteInterface(peer.name);
    }
  }

  /** Gives an interface an address (`ip addr add`); the kernel adds the route to its network unless the prefix is one address. */
  addAddress(device: NetworkInterface, { address, bits }: InterfaceAddress): void {
    device.addresses = device.addresses.concat({ address, bits });
    this.readdressed();
    if (bits < 32) {
      const network = (address & maskOf(bits)) >>> 0;
      this.routes.replace({ network, bits, device: device.name, source: address, protocol: 'kernel' });
    }
  }

  removeAddress(device: NetworkInterface, address: IPv4): void {
    device.addresses = device.addresses.filter((one) => one.address !== address);
    this.readdressed();
  }

  private readdressed(): void {
    this.own = undefined;
    this.machine.revision.changed();
  }

  /** Its main address, as others see it: that of its first interface. */
  get address(): IPv4 {
    for (const device of this.interfaces.values()) if (device.addresses.length > 0) return device.addresses[0]!.address;
    return 0;
  }

  isLocal(address: IPv4): boolean {
    if (isLoopback(address)) return true;
    // Copied, as what is flattened keeps room for many.
    this.own ??= [...this.interfaces.values()].flatMap(({ addresses }) => addresses.map((one) => one.address)).slice();
    return this.own.includes(address) || this.virtualServers?.has(address) === true;
  }

  addressOf(device: string): IPv4 | undefined {
    return this.interfaces.get(device)?.addresses[0]?.address ?? (this.address === 0 ? undefined : this.address);
  }

  /** Source address of packets to `destination`; `undefined` when no route leads there. */
  sourceFor(destination: IPv4): IPv4 | undefined {
    if (isLoopback(destination)) return LOOPBACK;
    if (this.isLocal(destination)) return destination;
    const route = this.routes.lookup(destination);
    if (route === undefined) return undefined;
    return route.source ?? this.addressOf(route.device);
  }

  /** An unused port for the near end of a connection. */
  ephemeralPort(): number {
    const { localPorts, reservedPorts } = this.kernel;
    const [first, last] = localPorts;
    const count = last - first + 1;
    for (let tries = 0; tries < count; tries++) {
      const port = first + (this.ephemeral % count);
      this.ephemeral = (this.ephemeral + 1) % count;
      if (!reservedPorts.has(port)) return port;
    }
    throw new NetworkError('EADDRNOTAVAIL', 'Cannot assign requested address');
  }

  /** So many at once, as one after the other would get; `undefined`, and none are taken, where some are left out. */
  ephemeralPorts(count: number): PortSpan | undefined {
    const { localPorts, reservedPorts } = this.kernel;
    if (reservedPorts.size > 0) return undefined;
    const [first, last] = localPorts;
    const width = last - first + 1;
    const start = this.ephemeral % width;
    this.ephemeral = (this.ephemeral + count) % width;
    return { first, width, start };
  }

  /** Who hears what is sent to a port of one of its addresses. */
  socket(protocol: ProtocolNumber, port: number, to: IPv4): Socket | undefined {
    const { sockets } = this;
    if (sockets === undefined) return undefined;
    for (const socket of sockets)
      if (socket.port === port && socket.protocol === protocol)
        return socket.local && !isLoopback(to) ? undefined : socket;
    return undefined;
  }

  /** All sockets that wait for peers, by protocol and port. */
  listening(): Socket[] {
    return [...(this.sockets ?? [])].sort((a, b) => a.protocol - b.protocol || a.port - b.port);
  }

  /** Binds a socket. Answers false when another has the port. */
  bind(socket: Socket): boolean {
    if (this.socket(socket.protocol, socket.port, LOOPBACK) !== undefined) return false;
    this.sockets = (this.sockets ?? []).concat([socket]);
    this.machine.revision.changed();
    return true;
  }

  unbind(socket: Socket): void {
    this.sockets = this.sockets?.filter((other) => other !== socket);
    this.machine.revision.changed();
  }

  /** Open TCP connections with an end here. */
  get connections(): Iterable<TcpConnection> {
    return this.open ?? [];
  }

  connected(connection: TcpConnection): void {
    this.open ??= new Set();
    this.open.add(connection);
  }

  disconnected(connection: TcpConnection): void {
    this.open?.delete(connection);
  }

  /** The namespace ends with its last process: sockets close, interfaces go. */
  destroy(): void {
    if (this.gone) return;
    this.gone = true;
    this.machine.revision.changed();
    for (const socket of this.listening()) socket.close();
    for (const connection of [...this.connections]) connection.abort();
    for (const name of [...this.interfaces.keys()]) this.deleteInterface(name);
  }
}
