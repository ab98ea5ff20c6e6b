import { labelNames } from '../client/label-names.ts';
import type { Domains } from './domains.ts';
import type { NodeInfo } from './node-info.ts';
import type { PodInfo } from './pod-info.ts';
import { type TopologyCount, TopologyCounter } from './topology-counter.ts';

/** Counters kept that every pod that comes or goes is held against, and those that only pods with a label are; the one unused for longest goes first. */
const PLAIN = 64;
const LABELLED = 1024;

/** What there is for a label: pods that have it, and counters for which only those count. */
interface Labelled {
  pods: number;
  /** None for most labels: those that only this pod or that has. */
  counters: Set<TopologyCounter> | undefined;
}

/** The counters of pods by topology that the scheduler's plugins have asked for, kept current from then on. */
export class TopologyCounters {
  private readonly plain = new Map<string, TopologyCounter>();
  private readonly labelled = new Map<string, TopologyCounter>();
  private readonly byLabel = new Map<string, Labelled>();

  /** The counter of that name, made at its first use. */
  get(
    name: string,
    make: () => TopologyCount,
    nodes: readonly NodeInfo[],
    domainsOf: (topologyKey: string | undefined) => Domains,
  ): TopologyCounter {
    const known = this.labelled.get(name) ?? this.plain.get(name);
    const counter = known ?? new TopologyCounter(make());
    const { label } = counter;
    const kept = label === undefined ? this.plain : this.labelled;
    if (known !== undefined) kept.delete(name);
    kept.set(name, counter);
    if (known === undefined) {
      if (label !== undefined) {
        const entry = this.entry(label);
        entry.counters ??= new Set();
        entry.counters.add(counter);
      }
      if (kept.size > (label === undefined ? PLAIN : LABELLED)) this.forgetOldest(kept);
    }
    // The first pod of a Deployment is not held against all pods of the cluster: nobody has its label.
    const none = label !== undefined && this.byLabel.get(label)?.pods === 0;
    counter.refresh(nodes, domainsOf, none);
    return counter;
  }

  /** A pod came to a node (1) or left it (-1); to no node: one that is not known. */
  podChanged(pod: PodInfo, node: NodeInfo | undefined, change: 1 | -1): void {
    if (node !== undefined) for (const counter of this.plain.values()) counter.podChanged(pod, node, change);
    for (const label of labelNames(pod.pod)) {
      const entry = this.entry(label);
      entry.pods += change;
      if (node !== undefined && entry.counters !== undefined)
        for (const counter of entry.counters) counter.podChanged(pod, node, change);
      this.dropUnused(label, entry);
    }
  }

  /** Nodes have come, gone or changed their labels or taints: everything is counted anew when next asked. */
  invalidate(): void {
    for (const counter of this.plain.values()) counter.invalidate();
    for (const counter of this.labelled.values()) counter.invalidate();
  }

  private entry(label: string): Labelled {
    let entry = this.byLabel.get(label);
    if (entry === undefined) {
      entry = { pods: 0, counters: undefined };
      this.byLabel.set(label, entry);
    }
    return entry;
  }

  private dropUnused(label: string, { pods, counters }: Labelled): void {
    if (pods === 0 && (counters?.size ?? 0) === 0) this.byLabel.delete(label);
  }

  private forgetOldest(kept: Map<string, TopologyCounter>): void {
    const [name, counter] = kept.entries().next().value!;
    kept.delete(name);
    if (counter.label === undefined) return;
    const entry = this.byLabel.get(counter.label)!;
    entry.counters!.delete(counter);
    this.dropUnused(counter.label, entry);
  }
}
