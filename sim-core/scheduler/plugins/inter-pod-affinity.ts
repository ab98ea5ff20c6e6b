import type { Namespace, Pod } from '../../api/objects.ts';
import type { LabelSelector } from '../../api/selector.ts';
import { namespaces } from '../../resources/namespace.ts';
import { type AffinityTerm, affinityTermsOf, termMatches, withNamespaces } from '../affinity-terms.ts';
import { StateKey } from '../cycle-state.ts';
import type { Domains } from '../domains.ts';
import { type Handle, MAX_NODE_SCORE, type Plugin } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';
import { skip, unresolvable, unschedulable } from '../status.ts';
import { PretendedCount, type TopologyCounter } from '../topology-counter.ts';

type Labels = Readonly<Record<string, string>> | undefined;

export interface InterPodAffinityArgs {
  /** What it is worth to be near a pod that requires this one (0 to 100). Default 1. */
  readonly hardPodAffinityWeight?: number;
  readonly ignorePreferredTermsOfExistingPods?: boolean;
}

/** A term of the pod to schedule, with the pods that it matches counted by domain. */
interface CountedTerm {
  readonly term: AffinityTerm;
  readonly count: PretendedCount;
}

/** Pods on nodes that refuse this one: by domain, and what a dry run changes about that. */
interface Opponents {
  readonly key: string;
  readonly domains: Domains;
  readonly counts: Float64Array;
  readonly changes: Map<number, number> | undefined;
}

interface FilterState {
  readonly affinity: readonly CountedTerm[];
  readonly antiAffinity: readonly CountedTerm[];
  readonly opponents: Opponents[];
  readonly namespaceLabels: Labels;
}

/** Something that draws the pod to domains, or pushes it away: weight × the count of the node's domain. */
interface Attraction {
  readonly countAt: (node: NodeInfo) => number;
  readonly weight: number;
}

const filterKey = new StateKey<FilterState>('PreFilterInterPodAffinity', (state) => ({
  affinity: state.affinity.map(({ term, count }) => ({ term, count: count.clone() })),
  antiAffinity: state.antiAffinity.map(({ term, count }) => ({ term, count: count.clone() })),
  opponents: state.opponents.map((opponents) => ({ ...opponents, changes: new Map(opponents.changes) })),
  namespaceLabels: state.namespaceLabels,
}));
const scoreKey = new StateKey<readonly Attraction[]>('PreScoreInterPodAffinity');

const affinityMismatch = unresolvable("node(s) didn't match pod affinity rules");
const antiAffinityMismatch = unschedulable("node(s) didn't match pod anti-affinity rules");
const opposed = unschedulable("node(s) didn't satisfy existing pods anti-affinity rules");

/**
 * Keeps pods near the pods that they want near and apart from those that they do not, and honours what pods already on nodes
 * have said. The counts come from the cache (`Snapshot.counter`, `Snapshot.terms`), which keeps them current.
 */
export function interPodAffinity(handle: Handle, args: InterPodAffinityArgs = {}): Plugin {
  const { snapshot, view } = handle;
  const { hardPodAffinityWeight = 1, ignorePreferredTermsOfExistingPods = false } = args;

  const labelsOf = (namespace: string): Labels =>
    (view.get(namespaces, undefined, namespace) as Namespace | undefined)?.metadata.labels;

  const chooseNamespaces = (selector: LabelSelector): string[] => {
    const chosen: string[] = [];
    for (const { metadata } of view.list(namespaces)) if (selector.matches(metadata.labels)) chosen.push(metadata.name);
    return chosen;
  };

  /** Counts the pods on nodes that match all of `terms`, by the domains of `topologyKey`. */
  const counterOf = (terms: readonly AffinityTerm[], topologyKey: string): TopologyCounter =>
    snapshot.counter(`affinity ${topologyKey} ${terms.map(({ key }) => key).join(' ')}`, () => ({
      topologyKey,
      countsPod: ({ pod }) =>
        terms.every((term) => termMatches(term, pod.metadata.namespace ?? '', pod.metadata.labels, undefined)),
    }));

  const opponentsOf = (pod: PodInfo, namespaceLabels: Labels): Opponents[] => {
    const opponents: Opponents[] = [];
    for (const { kind, term, domains, counts } of snapshot.terms.all()) {
      if (kind !== 'requiredAntiAffinity') continue;
      if (!termMatches(term, pod.namespace, pod.pod.metadata.labels, namespaceLabels)) continue;
      opponents.push({ key: term.key, domains, counts, changes: undefined });
    }
    return opponents;
  };

  const changePretended = (
    state: FilterState | undefined,
    pod: PodInfo,
    other: PodInfo,
    node: NodeInfo,
    by: 1 | -1,
  ) => {
    if (state === undefined) return;
    for (const { count } of state.affinity) count.podChanged(other, node, by);
    for (const { count } of state.antiAffinity) count.podChanged(other, node, by);
    for (const term of other.terms.requiredAntiAffinity) {
      if (!termMatches(term, pod.namespace, pod.pod.metadata.labels, state.namespaceLabels)) continue;
      let opponent = state.opponents.find(({ key }) => key === term.key);
      if (opponent === undefined) {
        const domains = snapshot.domains(term.topologyKey);
        opponent = { key: term.key, domains, counts: new Float64Array(domains.size), changes: new Map() };
        state.opponents.push(opponent);
      }
      const domain = opponent.domains.of(node);
      if (domain >= 0) opponent.changes?.set(domain, (opponent.changes.get(domain) ?? 0) + by);
    }
  };

  /** The required affinity holds, or nobody matches it yet and the pod itself would (the first of a group). */
  const affinityHolds = ({ affinity, namespaceLabels }: FilterState, pod: PodInfo, node: NodeInfo): boolean => {
    let near = true;
    for (const { count } of affinity) {
      const domain = count.domainOf(node);
      if (domain < 0) return false;
      if (count.get(domain) <= 0) near = false;
    }
    if (near) return true;
    if (affinity.some(({ count }) => !count.empty)) return false;
    const { labels } = pod.pod.metadata;
    return affinity.every(({ term }) => termMatches(term, pod.namespace, labels, namespaceLabels));
  };

  return {
    name: 'InterPodAffinity',
    preFilter(state, pod) {
      const { requiredAffinity, requiredAntiAffinity } = pod.terms;
      const namespaceLabels = labelsOf(pod.namespace);
      const opponents = opponentsOf(pod, namespaceLabels);
      if (opponents.length === 0 && requiredAffinity.length === 0 && requiredAntiAffinity.length === 0) return skip;
      const wanted = requiredAffinity.map((term) => withNamespaces(term, chooseNamespaces));
      const unwanted = requiredAntiAffinity.map((term) => withNamespaces(term, chooseNamespaces));
      const counted = (terms: readonly AffinityTerm[], term: AffinityTerm): CountedTerm => ({
        term,
        count: new PretendedCount(counterOf(terms, term.topologyKey)),
      });
      state.write(filterKey, {
        affinity: wanted.map((term) => counted(wanted, term)),
        antiAffinity: unwanted.map((term) => counted([term], term)),
        opponents,
        namespaceLabels,
      });
      return undefined;
    },
    filter(state, pod, node) {
      const own = state.read(filterKey)!;
      if (own.affinity.length > 0 && !affinityHolds(own, pod, node)) return affinityMismatch;
      for (const { count } of own.antiAffinity) {
        const domain = count.domainOf(node);
        if (domain >= 0 && count.get(domain) > 0) return antiAffinityMismatch;
      }
      for (const { domains, counts, changes } of own.opponents) {
        const domain = domains.of(node);
        if (domain >= 0 && counts[domain]! + (changes?.get(domain) ?? 0) > 0) return opposed;
      }
      return undefined;
    },
    addPod: (state, pod, other, node) => changePretended(state.read(filterKey), pod, other, node, 1),
    removePod: (state, pod, other, node) => changePretended(state.read(filterKey), pod, other, node, -1),
    preScore(state, pod) {
      const { preferredAffinity, preferredAntiAffinity } = pod.terms;
      const attractions: Attraction[] = [];
      const own = (term: AffinityTerm, sign: 1 | -1) => {
        const spelt = withNamespaces(term, chooseNamespaces);
        const counter = counterOf([spelt], spelt.topologyKey);
        if (counter.empty) return;
        attractions.push({ countAt: (node) => counter.get(counter.domainOf(node)), weight: sign * spelt.weight });
      };
      for (const term of preferredAffinity) own(term, 1);
      for (const term of preferredAntiAffinity) own(term, -1);
      const alone = preferredAffinity.length === 0 && preferredAntiAffinity.length === 0;
      if (!(ignorePreferredTermsOfExistingPods && alone)) {
        const { labels } = pod.pod.metadata;
        const namespaceLabels = labelsOf(pod.namespace);
        for (const { kind, term, domains, counts } of snapshot.terms.all()) {
          if (kind === 'requiredAntiAffinity') continue;
          const weight = kind === 'requiredAffinity' ? hardPodAffinityWeight : term.weight;
          if (weight === 0 || !termMatches(term, pod.namespace, labels, namespaceLabels)) continue;
          const sign = kind === 'preferredAntiAffinity' ? -1 : 1;
          attractions.push({ countAt: (node) => counts[domains.of(node)] ?? 0, weight: sign * weight });
        }
      }
      if (attractions.length === 0) return skip;
      state.write(scoreKey, attractions);
      return undefined;
    },
    score(state, _pod, node) {
      let score = 0;
      for (const { countAt, weight } of state.read(scoreKey)!) score += weight * countAt(node);
      return score;
    },
    normalize(_state, _pod, scores) {
      let min = Number.POSITIVE_INFINITY;
      let max = Number.NEGATIVE_INFINITY;
      for (const score of scores) {
        if (score < min) min = score;
        if (score > max) max = score;
      }
      const range = max - min;
      for (let index = 0; index < scores.length; index++) {
        scores[index] = range > 0 ? Math.trunc(MAX_NODE_SCORE * ((scores[index]! - min) / range)) : 0;
      }
    },
    requeue: [
      { on: 'AssignedPod/Add', helps: (pod, { object }) => wants(pod, object as Pod) },
      { on: 'AssignedPod/UpdateLabel', helps: (pod, { object, old }) => concerns(pod, object as Pod, old as Pod) },
      { on: 'AssignedPod/Delete', helps: (pod, { object }) => concerns(pod, object as Pod, object as Pod) },
      { on: 'Pod/UpdateLabel' },
      { on: 'Node/Add' },
      { on: 'Node/UpdateLabel' },
    ],
  };
}

/** Whether the other pod is one that the pod wants near. Namespace selectors are taken to match. */
function wants(pod: Pod, other: Pod): boolean {
  return affinityTermsOf(pod).requiredAffinity.some((term) => looseMatch(term, other));
}

/** Whether a pod that left or changed its labels kept this one away, or is wanted near, before or after. */
function concerns(pod: Pod, other: Pod, old: Pod): boolean {
  if (wants(pod, other)) return true;
  if (affinityTermsOf(pod).requiredAntiAffinity.some((term) => looseMatch(term, old))) return true;
  return affinityTermsOf(other).requiredAntiAffinity.some((term) => looseMatch(term, pod));
}

function looseMatch(term: AffinityTerm, { metadata }: Pod): boolean {
  const { namespace = '', labels } = metadata;
  return (term.namespaces.includes(namespace) || term.namespaceSelector.selectable) && term.selector.matches(labels);
}
