import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalJson } from '../api/equality.ts';
import { controllerOf, type KubeObject } from '../api/objects.ts';
import { StatusError } from '../api/status.ts';
import { MILLISECOND } from '../engine/index.ts';
import { daemonSets } from '../resources/daemon-set.ts';
import { deployments } from '../resources/deployment.ts';
import { endpointSlices } from '../resources/endpoint-slice.ts';
import { jobs } from '../resources/job.ts';
import { pods } from '../resources/pod.ts';
import { replicaSets } from '../resources/replica-set.ts';
import { services } from '../resources/service.ts';
import { statefulSets } from '../resources/stateful-set.ts';
import { controllers as all } from './index.ts';
import { TestCluster, template } from './testing/test-cluster.ts';

/** How many runs; `JOTASU_RUNS=20 npx vitest run …` tries twenty times as many. */
const numRuns = 5 * Number(process.env.JOTASU_RUNS ?? 1);
// The stand-in for kubelets sends no heartbeats: its nodes must not be judged by them.
const controllers = all.filter(({ name }) => name !== 'node-lifecycle-controller');

const WORKLOADS = { web: deployments, db: statefulSets, agent: daemonSets } as const;

type Step =
  | { readonly kind: 'scale'; readonly of: 'web' | 'db'; readonly replicas: number }
  | { readonly kind: 'image'; readonly of: keyof typeof WORKLOADS; readonly image: number }
  | { readonly kind: 'kill'; readonly of: keyof typeof WORKLOADS; readonly pod: number }
  | { readonly kind: 'orphan' | 'node' };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('scale' as const),
    of: fc.constantFrom('web' as const, 'db' as const),
    replicas: fc.integer({ min: 0, max: 5 }),
  }),
  fc.record({
    kind: fc.constant('image' as const),
    of: fc.constantFrom('web' as const, 'db' as const, 'agent' as const),
    image: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({
    kind: fc.constant('kill' as const),
    of: fc.constantFrom('web' as const, 'db' as const, 'agent' as const),
    pod: fc.nat(10),
  }),
  fc.record({ kind: fc.constantFrom('orphan' as const, 'node' as const) }),
);
/** Time between steps, and how long each time the controllers hear nothing; milliseconds. */
const history = fc.array(fc.tuple(step, fc.nat(1200), fc.nat(1500)), { minLength: 1, maxLength: 7 });

/** A cluster whose controllers can be made deaf: their watches lose what happens, and then end as if it were too long ago. */
class DeafCluster extends TestCluster {
  deaf = false;
  private readonly endings = new Set<() => void>();
  /** Resources whose next watch is told that what it asks for is too long ago. */
  private readonly expired = new Set<string>();

  listenAgain(): void {
    this.deaf = false;
    for (const end of [...this.endings]) end();
  }

  override transport(username: string, intercept: Parameters<TestCluster['transport']>[1]) {
    const transport = super.transport(username, intercept);
    if (username === 'admin') return transport;
    return {
      ...transport,
      watch: ((call, onEvent, onEnd) => {
        // Having lost events it must list anew, not go on from where it was.
        let lost = false;
        const handle = transport.watch(
          call,
          (event, revision) => {
            if (this.deaf) lost = true;
            else onEvent(event, revision);
          },
          onEnd,
        );
        const end = () => {
          this.endings.delete(end);
          handle.close();
          if (lost) this.expired.add(call.resource.plural);
          onEnd();
        };
        if (this.expired.delete(call.resource.plural)) {
          handle.close();
          throw new StatusError(410, 'Expired', 'too old resource version', {});
        }
        this.endings.add(end);
        return {
          close: () => {
            this.endings.delete(end);
            handle.close();
          },
        };
      }) as typeof transport.watch,
    };
  }
}

function play(steps: readonly (readonly [Step, number, number])[], lossy: boolean): DeafCluster {
  const cluster = new DeafCluster({ controllers: [] });
  cluster.manager.stop();
  cluster.manager = cluster.startManager(controllers);
  const pod = (app: string) => ({ selector: { matchLabels: { app } }, template: template({ app }) });
  cluster.create(services, { metadata: { name: 'web' }, spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } });
  cluster.create(deployments, { metadata: { name: 'web' }, spec: { replicas: 3, ...pod('web') } });
  cluster.create(statefulSets, { metadata: { name: 'db' }, spec: { replicas: 2, serviceName: 'db', ...pod('db') } });
  cluster.create(daemonSets, { metadata: { name: 'agent' }, spec: pod('agent') });
  cluster.create(jobs, {
    metadata: { name: 'once' },
    spec: { completions: 3, parallelism: 2, template: { spec: { ...template({}).spec, restartPolicy: 'Never' } } },
  });
  cluster.kubelet = ({ metadata }) => (metadata.name.startsWith('once-') ? 'succeeded' : 'ready');
  for (const [index, [one, wait, silence]] of steps.entries()) {
    cluster.engine.runUntil(cluster.engine.now + wait * MILLISECOND);
    if (lossy) cluster.deaf = true;
    carryOut(cluster, one, index);
    cluster.engine.runUntil(cluster.engine.now + silence * MILLISECOND);
    if (lossy) cluster.listenAgain();
  }
  // Expectations of creations whose events were lost are given up after five minutes, as upstream.
  cluster.wait(900);
  return cluster;
}

function carryOut(cluster: TestCluster, one: Step, index: number): void {
  const killOne = (label: string, pick: number, change: (name: string) => void) => {
    const there = cluster.list(pods, `app=${label}`).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const victim = there[pick % Math.max(1, there.length)];
    if (victim !== undefined) change(victim.metadata.name);
  };
  switch (one.kind) {
    case 'scale': {
      const { replicas } = one;
      if (one.of === 'web') cluster.change(deployments, 'web', (found) => Object.assign(found.spec, { replicas }));
      else cluster.change(statefulSets, 'db', (found) => Object.assign(found.spec, { replicas }));
      break;
    }
    case 'image': {
      const image = `nginx:1.2${one.image}`;
      const set = ({ spec }: { spec: { template: { spec?: { containers: { image?: string }[] } } } }) => {
        spec.template.spec!.containers[0]!.image = image;
      };
      if (one.of === 'web') cluster.change(deployments, 'web', set);
      else if (one.of === 'db') cluster.change(statefulSets, 'db', set);
      else cluster.change(daemonSets, 'agent', set);
      break;
    }
    case 'kill':
      killOne(one.of, one.pod, (name) => cluster.client.delete(pods, 'default', name));
      break;
    case 'orphan':
      killOne('web', 0, (name) =>
        cluster.change(pods, name, ({ metadata }) => {
          metadata.labels = { app: 'free' };
        }),
      );
      break;
    case 'node':
      cluster.addNode(`extra-${index}`);
  }
}

/** Where things stand in the end, without names and times, which depend on the way. */
function outcome(cluster: TestCluster): string {
  const owned = (owner: KubeObject) =>
    cluster
      .list(pods)
      .filter((pod) => controllerOf(pod)?.uid === owner.metadata.uid)
      .map(({ spec, status }) => `${spec.containers[0]!.image} ${status.phase}`)
      .sort();
  const numbers = (status: object) =>
    Object.fromEntries(
      Object.entries(status).filter(([key, value]) => typeof value === 'number' && !/generation|collision/i.test(key)),
    );
  const [web, db, agent, once] = [
    cluster.get(deployments, 'web'),
    cluster.get(statefulSets, 'db'),
    cluster.get(daemonSets, 'agent'),
    cluster.get(jobs, 'once'),
  ];
  const sets = cluster.list(replicaSets).filter(({ spec }) => spec.replicas !== 0);
  const endpoints = cluster.list(endpointSlices).flatMap((slice) => slice.endpoints ?? []);
  return canonicalJson({
    web: [numbers(web.status), sets.map((set) => [owned(set), numbers(set.status)])],
    db: [numbers(db.status), owned(db), db.status.currentRevision === db.status.updateRevision],
    agent: [numbers(agent.status), owned(agent)],
    once: [numbers(once.status), once.status.conditions?.map(({ type, reason }) => `${type} ${reason}`)],
    endpoints: endpoints.filter(({ conditions }) => conditions?.ready === true).length,
  });
}

it('losing any of the watches’ events and listing anew ends in the same state', () => {
  fc.assert(
    fc.property(history, (steps) => {
      expect(outcome(play(steps, true))).toBe(outcome(play(steps, false)));
    }),
    { seed: 5, numRuns },
  );
});
