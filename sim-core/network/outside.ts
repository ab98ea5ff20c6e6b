import type { Micros } from '../engine/index.ts';
import type { HttpResponse, NetworkError } from '../images/process.ts';
import type { Machine } from './fabric.ts';
import type { OutgoingRequest } from './http-exchange.ts';
import type { IPv4 } from './ipv4.ts';
import type { Packet } from './packet.ts';

/** A load balancer in front of the cluster: passes packets for its address on to one of the nodes behind it, unchanged. */
export interface LoadBalancer {
  readonly address: IPv4;
  /** The node that takes a packet; `undefined` when none is healthy or the port is not balanced. */
  choose(packet: Packet): Machine | undefined;
}

/** How programs outside of the cluster, the learner's browser among them, ask for something inside. */
export interface Outside {
  /** One HTTP exchange with an address of the cluster; `done` hears the answer or why there is none. Returns what gives it up. */
  http(
    address: string,
    port: number,
    request: OutgoingRequest,
    done: (result: HttpResponse | NetworkError) => void,
    timeout?: Micros,
  ): () => void;
}
