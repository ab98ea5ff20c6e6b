import type { Flow } from './flow-table.ts';
import type { NetworkNamespace } from './namespace.ts';
import { meet } from './netfilter/netfilter.ts';
import type { Count } from './netfilter/rule.ts';
import type { ProtocolNumber } from './packet.ts';
import type { Revision } from './revision.ts';

interface Tracked {
  readonly namespace: NetworkNamespace;
  readonly flow: Readonly<Flow>;
}

/**
 * What the way of a packet depended on, and what it left behind. As long as nothing of the former changes, the same packet goes the same
 * way, and need not be taken through it again: only what it leaves behind is left once more.
 */
export class Passage {
  private readonly protocol: ProtocolNumber;
  /** What rules and chains count of packets that they meet. */
  readonly counts: Count[] = [];
  private readonly flows: Tracked[] = [];
  /** Of the one machine that it stays on, and the value it had. */
  private revision: Revision | undefined;
  private value = 0;
  private spoilt = false;

  constructor(protocol: ProtocolNumber) {
    this.protocol = protocol;
  }

  /** The way depends on something that need not be the same next time: chance, the time, a cable. */
  spoil(): void {
    this.spoilt = true;
  }

  /** The packet has come to a namespace, by whose addresses, routes, rules and sockets it goes. */
  through({ machine, virtualServers }: NetworkNamespace): void {
    // IPVS takes turns.
    if (virtualServers !== undefined || (this.revision ?? machine.revision) !== machine.revision) this.spoil();
    this.revision = machine.revision;
    this.value = machine.revision.value;
  }

  /** Connection tracking remembers the flow. */
  tracked(namespace: NetworkNamespace, flow: Flow): void {
    this.flows.push({ namespace, flow: { ...flow, before: undefined, outcome: 'delivered' } });
  }

  /** Whether the same packet would go the same way now. */
  holds(): boolean {
    return !this.spoilt && this.revision?.value === this.value;
  }

  /** Leaves behind what a packet leaves that goes this way from another port and is delivered. */
  again(sourcePort: number): void {
    for (const { namespace, flow } of this.flows) namespace.flows.again(flow, sourcePort, namespace.now);
    for (const count of this.counts) meet(count, this.protocol);
  }
}
