import { type Job, objectKey, type Pod } from '../../api/objects.ts';
import { isNotFound } from '../../api/status.ts';
import type { Micros } from '../../engine/index.ts';
import type { ControllerContext } from '../controller.ts';
import { rankForDeletion } from '../shared/deletion-ranking.ts';
import type { Expectations } from '../shared/expectations.ts';
import { createPod, deletePod, isNamespaceTerminating } from '../shared/pod-control.ts';
import { isPodTerminal, isTerminating } from '../shared/pods.ts';
import { slowStart } from '../shared/slow-start.ts';
import type { PodBackoff } from './backoff.ts';
import { type Indexes, indexOf, isIndexed, pendingIndexes } from './indexes.ts';
import {
  failuresOf,
  finishedAt,
  hasFailed,
  hasSucceeded,
  jobPod,
  replacesOnlyFailed,
  superfluousByIndex,
} from './pods.ts';
import { matchFailurePolicy } from './policy.ts';

/** The most pods made, deleted or counted in one go (MaxPodCreateDeletePerSync, MaxUncountedPods). */
export const BURST = 500;

export interface RunHooks {
  readonly expectations: Expectations;
  readonly backoffs: PodBackoff;
  retryAfter(delay: Micros): void;
}

/** How far a Job has come, as its pods show. */
export interface JobProgress {
  readonly job: Job;
  readonly pods: readonly Pod[];
  readonly active: readonly Pod[];
  /** Number of pods that are being deleted and have not ended. */
  readonly terminating: number;
  readonly completions: number | undefined;
  readonly succeeded: number;
  readonly suspended: boolean;
  readonly succeededIndexes: Indexes;
  readonly failedIndexes: Indexes;
}

/** Makes and deletes the pods of one Job in one reconciliation. */
export class JobPods {
  private readonly context: ControllerContext;
  private readonly hooks: RunHooks;
  private readonly progress: JobProgress;
  private readonly key: string;
  /** How many it has made and deleted. */
  created = 0;
  deleted = 0;

  constructor(context: ControllerContext, hooks: RunHooks, progress: JobProgress) {
    this.context = context;
    this.hooks = hooks;
    this.progress = progress;
    this.key = objectKey(progress.job);
  }

  /** Makes or deletes pods until as many run as should (manageJob). Answers the first error. */
  manage(): unknown {
    const { job, active, completions, failedIndexes, succeeded, suspended, terminating } = this.progress;
    if (!this.hooks.expectations.satisfied(this.key) || isTerminating(job)) return undefined;
    if (suspended) return this.delete(active);
    const { parallelism = 1 } = job.spec;
    let wanted: number;
    if (completions === undefined) wanted = succeeded > 0 ? active.length : parallelism;
    else wanted = Math.max(0, Math.min(parallelism, completions - succeeded - failedIndexes.total));
    const surplus = this.surplus(Math.max(0, active.length - wanted));
    if (surplus.length > 0) return this.delete(surplus);
    const waiting = replacesOnlyFailed(job) ? terminating : 0;
    const missing = wanted - active.length - waiting;
    return missing > 0 ? this.create(Math.min(missing, BURST)) : undefined;
  }

  private surplus(atLeast: number): Pod[] {
    const { job, active } = this.progress;
    const byIndex = isIndexed(job) ? superfluousByIndex(job, active) : [];
    if (byIndex.length >= atLeast) return byIndex;
    const others = active.filter((pod) => !byIndex.includes(pod));
    return [...byIndex, ...rankForDeletion(others, others, this.context.engine.now).slice(0, atLeast - byIndex.length)];
  }

  private create(count: number): unknown {
    const { context, key, hooks } = this;
    const { job } = this.progress;
    const wait = job.spec.backoffLimitPerIndex === undefined ? hooks.backoffs.remaining(key) : 0;
    if (wait > 0) {
      hooks.retryAfter(wait);
      return undefined;
    }
    const drafts = isIndexed(job)
      ? this.nextIndexes(count).map(({ index, failures }) => jobPod(job, index, failures))
      : Array.from({ length: count }, () => jobPod(job, undefined, undefined));
    if (drafts.length === 0) return undefined;
    hooks.expectations.expectCreations(key, drafts.length);
    const { successes, error } = slowStart(drafts.length, (position) => createPod(context, job, drafts[position]!));
    for (let skipped = successes; skipped < drafts.length; skipped++) hooks.expectations.creationObserved(key);
    this.created = successes;
    return isNamespaceTerminating(error) ? undefined : error;
  }

  /** The indexes to start next; with a limit per index each waits by its own failures. */
  private nextIndexes(count: number) {
    const { hooks } = this;
    const { job, active, pods, completions = 0, succeededIndexes, failedIndexes } = this.progress;
    const { now } = this.context.engine;
    const busy = new Set(active.map(indexOf));
    if (replacesOnlyFailed(job))
      for (const pod of pods) if (isTerminating(pod) && !isPodTerminal(pod)) busy.add(indexOf(pod));
    const latest = new Map<number, Pod>();
    for (const pod of pods) {
      const index = indexOf(pod);
      if (index === undefined || hasSucceeded(pod) || !hasFailed(job, pod)) continue;
      const before = latest.get(index);
      if (before === undefined || failuresOf(pod).counted >= failuresOf(before).counted) latest.set(index, pod);
    }
    const perIndex = job.spec.backoffLimitPerIndex !== undefined;
    const taken = (index: number) => {
      if (busy.has(index) || succeededIndexes.has(index) || failedIndexes.has(index)) return true;
      const pod = latest.get(index);
      if (!perIndex || pod === undefined) return false;
      const left = finishedAt(pod, now) + hooks.backoffs.delay(failuresOf(pod).counted + 1) - now;
      if (left > 0) hooks.retryAfter(left);
      return left > 0;
    };
    return pendingIndexes(completions, taken, count).map((index) => {
      if (!perIndex) return { index, failures: undefined };
      const pod = latest.get(index);
      if (pod === undefined) return { index, failures: { counted: 0, ignored: 0 } };
      const { counted, ignored } = failuresOf(pod);
      const free = matchFailurePolicy(job, pod)?.action === 'Ignore';
      return { index, failures: free ? { counted, ignored: ignored + 1 } : { counted: counted + 1, ignored } };
    });
  }

  /** Deletes pods. Answers the first error. */
  delete(doomed: readonly Pod[]): unknown {
    const { context, key, hooks } = this;
    const { job } = this.progress;
    if (doomed.length === 0) return undefined;
    hooks.expectations.expectDeletions(key, doomed.map(objectKey));
    let failure: unknown;
    for (const pod of doomed) {
      try {
        deletePod(context, job, pod);
        this.deleted++;
      } catch (error) {
        hooks.expectations.deletionObserved(key, objectKey(pod));
        if (!isNotFound(error)) failure ??= error;
      }
    }
    return failure;
  }
}
