import type * as CoreV1 from 'kubernetes-types/core/v1';
import { type ErrorList, forbidden } from '../../../api/field-error.ts';
import { checkAnnotations, checkLabels } from '../checks.ts';
import { checkAnnotationsMatchFields, checkPodAnnotations } from './annotations.ts';
import { checkPodSpec } from './pod-spec.ts';

type Template = CoreV1.PodTemplateSpec;
const EMPTY_SPEC = {} as CoreV1.PodSpec;

/** ValidatePodTemplateSpec */
export function checkTemplate({ metadata = {}, spec = EMPTY_SPEC }: Template, at: string, errors: ErrorList): void {
  checkLabels(metadata.labels, `${at}.labels`, errors);
  checkAnnotations(metadata.annotations, `${at}.annotations`, errors);
  checkPodAnnotations(metadata.annotations, spec, `${at}.annotations`, errors);
  checkPodSpec(spec, undefined, `${at}.spec`, errors);
  checkAnnotationsMatchFields(metadata.annotations, spec, `${at}.spec`, errors);
  if ((spec.ephemeralContainers?.length ?? 0) > 0)
    errors.push(forbidden(`${at}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template'));
}
