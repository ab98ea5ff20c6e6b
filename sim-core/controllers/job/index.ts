import { controllerOf, type Job, objectKey, type Pod } from '../../api/objects.ts';
import { labelSelectorAsSelector } from '../../api/selector.ts';
import { MINUTE, SECOND } from '../../engine/index.ts';
import { jobs } from '../../resources/job.ts';
import { pods } from '../../resources/pod.ts';
import type { ControllerDefinition } from '../controller.ts';
import { claim } from '../shared/claim.ts';
import { Expectations } from '../shared/expectations.ts';
import { claimable, indexByController, resolveOwner, watchDependants } from '../shared/ownership.ts';
import { isTerminating } from '../shared/pods.ts';
import { PodBackoff } from './backoff.ts';
import { isFinished } from './conditions.ts';
import { JobRun } from './run.ts';
import { hasTracking, removeTracking } from './tracking.ts';

/** Changes of pods are gathered for so long before a Job is looked at (syncJobBatchPeriod). */
const BATCH = SECOND;
/** Back-off between a Job's failing pods: 10 s doubling to 10 minutes. */
const FIRST_BACKOFF = 10 * SECOND;
const LONGEST_BACKOFF = 10 * MINUTE;

/**
 * The Job controller (pkg/controller/job): runs pods until enough of them have succeeded, or too many have failed.
 *
 * A pod counts exactly once, even if it is deleted or this controller restarts in between: every pod carries a finalizer that is
 * only taken away after its result has been written into the Job's status (`tracking.ts`). `run.ts` is one reconciliation,
 * `pods.ts` decides on pods, `indexes.ts` on the indexes of Indexed Jobs, `policy.ts` reads failure and success policies.
 */
export const jobController: ControllerDefinition = {
  name: 'job-controller',
  setUp(context) {
    const { client, engine, informers } = context;
    const jobInformer = informers.for(jobs);
    const podInformer = indexByController(informers.for(pods));
    jobInformer.addIndex('namespace', ({ metadata }) => [metadata.namespace ?? '']);
    const expectations = new Expectations(engine);
    const backoffs = new PodBackoff(engine, FIRST_BACKOFF, LONGEST_BACKOFF);
    const queue = context.queue({ reconcile });
    const orphanQueue = context.queue({ reconcile: freeOrphan });

    jobInformer.addHandler({
      added: (job) => queue.add(objectKey(job)),
      updated: (job) => queue.add(objectKey(job)),
      deleted(job) {
        const key = objectKey(job);
        expectations.forget(key);
        backoffs.forget(key);
        queue.add(key);
        // Its pods must not be held by a finalizer that nobody will take away any more.
        for (const pod of claimable(podInformer, job)) if (hasTracking(pod)) orphanQueue.add(objectKey(pod));
      },
    });
    watchDependants<Pod, Job>(podInformer, jobInformer, 'Job', {
      owned(job, pod, old, gone) {
        const key = objectKey(job);
        if (gone) expectations.deletionObserved(key, objectKey(pod));
        else if (old === undefined) expectations.creationObserved(key);
        // Many pods end at about the same time: their results are taken together.
        engine.asWork(() => (old === undefined ? queue.add(key) : later(key)));
        if (isFinished(job) && hasTracking(pod)) orphanQueue.add(objectKey(pod));
      },
      orphan(pod) {
        for (const job of jobInformer.byIndex('namespace', pod.metadata.namespace ?? '')) {
          if (labelSelectorAsSelector(job.spec.selector).matches(pod.metadata.labels)) queue.add(objectKey(job));
        }
        if (hasTracking(pod)) orphanQueue.add(objectKey(pod));
      },
    });
    podInformer.addHandler({
      updated(pod) {
        const reference = controllerOf(pod);
        if (reference?.kind !== 'Job' || !hasTracking(pod)) return;
        if (resolveOwner(jobInformer, 'Job', pod.metadata.namespace, reference) === undefined) {
          orphanQueue.add(objectKey(pod));
        }
      },
    });

    /** As work, not in the background: a pod's result is on its way into the Job's status. */
    const pending = new Set<string>();
    function later(key: string): void {
      if (pending.has(key)) return;
      pending.add(key);
      engine.after(BATCH, () => {
        pending.delete(key);
        queue.add(key);
      });
    }

    function reconcile(key: string): void {
      const job = jobInformer.getByKey(key);
      // Another controller may have been named for it (JobManagedBy).
      if (job?.spec.managedBy !== undefined && job.spec.managedBy !== 'kubernetes.io/job-controller') return;
      if (job === undefined || isFinished(job)) {
        backoffs.forget(key);
        return;
      }
      const selector = labelSelectorAsSelector(job.spec.selector);
      const owned = claim<Pod, Job>({
        client,
        resource: pods,
        ownerResource: jobs,
        owner: job,
        candidates: claimable(podInformer, job),
        matches: (pod) => selector.matches(pod.metadata.labels),
      });
      const hooks = { expectations, backoffs, retryAfter: (delay: number) => queue.addAfter(key, delay) };
      new JobRun(context, job, owned, hooks).run();
      const waiting = expectations.waitFor(key);
      if (waiting !== undefined) queue.addAfter(key, waiting);
    }

    function freeOrphan(key: string): void {
      const pod = podInformer.getByKey(key);
      if (pod === undefined || !hasTracking(pod)) return;
      const job = resolveOwner(jobInformer, 'Job', pod.metadata.namespace, controllerOf(pod));
      if (job !== undefined && !isFinished(job) && !isTerminating(job)) return;
      if (job !== undefined && isTerminating(job) && !isFinished(job)) return;
      removeTracking(client, pod);
    }
  },
};
