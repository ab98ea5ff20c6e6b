import { describe, expect, it } from 'vitest';
import { controllerRevisions } from '../../resources/controller-revision.ts';
import { daemonSets } from '../../resources/daemon-set.ts';
import { nodes } from '../../resources/node.ts';
import { pods } from '../../resources/pod.ts';
import { TestCluster, template } from '../testing/test-cluster.ts';
import { daemonSetController } from './index.ts';

const controllers = [daemonSetController];
const agent = (spec: object = {}) => ({
  metadata: { name: 'agent' },
  spec: {
    selector: { matchLabels: { app: 'agent' } },
    template: template({ app: 'agent' }),
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
    ...spec,
  },
});
const where = (cluster: TestCluster) =>
  cluster
    .list(pods)
    .map(({ spec }) => spec.nodeName)
    .sort();

describe('the DaemonSet controller', () => {
  it('runs one pod on each node that can take it, and follows nodes', () => {
    const cluster = new TestCluster({ controllers });
    cluster.change(nodes, 'worker-3', ({ spec }) => {
      spec.taints = [{ key: 'special', effect: 'NoSchedule' }];
    });
    cluster.create(daemonSets, agent());
    cluster.settle();
    expect(where(cluster)).toEqual(['worker-1', 'worker-2']);
    expect(cluster.get(daemonSets, 'agent').status).toEqual({
      currentNumberScheduled: 2,
      desiredNumberScheduled: 2,
      numberMisscheduled: 0,
      numberReady: 2,
      numberAvailable: 2,
      updatedNumberScheduled: 2,
      observedGeneration: 1,
    });
    const [pod] = cluster.list(pods);
    expect(pod!.spec.tolerations!.map(({ key }) => key)).toContain('node.kubernetes.io/unschedulable');
    expect(cluster.events('DaemonSet')).toHaveLength(2);
    cluster.addNode('worker-4');
    cluster.settle();
    expect(where(cluster)).toEqual(['worker-1', 'worker-2', 'worker-4']);
    // A new NoSchedule taint keeps what runs, a NoExecute one does not.
    cluster.change(nodes, 'worker-1', ({ spec }) => {
      spec.taints = [{ key: 'special', effect: 'NoSchedule' }];
    });
    cluster.change(nodes, 'worker-2', ({ spec }) => {
      spec.taints = [{ key: 'special', effect: 'NoExecute' }];
    });
    cluster.settle();
    expect(where(cluster)).toEqual(['worker-1', 'worker-4']);
    expect(cluster.get(daemonSets, 'agent').status).toMatchObject({ numberMisscheduled: 1, desiredNumberScheduled: 1 });
  });

  it('updates node by node', () => {
    const cluster = new TestCluster({ controllers });
    cluster.create(daemonSets, agent());
    cluster.settle();
    cluster.change(daemonSets, 'agent', ({ spec }) => {
      spec.template.spec!.containers[0]!.image = 'nginx:1.26';
    });
    let fewest = 3;
    for (let step = 0; step < 3000 && cluster.engine.step(); step++) {
      const ready = cluster
        .list(pods)
        .filter(
          ({ status, metadata }) =>
            metadata.deletionTimestamp === undefined &&
            status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True'),
        );
      fewest = Math.min(fewest, ready.length);
    }
    expect(fewest).toBe(2);
    expect(cluster.list(pods).map(({ spec }) => spec.containers[0]!.image)).toEqual(Array(3).fill('nginx:1.26'));
    expect(
      cluster
        .list(controllerRevisions)
        .map(({ revision }) => revision)
        .sort(),
    ).toEqual([1, 2]);
  });

  it('updates with surge: the new pod is ready before the old one goes', () => {
    const cluster = new TestCluster({ controllers });
    cluster.create(
      daemonSets,
      agent({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } } }),
    );
    cluster.settle();
    cluster.change(daemonSets, 'agent', ({ spec }) => {
      spec.template.spec!.containers[0]!.image = 'nginx:1.26';
    });
    let fewest = 3;
    let most = 3;
    for (let step = 0; step < 3000 && cluster.engine.step(); step++) {
      const alive = cluster.list(pods).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
      most = Math.max(most, alive.length);
      fewest = Math.min(
        fewest,
        alive.filter(({ status }) =>
          status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True'),
        ).length,
      );
    }
    expect([fewest, most]).toEqual([3, 4]);
    expect(cluster.list(pods).map(({ spec }) => spec.containers[0]!.image)).toEqual(Array(3).fill('nginx:1.26'));
  });

  it('replaces failed pods, more and more slowly', () => {
    const cluster = new TestCluster({ controllers, nodes: ['worker-1'] });
    cluster.create(daemonSets, agent());
    cluster.settle();
    cluster.kubelet = () => 'failed';
    const [pod] = cluster.list(pods);
    cluster.report(pod!, 'failed');
    cluster.wait(60);
    const created = cluster.events('DaemonSet').filter((event) => event.includes('SuccessfulCreate')).length;
    expect(created).toBeGreaterThan(3);
    expect(created).toBeLessThan(9);
    expect(cluster.events('DaemonSet')).toContain(
      `Warning FailedDaemonPod Found failed daemon pod default/${pod!.metadata.name} on node worker-1, will try to kill it`,
    );
  });
});
