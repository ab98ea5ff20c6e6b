import { type Micros, SECOND } from '../engine/index.ts';
import type { IPv4 } from './ipv4.ts';
import type { Outcome } from './journey.ts';
import { type ProtocolNumber, TCP } from './packet.ts';
import { type PortSpan, portAt } from './port-span.ts';

/** A flow as connection tracking remembers it: what its first packet was, and what the answers to it are. */
export interface Flow {
  since: Micros;
  protocol: ProtocolNumber;
  source: IPv4;
  /** The rules rewrite neither this port nor, in answers, the one that they go to. */
  sourcePort: number;
  destination: IPv4;
  destinationPort: number;
  /** Who answers, after what the rules have rewritten, and to whom. */
  replySource: IPv4;
  replySourcePort: number;
  replyDestination: IPv4;
  /** What became of the first packet further on; `refused`: nobody listened. */
  outcome: Outcome | 'refused' | 'under way';
  /** Of the same packet, in the namespace before; only while it travels. */
  before: Flow | undefined;
}

/** Flows that came at one moment, like others but for their ports. */
interface Wave {
  readonly like: readonly Readonly<Flow>[];
  readonly ports: PortSpan;
  readonly time: Micros;
}

/** A kernel keeps 262,144. */
const MOST = 256;

/** How long a flow is remembered after its last packet (net.netfilter.nf_conntrack_*_timeout), microseconds. */
export function lifetimeOf({ protocol, outcome }: Flow): Micros {
  if (protocol !== TCP) return 30 * SECOND;
  return (outcome === 'refused' || outcome === 'rejected' ? 10 : 120) * SECOND;
}

/** The connection tracking table of one namespace: the last 256 flows, in a ring that grows only while its oldest is remembered. */
export class FlowTable {
  private readonly ring: Flow[] = [];
  private next = 0;
  /** Waves that are to be written down when somebody looks, and how many flows they are. */
  private readonly waves: Wave[] = [];
  private owed = 0;

  get flows(): readonly Flow[] {
    this.catchUp();
    return this.ring;
  }

  /** The flow to write the newest into: one that is forgotten, or a new one. */
  take(now: Micros): Flow {
    if (this.owed > 0) this.catchUp();
    const oldest = this.ring[this.next];
    if (oldest !== undefined && (this.ring.length >= MOST || now - oldest.since > lifetimeOf(oldest))) {
      this.next = (this.next + 1) % this.ring.length;
      return oldest;
    }
    const flow: Flow = {
      since: now,
      protocol: TCP,
      source: 0,
      sourcePort: 0,
      destination: 0,
      destinationPort: 0,
      replySource: 0,
      replySourcePort: 0,
      replyDestination: 0,
      outcome: 'under way',
      before: undefined,
    };
    this.ring.push(flow);
    return flow;
  }

  /** Remembers one more flow that is delivered like another, from another port. */
  again(like: Readonly<Flow>, sourcePort: number, now: Micros): void {
    const flow = this.take(now);
    flow.since = now;
    flow.protocol = like.protocol;
    flow.source = like.source;
    flow.sourcePort = sourcePort;
    flow.destination = like.destination;
    flow.destinationPort = like.destinationPort;
    flow.replySource = like.replySource;
    flow.replySourcePort = like.replySourcePort;
    flow.replyDestination = like.replyDestination;
    flow.outcome = 'delivered';
  }

  /** As `again` for each of many that are delivered at one moment. */
  manyAgain(like: readonly Readonly<Flow>[], ports: PortSpan, time: Micros): void {
    this.waves.push({ like, ports, time });
    this.owed += like.length;
    // What later waves write over needs no writing.
    for (let first = this.waves[0]!; this.owed - first.like.length >= MOST; first = this.waves[0]!) {
      this.waves.shift();
      this.owed -= first.like.length;
    }
  }

  private catchUp(): void {
    this.owed = 0;
    for (const { like, ports, time } of this.waves.splice(0))
      for (const [index, flow] of like.entries()) this.again(flow, portAt(ports, index), time);
  }
}
