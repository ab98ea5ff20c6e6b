import { Domains } from './domains.ts';
import type { NodeInfo } from './node-info.ts';
import type { PodInfo } from './pod-info.ts';

export interface TopologyCount {
  /** Label whose values are the domains, or `undefined` to count for each node by itself. */
  readonly topologyKey: string | undefined;
  /** A label without which no pod counts (`labelName`): only pods that have it are looked at. */
  readonly label?: string;
  /** Which pods count. Must depend on nothing but the pod. */
  countsPod(pod: PodInfo): boolean;
  /** On which nodes they count; a domain is eligible when one of its nodes is. Must depend on the Node object only. */
  countsNode?(node: NodeInfo): boolean;
}

/**
 * How many pods of some sort there are in each domain of a topology. Domains are numbers, see `Domains`.
 *
 * Upstream counts anew for each pod, looking at every pod of every node; here the count is kept and follows what
 * happens, so that scheduling a pod costs the same in a large cluster as in a small one.
 */
export class TopologyCounter {
  private readonly count: TopologyCount;
  private domains = new Domains(undefined, []);
  private counts = new Float64Array(0);
  private eligibleDomains = new Uint8Array(0);
  private eligibleNodes = new Uint8Array(0);
  private numEligible = 0;
  private minimum: number | undefined;
  private total = 0;
  private current = false;

  constructor(count: TopologyCount) {
    this.count = count;
  }

  get label(): string | undefined {
    return this.count.label;
  }

  /** Number of eligible domains. */
  get size(): number {
    return this.numEligible;
  }

  /** Whether no pod counts anywhere. */
  get empty(): boolean {
    return this.total === 0;
  }

  /** The domain that a node belongs to; -1 when it lacks the label. */
  domainOf(node: NodeInfo): number {
    return this.domains.of(node);
  }

  get(domain: number): number {
    return this.counts[domain] ?? 0;
  }

  /** The fewest pods that an eligible domain has (infinite when there is none), with some changes pretended. */
  min(changes?: ReadonlyMap<number, number>): number {
    if (changes === undefined && this.minimum !== undefined) return this.minimum;
    let minimum = Number.POSITIVE_INFINITY;
    for (let domain = 0; domain < this.counts.length; domain++) {
      if (this.eligibleDomains[domain] === 0) continue;
      const count = this.counts[domain]! + (changes?.get(domain) ?? 0);
      if (count < minimum) minimum = count;
    }
    if (changes === undefined) this.minimum = minimum;
    return minimum;
  }

  /** Whether the pod counts on that node. */
  counted(pod: PodInfo, node: NodeInfo): boolean {
    return this.eligibleNodes[node.index] === 1 && this.count.countsPod(pod);
  }

  /** Nodes have come, gone or changed their labels or taints: count anew when next asked. */
  invalidate(): void {
    this.current = false;
  }

  /** Brings the count up to date. `none`: it is known that no pod counts. */
  refresh(nodes: readonly NodeInfo[], domainsOf: (topologyKey: string | undefined) => Domains, none: boolean): void {
    if (this.current) return;
    this.domains = domainsOf(this.count.topologyKey);
    this.counts = new Float64Array(this.domains.size);
    this.eligibleDomains = new Uint8Array(this.domains.size);
    this.eligibleNodes = new Uint8Array(nodes.length);
    this.numEligible = 0;
    this.total = 0;
    this.minimum = undefined;
    this.current = true;
    for (const node of nodes) {
      const domain = this.domains.of(node);
      if (domain < 0 || this.count.countsNode?.(node) === false) continue;
      this.eligibleNodes[node.index] = 1;
      if (this.eligibleDomains[domain] === 0) this.numEligible++;
      this.eligibleDomains[domain] = 1;
      if (!none) for (const pod of node.pods) if (this.count.countsPod(pod)) this.add(domain, 1);
    }
  }

  /** A pod came to a node (1) or left it (-1). */
  podChanged(pod: PodInfo, node: NodeInfo, change: 1 | -1): void {
    if (this.current && this.counted(pod, node)) this.add(this.domains.of(node), change);
  }

  private add(domain: number, change: number): void {
    this.counts[domain] = this.counts[domain]! + change;
    this.total += change;
    this.minimum = undefined;
  }
}

/** A counter as a dry run sees it: with some pods pretended to be there, or to be gone. */
export class PretendedCount {
  readonly counter: TopologyCounter;
  private readonly changes: Map<number, number> | undefined;
  private total = 0;

  constructor(counter: TopologyCounter, changes?: ReadonlyMap<number, number>) {
    this.counter = counter;
    this.changes = changes === undefined ? undefined : new Map(changes);
  }

  /** A copy that may be changed. */
  clone(): PretendedCount {
    const copy = new PretendedCount(this.counter, this.changes ?? new Map());
    copy.total = this.total;
    return copy;
  }

  /** Pretends. Only on a clone. */
  podChanged(pod: PodInfo, node: NodeInfo, change: 1 | -1): void {
    if (this.changes === undefined || !this.counter.counted(pod, node)) return;
    const domain = this.counter.domainOf(node);
    this.changes.set(domain, (this.changes.get(domain) ?? 0) + change);
    this.total += change;
  }

  domainOf(node: NodeInfo): number {
    return this.counter.domainOf(node);
  }

  get(domain: number): number {
    const count = this.counter.get(domain);
    return this.changes === undefined ? count : count + (this.changes.get(domain) ?? 0);
  }

  min(): number {
    return this.counter.min(this.changes);
  }

  get empty(): boolean {
    return this.changes === undefined || this.total === 0 ? this.counter.empty : false;
  }
}
