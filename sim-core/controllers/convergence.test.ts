import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../api/equality.ts';
import { controllerOf } from '../api/objects.ts';
import { MILLISECOND } from '../engine/index.ts';
import { deployments } from '../resources/deployment.ts';
import { endpointSlices } from '../resources/endpoint-slice.ts';
import { pods } from '../resources/pod.ts';
import { replicaSets } from '../resources/replica-set.ts';
import { services } from '../resources/service.ts';
import { controllers as all } from './index.ts';
import { TestCluster, template } from './testing/test-cluster.ts';

// The stand-in for kubelets sends no heartbeats: its nodes must not be judged by them.
const controllers = all.filter(({ name }) => name !== 'node-lifecycle-controller');

type Action =
  | { readonly kind: 'scale'; readonly replicas: number }
  | { readonly kind: 'image'; readonly image: number }
  | { readonly kind: 'kill'; readonly pod: number }
  | { readonly kind: 'cut' }
  | { readonly kind: 'restart' };

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ kind: fc.constant('scale' as const), replicas: fc.integer({ min: 0, max: 6 }) }),
  fc.record({ kind: fc.constant('image' as const), image: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant('kill' as const), pod: fc.nat(10) }),
  fc.constant({ kind: 'cut' as const }),
  fc.constant({ kind: 'restart' as const }),
);
const history = fc.array(fc.tuple(action, fc.nat(800)), { minLength: 1, maxLength: 8 });

/** A Deployment with a Service, to which all this happens, each action so many milliseconds after the last. */
function play(steps: readonly (readonly [Action, number])[]): TestCluster {
  const cluster = new TestCluster({ controllers });
  cluster.create(services, {
    metadata: { name: 'web' },
    spec: { selector: { app: 'web' }, ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }] },
  });
  cluster.create(deployments, {
    metadata: { name: 'web' },
    spec: { replicas: 3, selector: { matchLabels: { app: 'web' } }, template: template({ app: 'web' }) },
  });
  for (const [step, wait] of steps) {
    cluster.engine.runUntil(cluster.engine.now + wait * MILLISECOND);
    apply(cluster, step);
  }
  cluster.wait(120);
  return cluster;
}

function apply(cluster: TestCluster, step: Action): void {
  switch (step.kind) {
    case 'scale':
      cluster.change(deployments, 'web', ({ spec }) => {
        spec.replicas = step.replicas;
      });
      break;
    case 'image':
      cluster.change(deployments, 'web', ({ spec }) => {
        spec.template.spec!.containers[0]!.image = `nginx:1.2${step.image}`;
      });
      break;
    case 'kill': {
      const there = cluster.list(pods);
      const victim = there[step.pod % Math.max(1, there.length)];
      if (victim !== undefined) cluster.client.delete(pods, 'default', victim.metadata.name);
      break;
    }
    case 'cut':
      // Every watch of every controller ends; what happens meanwhile they learn by catching up.
      cluster.server.setServing(false);
      cluster.wait(3);
      cluster.server.setServing(true);
      break;
    case 'restart':
      cluster.manager.stop();
      cluster.manager = cluster.startManager();
  }
}

describe('all controllers together', () => {
  it('come to rest at what was asked for, whatever happened on the way', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const cluster = play(steps);
        const { spec, status } = cluster.get(deployments, 'web');
        const desired = spec.replicas!;
        const { image } = spec.template.spec!.containers[0]!;
        expect(status.availableReplicas ?? 0).toBe(desired);
        expect(cluster.list(pods).map((pod) => pod.spec.containers[0]!.image)).toEqual(Array(desired).fill(image));
        // Garbage never outlives its owner.
        const sets = new Set(cluster.list(replicaSets).map(({ metadata }) => metadata.uid));
        for (const pod of cluster.list(pods)) expect(sets).toContain(controllerOf(pod)!.uid);
        const [slice] = cluster.list(endpointSlices);
        const ready = slice!.endpoints.filter(({ conditions }) => conditions?.ready === true);
        expect(ready.map(({ targetRef }) => targetRef!.name).sort()).toEqual(
          cluster
            .list(pods)
            .map(({ metadata }) => metadata.name)
            .sort(),
        );
      }),
      { seed: 11, numRuns: 25 },
    );
  });

  it('do the same again when the same happens again', () => {
    const steps: [Action, number][] = [
      [{ kind: 'image', image: 2 }, 700],
      [{ kind: 'scale', replicas: 5 }, 300],
      [{ kind: 'kill', pod: 1 }, 100],
      [{ kind: 'cut' }, 50],
    ];
    const dump = (cluster: TestCluster) =>
      canonicalJson(cluster.server.store.tableNames().map((table) => cluster.server.store.list(table)));
    expect(dump(play(steps))).toBe(dump(play(steps)));
  });
});
