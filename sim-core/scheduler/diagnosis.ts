import type { NodeStatuses } from './framework.ts';
import type { NodeInfo } from './node-info.ts';
import { Status, unresolvable } from './status.ts';

/** Why no node was found for a pod (framework.Diagnosis and NodeToStatus). */
export class Diagnosis implements NodeStatuses {
  private readonly statuses = new Map<string, Status>();
  /** Of the nodes that nobody looked at. */
  absent: Status = new Status('UnschedulableAndUnresolvable');
  /** Plugins that refused, and whose events may bring the pod back. */
  readonly unschedulablePlugins = new Set<string>();
  readonly pendingPlugins = new Set<string>();
  preFilterMessage = '';
  postFilterMessage = '';

  get size(): number {
    return this.statuses.size;
  }

  set(nodeName: string, status: Status): void {
    this.statuses.set(nodeName, status);
    this.blame(status);
  }

  get(nodeName: string): Status {
    return this.statuses.get(nodeName) ?? this.absent;
  }

  entries(): Iterable<[string, Status]> {
    return this.statuses.entries();
  }

  blame(status: Status): void {
    if (status.plugin === '') return;
    if (status.rejected) this.unschedulablePlugins.add(status.plugin);
    if (status.code === 'Pending') this.pendingPlugins.add(status.plugin);
  }

  /** How many nodes were refused for each reason, sorted as they are printed. */
  reasons(numNodes: number): [reason: string, count: number][] {
    const counts = new Map<string, number>();
    const count = (status: Status, times: number) => {
      for (const reason of status.reasons) counts.set(reason, (counts.get(reason) ?? 0) + times);
    };
    for (const status of this.statuses.values()) count(status, 1);
    if (this.statuses.size < numNodes) count(this.absent, numNodes - this.statuses.size);
    const line = ([reason, times]: [string, number]) => `${times} ${reason}`;
    return [...counts].sort((a, b) => (line(a) < line(b) ? -1 : 1));
  }

  /** `0/4 nodes are available: 1 …, 3 …. preemption: …` (FitError.Error). */
  message(numNodes: number): string {
    let message = `0/${numNodes} nodes are available:`;
    if (this.preFilterMessage !== '') message += ` ${this.preFilterMessage}.`;
    else {
      const reasons = this.reasons(numNodes).map(([reason, count]) => `${count} ${reason}`);
      if (reasons.length > 0) message += ` ${reasons.join(', ')}.`;
    }
    return this.postFilterMessage === '' ? message : `${message} ${this.postFilterMessage}`;
  }

  /** PreFilter plugins left these nodes out. */
  leftOut(plugins: readonly string[]): void {
    this.absent = unresolvable(`node(s) didn't satisfy plugin(s) [${[...plugins].sort().join(' ')}]`);
  }

  /** Nodes whose status is plain Unschedulable, in the order of `nodes`. */
  unschedulableNodes(nodes: readonly NodeInfo[]): NodeInfo[] {
    return nodes.filter(({ name }) => this.get(name).code === 'Unschedulable');
  }
}
