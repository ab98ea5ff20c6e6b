import { type Job, objectKey } from '../api/objects.ts';
import { isNotFound } from '../api/status.ts';
import { parseTime, SECOND } from '../engine/index.ts';
import { jobs } from '../resources/job.ts';
import type { ControllerDefinition } from './controller.ts';
import { isFinished } from './job/conditions.ts';
import { isTerminating } from './shared/pods.ts';

/** The TTL-after-finished controller (pkg/controller/ttlafterfinished): deletes Jobs some seconds after they ended. */
export const ttlAfterFinishedController: ControllerDefinition = {
  name: 'ttl-after-finished-controller',
  setUp(context) {
    const { client, engine, informers } = context;
    const informer = informers.for(jobs);
    const queue = context.queue({ reconcile });
    const enqueue = (job: Job) => {
      if (job.spec.ttlSecondsAfterFinished !== undefined && isFinished(job)) queue.add(objectKey(job));
    };
    informer.addHandler({ added: enqueue, updated: enqueue });

    function reconcile(key: string): void {
      const cached = informer.getByKey(key);
      if (cached === undefined || remaining(cached) === undefined) return;
      const wait = remaining(cached)!;
      if (wait > 0) {
        queue.addAfter(key, wait);
        return;
      }
      const { namespace, name, uid } = cached.metadata;
      try {
        // The cache may be old, and the TTL may have been raised since: what is deleted must have expired now.
        const live = client.get(jobs, namespace, name);
        const left = remaining(live);
        if (left === undefined) return;
        if (left > 0) queue.addAfter(key, left);
        else client.delete(jobs, namespace, name, { propagationPolicy: 'Foreground', uid });
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    }

    function remaining(job: Job): number | undefined {
      const { ttlSecondsAfterFinished } = job.spec;
      if (ttlSecondsAfterFinished === undefined || !isFinished(job) || isTerminating(job)) return undefined;
      const end = job.status.conditions!.find(
        ({ type, status }) => status === 'True' && (type === 'Complete' || type === 'Failed'),
      );
      return (parseTime(end?.lastTransitionTime ?? '') ?? 0) + ttlSecondsAfterFinished * SECOND - engine.now;
    }
  },
};
