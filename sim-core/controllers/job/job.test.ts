import { describe, expect, it } from 'vitest';
import type { Job } from '../../api/objects.ts';
import { jobs } from '../../resources/job.ts';
import { pods } from '../../resources/pod.ts';
import { garbageCollectorController } from '../garbage-collector/index.ts';
import { TestCluster } from '../testing/test-cluster.ts';
import { jobController } from './index.ts';

const controllers = [jobController];
const batch = (spec: object = {}) => ({
  metadata: { name: 'batch' },
  spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox' }] } }, ...spec },
});
const conditions = ({ status }: Job) =>
  (status.conditions ?? []).map(({ type, status: value, reason, message }) => `${type}=${value} ${reason}: ${message}`);
const DONE = 'CompletionsReached: Reached expected number of succeeded pods';

describe('the Job controller', () => {
  it('runs pods until enough have succeeded, never more at a time than allowed', () => {
    const cluster = new TestCluster({ controllers, kubelet: () => 'succeeded' });
    cluster.create(jobs, batch({ completions: 5, parallelism: 2 }));
    let most = 0;
    for (let step = 0; step < 5000 && cluster.engine.step(); step++) {
      most = Math.max(most, cluster.list(pods).filter(({ status }) => status.phase !== 'Succeeded').length);
    }
    expect(most).toBe(2);
    const job = cluster.get(jobs, 'batch');
    expect(job.status).toMatchObject({ succeeded: 5, ready: 0, terminating: 0, uncountedTerminatedPods: {} });
    expect(job.status.active).toBeUndefined();
    expect(conditions(job)).toEqual([`SuccessCriteriaMet=True ${DONE}`, `Complete=True ${DONE}`]);
    expect(job.status.completionTime).toBeDefined();
    const made = cluster.list(pods);
    expect(made).toHaveLength(5);
    expect(made.every(({ metadata }) => (metadata.finalizers ?? []).length === 0)).toBe(true);
    expect(cluster.events('Job').at(-1)).toBe('Normal Completed Job completed');
  });

  it('fails after backoffLimit, waiting longer and longer', () => {
    const cluster = new TestCluster({ controllers, kubelet: () => 'failed' });
    cluster.create(jobs, batch({ backoffLimit: 2 }));
    cluster.wait(8);
    expect(cluster.list(pods)).toHaveLength(1);
    cluster.wait(12);
    expect(cluster.list(pods)).toHaveLength(2);
    cluster.wait(60);
    expect(cluster.list(pods)).toHaveLength(3);
    const job = cluster.get(jobs, 'batch');
    const limit = 'BackoffLimitExceeded: Job has reached the specified backoff limit';
    expect(conditions(job)).toEqual([`FailureTarget=True ${limit}`, `Failed=True ${limit}`]);
    expect(job.status.failed).toBe(3);
    expect(cluster.events('Job').at(-1)).toBe(
      'Warning BackoffLimitExceeded Job has reached the specified backoff limit',
    );
  });

  it('runs each index once, with its number', () => {
    const cluster = new TestCluster({ controllers, kubelet: () => 'succeeded' });
    cluster.create(jobs, batch({ completions: 4, parallelism: 3, completionMode: 'Indexed' }));
    cluster.wait(30);
    const [first] = cluster.list(pods);
    expect(first!.metadata.generateName).toBe('batch-0-');
    expect(first!.spec.hostname).toBe('batch-0');
    expect(first!.spec.containers[0]!.env).toMatchObject([{ name: 'JOB_COMPLETION_INDEX' }]);
    expect(cluster.list(pods)).toHaveLength(4);
    expect(cluster.get(jobs, 'batch').status).toMatchObject({ succeeded: 4, completedIndexes: '0-3' });
  });

  it('gives up single indexes, and the Job with them', () => {
    const fate = ({ metadata }: { metadata: { annotations?: Record<string, string> } }) =>
      metadata.annotations?.['batch.kubernetes.io/job-completion-index'] === '1'
        ? ('failed' as const)
        : ('succeeded' as const);
    const cluster = new TestCluster({ controllers, kubelet: fate });
    cluster.create(jobs, batch({ completions: 3, parallelism: 3, completionMode: 'Indexed', backoffLimitPerIndex: 1 }));
    cluster.wait(60);
    const job = cluster.get(jobs, 'batch');
    expect(job.status).toMatchObject({ completedIndexes: '0,2', failedIndexes: '1', failed: 2, succeeded: 2 });
    expect(conditions(job).at(-1)).toBe('Failed=True FailedIndexes: Job has failed indexes');
  });

  it('obeys the pod failure policy', () => {
    const cluster = new TestCluster({ controllers, kubelet: () => 'pending' });
    const rules = [{ action: 'FailJob', onExitCodes: { containerName: 'main', operator: 'In', values: [42] } }];
    cluster.create(jobs, batch({ podFailurePolicy: { rules } }));
    cluster.settle();
    const [pod] = cluster.list(pods);
    cluster.report(pod!, 'failed', 42);
    cluster.settle();
    const text = `PodFailurePolicy: Container main for pod default/${pod!.metadata.name} failed with exit code 42 matching FailJob rule at index 0`;
    expect(conditions(cluster.get(jobs, 'batch'))).toEqual([`FailureTarget=True ${text}`, `Failed=True ${text}`]);
  });

  it('ends early by success policy, taking the rest away', () => {
    const fate = ({ metadata }: { metadata: { annotations?: Record<string, string> } }) =>
      metadata.annotations?.['batch.kubernetes.io/job-completion-index'] === '0'
        ? ('succeeded' as const)
        : ('ready' as const);
    const cluster = new TestCluster({ controllers, kubelet: fate });
    const successPolicy = { rules: [{ succeededIndexes: '0' }] };
    cluster.create(jobs, batch({ completions: 3, parallelism: 3, completionMode: 'Indexed', successPolicy }));
    cluster.wait(20);
    const job = cluster.get(jobs, 'batch');
    expect(conditions(job)).toEqual([
      'SuccessCriteriaMet=True SuccessPolicy: Matched rules at index 0',
      'Complete=True SuccessPolicy: Matched rules at index 0',
    ]);
    expect(cluster.list(pods)).toHaveLength(1);
  });

  it('takes a condition that a failure policy names for one that holds', () => {
    const cluster = new TestCluster({ controllers });
    const podFailurePolicy = { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] }] };
    cluster.create(jobs, batch({ podFailurePolicy }));
    expect(cluster.get(jobs, 'batch').spec.podFailurePolicy?.rules[0]?.onPodConditions).toEqual([
      { type: 'DisruptionTarget', status: 'True' },
    ]);
  });

  it('suspends and resumes', () => {
    const cluster = new TestCluster({ controllers });
    cluster.create(jobs, batch());
    cluster.settle();
    const suspend = (value: boolean) => {
      cluster.change(jobs, 'batch', ({ spec }) => {
        spec.suspend = value;
      });
      cluster.wait(15);
    };
    suspend(true);
    expect(cluster.list(pods)).toEqual([]);
    expect(conditions(cluster.get(jobs, 'batch'))).toEqual(['Suspended=True JobSuspended: Job suspended']);
    expect(cluster.get(jobs, 'batch').status.startTime).toBeUndefined();
    suspend(false);
    expect(cluster.list(pods)).toHaveLength(1);
    expect(conditions(cluster.get(jobs, 'batch'))).toEqual(['Suspended=False JobResumed: Job resumed']);
    expect(cluster.events('Job').filter((event) => /Suspended|Resumed/.test(event))).toEqual([
      'Normal Suspended Job suspended',
      'Normal Resumed Job resumed',
    ]);
  });

  it('that shrinks with its completions counts only the indexes it still has', () => {
    const cluster = new TestCluster({ controllers });
    cluster.create(jobs, batch({ completionMode: 'Indexed', completions: 3, parallelism: 3 }));
    cluster.settle();
    cluster.change(jobs, 'batch', ({ spec }) => {
      spec.completions = spec.parallelism = 2;
    });
    cluster.wait(15);
    expect(cluster.list(pods)).toHaveLength(2);
    expect(cluster.get(jobs, 'batch').status).toMatchObject({ active: 2 });
    expect(cluster.get(jobs, 'batch').status.failed).toBeUndefined();
  });

  it('is left alone when another controller is named for it', () => {
    const cluster = new TestCluster({ controllers, kubelet: () => 'succeeded' });
    cluster.create(jobs, batch({ managedBy: 'example.com/queue' }));
    cluster.wait(15);
    expect(cluster.list(pods)).toEqual([]);
    expect(cluster.get(jobs, 'batch').status).toEqual({});
  });

  it('stops at its deadline', () => {
    const cluster = new TestCluster({ controllers });
    cluster.create(jobs, batch({ activeDeadlineSeconds: 10 }));
    cluster.wait(20);
    expect(conditions(cluster.get(jobs, 'batch')).at(-1)).toBe(
      'Failed=True DeadlineExceeded: Job was active longer than specified deadline',
    );
    expect(cluster.list(pods)).toEqual([]);
  });

  it('lets go of its pods when it is deleted', () => {
    const cluster = new TestCluster({ controllers: [...controllers, garbageCollectorController] });
    cluster.create(jobs, batch());
    cluster.settle();
    cluster.client.delete(jobs, 'default', 'batch', { propagationPolicy: 'Background' });
    cluster.wait(10);
    expect(cluster.list(pods)).toEqual([]);
  });
});
