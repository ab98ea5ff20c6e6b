import type { NodeStatuses } from './framework.ts';
import { Status, unresolvable } from './status.ts';

/** Why no node was found for a pod (framework.Diagnosis and NodeToStatus). */
export class Diagnosis implements NodeStatuses {
  private readonly refusals: { readonly node: string; readonly status: Status }[] = [];
  private byNode: Map<string, Status> | undefined;
  /** Of the nodes that nobody looked at. */
  absent: Status = new Status('UnschedulableAndUnresolvable');
  /** Plugins that refused before any node was looked at, or left nodes out. */
  private readonly blamed = new Set<string>();
  preFilterMessage = '';
  postFilterMessage = '';

  /** Notes why a node was refused. Thousands may be, so that no more is done about it until somebody asks. */
  set(node: string, status: Status): void {
    this.refusals.push({ node, status });
    this.byNode = undefined;
  }

  /** How often a node was refused; one may be looked at twice when the pod was nominated to it. */
  get looked(): number {
    return this.refusals.length;
  }

  /** Number of nodes refused. */
  get size(): number {
    return this.statuses.size;
  }

  get(nodeName: string): Status {
    return this.statuses.get(nodeName) ?? this.absent;
  }

  blame(plugin: string): void {
    this.blamed.add(plugin);
  }

  /** Plugins that refused, and whose events may bring the pod back. */
  get unschedulablePlugins(): ReadonlySet<string> {
    const plugins = new Set(this.blamed);
    for (const { status } of this.refusals) if (status.rejected && status.plugin !== '') plugins.add(status.plugin);
    return plugins;
  }

  /** Those of them that wait for something outside. */
  get pendingPlugins(): ReadonlySet<string> {
    const pending = this.refusals.filter(({ status }) => status.code === 'Pending' && status.plugin !== '');
    return new Set(pending.map(({ status }) => status.plugin));
  }

  private get statuses(): Map<string, Status> {
    this.byNode ??= new Map(this.refusals.map(({ node, status }) => [node, status]));
    return this.byNode;
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
}
