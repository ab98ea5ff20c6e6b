import type { Micros } from '../engine/index.ts';
import type { Flow, FlowTable } from './flow-table.ts';
import type { NetworkNamespace } from './namespace.ts';
import { meet } from './netfilter/netfilter.ts';
import type { Count } from './netfilter/rule.ts';
import type { ProtocolNumber } from './packet.ts';
import type { Revision } from './revision.ts';

/**
 * What the way of a packet depended on, and what it left behind. As long as nothing of the former changes, the same packet goes the same
 * way, and need not be taken through it again: only what it leaves behind is left once more.
 */
export class Passage {
  private readonly protocol: ProtocolNumber;
  /** What rules and chains count of packets that they meet. */
  counts: readonly Count[] = [];
  /** The one connection tracking table on the way, and what is remembered there. */
  private tracking: FlowTable | undefined;
  private flow: Readonly<Flow> | undefined;
  /** Of the one machine that it stays on, and the value it had. */
  private revision: Revision | undefined;
  private value = 0;
  private spoilt = false;

  constructor(protocol: ProtocolNumber) {
    this.protocol = protocol;
  }

  /** A rule or chain has counted the packet. */
  counted(count: Count): void {
    (this.counts as Count[]).push(count);
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
  tracked({ flows }: NetworkNamespace, flow: Flow): void {
    // A way through two tables is a way out of a machine, or has a pod with rules of its own: too rare to remember.
    if (this.tracking !== undefined) this.spoil();
    this.tracking = flows;
    this.flow = { ...flow, before: undefined };
  }

  /** The packet was delivered: from now on the way can be gone again. What is the same for all pods of a machine is kept once. */
  arrived(): void {
    const { counts, revision } = this;
    if (revision === undefined) return;
    const common = revision.counts;
    if (common.length === counts.length && common.every((count, index) => count === counts[index]))
      this.counts = common;
    else revision.counts = counts;
  }

  /** Whether the same packet would go the same way now. */
  holds(): boolean {
    return !this.spoilt && this.revision?.value === this.value;
  }

  /** Leaves behind what a packet leaves that goes this way from another port and is delivered. */
  again(sourcePort: number, now: Micros): void {
    if (this.flow !== undefined) this.tracking!.again(this.flow, sourcePort, now);
    for (const count of this.counts) meet(count, this.protocol);
  }
}
