import { parseSchedule, ScheduleError } from '../api/cron-schedule.ts';
import { ageOf } from '../api/duration.ts';
import { deepEqual } from '../api/equality.ts';
import { type ErrorList, invalid, notSupported, required } from '../api/field-error.ts';
import { byteLength } from '../api/go-format.ts';
import { maxLenError } from '../api/names.ts';
import type { CronJob } from '../api/objects.ts';
import { formatLabelSelector } from '../api/selector.ts';
import type { ResourceDefinition } from './resource.ts';
import { checkNonNegative, isBlank } from './shared/checks.ts';
import { AGE, NAME, noneIfEmpty } from './shared/columns.ts';
import { applyPatternDefaults, checkJobSpec } from './shared/job-spec.ts';
import { hostNameWarning } from './shared/name-warning.ts';
import { applyTemplateDefaults } from './shared/pod-defaults.ts';
import { templateWarnings } from './shared/pod-validation/warnings.ts';
import { timeZoneProblem } from './shared/time-zone-name.ts';
import { containerImages, containerNames } from './shared/workload-columns.ts';

/** Jobs are named after the CronJob, a dash and ten digits: that must fit in a label. */
const MAX_NAME = 52;
const POLICIES = ['Allow', 'Forbid', 'Replace'];

export const cronJobs: ResourceDefinition<CronJob> = {
  group: 'batch',
  version: 'v1',
  kind: 'CronJob',
  plural: 'cronjobs',
  singular: 'cronjob',
  shortNames: ['cj'],
  categories: ['all'],
  namespaced: true,
  hasStatus: true,
  applyDefaults({ spec }) {
    spec.concurrencyPolicy ??= 'Allow';
    spec.suspend ??= false;
    spec.successfulJobsHistoryLimit ??= 3;
    spec.failedJobsHistoryLimit ??= 1;
    spec.jobTemplate ??= {};
    spec.jobTemplate.metadata = {
      creationTimestamp: null,
      ...spec.jobTemplate.metadata,
    } as typeof spec.jobTemplate.metadata;
    spec.jobTemplate.spec ??= { template: {} };
    const template = spec.jobTemplate.spec;
    template.template ??= {};
    template.template.spec ??= { containers: [] };
    // A Job's own defaults come when the Job is created.
    applyPatternDefaults(template);
    applyTemplateDefaults(template.template);
  },
  prepareForCreate(cronJob) {
    cronJob.status = {};
  },
  validate: (cronJob) => [...checkName(cronJob), ...checkSpec(cronJob, undefined)],
  validateUpdate: checkSpec,
  warnings({ metadata, spec }, old) {
    const warnings = old === undefined ? hostNameWarning(metadata.name) : [];
    const template = spec.jobTemplate?.spec?.template;
    if (!deepEqual(template, old?.spec.jobTemplate?.spec?.template))
      warnings.push(...templateWarnings(template, 'spec.jobTemplate.spec.template'));
    return warnings;
  },
  columns: [
    NAME,
    { name: 'Schedule', value: ({ spec }) => spec.schedule },
    { name: 'Timezone', value: ({ spec }) => noneIfEmpty(spec.timeZone) },
    { name: 'Suspend', value: ({ spec }) => (spec.suspend === true ? 'True' : 'False') },
    { name: 'Active', type: 'integer', value: ({ status }) => status.active?.length ?? 0 },
    {
      name: 'Last Schedule',
      value: ({ status }, now) => (isBlank(status.lastScheduleTime) ? '<none>' : ageOf(status.lastScheduleTime, now)),
    },
    AGE,
    { name: 'Containers', priority: 1, value: ({ spec }) => containerNames(spec.jobTemplate?.spec?.template) },
    { name: 'Images', priority: 1, value: ({ spec }) => containerImages(spec.jobTemplate?.spec?.template) },
    { name: 'Selector', priority: 1, value: ({ spec }) => formatLabelSelector(spec.jobTemplate?.spec?.selector) },
  ],
};

function checkName({ metadata }: CronJob): ErrorList {
  return byteLength(metadata.name ?? '') > MAX_NAME
    ? [invalid('metadata.name', metadata.name, maxLenError(MAX_NAME))]
    : [];
}

/** validateCronJobSpec */
function checkSpec({ spec }: CronJob, old: CronJob | undefined): ErrorList {
  const errors: ErrorList = [];
  if (isBlank(spec.schedule)) errors.push(required('spec.schedule'));
  else checkSchedule(spec.schedule, spec.timeZone, old?.spec.schedule.includes('TZ') === true, errors);
  checkNonNegative(spec.startingDeadlineSeconds, 'spec.startingDeadlineSeconds', errors);
  if (spec.timeZone !== undefined && spec.timeZone !== old?.spec.timeZone) {
    const problem = timeZoneProblem(spec.timeZone);
    if (problem !== undefined) errors.push(invalid('spec.timeZone', spec.timeZone, problem));
  }
  if (isBlank(spec.concurrencyPolicy)) errors.push(required('spec.concurrencyPolicy'));
  else if (!POLICIES.includes(spec.concurrencyPolicy))
    errors.push(notSupported('spec.concurrencyPolicy', spec.concurrencyPolicy, POLICIES));
  checkJobTemplate(spec.jobTemplate?.spec ?? { template: {} }, errors);
  checkNonNegative(spec.successfulJobsHistoryLimit, 'spec.successfulJobsHistoryLimit', errors);
  checkNonNegative(spec.failedJobsHistoryLimit, 'spec.failedJobsHistoryLimit', errors);
  return errors;
}

/** validateScheduleFormat */
function checkSchedule(schedule: string, timeZone: string | undefined, mayNameZone: boolean, errors: ErrorList): void {
  const namesZone = schedule.includes('TZ');
  try {
    parseSchedule(schedule.replace(/^(?:CRON_)?TZ=\S+\s+/, ''));
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    errors.push(invalid('spec.schedule', schedule, error.message));
  }
  if (!namesZone) return;
  if (!mayNameZone)
    errors.push(invalid('spec.schedule', schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'));
  else if (timeZone !== undefined)
    errors.push(invalid('spec.schedule', schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule'));
}

/** ValidateJobTemplateSpec: a selector would be the same for all Jobs. */
function checkJobTemplate(template: NonNullable<CronJob['spec']['jobTemplate']['spec']>, errors: ErrorList): void {
  const at = 'spec.jobTemplate.spec';
  checkJobSpec(template, at, errors);
  if (template.selector !== undefined)
    errors.push(invalid(`${at}.selector`, template.selector, '`selector` will be auto-generated'));
  if (template.manualSelector === true)
    errors.push(notSupported(`${at}.manualSelector`, template.manualSelector, ['nil', 'false']));
}
