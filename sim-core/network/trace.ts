/** What decided a step of a packet's journey. */
export type Decision =
  /** A route of the routing table: `10.244.2.0/24 via 10.0.0.12 dev eth0`. */
  | { readonly by: 'route'; readonly route: string }
  /** A rule of a netfilter chain, as `iptables-save` prints it. */
  | { readonly by: 'rule'; readonly table: string; readonly chain: string; readonly rule: string }
  /** A bridge handed it to the port behind which the address lives. */
  | { readonly by: 'bridge'; readonly port: string }
  /** The other end of a veth pair. */
  | { readonly by: 'veth'; readonly peer: string }
  /** Wrapped into an outer packet between two machines. */
  | { readonly by: 'tunnel'; readonly type: 'vxlan' | 'ipip'; readonly outer: string }
  /** The cable between two machines. */
  | { readonly by: 'link'; readonly to: string }
  /** A load balancer outside of the cluster chose a node. */
  | { readonly by: 'load-balancer'; readonly node: string }
  /** A socket took it. */
  | { readonly by: 'socket'; readonly listener: string }
  /** A virtual server of IPVS. */
  | { readonly by: 'ipvs'; readonly server: string }
  /** It ended here. */
  | { readonly by: 'drop'; readonly why: string };

/** One step of a packet's journey. */
export interface Hop {
  /** Network namespace: a node's name, or `namespace/pod`. */
  readonly where: string;
  /** Interface it came in on or leaves by; empty within the machine. */
  readonly interface: string;
  readonly decision: Decision;
  /** `address:port` after this step. */
  readonly from: string;
  readonly to: string;
}

export interface PacketTrace {
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  /** As the sender made it. */
  readonly from: string;
  readonly to: string;
  /** What is asked, in short: `GET /`, `A web.default.svc.cluster.local.` */
  readonly about: string;
  readonly hops: readonly Hop[];
  /** `delivered`, or how it ended on the way. */
  readonly outcome: 'delivered' | 'rejected' | 'dropped' | 'unreachable';
}

declare module '../engine/trace.ts' {
  interface TraceEventMap {
    /** The journey of the first packet of a connection or exchange. */
    packet: PacketTrace;
    /** The network itself changed: an address given or taken, a link cut, rules written. */
    network: { readonly where: string; readonly what: string };
  }
}
