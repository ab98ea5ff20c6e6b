import { labelOf, type NodeInfo } from './node-info.ts';
import type { PodInfo } from './pod-info.ts';

export interface TopologyCount {
  /** Label whose values are the domains, or `undefined` to count for each node by itself. */
  readonly topologyKey: string | undefined;
  /** Which pods count. Must depend on nothing but the pod. */
  countsPod(pod: PodInfo): boolean;
  /** On which nodes they count; a domain exists when one of its nodes does. Must depend on the Node object only. */
  countsNode?(node: NodeInfo): boolean;
}

/**
 * How many pods of some sort there are in each domain of a topology.
 *
 * Upstream counts anew for each pod, looking at every pod of every node; here the count is kept and follows what
 * happens, so that scheduling a pod costs the same in a large cluster as in a small one.
 */
export class TopologyCounter {
  private readonly count: TopologyCount;
  private readonly values = new Map<string, number>();
  private minimum: number | undefined;
  private current = false;

  constructor(count: TopologyCount) {
    this.count = count;
  }

  get topologyKey(): string | undefined {
    return this.count.topologyKey;
  }

  /** Pods in each domain; domains without any have 0 if they have eligible nodes. */
  get domains(): ReadonlyMap<string, number> {
    return this.values;
  }

  get(domain: string): number {
    return this.values.get(domain) ?? 0;
  }

  /** Whether no pod counts anywhere. */
  get empty(): boolean {
    for (const value of this.values.values()) if (value > 0) return false;
    return true;
  }

  /** The fewest pods that a domain has; infinite when there is no domain. */
  min(): number {
    if (this.minimum === undefined) {
      this.minimum = Number.POSITIVE_INFINITY;
      for (const value of this.values.values()) if (value < this.minimum) this.minimum = value;
    }
    return this.minimum;
  }

  /** The domain that a node belongs to, if it counts. */
  domainOf(node: NodeInfo): string | undefined {
    const { topologyKey } = this.count;
    const domain = topologyKey === undefined ? node.name : labelOf(node.labels, topologyKey);
    if (domain === undefined || this.count.countsNode?.(node) === false) return undefined;
    return domain;
  }

  countsPod(pod: PodInfo): boolean {
    return this.count.countsPod(pod);
  }

  /** Nodes have come, gone or changed their labels or taints: count anew when next asked. */
  invalidate(): void {
    this.current = false;
  }

  /** Brings the count up to date. */
  refresh(nodes: Iterable<NodeInfo>): void {
    if (this.current) return;
    this.values.clear();
    this.minimum = undefined;
    this.current = true;
    for (const node of nodes) {
      const domain = this.domainOf(node);
      if (domain === undefined) continue;
      let found = this.get(domain);
      for (const pod of node.pods) if (this.count.countsPod(pod)) found++;
      this.values.set(domain, found);
    }
  }

  /** A pod came to a node (1) or left it (-1). */
  podChanged(pod: PodInfo, node: NodeInfo, change: 1 | -1): void {
    if (!this.current || !this.count.countsPod(pod)) return;
    const domain = this.domainOf(node);
    if (domain === undefined) return;
    this.values.set(domain, this.get(domain) + change);
    this.minimum = undefined;
  }
}

/** A counter as a dry run sees it: with some pods pretended to be there, or to be gone. */
export class PretendedCount {
  readonly counter: TopologyCounter;
  private readonly changes: Map<string, number>;

  constructor(counter: TopologyCounter, changes: ReadonlyMap<string, number> = new Map()) {
    this.counter = counter;
    this.changes = new Map(changes);
  }

  clone(): PretendedCount {
    return new PretendedCount(this.counter, this.changes);
  }

  podChanged(pod: PodInfo, node: NodeInfo, change: 1 | -1): void {
    if (!this.counter.countsPod(pod)) return;
    const domain = this.counter.domainOf(node);
    if (domain !== undefined) this.changes.set(domain, (this.changes.get(domain) ?? 0) + change);
  }

  get(domain: string): number {
    const count = this.counter.get(domain);
    return this.changes.size === 0 ? count : count + (this.changes.get(domain) ?? 0);
  }

  min(): number {
    if (this.changes.size === 0) return this.counter.min();
    let minimum = Number.POSITIVE_INFINITY;
    for (const domain of this.counter.domains.keys()) minimum = Math.min(minimum, this.get(domain));
    return minimum;
  }

  get empty(): boolean {
    if (this.changes.size === 0) return this.counter.empty;
    for (const domain of this.counter.domains.keys()) if (this.get(domain) > 0) return false;
    return true;
  }
}
