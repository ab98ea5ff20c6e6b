import type * as CoreV1 from 'kubernetes-types/core/v1';

type Template = { spec?: CoreV1.PodSpec } | undefined;

/** Names of a template's containers, for the wide columns (layoutContainerCells). */
export function containerNames(template: Template): string {
  return (template?.spec?.containers ?? []).map(({ name }) => name).join(',');
}

/** Images of a template's containers, for the wide columns. */
export function containerImages(template: Template): string {
  return (template?.spec?.containers ?? []).map(({ image }) => image ?? '').join(',');
}
