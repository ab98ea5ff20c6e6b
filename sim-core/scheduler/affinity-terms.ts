import type { Pod } from '../api/objects.ts';
import { type LabelSelector, type LabelSelectorObject, labelSelectorAsSelector, nothing } from '../api/selector.ts';

type Affinity = NonNullable<Pod['spec']['affinity']>;
type WireTerm = NonNullable<
  NonNullable<Affinity['podAffinity']>['requiredDuringSchedulingIgnoredDuringExecution']
>[number];

/** One term of pod affinity or anti-affinity, ready for use (framework.AffinityTerm). */
export interface AffinityTerm {
  /** Equal for equal terms. */
  readonly key: string;
  readonly namespaces: readonly string[];
  readonly namespaceSelector: LabelSelector;
  readonly selector: LabelSelector;
  readonly topologyKey: string;
  /** Of a preferred term; 0 for a required one. */
  readonly weight: number;
}

/** All terms of a pod. */
export interface AffinityTerms {
  readonly requiredAffinity: readonly AffinityTerm[];
  readonly requiredAntiAffinity: readonly AffinityTerm[];
  readonly preferredAffinity: readonly AffinityTerm[];
  readonly preferredAntiAffinity: readonly AffinityTerm[];
}

const noTerms: AffinityTerms = {
  requiredAffinity: [],
  requiredAntiAffinity: [],
  preferredAffinity: [],
  preferredAntiAffinity: [],
};

/** Terms by their text: thousands of pods of one template share one parse. */
const parsed = new Map<string, AffinityTerms>();
const REMEMBERED = 1024;

/** The affinity terms of a pod. Invalid selectors throw a SelectorError. */
export function affinityTermsOf(pod: Pod): AffinityTerms {
  const { affinity } = pod.spec;
  if (affinity?.podAffinity === undefined && affinity?.podAntiAffinity === undefined) return noTerms;
  const namespace = pod.metadata.namespace ?? '';
  const { podAffinity, podAntiAffinity } = affinity;
  const text = `${namespace}\n${JSON.stringify([podAffinity, podAntiAffinity])}`;
  let terms = parsed.get(text);
  if (terms === undefined) {
    const one = (term: WireTerm, weight = 0) => parseTerm(term, namespace, weight);
    terms = {
      requiredAffinity: (podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map((term) => one(term)),
      requiredAntiAffinity: (podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map((term) =>
        one(term),
      ),
      preferredAffinity: (podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((preferred) =>
        one(preferred.podAffinityTerm, preferred.weight),
      ),
      preferredAntiAffinity: (podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((preferred) =>
        one(preferred.podAffinityTerm, preferred.weight),
      ),
    };
    if (parsed.size >= REMEMBERED) parsed.clear();
    parsed.set(text, terms);
  }
  return terms;
}

function parseTerm(term: WireTerm, namespace: string, weight: number): AffinityTerm {
  const { namespaces = [], topologyKey } = term;
  const selector = labelSelectorAsSelector(term.labelSelector as LabelSelectorObject | undefined);
  const namespaceSelector = labelSelectorAsSelector(term.namespaceSelector as LabelSelectorObject | undefined);
  const own = namespaces.length === 0 && term.namespaceSelector === undefined ? [namespace] : [...namespaces].sort();
  return makeTerm({ namespaces: own, namespaceSelector, selector, topologyKey, weight });
}

function makeTerm(term: Omit<AffinityTerm, 'key'>): AffinityTerm {
  const { namespaces, namespaceSelector, selector, topologyKey, weight } = term;
  const text = (some: LabelSelector) => (some.selectable ? `=${some.toString()}` : '!');
  const key = [namespaces.join(','), text(namespaceSelector), text(selector), topologyKey, weight].join('|');
  return { ...term, key };
}

/** The term with the namespaces that its selector chooses spelt out (mergeAffinityTermNamespacesIfNotEmpty). */
export function withNamespaces(
  term: AffinityTerm,
  choose: (selector: LabelSelector) => readonly string[],
): AffinityTerm {
  if (!term.namespaceSelector.selectable) return term;
  if (term.namespaceSelector.isEmpty()) return term;
  const namespaces = [...new Set([...term.namespaces, ...choose(term.namespaceSelector)])].sort();
  return makeTerm({ ...term, namespaces, namespaceSelector: nothing });
}

/** Whether a pod with these labels is one that the term speaks of (AffinityTerm.Matches). */
export function termMatches(
  term: AffinityTerm,
  namespace: string,
  labels: Pod['metadata']['labels'],
  namespaceLabels: Readonly<Record<string, string>> | undefined,
): boolean {
  if (!term.namespaces.includes(namespace) && !term.namespaceSelector.matches(namespaceLabels)) return false;
  return term.selector.matches(labels);
}
