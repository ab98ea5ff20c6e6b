import type { JobCondition, JobStatus } from 'kubernetes-types/batch/v1';
import { deepEqual } from '../../api/equality.ts';
import { type Job, objectKey, type Pod } from '../../api/objects.ts';
import { formatTime, parseTime, SECOND } from '../../engine/index.ts';
import { jobs } from '../../resources/job.ts';
import type { ControllerContext } from '../controller.ts';
import { isPodActive, isPodReady, isPodTerminal, isTerminating } from '../shared/pods.ts';
import { setCondition, trueCondition } from './conditions.ts';
import { Indexes, indexOf, isIndexed } from './indexes.ts';
import { BURST, JobPods, type JobProgress, type RunHooks } from './manage.ts';
import { failuresOf, finishedAt, hasFailed, hasSucceeded, pastLimitByRestarts } from './pods.ts';
import { matchFailurePolicy, matchSuccessPolicy } from './policy.ts';
import { hasTracking, removeTracking } from './tracking.ts';

/** One reconciliation of one Job (syncJob). */
export class JobRun implements JobProgress {
  private readonly context: ControllerContext;
  private readonly hooks: RunHooks;
  private readonly key: string;
  readonly pods: readonly Pod[];
  job: Job;
  active: Pod[];
  readonly terminating: number;
  private readonly changes: JobPods;
  /** Pods that ended and have not been counted yet. */
  private readonly newSucceeded: Pod[];
  private readonly newFailed: Pod[];
  succeededIndexes = new Indexes();
  failedIndexes = new Indexes();
  /** How the Job is to end, once that is decided. */
  private verdict: { type: 'SuccessCriteriaMet' | 'FailureTarget'; reason: string; message: string } | undefined;

  constructor(context: ControllerContext, job: Job, pods: readonly Pod[], hooks: RunHooks) {
    this.context = context;
    this.hooks = hooks;
    this.job = job;
    this.key = objectKey(job);
    this.pods = pods;
    this.changes = new JobPods(context, hooks, this);
    this.active = pods.filter(isPodActive);
    this.terminating = pods.filter((pod) => isTerminating(pod) && !isPodTerminal(pod)).length;
    const { succeeded = [], failed = [] } = job.status.uncountedTerminatedPods ?? {};
    const uncounted = new Set([...succeeded, ...failed]);
    const fresh = pods.filter((pod) => hasTracking(pod) && !uncounted.has(pod.metadata.uid));
    this.newSucceeded = fresh.filter(hasSucceeded);
    this.newFailed = fresh.filter((pod) => !hasSucceeded(pod) && hasFailed(job, pod));
  }

  run(): void {
    const { backoffs } = this.hooks;
    const { now } = this.context.engine;
    const times = (pods: readonly Pod[]) => pods.map((pod) => finishedAt(pod, now));
    this.readIndexes();
    this.judge();
    backoffs.note(this.key, times(this.newFailed), times(this.newSucceeded));
    const failure = this.verdict === undefined ? this.changes.manage() : this.changes.delete(this.active);
    this.judgeCompletion();
    this.count();
    if (failure !== undefined) throw failure;
  }

  get completions(): number | undefined {
    return this.job.spec.completions;
  }

  get suspended(): boolean {
    return this.job.spec.suspend === true;
  }

  get succeeded(): number {
    if (isIndexed(this.job)) return this.succeededIndexes.total;
    const { succeeded = 0, uncountedTerminatedPods } = this.job.status;
    return succeeded + (uncountedTerminatedPods?.succeeded?.length ?? 0) + this.newSucceeded.length;
  }

  /** Failures that count: the failure policy may say that some do not. */
  private get failed(): number {
    const { failed = 0, uncountedTerminatedPods } = this.job.status;
    return failed + (uncountedTerminatedPods?.failed?.length ?? 0) + this.countedFailures().length;
  }

  private countedFailures(): Pod[] {
    const { job, completions = 0 } = this;
    // A pod whose index is no longer wanted does not count (getValidPodsWithFilter).
    const valid = (pod: Pod) => !isIndexed(job) || (indexOf(pod) ?? completions) < completions;
    return this.newFailed.filter((pod) => valid(pod) && matchFailurePolicy(job, pod)?.action !== 'Ignore');
  }

  private readIndexes(): void {
    const { job } = this;
    if (!isIndexed(job)) return;
    const completions = this.completions ?? 0;
    const inRange = (pods: readonly Pod[]) =>
      pods.flatMap((pod) => {
        const index = indexOf(pod);
        return index !== undefined && index < completions ? [index] : [];
      });
    const before = Indexes.parse(job.status.completedIndexes, completions);
    this.succeededIndexes = before.with(inRange(this.pods.filter((pod) => hasSucceeded(pod) && hasTracking(pod))));
    const limit = job.spec.backoffLimitPerIndex;
    if (limit === undefined) return;
    const lost = this.pods.filter((pod) => {
      if (!hasTracking(pod) || hasSucceeded(pod) || !hasFailed(job, pod)) return false;
      const action = matchFailurePolicy(job, pod)?.action;
      if (action === 'FailIndex') return true;
      return action !== 'Ignore' && failuresOf(pod).counted >= limit;
    });
    const failedBefore = Indexes.parse(job.status.failedIndexes, completions);
    this.failedIndexes = failedBefore.with(inRange(lost).filter((index) => !this.succeededIndexes.has(index)));
  }

  /** Whether the Job has already failed, or succeeded early. */
  private judge(): void {
    const { conditions } = this.job.status;
    for (const type of ['SuccessCriteriaMet', 'FailureTarget'] as const) {
      const decided = trueCondition(conditions, type);
      if (decided === undefined) continue;
      this.verdict = { type, reason: decided.reason ?? '', message: decided.message ?? '' };
      return;
    }
    const failure = this.failure();
    if (failure !== undefined) {
      this.verdict = { type: 'FailureTarget', ...failure };
      return;
    }
    const met =
      this.job.spec.successPolicy === undefined ? undefined : matchSuccessPolicy(this.job, this.succeededIndexes);
    if (met !== undefined) this.verdict = { type: 'SuccessCriteriaMet', reason: 'SuccessPolicy', message: met };
  }

  private failure(): { reason: string; message: string } | undefined {
    const { job } = this;
    const { startTime } = job.status;
    const { backoffLimit = 6, activeDeadlineSeconds, maxFailedIndexes } = job.spec;
    const fatal = this.newFailed
      .map((pod) => matchFailurePolicy(job, pod))
      .find((match) => match?.action === 'FailJob');
    if (fatal !== undefined) return { reason: 'PodFailurePolicy', message: fatal.message };
    if (this.failed > backoffLimit || pastLimitByRestarts(job, this.pods)) {
      return { reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
    }
    if (activeDeadlineSeconds !== undefined && startTime !== undefined && !this.suspended) {
      const left = (parseTime(startTime) ?? 0) + activeDeadlineSeconds * SECOND - this.context.engine.now;
      if (left <= 0) return { reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' };
      this.hooks.retryAfter(left);
    }
    if (maxFailedIndexes !== undefined && this.failedIndexes.total > maxFailedIndexes) {
      const message = 'Job has exceeded the specified maximal number of failed indexes';
      return { reason: 'MaxFailedIndexesExceeded', message };
    }
    return undefined;
  }

  /** After pods were dealt with: are all completions there? */
  private judgeCompletion(): void {
    if (this.verdict !== undefined || this.activeCount > 0) return;
    const { completions } = this;
    if (completions === undefined) {
      if (this.succeeded === 0) return;
    } else if (this.succeeded + this.failedIndexes.total < completions) return;
    this.verdict =
      this.failedIndexes.total > 0
        ? { type: 'FailureTarget', reason: 'FailedIndexes', message: 'Job has failed indexes' }
        : {
            type: 'SuccessCriteriaMet',
            reason: 'CompletionsReached',
            message: 'Reached expected number of succeeded pods',
          };
  }

  private get activeCount(): number {
    return this.active.length + this.changes.created - this.changes.deleted;
  }

  /**
   * Counts ended pods, each exactly once (trackJobStatusAndRemoveFinalizers): their uids go into the status; then their
   * finalizers go; then the uids become numbers. Whatever fails in between, the next reconciliation can tell what was done.
   */
  private count(): void {
    const { job } = this;
    const failed = this.countedFailures().slice(0, BURST);
    const succeeded = this.newSucceeded.slice(0, BURST);
    const ignored = this.newFailed.filter((pod) => !failed.includes(pod));
    const before = job.status.uncountedTerminatedPods ?? {};
    const uids = (pods: readonly Pod[]) => pods.map(({ metadata }) => metadata.uid);
    // Indexes are remembered by their numbers: counting one twice changes nothing.
    const keepUids = !isIndexed(job);
    const uncounted = {
      succeeded: [...(before.succeeded ?? []), ...(keepUids ? uids(succeeded) : [])],
      failed: [...(before.failed ?? []), ...uids(failed)],
    };
    const some = uncounted.succeeded.length + uncounted.failed.length > 0;
    if (some || succeeded.length > 0) {
      this.write({ ...this.numbers(), uncountedTerminatedPods: compact(uncounted) });
    }
    const counted = new Set([...uncounted.succeeded, ...uncounted.failed]);
    for (const pod of this.pods) {
      const done = counted.has(pod.metadata.uid) || succeeded.includes(pod) || ignored.includes(pod);
      if (done && hasTracking(pod)) removeTracking(this.context.client, pod);
    }
    const { succeeded: successes = 0, failed: failures = 0 } = this.job.status;
    const status = this.numbers();
    setNumber(
      status,
      'succeeded',
      isIndexed(job) ? this.succeededIndexes.total : successes + uncounted.succeeded.length,
    );
    setNumber(status, 'failed', failures + uncounted.failed.length);
    status.uncountedTerminatedPods = {};
    const finished = this.conclude(status);
    this.write(status);
    if (finished !== undefined) this.announce(finished);
  }

  /** The status but for what counting changes. */
  private numbers(): JobStatus {
    const { job, active } = this;
    const { engine } = this.context;
    const status: JobStatus = { ...job.status };
    if (status.startTime === undefined && !this.suspended) status.startTime = formatTime(engine.now);
    setNumber(status, 'active', Math.max(0, this.activeCount));
    const { deleted } = this.changes;
    status.ready = deleted > 0 && deleted === active.length ? 0 : active.filter(isPodReady).length;
    status.terminating = this.terminating + deleted;
    if (isIndexed(job)) {
      const done = this.succeededIndexes.toString();
      if (done === '') delete status.completedIndexes;
      else status.completedIndexes = done;
      if (job.spec.backoffLimitPerIndex !== undefined) status.failedIndexes = this.failedIndexes.toString();
    }
    return status;
  }

  /** Adds conditions: how the Job ends is noted at once, that it has ended only when its last pod has. Changes `status`. */
  private conclude(status: JobStatus): JobCondition | undefined {
    const now = formatTime(this.context.engine.now);
    const condition = (type: string, value: string, reason: string, message: string): JobCondition => ({
      type,
      status: value,
      reason,
      message,
      lastProbeTime: now,
      lastTransitionTime: now,
    });
    const { verdict } = this;
    if (verdict === undefined) {
      this.noteSuspension(status, condition);
      return undefined;
    }
    const { type, reason, message } = verdict;
    if (trueCondition(status.conditions, type) === undefined) {
      status.conditions = setCondition(status.conditions, condition(type, 'True', reason, message));
    }
    if (this.activeCount > 0 || (status.terminating ?? 0) > 0) return undefined;
    const end = condition(type === 'FailureTarget' ? 'Failed' : 'Complete', 'True', reason, message);
    status.conditions = setCondition(status.conditions, end);
    if (end.type === 'Complete') status.completionTime = now;
    return end;
  }

  private noteSuspension(
    status: JobStatus,
    condition: (type: string, value: string, reason: string, message: string) => JobCondition,
  ): void {
    const { events, engine } = this.context;
    const noted = trueCondition(status.conditions, 'Suspended') !== undefined;
    if (this.suspended && !noted) {
      status.conditions = setCondition(
        status.conditions,
        condition('Suspended', 'True', 'JobSuspended', 'Job suspended'),
      );
      delete status.startTime;
      events.normal(this.job, 'Suspended', 'Job suspended');
    } else if (!this.suspended && noted) {
      status.conditions = setCondition(status.conditions, condition('Suspended', 'False', 'JobResumed', 'Job resumed'));
      status.startTime = formatTime(engine.now);
      events.normal(this.job, 'Resumed', 'Job resumed');
    }
  }

  private announce({ type, reason = '', message = '' }: JobCondition): void {
    const { events } = this.context;
    if (type === 'Complete') events.normal(this.job, 'Completed', 'Job completed');
    else events.warning(this.job, reason, message);
  }

  private write(status: JobStatus): void {
    if (deepEqual(status, this.job.status)) return;
    this.job = this.context.client.updateStatus(jobs, { ...this.job, status });
  }
}

function setNumber(status: JobStatus, field: 'active' | 'succeeded' | 'failed', value: number): void {
  if (value === 0) delete status[field];
  else status[field] = value;
}

function compact({ succeeded, failed }: { succeeded: string[]; failed: string[] }) {
  return { ...(succeeded.length === 0 ? {} : { succeeded }), ...(failed.length === 0 ? {} : { failed }) };
}
