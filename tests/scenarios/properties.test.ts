import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Scenario } from './scenario.ts';

const SETTINGS = { seed: 6, numRuns: 4 };

/** Rolls `web` from one version to the next under load; answers how many requests were sent, and how many failed. */
function rollUnderLoad(seed: number, careful: boolean, rate: number): { sent: number; failed: number } {
  const cluster = new Scenario('three-workers', { seed });
  const care = careful
    ? `
        readinessProbe: {httpGet: {path: /readyz, port: 8080}, periodSeconds: 1}
        lifecycle: {preStop: {sleep: {seconds: 5}}}`
    : '';
  cluster.apply(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 4
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: jotasu/hello:1.0${care}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}}
`);
  const done = () => {
    const { metadata, status, spec } = cluster.get('Deployment', 'web');
    return (
      status.observedGeneration === metadata.generation &&
      status.updatedReplicas === spec.replicas &&
      status.availableReplicas === spec.replicas &&
      status.replicas === spec.replicas
    );
  };
  cluster.until(done, 120);
  cluster.wait(3);
  cluster.apply(
    `{apiVersion: v1, kind: Pod, metadata: {name: load}, spec: {restartPolicy: Never, containers: [{name: load, image: jotasu/load, env: [{name: URL, value: "http://web"}, {name: RATE, value: "${rate}"}, {name: DURATION, value: 60s}]}]}}`,
  );
  cluster.wait(5);
  cluster.patch('Deployment', 'web', { spec: { template: { metadata: { annotations: { release: '2' } } } } });
  cluster.until(done, 120);
  cluster.until(() => cluster.get('Pod', 'load').status.phase === 'Succeeded', 120);
  let sent = 0;
  let failed = 0;
  for (const [, all, , lost] of cluster.logs('load').matchAll(/sent=(\d+) ok=(\d+) failed=(\d+)/g)) {
    sent += Number(all);
    failed += Number(lost);
  }
  return { sent, failed };
}

describe('a rolling update under load', () => {
  test('loses no request with readiness and preStop', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 20, max: 120 }), (seed, rate) => {
        const { sent, failed } = rollUnderLoad(seed, true, rate);
        expect(sent).toBeGreaterThan(rate * 50);
        expect(failed).toBe(0);
      }),
      SETTINGS,
    );
  });

  test('loses some without', () => {
    const { sent, failed } = rollUnderLoad(7, false, 120);
    expect(sent).toBeGreaterThan(1000);
    expect(failed).toBeGreaterThan(0);
  });
});

test('a volume of one node is never writable on two, whatever befalls the nodes', () => {
  const fault = fc.record({
    node: fc.constantFrom('worker-1', 'worker-2'),
    what: fc.constantFrom('cable out', 'cable in', 'power off', 'power on', 'delete pod', 'force delete', 'wait'),
    seconds: fc.integer({ min: 1, max: 200 }),
  });
  fc.assert(
    fc.property(fc.array(fault, { maxLength: 8 }), (faults) => {
      // Both workers are of one zone, so that the disk could go to either.
      const base = new Scenario('two-workers').cluster.preset;
      const cluster = new Scenario({ ...base, nodes: base.nodes.map((node) => ({ ...node, zone: 'zone-a' })) });
      cluster.apply(`
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], storageClassName: zonal-disk, resources: {requests: {storage: 1Gi}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: writer}
spec:
  selector: {matchLabels: {app: writer}}
  template:
    metadata: {labels: {app: writer}}
    spec:
      terminationGracePeriodSeconds: 1
      tolerations: [{operator: Exists, effect: NoExecute, tolerationSeconds: 5}]
      containers:
      - name: main
        image: busybox
        command: [sh, -c, "while true; do hostname > /data/owner; sleep 1; done"]
        volumeMounts: [{name: data, mountPath: /data}]
      volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
`);
      cluster.wait(30);
      /** Nodes whose containers can still write to the disk: asked of the machines, not of what the API believes. */
      const check = () => {
        const attached = cluster
          .list('VolumeAttachment')
          .filter(({ status, metadata }) => status?.attached === true && metadata.deletionTimestamp === undefined);
        expect(attached.length).toBeLessThanOrEqual(1);
      };
      const { engine } = cluster.cluster;
      for (const { node, what, seconds } of faults) {
        if (what === 'cable out' || what === 'cable in')
          cluster.cluster.inject({ type: 'node-network', node, connected: what === 'cable in' });
        else if (what === 'power off' || what === 'power on')
          cluster.cluster.inject({ type: 'node-power', node, on: what === 'power on' });
        else if (what !== 'wait') {
          for (const { metadata } of cluster.list('Pod', 'app=writer')) {
            cluster.delete('Pod', metadata.name, what === 'force delete' ? { gracePeriodSeconds: 0 } : {});
          }
        }
        const end = engine.now + seconds * 1e6;
        while (engine.now < end) {
          engine.runUntil(Math.min(end, engine.now + 5e6));
          check();
        }
      }
      // In the end all is well again, and whoever runs writes.
      for (const node of ['worker-1', 'worker-2']) {
        cluster.cluster.inject({ type: 'node-network', node, connected: true });
        cluster.cluster.inject({ type: 'node-power', node, on: true });
      }
      const running = () =>
        cluster
          .list('Pod', 'app=writer')
          .filter(({ metadata }) => metadata.deletionTimestamp === undefined && cluster.isReady(metadata.name));
      cluster.until(() => running().length === 1, 900);
      cluster.wait(3);
      const { name } = running()[0]!.metadata;
      expect(cluster.exec(name, 'cat /data/owner').stdout.trim()).toBe(name);
      check();
    }),
    { seed: 6, numRuns: 8 },
  );
});

test('a node that lost its disk by force can no longer write to it', () => {
  const base = new Scenario('two-workers').cluster.preset;
  const cluster = new Scenario({ ...base, nodes: base.nodes.map((node) => ({ ...node, zone: 'zone-a' })) });
  const writer = (name: string, node: string) => `
{apiVersion: v1, kind: Pod, metadata: {name: ${name}}, spec: {nodeSelector: {kubernetes.io/hostname: ${node}}, containers: [{name: main, image: busybox, command: [sh, -c, "while true; do echo ${name} >> /data/log || echo lost; sleep 1; done"], volumeMounts: [{name: data, mountPath: /data}]}], volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]}}
---`;
  cluster.apply(`
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], storageClassName: zonal-disk, resources: {requests: {storage: 1Gi}}}
---${writer('one', 'worker-1')}`);
  cluster.untilReady('one');
  cluster.cluster.inject({ type: 'node-network', node: 'worker-1', connected: false });
  cluster.wait(60);
  cluster.delete('Pod', 'one', { gracePeriodSeconds: 0 });
  cluster.apply(writer('two', 'worker-2'));
  cluster.untilReady('two', 600);
  cluster.wait(10);
  const before = cluster.exec('two', 'grep -c one /data/log').stdout;
  // The container on the cut-off node still runs, and goes on trying.
  cluster.wait(60);
  expect(cluster.exec('two', 'grep -c one /data/log').stdout).toBe(before);
  expect(cluster.exec('two', 'tail -1 /data/log').stdout).toBe('two\n');
});

test('DNS answers follow the endpoints within their time to live', () => {
  const step = fc.record({ replicas: fc.integer({ min: 0, max: 4 }), wait: fc.integer({ min: 0, max: 40 }) });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 5 }), (steps) => {
      const cluster = new Scenario('two-workers');
      cluster.apply(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {terminationGracePeriodSeconds: 1, containers: [{name: web, image: nginx}]}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: None, selector: {app: web}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {containers: [{name: c, image: alpine, command: [sleep, infinity]}]}}
`);
      cluster.untilReady('client');
      const addresses = () =>
        [...cluster.exec('client', 'nslookup web').stdout.matchAll(/^Address: ([\d.]+)$/gm)]
          .map(([, address]) => address)
          .sort();
      for (const { replicas, wait } of steps) {
        cluster.patch('Deployment', 'web', { spec: { replicas } });
        cluster.wait(wait);
        addresses();
      }
      const { replicas } = steps.at(-1)!;
      cluster.until(
        () =>
          (cluster.get('Deployment', 'web').status.readyReplicas ?? 0) === replicas &&
          cluster.list('Pod', 'app=web').length === replicas,
        60,
      );
      // The TTL of records in the cluster's zone is 30 s.
      cluster.wait(31);
      const ready = cluster
        .list('Pod', 'app=web')
        .map(({ status }) => status.podIP)
        .sort();
      expect(addresses()).toEqual(ready);
    }),
    SETTINGS,
  );
});
