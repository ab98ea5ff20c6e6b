import { humanDuration } from '../api/duration.ts';
import { deepEqual } from '../api/equality.ts';
import { type ErrorList, invalid, required } from '../api/field-error.ts';
import { isDNS1123Label } from '../api/names.ts';
import type { Job } from '../api/objects.ts';
import { formatLabelSelector, type LabelSelectorObject, labelSelectorAsSelector } from '../api/selector.ts';
import { type Micros, parseTime } from '../engine/index.ts';
import type { ResourceDefinition } from './resource.ts';
import { AGE, NAME } from './shared/columns.ts';
import { applyJobDefaults, checkJobSelector, checkJobSpec, checkJobSpecUpdate } from './shared/job-spec.ts';
import { hostNameWarning } from './shared/name-warning.ts';
import { templateWarnings } from './shared/pod-validation/warnings.ts';
import { containerImages, containerNames } from './shared/workload-columns.ts';

const UID = 'batch.kubernetes.io/controller-uid';
const JOB_NAME = 'batch.kubernetes.io/job-name';

export const jobs: ResourceDefinition<Job> = {
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  singular: 'job',
  categories: ['all'],
  namespaced: true,
  hasStatus: true,
  fields: { 'status.successful': ({ status }) => String(status.succeeded ?? 0) },
  applyDefaults({ metadata, spec }) {
    applyJobDefaults(spec);
    const { labels } = spec.template?.metadata ?? {};
    if (labels !== undefined && metadata.labels === undefined) metadata.labels = { ...labels };
  },
  prepareForCreate(job) {
    const { metadata, spec } = job;
    job.status = {};
    spec.template ??= {};
    if (spec.manualSelector === true) return;
    // Generated labels tell this Job's pods from all others'; the unprefixed ones are for older clients.
    const labels = {
      [UID]: metadata.uid,
      [JOB_NAME]: metadata.name ?? '',
      'controller-uid': metadata.uid,
      'job-name': metadata.name ?? '',
    };
    spec.template.metadata = {
      ...spec.template.metadata,
      labels: { ...labels, ...spec.template.metadata?.labels },
    };
    spec.selector = { ...spec.selector, matchLabels: { ...spec.selector?.matchLabels } };
    spec.selector.matchLabels![UID] ??= metadata.uid;
  },
  validate(job) {
    const errors: ErrorList = [];
    checkGeneratedSelector(job, errors);
    checkJobSpec(job.spec, 'spec', errors);
    checkJobSelector(job.spec, 'spec', errors);
    checkPodNames(job, errors);
    return errors;
  },
  validateUpdate(job, old) {
    const errors: ErrorList = [];
    checkJobSpec(job.spec, 'spec', errors);
    checkJobSelector(job.spec, 'spec', errors);
    checkJobSpecUpdate(job.spec, old.spec, old.status?.startTime !== undefined, errors);
    return errors;
  },
  warnings({ metadata, spec }, old) {
    const warnings = old === undefined ? hostNameWarning(metadata.name) : [];
    if (!deepEqual(spec.template, old?.spec.template))
      warnings.push(...templateWarnings(spec.template, 'spec.template'));
    return warnings;
  },
  columns: [
    NAME,
    { name: 'Status', description: 'Status of the job.', value: statusOf },
    { name: 'Completions', value: completionsOf },
    { name: 'Duration', description: 'Time required to complete the job.', value: durationOf },
    AGE,
    { name: 'Containers', priority: 1, value: ({ spec }) => containerNames(spec.template) },
    { name: 'Images', priority: 1, value: ({ spec }) => containerImages(spec.template) },
    { name: 'Selector', priority: 1, value: ({ spec }) => formatLabelSelector(spec.selector) },
  ],
};

/** validateGeneratedSelector */
function checkGeneratedSelector({ metadata, spec }: Job, errors: ErrorList): void {
  if (spec.manualSelector === true || spec.selector === undefined) return;
  const labels = spec.template.metadata?.labels ?? {};
  const { name = '' } = metadata;
  const expected = {
    'controller-uid': metadata.uid,
    'job-name': name,
    [UID]: metadata.uid,
    [JOB_NAME]: name,
  };
  for (const [key, value] of Object.entries(expected)) {
    const at = `spec.template.metadata.labels[${key}]`;
    if (labels[key] === undefined) errors.push(required(at, `must be '${value}'`));
    else if (labels[key] !== value) errors.push(invalid(at, labels, `must be '${value}'`));
  }
  try {
    if (
      !labelSelectorAsSelector(spec.selector as LabelSelectorObject).matches({
        'controller-uid': metadata.uid,
        [UID]: metadata.uid,
      })
    )
      errors.push(invalid('spec.selector', spec.selector, '`selector` not auto-generated'));
  } catch {
    // A selector that cannot be read is reported by the check of the selector itself.
  }
}

/** Pods of an indexed Job are named after it and their index. */
function checkPodNames({ metadata, spec }: Job, errors: ErrorList): void {
  if (spec.completionMode !== 'Indexed' || (spec.completions ?? 0) <= 0) return;
  const longest = `${metadata.name}-${spec.completions! - 1}`;
  if (isDNS1123Label(longest).length > 0)
    errors.push(
      invalid('metadata.name', metadata.name, `will not able to create pod with invalid DNS label: ${longest}`),
    );
}

function hasCondition({ status }: Job, type: string): boolean {
  return status.conditions?.some((condition) => condition.type === type && condition.status === 'True') === true;
}

function statusOf(job: Job): string {
  for (const type of ['Complete', 'Failed']) if (hasCondition(job, type)) return type;
  if (job.metadata.deletionTimestamp !== undefined) return 'Terminating';
  for (const type of ['Suspended', 'FailureTarget', 'SuccessCriteriaMet']) if (hasCondition(job, type)) return type;
  return 'Running';
}

function completionsOf({ spec, status }: Job): string {
  const done = status.succeeded ?? 0;
  if (spec.completions !== undefined) return `${done}/${spec.completions}`;
  const parallelism = spec.parallelism ?? 0;
  return parallelism > 1 ? `${done}/1 of ${parallelism}` : `${done}/1`;
}

function durationOf({ status }: Job, now: Micros): string {
  if (status.startTime === undefined || status.startTime === null) return '';
  const start = parseTime(status.startTime) ?? now;
  const end = status.completionTime === undefined ? now : (parseTime(status.completionTime) ?? now);
  return humanDuration(end - start);
}
