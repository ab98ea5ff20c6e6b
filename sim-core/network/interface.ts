import type { IPv4 } from './ipv4.ts';
import type { NetworkNamespace } from './namespace.ts';

export type InterfaceKind = 'ethernet' | 'veth' | 'bridge' | 'vxlan' | 'ipip' | 'dummy';

/** An address on an interface, with the length of its network's prefix. */
export interface InterfaceAddress {
  readonly address: IPv4;
  readonly bits: number;
}

/** A network interface inside one namespace. The loopback interface is not listed: every namespace has one. */
export class NetworkInterface {
  readonly name: string;
  readonly kind: InterfaceKind;
  readonly namespace: NetworkNamespace;
  /** Number, as `ip link` counts them. */
  readonly index: number;
  readonly mtu: number;
  addresses: readonly InterfaceAddress[] = [];
  private raised = true;
  /** The other end of a veth pair. */
  peer: NetworkInterface | undefined;
  /** The bridge that it is a port of. */
  master: NetworkInterface | undefined;
  /** A bridge's ports by the address that lives behind each. */
  ports: Map<IPv4, NetworkInterface> | undefined;
  /** A tunnel's far ends: by the next hop's address, the address of the machine that it is on. */
  remotes: Map<IPv4, IPv4> | undefined;
  /** VXLAN network identifier. */
  vni = 0;

  constructor(namespace: NetworkNamespace, name: string, kind: InterfaceKind, mtu = 1500) {
    this.namespace = namespace;
    this.name = name;
    this.kind = kind;
    this.mtu = mtu;
    this.index = namespace.nextInterfaceIndex();
  }

  get up(): boolean {
    return this.raised;
  }

  set up(up: boolean) {
    this.raised = up;
    this.namespace.machine.revision.changed();
  }
}
