import type { Micros } from '../engine/index.ts';
import type { Machine } from './fabric.ts';
import type { Flow, FlowTable } from './flow-table.ts';
import type { NetworkNamespace } from './namespace.ts';
import { meet } from './netfilter/netfilter.ts';
import type { Count } from './netfilter/rule.ts';
import type { ProtocolNumber } from './packet.ts';
import type { PortSpan } from './port-span.ts';

/**
 * What the way of a packet depended on, and what it left behind. As long as nothing of the former changes, the same packet goes the same
 * way, and need not be taken through it again: only what it leaves behind is left once more.
 */
export class Passage {
  private readonly protocol: ProtocolNumber;
  /** What rules and chains count of packets that they meet. */
  private counts: Count[] = [];
  /** The one connection tracking table on the way, and what is remembered there. */
  private tracking: FlowTable | undefined;
  private flow: Readonly<Flow> | undefined;
  /** The one machine that it stays on, and the value that its revision had. */
  private machine: Machine | undefined;
  private revision = 0;
  private spoilt = false;

  constructor(protocol: ProtocolNumber) {
    this.protocol = protocol;
  }

  /** A rule or chain has counted the packet. */
  counted(count: Count): void {
    this.counts.push(count);
  }

  /** The way depends on something that need not be the same next time: chance, the time, a cable. */
  spoil(): void {
    this.spoilt = true;
  }

  /** The packet has come to a namespace, by whose addresses, routes, rules and sockets it goes. */
  through({ machine, virtualServers }: NetworkNamespace): void {
    // IPVS takes turns.
    if (virtualServers !== undefined || (this.machine ?? machine) !== machine) this.spoil();
    this.machine = machine;
    this.revision = machine.revision.value;
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
    const { counts, machine } = this;
    if (machine === undefined) return;
    const { wayCounts } = machine;
    if (wayCounts.length === counts.length && wayCounts.every((count, index) => count === counts[index]))
      this.counts = wayCounts;
    else machine.wayCounts = counts;
  }

  /** Whether the same packet would go the same way now. */
  holds(): boolean {
    return !this.spoilt && this.machine?.revision.value === this.revision;
  }

  /** Leaves behind what a packet leaves that goes this way from another port and is delivered. */
  again(sourcePort: number, now: Micros): void {
    if (this.flow !== undefined) this.tracking!.again(this.flow, sourcePort, now);
    for (const count of this.counts) meet(count, this.protocol);
  }

  /** Whether packets on this way and on another leave their traces in the same places. */
  isBeside({ protocol, machine, tracking, counts }: Passage): boolean {
    return (
      this.protocol === protocol && this.machine === machine && this.tracking === tracking && this.counts === counts
    );
  }

  /** Makes many ways that are beside one another and hold one: at once, a packet goes each of them once more. */
  static together(passages: readonly Passage[]): (ports: PortSpan, now: Micros) => void {
    const { protocol, counts, tracking } = passages[0]!;
    const flows = passages.flatMap(({ flow }) => flow ?? []);
    return (ports, now) => {
      tracking?.manyAgain(flows, ports, now);
      for (const count of counts) meet(count, protocol, passages.length);
    };
  }
}
