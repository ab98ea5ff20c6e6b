import { describe, expect, it } from 'vitest';
import { StatusError } from '../../api/status.ts';
import { pods } from '../../resources/pod.ts';
import { replicaSets } from '../../resources/replica-set.ts';
import { TestCluster, template } from '../testing/test-cluster.ts';
import { replicaSetController } from './index.ts';

const controllers = [replicaSetController];
const front = (replicas: number, spec: object = {}) => ({
  metadata: { name: 'front' },
  spec: { replicas, selector: { matchLabels: { app: 'front' } }, template: template({ app: 'front' }), ...spec },
});

describe('the ReplicaSet controller', () => {
  it('makes pods, reports them, and deletes them again', () => {
    const cluster = new TestCluster({ controllers });
    cluster.create(replicaSets, front(3));
    expect(cluster.settle()).toBe('settled');
    const made = cluster.list(pods);
    expect(made.map(({ metadata }) => metadata.generateName)).toEqual(['front-', 'front-', 'front-']);
    expect(made[0]!.metadata.ownerReferences).toMatchObject([
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'front', controller: true, blockOwnerDeletion: true },
    ]);
    expect(cluster.get(replicaSets, 'front').status).toEqual({
      replicas: 3,
      fullyLabeledReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      observedGeneration: 1,
    });
    expect(cluster.events('ReplicaSet').sort()).toEqual(
      made.map(({ metadata }) => `Normal SuccessfulCreate Created pod: ${metadata.name}`).sort(),
    );
    cluster.change(replicaSets, 'front', ({ spec }) => {
      spec.replicas = 1;
    });
    cluster.settle();
    expect(cluster.list(pods)).toHaveLength(1);
    expect(
      cluster.events('ReplicaSet').filter((event) => event.includes('SuccessfulDelete Deleted pod: ')),
    ).toHaveLength(2);
    expect(cluster.get(replicaSets, 'front').status).toMatchObject({ replicas: 1, observedGeneration: 2 });
  });

  it('replaces a pod as soon as it is being deleted', () => {
    const cluster = new TestCluster({ controllers });
    cluster.create(replicaSets, front(2));
    cluster.settle();
    const [first] = cluster.list(pods);
    cluster.client.delete(pods, 'default', first!.metadata.name);
    cluster.wait(0.05);
    expect(cluster.list(pods)).toHaveLength(3);
    cluster.settle();
    expect(cluster.list(pods)).toHaveLength(2);
  });

  it('never makes more pods than asked for, however late it sees them', () => {
    const cluster = new TestCluster({ controllers });
    cluster.create(replicaSets, front(100));
    let most = 0;
    for (let step = 0; step < 5000 && cluster.engine.step(); step++) {
      most = Math.max(most, cluster.server.store.list('pods').length);
    }
    expect(most).toBe(100);
  });

  it('adopts orphans that match and releases pods that no longer do', () => {
    const cluster = new TestCluster({ controllers });
    cluster.create(pods, { metadata: { name: 'stray', labels: { app: 'front' } }, spec: template({}).spec });
    cluster.settle();
    cluster.create(replicaSets, front(2));
    cluster.settle();
    expect(cluster.get(pods, 'stray').metadata.ownerReferences?.[0]?.name).toBe('front');
    expect(cluster.list(pods)).toHaveLength(2);
    cluster.change(pods, 'stray', ({ metadata }) => {
      metadata.labels = { app: 'free' };
    });
    cluster.settle();
    expect(cluster.get(pods, 'stray').metadata.ownerReferences ?? []).toEqual([]);
    expect(cluster.list(pods, 'app=front')).toHaveLength(2);
  });

  it('deletes first what is worth least', () => {
    const cluster = new TestCluster({ controllers });
    cluster.create(replicaSets, front(3));
    cluster.settle();
    const [first, second] = cluster.list(pods);
    cluster.report(second!, 'unready');
    cluster.change(pods, first!.metadata.name, ({ metadata }) => {
      metadata.annotations = { 'controller.kubernetes.io/pod-deletion-cost': '-10' };
    });
    cluster.settle();
    const scale = (replicas: number) => {
      cluster.change(replicaSets, 'front', ({ spec }) => {
        spec.replicas = replicas;
      });
      cluster.settle();
      return cluster.list(pods).map(({ metadata }) => metadata.name);
    };
    expect(scale(2)).not.toContain(second!.metadata.name);
    expect(scale(1)).not.toContain(first!.metadata.name);
  });

  it('says why it cannot make pods, tries few at first, and recovers', () => {
    const cluster = new TestCluster({ controllers });
    let attempts = 0;
    cluster.intercept = ({ verb, resource }) => {
      if (verb !== 'create' || resource.plural !== 'pods') return;
      attempts++;
      throw new StatusError(403, 'Forbidden', 'pods "front-x" is forbidden: exceeded quota: q');
    };
    cluster.create(replicaSets, front(64));
    cluster.wait(0.004);
    // One to find out, and one more because the status that says so changed: not 64.
    expect(attempts).toBeLessThanOrEqual(2);
    cluster.wait(0.1);
    const { status } = cluster.get(replicaSets, 'front');
    expect(status.conditions).toMatchObject([
      {
        type: 'ReplicaFailure',
        status: 'True',
        reason: 'FailedCreate',
        message: 'pods "front-x" is forbidden: exceeded quota: q',
      },
    ]);
    expect(cluster.events('ReplicaSet')[0]).toBe(
      'Warning FailedCreate Error creating: pods "front-x" is forbidden: exceeded quota: q',
    );
    cluster.intercept = undefined;
    cluster.wait(120);
    expect(cluster.get(replicaSets, 'front').status).toMatchObject({ readyReplicas: 64 });
    expect(cluster.get(replicaSets, 'front').status.conditions).toBeUndefined();
  });

  it('counts pods as available only after minReadySeconds', () => {
    const cluster = new TestCluster({ controllers });
    cluster.create(replicaSets, front(2, { minReadySeconds: 10 }));
    cluster.wait(5);
    expect(cluster.get(replicaSets, 'front').status).toMatchObject({ readyReplicas: 2 });
    expect(cluster.get(replicaSets, 'front').status.availableReplicas ?? 0).toBe(0);
    cluster.wait(8);
    expect(cluster.get(replicaSets, 'front').status).toMatchObject({ availableReplicas: 2 });
  });

  it('comes to the same end after its watches were cut and pods came and went unseen', () => {
    const cluster = new TestCluster({ controllers });
    cluster.create(replicaSets, front(4));
    cluster.wait(0.0015);
    cluster.setServing(false);
    cluster.wait(5);
    cluster.server.setServing(true);
    for (const pod of cluster.list(pods).slice(0, 2)) cluster.client.delete(pods, 'default', pod.metadata.name);
    cluster.setServing(true);
    cluster.wait(400);
    expect(cluster.list(pods)).toHaveLength(4);
    expect(cluster.get(replicaSets, 'front').status).toMatchObject({ replicas: 4 });
  });
});
