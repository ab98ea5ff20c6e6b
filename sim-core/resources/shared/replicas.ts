import type * as CoreV1 from 'kubernetes-types/core/v1';
import { type ErrorList, forbidden, invalid, notSupported, required } from '../../api/field-error.ts';
import type { LabelSelectorObject } from '../../api/selector.ts';
import { checkLabelSelector, checkNonNegative, checkSelectorMatchesTemplate, isBlank } from './checks.ts';
import { checkTemplate } from './pod-validation/template.ts';

interface WorkloadSpec {
  readonly selector?: object;
  readonly template?: CoreV1.PodTemplateSpec;
}

const EMPTY_TEMPLATE: CoreV1.PodTemplateSpec = {};

/** A selector that is there, well-formed and selects less than everything. `what` is the kind in upstream's text. */
export function checkWorkloadSelector(
  selector: object | undefined | null,
  emptyMessage: string,
  at: string,
  errors: ErrorList,
): void {
  // Go's encoder writes a selector that is not there as null.
  if (selector === undefined || selector === null) {
    errors.push(required(at));
    return;
  }
  const { matchLabels, matchExpressions } = selector as LabelSelectorObject;
  checkLabelSelector(selector as LabelSelectorObject, at, errors);
  if (Object.keys(matchLabels ?? {}).length + (matchExpressions?.length ?? 0) === 0)
    errors.push(invalid(at, selector, emptyMessage));
}

/** The template, its labels, and that its pods run for good (ValidatePodTemplateSpecForReplicaSet). `kind` is for the message. */
export function checkRunningTemplate(
  spec: WorkloadSpec,
  kind: string,
  unusable: string,
  at: string,
  errors: ErrorList,
): void {
  const template = spec.template ?? EMPTY_TEMPLATE;
  const selector = spec.selector as LabelSelectorObject | undefined;
  const path = `${at}.template`;
  const usable = checkSelectorMatchesTemplate(
    selector,
    template.metadata?.labels,
    `${at}.selector`,
    path,
    unusable,
    errors,
  );
  if (usable) {
    checkTemplate(template, path, errors);
    checkAlwaysRunning(template, kind, path, errors);
  }
}

/** Pods of services are restarted always and have no deadline. */
export function checkAlwaysRunning(
  { spec }: CoreV1.PodTemplateSpec,
  kind: string,
  at: string,
  errors: ErrorList,
): void {
  const policy = spec?.restartPolicy;
  if (policy !== 'Always' && !isBlank(policy))
    errors.push(notSupported(`${at}.spec.restartPolicy`, policy, ['Always']));
  if (spec?.activeDeadlineSeconds !== undefined)
    errors.push(forbidden(`${at}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`));
}

type Counts = Readonly<Record<string, unknown>>;

/** Counts of a status: none negative, and each of `parts` at most the total (ValidateDeploymentStatus and its siblings). */
export function checkCounts(
  status: Counts,
  fields: readonly string[],
  parts: readonly string[],
  errors: ErrorList,
): void {
  const count = (field: string) => (status[field] as number | undefined) ?? 0;
  for (const field of fields) checkNonNegative(status[field] as number | undefined, `status.${field}`, errors);
  for (const field of parts)
    if (count(field) > count('replicas'))
      errors.push(invalid(`status.${field}`, count(field), 'cannot be greater than status.replicas'));
  if (parts.includes('availableReplicas') && count('availableReplicas') > count('readyReplicas'))
    errors.push(
      invalid('status.availableReplicas', count('availableReplicas'), 'cannot be greater than readyReplicas'),
    );
}
