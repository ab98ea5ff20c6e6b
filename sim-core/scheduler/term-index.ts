import type { AffinityTerm } from './affinity-terms.ts';
import { labelOf, type NodeInfo } from './node-info.ts';
import type { PodInfo } from './pod-info.ts';

/** What sort of term it is, of a pod that is already on a node. */
export type TermKind = 'requiredAffinity' | 'requiredAntiAffinity' | 'preferredAffinity' | 'preferredAntiAffinity';

const kinds: readonly TermKind[] = [
  'requiredAffinity',
  'requiredAntiAffinity',
  'preferredAffinity',
  'preferredAntiAffinity',
];

/** Pods on nodes that have one and the same term, by their domain. */
export interface TermGroup {
  readonly kind: TermKind;
  readonly term: AffinityTerm;
  /** Number of such pods in each domain of the term's topology. */
  readonly domains: Map<string, number>;
}

/**
 * The affinity terms of the pods on nodes. Pods of one template have equal terms, so there are few groups however many pods
 * there are; a pod to be scheduled is compared with each group once.
 */
export class TermIndex {
  private readonly groups = new Map<string, TermGroup>();
  private current = false;

  invalidate(): void {
    this.current = false;
  }

  /** All groups, brought up to date. */
  all(nodes: Iterable<NodeInfo>): Iterable<TermGroup> {
    if (!this.current) {
      this.groups.clear();
      this.current = true;
      for (const node of nodes) {
        if (node.podsWithAffinity > 0) for (const pod of node.pods) this.podChanged(pod, node, 1);
      }
    }
    return this.groups.values();
  }

  podChanged(pod: PodInfo, node: NodeInfo, change: 1 | -1): void {
    if (!this.current || !pod.hasAffinity) return;
    for (const kind of kinds) {
      for (const term of pod.terms[kind]) {
        const domain = labelOf(node.labels, term.topologyKey);
        if (domain !== undefined) this.countIn(kind, term, domain, change);
      }
    }
  }

  private countIn(kind: TermKind, term: AffinityTerm, domain: string, change: 1 | -1): void {
    const key = `${kind}/${term.key}`;
    let group = this.groups.get(key);
    if (group === undefined) {
      group = { kind, term, domains: new Map() };
      this.groups.set(key, group);
    }
    const count = (group.domains.get(domain) ?? 0) + change;
    if (count !== 0) group.domains.set(domain, count);
    else {
      group.domains.delete(domain);
      if (group.domains.size === 0) this.groups.delete(key);
    }
  }
}
