import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Deployment } from '../../api/objects.ts';
import { StatusError } from '../../api/status.ts';
import { deployments } from '../../resources/deployment.ts';
import { pods } from '../../resources/pod.ts';
import { replicaSets } from '../../resources/replica-set.ts';
import { replicaSetController } from '../replica-set/index.ts';
import { isPodActive, isPodReady } from '../shared/pods.ts';
import { TestCluster, template } from '../testing/test-cluster.ts';
import { deploymentController } from './index.ts';

const controllers = [deploymentController, replicaSetController];

const web = (replicas: number, spec: object = {}, rollingUpdate: object = {}) => ({
  metadata: { name: 'web', labels: { app: 'web' } },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%', ...rollingUpdate } },
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    template: template({ app: 'web' }),
    ...spec,
  },
});

const bad = {
  kubelet: (pod: { spec: { containers: { image?: string }[] } }) =>
    pod.spec.containers[0]!.image?.startsWith('nosuch') === true ? ('pending' as const) : ('ready' as const),
};

function setImage(cluster: TestCluster, image: string): void {
  cluster.change(deployments, 'web', ({ spec }) => {
    spec.template.spec!.containers[0]!.image = image;
  });
}

function scale(cluster: TestCluster, replicas: number): void {
  cluster.change(deployments, 'web', ({ spec }) => {
    spec.replicas = replicas;
  });
}

/** What the events say, with ReplicaSets by the order of their revisions: `up A 0 4`. */
function steps(cluster: TestCluster): string[] {
  const names = new Map<string, string>();
  return cluster.events('Deployment').map((event) =>
    event
      .replace(/^Normal ScalingReplicaSet Scaled (up|down) replica set (\S+) from (\d+) to (\d+)$/, '$1 $2 $3 $4')
      .replace(/web-[a-z0-9]+/g, (name) => {
        if (!names.has(name)) names.set(name, 'ABCDEFG'[names.size]!);
        return names.get(name)!;
      }),
  );
}

const conditions = ({ status }: Deployment) =>
  (status.conditions ?? []).map(({ type, status: value, reason, message }) => `${type}=${value} ${reason}: ${message}`);

describe('the Deployment controller', () => {
  it('makes a ReplicaSet and reports what it does', () => {
    const cluster = new TestCluster({ controllers });
    cluster.create(deployments, web(4));
    expect(cluster.settle()).toBe('settled');
    const [set] = cluster.list(replicaSets);
    const hash = set!.metadata.labels!['pod-template-hash'];
    expect(set!.metadata).toMatchObject({
      name: `web-${hash}`,
      labels: { app: 'web' },
      annotations: {
        'deployment.kubernetes.io/revision': '1',
        'deployment.kubernetes.io/desired-replicas': '4',
        'deployment.kubernetes.io/max-replicas': '5',
      },
    });
    expect(set!.spec.selector.matchLabels).toEqual({ app: 'web', 'pod-template-hash': hash });
    const deployment = cluster.get(deployments, 'web');
    expect(deployment.metadata.annotations).toEqual({ 'deployment.kubernetes.io/revision': '1' });
    expect(deployment.status).toMatchObject({
      observedGeneration: 1,
      replicas: 4,
      updatedReplicas: 4,
      readyReplicas: 4,
      availableReplicas: 4,
    });
    expect(deployment.status.unavailableReplicas).toBeUndefined();
    expect(conditions(deployment)).toEqual([
      'Available=True MinimumReplicasAvailable: Deployment has minimum availability.',
      `Progressing=True NewReplicaSetAvailable: ReplicaSet "web-${hash}" has successfully progressed.`,
    ]);
    expect(steps(cluster)).toEqual(['up A 0 4']);
  });

  // The same steps as recorded on a real control plane (dep-rolling-a and dep-rolling-c).
  it.each([
    {
      name: '4 replicas, 25% and 25%',
      deployment: web(4),
      expected: ['up A 0 4', 'up B 0 1', 'down A 4 3', 'up B 1 2'],
    },
    {
      name: '3 replicas, no surge, one unavailable',
      deployment: web(3, {}, { maxSurge: 0, maxUnavailable: 1 }),
      expected: ['up A 0 3', 'down A 3 2', 'up B 0 1', 'down A 2 1', 'up B 1 2', 'down A 1 0', 'up B 2 3'],
    },
    {
      name: '3 replicas, one more, none unavailable',
      deployment: web(3, {}, { maxSurge: 1, maxUnavailable: 0 }),
      expected: ['up A 0 3', 'up B 0 1', 'down A 3 2', 'up B 1 2', 'down A 2 1', 'up B 2 3', 'down A 1 0'],
    },
  ])('rolls out step by step: $name', ({ deployment, expected }) => {
    const cluster = new TestCluster({ controllers });
    cluster.create(deployments, deployment);
    cluster.settle();
    setImage(cluster, 'nginx:1.26');
    expect(cluster.settle()).toBe('settled');
    expect(steps(cluster).slice(0, expected.length)).toEqual(expected);
    expect(cluster.list(pods).map(({ spec }) => spec.containers[0]!.image)).toEqual(
      Array(deployment.spec.replicas).fill('nginx:1.26'),
    );
  });

  it('recreates: all old pods are gone before the first new one is made', () => {
    const cluster = new TestCluster({ controllers });
    cluster.create(deployments, web(3, { strategy: { type: 'Recreate' } }));
    cluster.settle();
    setImage(cluster, 'nginx:1.26');
    let mixed = false;
    for (let step = 0; step < 3000 && cluster.engine.step(); step++) {
      const images = new Set(cluster.list(pods).map(({ spec }) => spec.containers[0]!.image));
      mixed ||= images.size > 1;
    }
    cluster.settle();
    expect(mixed).toBe(false);
    expect(steps(cluster)).toEqual(['up A 0 3', 'down A 3 0', 'up B 0 3']);
  });

  it('rolls back by reusing the ReplicaSet of that template, under a new revision', () => {
    const cluster = new TestCluster({ controllers });
    cluster.create(deployments, web(1, { revisionHistoryLimit: 2 }));
    cluster.settle();
    for (const image of ['nginx:1.26', 'nginx:1.27', 'nginx:1.28']) {
      setImage(cluster, image);
      cluster.settle();
    }
    const revisions = () =>
      cluster
        .list(replicaSets)
        .map(({ metadata, spec }) => [
          spec.template!.spec!.containers[0]!.image,
          metadata.annotations!['deployment.kubernetes.io/revision'],
          spec.replicas,
        ])
        .sort();
    // Revision 1 went with the history limit.
    expect(revisions()).toEqual([
      ['nginx:1.26', '2', 0],
      ['nginx:1.27', '3', 0],
      ['nginx:1.28', '4', 1],
    ]);
    setImage(cluster, 'nginx:1.27');
    cluster.settle();
    expect(revisions()).toEqual([
      ['nginx:1.26', '2', 0],
      ['nginx:1.27', '5', 1],
      ['nginx:1.28', '4', 0],
    ]);
    const again = cluster.list(replicaSets).find(({ spec }) => spec.replicas === 1)!;
    expect(again.metadata.annotations!['deployment.kubernetes.io/revision-history']).toBe('3');
    expect(cluster.get(deployments, 'web').metadata.annotations!['deployment.kubernetes.io/revision']).toBe('5');
  });

  it('names a rollout that cannot finish at its deadline, and keeps the old pods', () => {
    const cluster = new TestCluster({ controllers, ...bad });
    cluster.create(deployments, web(3, { progressDeadlineSeconds: 5 }));
    cluster.settle();
    setImage(cluster, 'nosuch/web:1');
    cluster.wait(4);
    expect(conditions(cluster.get(deployments, 'web'))[1]).toContain('Progressing=True ReplicaSetUpdated');
    cluster.wait(5);
    const set = cluster
      .list(replicaSets)
      .find(({ spec }) => spec.template!.spec!.containers[0]!.image!.startsWith('nosuch'));
    expect(conditions(cluster.get(deployments, 'web'))).toEqual([
      'Available=True MinimumReplicasAvailable: Deployment has minimum availability.',
      `Progressing=False ProgressDeadlineExceeded: ReplicaSet "${set!.metadata.name}" has timed out progressing.`,
    ]);
    expect(steps(cluster)).toEqual(['up A 0 3', 'up B 0 1']);
  });

  it('shares a new size out in proportion while a rollout is stuck', () => {
    // dep-scale-mid: 6 replicas, surge 3, unavailable 2.
    const cluster = new TestCluster({ controllers, ...bad });
    cluster.create(deployments, web(6, {}, { maxSurge: 3, maxUnavailable: 2 }));
    cluster.settle();
    setImage(cluster, 'nosuch/web:1');
    cluster.settle();
    scale(cluster, 12);
    cluster.settle();
    scale(cluster, 4);
    cluster.settle();
    const recorded = [
      'up A 0 6',
      'up B 0 3',
      'down A 6 4',
      'up B 3 5',
      'up B 5 8',
      'up A 4 7',
      'down B 8 4',
      'down A 7 3',
      'down A 3 2',
    ];
    expect(steps(cluster)).toEqual(recorded);
  });

  it('does not roll out while paused, but scales', () => {
    const cluster = new TestCluster({ controllers });
    cluster.create(deployments, web(2));
    cluster.settle();
    cluster.change(deployments, 'web', ({ spec }) => {
      spec.paused = true;
    });
    cluster.settle();
    setImage(cluster, 'nginx:1.26');
    scale(cluster, 3);
    cluster.settle();
    expect(cluster.list(replicaSets)).toHaveLength(1);
    expect(cluster.list(pods)).toHaveLength(3);
    expect(conditions(cluster.get(deployments, 'web'))).toContain(
      'Progressing=Unknown DeploymentPaused: Deployment is paused',
    );
    cluster.change(deployments, 'web', ({ spec }) => {
      spec.paused = false;
    });
    cluster.settle();
    expect(cluster.list(replicaSets)).toHaveLength(2);
    expect(conditions(cluster.get(deployments, 'web'))[1]).toMatch(/^Progressing=True NewReplicaSetAvailable/);
  });

  it('passes on why a ReplicaSet cannot make pods', () => {
    const cluster = new TestCluster({ controllers });
    cluster.intercept = ({ verb, resource }) => {
      if (verb === 'create' && resource.plural === 'pods') throw new StatusError(403, 'Forbidden', 'no');
    };
    cluster.create(deployments, web(2));
    cluster.wait(1);
    expect(conditions(cluster.get(deployments, 'web'))).toContain('ReplicaFailure=True FailedCreate: no');
  });

  it('survives a hash collision by counting it', () => {
    const cluster = new TestCluster({ controllers });
    cluster.create(deployments, web(1));
    cluster.settle();
    const [{ metadata } = { metadata: { name: '' } }] = cluster.list(replicaSets);
    const other = new TestCluster({ controllers });
    const labels = { app: 'other' };
    other.create(replicaSets, {
      metadata: { name: metadata.name },
      spec: { replicas: 0, selector: { matchLabels: labels }, template: template(labels) },
    });
    other.create(deployments, web(1));
    other.settle();
    expect(other.get(deployments, 'web').status).toMatchObject({ collisionCount: 1, availableReplicas: 1 });
  });

  it('honours maxSurge and maxUnavailable at every revision', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 0, max: 3 }),
        fc.integer({ min: 0, max: 3 }),
        fc.array(fc.record({ image: fc.integer({ min: 1, max: 3 }), wait: fc.integer({ min: 0, max: 1500 }) }), {
          minLength: 1,
          maxLength: 4,
        }),
        (replicas, maxSurge, maxUnavailable, updates) => {
          fc.pre(maxSurge + maxUnavailable > 0);
          const cluster = new TestCluster({ controllers });
          cluster.create(deployments, web(replicas, {}, { maxSurge, maxUnavailable }));
          cluster.settle();
          const check = () => {
            const active = cluster.list(pods).filter(isPodActive);
            expect(active.length).toBeLessThanOrEqual(replicas + maxSurge);
            const available = active.filter(isPodReady).length;
            expect(available).toBeGreaterThanOrEqual(Math.max(0, replicas - maxUnavailable));
          };
          let revision = cluster.server.store.revision;
          const run = (until: number) => {
            while ((cluster.engine.nextTime() ?? Infinity) <= until) {
              cluster.engine.step();
              if (cluster.server.store.revision === revision) continue;
              revision = cluster.server.store.revision;
              check();
            }
          };
          for (const { image, wait } of updates) {
            setImage(cluster, `nginx:1.2${image}`);
            run(cluster.engine.now + wait * 1000);
          }
          run(cluster.engine.now + 30_000_000);
          const { status } = cluster.get(deployments, 'web');
          expect(status).toMatchObject({ updatedReplicas: replicas, availableReplicas: replicas, replicas });
        },
      ),
      { seed: 7, numRuns: 20 },
    );
  });
});
