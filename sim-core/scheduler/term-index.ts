import type { AffinityTerm } from './affinity-terms.ts';
import type { Domains } from './domains.ts';
import type { NodeInfo } from './node-info.ts';
import type { PodInfo } from './pod-info.ts';

/** What sort of term it is, of a pod that is already on a node. */
export type TermKind = 'requiredAffinity' | 'requiredAntiAffinity' | 'preferredAffinity' | 'preferredAntiAffinity';

const kinds: readonly TermKind[] = [
  'requiredAffinity',
  'requiredAntiAffinity',
  'preferredAffinity',
  'preferredAntiAffinity',
];

/** Pods on nodes that have one and the same term, counted by domain. */
export interface TermGroup {
  readonly kind: TermKind;
  readonly term: AffinityTerm;
  readonly domains: Domains;
  /** Number of such pods in each domain. */
  readonly counts: Float64Array;
  total: number;
}

/** Where the index finds nodes and domains. */
export interface Topology {
  readonly nodes: readonly NodeInfo[];
  domains(topologyKey: string | undefined): Domains;
}

/**
 * The affinity terms of the pods on nodes. Pods of one template have equal terms, so there are few groups however many pods
 * there are; a pod to be scheduled is compared with each group once.
 */
export class TermIndex {
  private readonly topology: Topology;
  private readonly groups = new Map<string, TermGroup>();
  private current = false;

  constructor(topology: Topology) {
    this.topology = topology;
  }

  invalidate(): void {
    this.current = false;
  }

  /** All groups, brought up to date. */
  all(): Iterable<TermGroup> {
    if (!this.current) {
      this.groups.clear();
      this.current = true;
      for (const node of this.topology.nodes) {
        if (node.podsWithAffinity > 0) for (const pod of node.pods) this.podChanged(pod, node, 1);
      }
    }
    return this.groups.values();
  }

  podChanged(pod: PodInfo, node: NodeInfo, change: 1 | -1): void {
    if (!this.current || !pod.hasAffinity) return;
    for (const kind of kinds) for (const term of pod.terms[kind]) this.count(kind, term, node, change);
  }

  private count(kind: TermKind, term: AffinityTerm, node: NodeInfo, change: 1 | -1): void {
    const key = `${kind}/${term.key}`;
    let group = this.groups.get(key);
    if (group === undefined) {
      const domains = this.topology.domains(term.topologyKey);
      group = { kind, term, domains, counts: new Float64Array(domains.size), total: 0 };
      this.groups.set(key, group);
    }
    const domain = group.domains.of(node);
    if (domain < 0) return;
    group.counts[domain] = group.counts[domain]! + change;
    group.total += change;
    if (group.total === 0) this.groups.delete(key);
  }
}
