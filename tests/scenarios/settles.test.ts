import fc from 'fast-check';
import { expect, test } from 'vitest';
import { conditionOf, Scenario } from './scenario.ts';

/** `JOTASU_RUNS=10 npx vitest run …` tries ten times as many. */
const numRuns = 3 * Number(process.env.JOTASU_RUNS ?? 1);

/** What the one container of a template is like, and whether it can ever run. */
const TEMPLATES = {
  good: { image: 'nginx:1.27' },
  'no such image': { image: 'nginx:no-such-tag' },
  crashing: { image: 'busybox', command: ['sh', '-c', 'exit 3'] },
  'never ready': {
    image: 'nginx:1.27',
    readinessProbe: { httpGet: { path: '/nowhere', port: 80 }, periodSeconds: 5 },
  },
  'too large': { image: 'nginx:1.27', resources: { requests: { cpu: '100' } } },
} as const;
type Template = keyof typeof TEMPLATES;

const step = fc.record({
  template: fc.constantFrom(...(Object.keys(TEMPLATES) as Template[])),
  replicas: fc.integer({ min: 0, max: 4 }),
  fault: fc.constantFrom('none', 'none', 'delete a pod', 'power off', 'cable out'),
  seconds: fc.integer({ min: 0, max: 60 }),
});

test('whatever is asked of a Deployment, it gets there or says at its deadline that it cannot, and its pods say why', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 4 }), (steps) => {
      const cluster = new Scenario('two-workers');
      const { inject } = cluster.cluster;
      for (const { template, replicas, fault, seconds } of steps) {
        const spec = { terminationGracePeriodSeconds: 1, containers: [{ name: 'main', ...TEMPLATES[template] }] };
        cluster.apply(
          JSON.stringify({
            apiVersion: 'apps/v1',
            kind: 'Deployment',
            metadata: { name: 'web' },
            spec: {
              replicas,
              progressDeadlineSeconds: 60,
              selector: { matchLabels: { app: 'web' } },
              template: { metadata: { labels: { app: 'web' } }, spec },
            },
          }),
        );
        cluster.wait(seconds);
        if (fault === 'power off') inject({ type: 'node-power', node: 'worker-1', on: false });
        if (fault === 'cable out') inject({ type: 'node-network', node: 'worker-1', connected: false });
        const [pod] = fault === 'delete a pod' ? cluster.list('Pod', 'app=web') : [];
        if (pod !== undefined) cluster.delete('Pod', pod.metadata.name);
        cluster.wait(5);
      }
      inject({ type: 'node-power', node: 'worker-1', on: true });
      inject({ type: 'node-network', node: 'worker-1', connected: true });
      // A node that comes back, pods of lost nodes, and back-offs of up to five minutes all take their time.
      cluster.wait(900);
      const { spec, status } = cluster.get('Deployment', 'web');
      const { template, replicas } = steps.at(-1)!;
      const pods = cluster.list('Pod', 'app=web');
      if (template === 'good' || replicas === 0) {
        expect({ replicas: status.replicas ?? 0, ready: status.readyReplicas ?? 0 }).toEqual({
          replicas: spec.replicas,
          ready: spec.replicas,
        });
        return;
      }
      // Scaling up what was rolled out to no pods at all is no rollout, and has no deadline: then it is the availability that tells.
      const progressing = conditionOf({ status } as never, 'Progressing')?.reason;
      if (progressing === 'NewReplicaSetAvailable')
        expect(conditionOf({ status } as never, 'Available')?.reason).toBe('MinimumReplicasUnavailable');
      else expect(progressing).toBe('ProgressDeadlineExceeded');
      const stuck = pods.filter(({ metadata }) => !cluster.isReady(metadata.name));
      expect(stuck.length).toBeGreaterThan(0);
      for (const pod of stuck) {
        const scheduled = conditionOf(pod, 'PodScheduled');
        const ready = conditionOf(pod, 'ContainersReady');
        const why =
          scheduled?.status === 'False' ? scheduled.reason : cluster.state(pod.metadata.name) || ready?.reason;
        expect(why).toMatch(
          /^(Unschedulable|Waiting (ImagePullBackOff|ErrImagePull|CrashLoopBackOff)|Running|Terminated Error 3)$/,
        );
      }
    }),
    { seed: 8, numRuns },
  );
});
