import type { Pod } from '../../api/objects.ts';
import type { LabelSelector } from '../../api/selector.ts';
import { type Informer, labelName, labelNames } from '../../client/index.ts';

const BY_LABEL = 'label';
const BY_NAMESPACE = 'namespace';

/** Has the informer keep pods by label and by namespace. */
export function indexByLabel(pods: Informer<Pod>): Informer<Pod> {
  pods.addIndex(BY_LABEL, labelNames);
  pods.addIndex(BY_NAMESPACE, ({ metadata }) => [metadata.namespace ?? '']);
  return pods;
}

/** Pods with a label (`labelName`). */
export function podsWithLabel(pods: Informer<Pod>, label: string): Pod[] {
  return pods.byIndex(BY_LABEL, label);
}

export function podsIn(pods: Informer<Pod>, namespace: string): Pod[] {
  return pods.byIndex(BY_NAMESPACE, namespace);
}

/** A namespace's pods that a selector matches; only those with one of its labels are looked at, if it names any by value. */
export function podsMatching(pods: Informer<Pod>, namespace: string, selector: LabelSelector): Pod[] {
  if (!selector.selectable) return [];
  const exact = selector.requirements.find(({ operator }) => operator === '=' || operator === '==');
  const candidates =
    exact === undefined
      ? podsIn(pods, namespace)
      : podsWithLabel(pods, labelName(namespace, exact.key, exact.values[0]!));
  return candidates.filter(({ metadata }) => selector.matches(metadata.labels));
}
