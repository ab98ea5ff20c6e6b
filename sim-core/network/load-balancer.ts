import type { Machine } from './fabric.ts';
import type { IPv4 } from './ipv4.ts';
import type { Packet } from './packet.ts';

/** A load balancer in front of the cluster: passes packets for its address on to one of the nodes behind it, unchanged. */
export interface LoadBalancer {
  readonly address: IPv4;
  /** The node that takes a packet; `undefined` when none is healthy or the port is not balanced. */
  choose(packet: Packet): Machine | undefined;
}
