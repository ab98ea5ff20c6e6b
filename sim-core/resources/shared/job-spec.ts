import type * as BatchV1 from 'kubernetes-types/batch/v1';
import { semanticEqual } from '../../api/equality.ts';
import { type ErrorList, invalid, notSupported, required, tooLong } from '../../api/field-error.ts';
import { byteLength } from '../../api/go-format.ts';
import { isDNS1123Subdomain, isHTTPPath } from '../../api/names.ts';
import type { LabelSelectorObject } from '../../api/selector.ts';
import {
  addInvalid,
  checkImmutable,
  checkLabelSelector,
  checkNonNegative,
  checkSelectorMatchesTemplate,
  isBlank,
} from './checks.ts';
import { checkFailurePolicy, checkSuccessPolicy } from './job-policies.ts';
import { applyTemplateDefaults } from './pod-defaults.ts';
import { checkTemplate } from './pod-validation/template.ts';

type JobSpec = BatchV1.JobSpec & {
  managedBy?: string;
  successPolicy?: { rules?: { succeededIndexes?: string; succeededCount?: number }[] };
};

const MAX_INDEXED = 100_000;

/** Fills in a Job's defaults (SetDefaults_Job). Changes. */
export function applyJobDefaults(spec: BatchV1.JobSpec): void {
  if (spec.completions === undefined && spec.parallelism === undefined) {
    spec.completions = 1;
    spec.parallelism = 1;
  }
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : 2_147_483_647;
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed';
  applyPatternDefaults(spec);
  applyTemplateDefaults(spec.template);
}

/** A condition that a failure policy names without a status is one that holds (SetDefaults_PodFailurePolicyOnPodConditionsPattern). */
export function applyPatternDefaults(spec: BatchV1.JobSpec): void {
  const rules = (spec as JobSpec).podFailurePolicy?.rules;
  for (const rule of Array.isArray(rules) ? rules : []) {
    for (const pattern of Array.isArray(rule.onPodConditions) ? rule.onPodConditions : []) pattern.status ||= 'True';
  }
}

/** What a Job and the template of one share (validateJobSpec). */
export function checkJobSpec(given: BatchV1.JobSpec, at: string, errors: ErrorList): void {
  const spec = given as JobSpec;
  for (const field of [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
  ] as const)
    checkNonNegative(spec[field], `${at}.${field}`, errors);
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined)
    errors.push(required(`${at}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'));
  if (spec.managedBy !== undefined) checkManagedBy(spec.managedBy, `${at}.managedBy`, errors);
  checkCompletionMode(spec, at, errors);
  if (spec.podFailurePolicy !== undefined) checkFailurePolicy(spec, `${at}.podFailurePolicy`, errors);
  if (spec.successPolicy !== undefined) {
    if (spec.completionMode !== 'Indexed')
      errors.push(invalid(`${at}.successPolicy`, spec.successPolicy, 'requires indexed completion mode'));
    else checkSuccessPolicy(spec.successPolicy, spec.completions ?? 0, `${at}.successPolicy`, errors);
  }
  checkReplacementPolicy(spec, `${at}.podReplacementPolicy`, errors);
  const template = spec.template ?? {};
  checkTemplate(template, `${at}.template`, errors);
  checkRestartPolicy(spec, `${at}.template.spec.restartPolicy`, errors);
}

function checkManagedBy(name: string, at: string, errors: ErrorList): void {
  const slash = name.indexOf('/');
  if (name === '') errors.push(required(at));
  else if (slash <= 0 || slash === name.length - 1)
    errors.push(invalid(at, name, 'must be a domain-prefixed path (such as "acme.io/foo")'));
  else {
    addInvalid(errors, at, name.slice(0, slash), isDNS1123Subdomain(name.slice(0, slash)));
    addInvalid(errors, at, name.slice(slash + 1), isHTTPPath(name.slice(slash + 1)));
  }
  if (byteLength(name) > 63) errors.push(tooLong(at, 63));
}

function checkCompletionMode(spec: JobSpec, at: string, errors: ErrorList): void {
  const mode = spec.completionMode;
  if (mode !== undefined && mode !== 'NonIndexed' && mode !== 'Indexed')
    errors.push(notSupported(`${at}.completionMode`, mode, ['NonIndexed', 'Indexed']));
  if (mode === 'Indexed') {
    if (spec.completions === undefined) errors.push(required(`${at}.completions`, 'when completion mode is Indexed'));
    if ((spec.parallelism ?? 0) > MAX_INDEXED)
      errors.push(
        invalid(
          `${at}.parallelism`,
          spec.parallelism,
          `must be less than or equal to ${MAX_INDEXED} when completion mode is Indexed`,
        ),
      );
    if (spec.completions !== undefined && (spec.maxFailedIndexes ?? 0) > spec.completions)
      errors.push(
        invalid(`${at}.maxFailedIndexes`, spec.maxFailedIndexes, 'must be less than or equal to completions'),
      );
  } else if (mode === undefined || mode === 'NonIndexed') {
    for (const field of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const)
      if (spec[field] !== undefined)
        errors.push(invalid(`${at}.${field}`, spec[field], 'requires indexed completion mode'));
  }
}

function checkReplacementPolicy(
  { podReplacementPolicy: policy, podFailurePolicy }: JobSpec,
  at: string,
  errors: ErrorList,
): void {
  if (policy === undefined) return;
  const supported = podFailurePolicy === undefined ? ['TerminatingOrFailed', 'Failed'] : ['Failed'];
  if (!supported.includes(policy)) errors.push(notSupported(at, policy, supported));
}

function checkRestartPolicy({ template, podFailurePolicy }: JobSpec, at: string, errors: ErrorList): void {
  const policy = template?.spec?.restartPolicy;
  if (isBlank(policy) || policy === 'Always') errors.push(required(at, 'valid values: "OnFailure", "Never"'));
  else if (policy !== 'OnFailure' && policy !== 'Never') errors.push(notSupported(at, policy, ['OnFailure', 'Never']));
  else if (podFailurePolicy !== undefined && policy !== 'Never')
    errors.push(invalid(at, policy, 'only "Never" is supported when podFailurePolicy is specified'));
}

/** A Job's selector, which must select the pods of its template (ValidateJobSpec). */
export function checkJobSelector(spec: BatchV1.JobSpec, at: string, errors: ErrorList): void {
  const selector = spec.selector as LabelSelectorObject | undefined;
  if (selector === undefined) errors.push(required(`${at}.selector`));
  else checkLabelSelector(selector, `${at}.selector`, errors);
  const unused: ErrorList = [];
  checkSelectorMatchesTemplate(
    selector,
    spec.template?.metadata?.labels,
    `${at}.selector`,
    `${at}.template`,
    '',
    unused,
  );
  for (const error of unused) if (error.field.startsWith(`${at}.template`)) errors.push(error);
}

/** What may not change of a Job (ValidateJobSpecUpdate). */
export function checkJobSpecUpdate(
  spec: BatchV1.JobSpec,
  old: BatchV1.JobSpec,
  started: boolean,
  errors: ErrorList,
): void {
  const at = 'spec';
  checkCompletionsUpdate(spec, old, errors);
  checkImmutable(spec.selector, old.selector, `${at}.selector`, errors);
  // A Job that has been suspended from the start may still be told where its pods go.
  const movable = old.suspend === true && !started;
  if (!semanticEqual(movable ? withPlacementOf(spec.template, old.template) : spec.template, old.template))
    errors.push(invalid(`${at}.template`, spec.template, 'field is immutable'));
  for (const field of [
    'completionMode',
    'podFailurePolicy',
    'backoffLimitPerIndex',
    'managedBy',
    'successPolicy',
  ] as const)
    checkImmutable((spec as JobSpec)[field], (old as JobSpec)[field], `${at}.${field}`, errors);
}

function checkCompletionsUpdate(spec: BatchV1.JobSpec, old: BatchV1.JobSpec, errors: ErrorList): void {
  if (spec.completions === old.completions) return;
  if (spec.completionMode !== 'Indexed' || spec.completions === undefined || old.completions === undefined)
    checkImmutable(spec.completions, old.completions, 'spec.completions', errors);
  else if (spec.completions !== spec.parallelism)
    errors.push(invalid('spec.completions', spec.completions, 'can only be modified in tandem with spec.parallelism'));
}

function withPlacementOf(template: BatchV1.JobSpec['template'], old: BatchV1.JobSpec['template']): typeof template {
  const { nodeSelector, tolerations, schedulingGates, affinity } = old.spec ?? { containers: [] };
  return {
    ...template,
    metadata: { ...template.metadata, labels: old.metadata?.labels, annotations: old.metadata?.annotations },
    spec: { ...template.spec!, nodeSelector, tolerations, schedulingGates, affinity },
  };
}
