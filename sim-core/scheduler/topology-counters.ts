import type { Domains } from './domains.ts';
import type { NodeInfo } from './node-info.ts';
import type { PodInfo } from './pod-info.ts';
import { type TopologyCount, TopologyCounter } from './topology-counter.ts';

/** Counters kept that every pod that comes or goes is held against, and those that only pods with a label are; the one unused for longest goes first. */
const PLAIN = 64;
const LABELLED = 1024;

/** The counters of pods by topology that the scheduler's plugins have asked for, kept current from then on. */
export class TopologyCounters {
  private readonly plain = new Map<string, TopologyCounter>();
  private readonly labelled = new Map<string, TopologyCounter>();
  private readonly byLabel = new Map<string, Set<TopologyCounter>>();

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
      if (label !== undefined) this.index(label, counter);
      if (kept.size > (label === undefined ? PLAIN : LABELLED)) this.forgetOldest(kept);
    }
    counter.refresh(nodes, domainsOf);
    return counter;
  }

  /** A pod came to a node (1) or left it (-1). */
  podChanged(pod: PodInfo, node: NodeInfo, change: 1 | -1): void {
    for (const counter of this.plain.values()) counter.podChanged(pod, node, change);
    if (this.byLabel.size === 0) return;
    const labels = pod.pod.metadata.labels ?? {};
    for (const key of Object.keys(labels)) {
      const counters = this.byLabel.get(labelName(pod.namespace, key, labels[key]!));
      if (counters !== undefined) for (const counter of counters) counter.podChanged(pod, node, change);
    }
  }

  /** Nodes have come, gone or changed their labels or taints: everything is counted anew when next asked. */
  invalidate(): void {
    for (const counter of this.plain.values()) counter.invalidate();
    for (const counter of this.labelled.values()) counter.invalidate();
  }

  private index(label: string, counter: TopologyCounter): void {
    let counters = this.byLabel.get(label);
    if (counters === undefined) {
      counters = new Set();
      this.byLabel.set(label, counters);
    }
    counters.add(counter);
  }

  private forgetOldest(kept: Map<string, TopologyCounter>): void {
    const [name, counter] = kept.entries().next().value!;
    kept.delete(name);
    if (counter.label === undefined) return;
    const counters = this.byLabel.get(counter.label)!;
    counters.delete(counter);
    if (counters.size === 0) this.byLabel.delete(counter.label);
  }
}

/** How a counter names the label without which a pod cannot count. */
export function labelName(namespace: string, key: string, value: string): string {
  return `${namespace}/${key}=${value}`;
}
