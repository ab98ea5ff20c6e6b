import type * as CoreV1 from 'kubernetes-types/core/v1';
import { selectorFromSet } from '../../api/selector.ts';

type Template = { spec?: CoreV1.PodSpec } | undefined;

/** Names of a template's containers, for the wide columns (layoutContainerCells). */
export function containerNames(template: Template): string {
  return (template?.spec?.containers ?? []).map(({ name }) => name).join(',');
}

/** Images of a template's containers, for the wide columns. */
export function containerImages(template: Template): string {
  return (template?.spec?.containers ?? []).map(({ image }) => image ?? '').join(',');
}

/** A plain selector as `kubectl get` shows it (labels.FormatLabels). */
export function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  return Object.keys(labels ?? {}).length === 0 ? '<none>' : selectorFromSet(labels).toString();
}

export function nodeSelectorText(template: Template): string {
  return labelsText(template?.spec?.nodeSelector);
}
