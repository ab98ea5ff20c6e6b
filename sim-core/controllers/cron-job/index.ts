import type { CronJobStatus } from 'kubernetes-types/batch/v1';
import { parseSchedule, type Schedule, ScheduleError } from '../../api/cron-schedule.ts';
import { deepEqual } from '../../api/equality.ts';
import { type CronJob, controllerReference, type Job, type NewObject, objectKey } from '../../api/objects.ts';
import { isAlreadyExists, isNotFound, StatusError } from '../../api/status.ts';
import { timeZone as zoneOf } from '../../api/time-zone.ts';
import { formatRfc1123, formatTime, MINUTE, type Micros, parseTime, SECOND } from '../../engine/index.ts';
import { cronJobs } from '../../resources/cron-job.ts';
import { jobs } from '../../resources/job.ts';
import type { ControllerDefinition } from '../controller.ts';
import { isFinished, trueCondition } from '../job/conditions.ts';
import { indexByController, ownedBy, watchDependants } from '../shared/ownership.ts';
import { isNamespaceTerminating } from '../shared/pod-control.ts';
import { isTerminating } from '../shared/pods.ts';
import { updateStatus } from '../shared/update-status.ts';

const SCHEDULED_AT = 'batch.kubernetes.io/cronjob-scheduled-timestamp';
/** Slack after the due time at which the controller wakes (nextScheduleDelta). */
const SLACK = 100_000;
const TOO_MANY = 100;

/**
 * The CronJob controller (pkg/controller/cronjob, v2): starts a Job whenever its schedule says, looks after those that run, and
 * keeps a few of those that ended. Between due times it sleeps: the work queue wakes it.
 */
export const cronJobController: ControllerDefinition = {
  name: 'cronjob-controller',
  setUp(context) {
    const { client, engine, events, informers } = context;
    const owners = informers.for(cronJobs);
    const jobInformer = indexByController(informers.for(jobs));
    const queue = context.queue({ reconcile });
    const enqueue = (cronJob: CronJob) => queue.add(objectKey(cronJob));
    owners.addHandler({ added: enqueue, updated: enqueue, deleted: enqueue });
    watchDependants(jobInformer, owners, 'CronJob', { owned: enqueue });

    function reconcile(key: string): void {
      const cronJob = owners.getByKey(key);
      if (cronJob === undefined) return;
      const owned = ownedBy(jobInformer, cronJob);
      const status: CronJobStatus = { ...cronJob.status };
      removeHistory(cronJob, owned);
      followJobs(cronJob, owned, status);
      const report = () => {
        if (status.active?.length === 0) delete status.active;
        if (!deepEqual(status, cronJob.status)) updateStatus(client, cronJobs, cronJob, status);
      };
      try {
        if (!isTerminating(cronJob) && cronJob.spec.suspend !== true) schedule(cronJob, owned, status);
      } finally {
        report();
      }
    }

    /** Brings `status.active` in line with the Jobs that there are. */
    function followJobs(cronJob: CronJob, owned: readonly Job[], status: CronJobStatus): void {
      const known = new Set((status.active ?? []).map(({ uid }) => uid));
      const active = [...(status.active ?? [])];
      for (const job of owned) {
        const { name, uid } = job.metadata;
        const finished = isFinished(job);
        if (!known.has(uid) && !finished) {
          const message = `Saw a job that the controller did not create or forgot: ${name}`;
          events.warning(cronJob, 'UnexpectedJob', message);
        } else if (known.has(uid) && finished) {
          const index = active.findIndex((reference) => reference.uid === uid);
          if (index >= 0) active.splice(index, 1);
          const result = trueCondition(job.status.conditions, 'Complete') === undefined ? 'Failed' : 'Complete';
          events.normal(cronJob, 'SawCompletedJob', `Saw completed job: ${name}, condition: ${result}`);
          if (result === 'Complete') noteSuccess(status, job);
        } else if (trueCondition(job.status.conditions, 'Complete') !== undefined) {
          // Of a Job that somebody made by hand the time counts all the same.
          noteSuccess(status, job);
        }
      }
      status.active = active.filter(({ uid, name }) => {
        if (owned.some((job) => job.metadata.uid === uid) || isThere(cronJob, name, uid)) return true;
        events.normal(cronJob, 'MissingJob', `Active job went missing: ${name}`);
        return false;
      });
    }

    /** A Job just created may not be in the cache yet: ask before calling it missing. */
    function isThere(cronJob: CronJob, name: string | undefined, uid: string | undefined): boolean {
      try {
        return client.get(jobs, cronJob.metadata.namespace, name ?? '').metadata.uid === uid;
      } catch (error) {
        if (isNotFound(error)) return false;
        throw error;
      }
    }

    function noteSuccess(status: CronJobStatus, { status: { completionTime } }: Job): void {
      if (completionTime === undefined) return;
      const before = parseTime(status.lastSuccessfulTime ?? '') ?? 0;
      if ((parseTime(completionTime) ?? 0) > before) status.lastSuccessfulTime = completionTime;
    }

    function schedule(cronJob: CronJob, owned: readonly Job[], status: CronJobStatus): void {
      const plan = planOf(cronJob);
      if (plan === undefined) return;
      const { now } = engine;
      const due = mostRecentDue(cronJob, plan, status, now);
      if (due.tooMany) {
        const message =
          'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew';
        events.warning(cronJob, 'TooManyMissedTimes', message);
      }
      wakeAfter(cronJob, plan, now);
      if (due.time === undefined) return;
      const { startingDeadlineSeconds, concurrencyPolicy = 'Allow' } = cronJob.spec;
      if (startingDeadlineSeconds !== undefined && due.time + startingDeadlineSeconds * SECOND < now) {
        // Too late for this one; that is noted once, at the next due time again.
        events.warning(cronJob, 'MissSchedule', `Missed scheduled time to start a job: ${formatRfc1123(due.time)}`);
        return;
      }
      if (owned.some((job) => job.metadata.name === jobName(cronJob, due.time!))) return;
      if (concurrencyPolicy === 'Forbid' && (status.active ?? []).length > 0) {
        events.normal(
          cronJob,
          'JobAlreadyActive',
          'Not starting job because prior execution is running and concurrency policy is Forbid',
        );
        return;
      }
      if (concurrencyPolicy === 'Replace') replaceActive(cronJob, status);
      start(cronJob, due.time, status);
    }

    function planOf(cronJob: CronJob): Schedule | undefined {
      const { schedule: text, timeZone } = cronJob.spec;
      const zone = zoneOf(timeZone);
      if (zone === undefined) {
        events.warning(cronJob, 'UnknownTimeZone', `invalid timeZone: "${timeZone}": unknown time zone ${timeZone}`);
        return undefined;
      }
      try {
        return parseSchedule(text, zone);
      } catch (error) {
        if (!(error instanceof ScheduleError)) throw error;
        events.warning(cronJob, 'UnparseableSchedule', `unparseable schedule for cronjob: ${error.message}`);
        return undefined;
      }
    }

    function wakeAfter(cronJob: CronJob, plan: Schedule, now: Micros): void {
      const next = plan.next(now);
      if (next !== undefined) queue.addAfter(objectKey(cronJob), next - now + SLACK);
    }

    function replaceActive(cronJob: CronJob, status: CronJobStatus): void {
      for (const { name, uid } of status.active ?? []) {
        deleteJob(cronJob, name ?? '', uid);
      }
      status.active = [];
    }

    function deleteJob(cronJob: CronJob, name: string, uid: string | undefined): void {
      try {
        client.delete(jobs, cronJob.metadata.namespace, name, { propagationPolicy: 'Background', uid });
      } catch (error) {
        if (isNotFound(error)) return;
        const text = error instanceof Error ? error.message : String(error);
        events.warning(cronJob, 'FailedDelete', `Deleted job: ${text}`);
        throw error;
      }
      events.normal(cronJob, 'SuccessfulDelete', `Deleted job ${name}`);
    }

    function start(cronJob: CronJob, time: Micros, status: CronJobStatus): void {
      let job: Job;
      try {
        job = client.create(jobs, jobFor(cronJob, time));
        events.normal(cronJob, 'SuccessfulCreate', `Created job ${job.metadata.name}`);
      } catch (error) {
        if (isAlreadyExists(error) || isNamespaceTerminating(error)) return;
        if (error instanceof StatusError) {
          events.warning(cronJob, 'FailedCreate', `Error creating job: ${error.message}`);
        }
        throw error;
      }
      const { apiVersion, kind, metadata } = job;
      const { name, namespace, uid, resourceVersion } = metadata;
      status.active = [...(status.active ?? []), { apiVersion, kind, name, namespace, uid, resourceVersion }];
      status.lastScheduleTime = formatTime(time);
    }

    /** Keeps the newest few of those that succeeded, and of those that failed. */
    function removeHistory(cronJob: CronJob, owned: readonly Job[]): void {
      const { successfulJobsHistoryLimit, failedJobsHistoryLimit } = cronJob.spec;
      const of = (type: string) => owned.filter((job) => trueCondition(job.status.conditions, type) !== undefined);
      removeOldest(cronJob, of('Complete'), successfulJobsHistoryLimit);
      removeOldest(cronJob, of('Failed'), failedJobsHistoryLimit);
    }

    function removeOldest(cronJob: CronJob, ended: Job[], limit: number | undefined): void {
      if (limit === undefined || ended.length <= limit) return;
      const started = ({ status, metadata }: Job) => parseTime(status.startTime ?? metadata.creationTimestamp) ?? 0;
      ended.sort((a, b) => started(a) - started(b) || (a.metadata.name < b.metadata.name ? -1 : 1));
      for (const { metadata } of ended.slice(0, ended.length - limit)) deleteJob(cronJob, metadata.name, metadata.uid);
    }
  },
};

/** The last due time that has passed without a Job (mostRecentScheduleTime), and whether very many have. */
function mostRecentDue(
  { metadata, spec }: CronJob,
  plan: Schedule,
  { lastScheduleTime }: CronJobStatus,
  now: Micros,
): { time: Micros | undefined; tooMany: boolean } {
  let earliest = parseTime(lastScheduleTime ?? metadata.creationTimestamp) ?? now;
  const { startingDeadlineSeconds } = spec;
  if (startingDeadlineSeconds !== undefined) earliest = Math.max(earliest, now - startingDeadlineSeconds * SECOND);
  let time: Micros | undefined;
  let missed = 0;
  let next = plan.next(earliest);
  while (next !== undefined && next <= now) {
    time = next;
    missed++;
    if (missed === TOO_MANY) {
      // Skip ahead: what counts is only the last one, which cannot be more than one interval ago.
      const after = plan.next(next);
      const interval = after === undefined ? 0 : after - next;
      const jump = now - 2 * interval;
      next = jump > next ? plan.next(jump) : after;
      continue;
    }
    next = plan.next(next);
  }
  return { time, tooMany: missed > TOO_MANY };
}

/** The Job's name: two controllers that start the same one at the same time cannot start it twice (getJobName). */
function jobName({ metadata }: CronJob, time: Micros): string {
  return `${metadata.name}-${Math.floor(time / MINUTE)}`;
}

function jobFor(cronJob: CronJob, time: Micros): NewObject<Job> {
  const { metadata = {}, spec } = cronJob.spec.jobTemplate;
  return {
    metadata: {
      name: jobName(cronJob, time),
      namespace: cronJob.metadata.namespace,
      ...(metadata.labels === undefined ? {} : { labels: metadata.labels }),
      annotations: { ...metadata.annotations, [SCHEDULED_AT]: formatTime(time) },
      ownerReferences: [controllerReference(cronJob)],
    },
    spec: spec ?? { template: {} },
  };
}
