import { expect, test } from 'vitest';
import { conditionOf, Scenario } from './scenario.ts';

const web = (name: string, more = '') => `
{apiVersion: v1, kind: Pod, metadata: {name: ${name}, labels: {app: web}}, spec: {nodeSelector: {kubernetes.io/hostname: worker-1}, containers: [{name: c, image: nginx}]${more}}}
---
`;
const CLIENT = `
{apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {nodeSelector: {kubernetes.io/hostname: worker-2}, containers: [{name: c, image: curlimages/curl, command: [sleep, infinity]}]}}
---
`;

test('a node restarted in good order ends its pods first, and its Deployment’s pods come back elsewhere or there', () => {
  const cluster = new Scenario('two-workers');
  cluster.apply(web('web'));
  cluster.untilReady('web');
  cluster.cluster.inject({ type: 'node-reboot', node: 'worker-1', grace: 20 });
  cluster.until(() => cluster.get('Pod', 'web').status.phase === 'Failed', 20);
  expect(cluster.get('Pod', 'web').status).toMatchObject({
    reason: 'Terminated',
    message: 'Pod was terminated in response to imminent node shutdown.',
  });
  expect(conditionOf(cluster.get('Node', 'worker-1'), 'Ready')).toMatchObject({
    status: 'False',
    message: 'node is shutting down',
  });
  cluster.until(() => conditionOf(cluster.get('Node', 'worker-1'), 'Ready')?.status === 'True', 120);
  expect(
    cluster
      .list('Event')
      .some(
        ({ reason, message }) =>
          reason === 'Rebooted' && message.startsWith('Node worker-1 has been rebooted, boot id: '),
      ),
  ).toBe(true);
});

test('a node that restarts at once starts its pods again: same pod, one restart', () => {
  const cluster = new Scenario('two-workers');
  cluster.apply(web('web'));
  cluster.untilReady('web');
  const { uid } = cluster.get('Pod', 'web').metadata;
  cluster.cluster.inject({ type: 'node-reboot', node: 'worker-1' });
  cluster.wait(90);
  cluster.untilReady('web');
  expect(cluster.get('Pod', 'web').metadata.uid).toBe(uid);
  expect(cluster.get('Pod', 'web').status.containerStatuses[0].restartCount).toBe(1);
});

test('a full disk is told, taints the node and is mended', () => {
  const cluster = new Scenario('two-workers');
  cluster.cluster.inject({ type: 'node-disk', node: 'worker-1', free: 1024 ** 3 });
  cluster.until(() => conditionOf(cluster.get('Node', 'worker-1'), 'DiskPressure')?.status === 'True', 60);
  expect(conditionOf(cluster.get('Node', 'worker-1'), 'DiskPressure')).toMatchObject({
    reason: 'KubeletHasDiskPressure',
  });
  cluster.wait(5);
  cluster.apply(web('late'));
  cluster.wait(5);
  expect(conditionOf(cluster.get('Pod', 'late'), 'PodScheduled')?.message).toContain(
    'untolerated taint {node.kubernetes.io/disk-pressure: }',
  );
  cluster.cluster.inject({ type: 'node-disk', node: 'worker-1', free: null });
  cluster.untilReady('late', 600);
});

test('a slow cable makes requests slow, a lossy one loses some', () => {
  const cluster = new Scenario('two-workers');
  cluster.apply(web('web') + CLIENT);
  cluster.untilReady('web');
  cluster.untilReady('client');
  const { podIP } = cluster.get('Pod', 'web').status;
  const time = () => Number(cluster.exec('client', `curl -s -o /dev/null -w '%{time_total}' http://${podIP}`).stdout);
  expect(time()).toBeLessThan(0.01);
  cluster.cluster.inject({ type: 'node-link', node: 'worker-1', delay: 200, loss: 0 });
  expect(time()).toBeGreaterThan(0.7);
  cluster.cluster.inject({ type: 'node-link', node: 'worker-1', delay: 0, loss: 0 });
  expect(time()).toBeLessThan(0.01);
});

test('a drained node is empty but for its DaemonSets, and takes pods again once uncordoned', () => {
  const cluster = new Scenario('two-workers');
  cluster.apply(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {replicas: 4, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: nginx}]}}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {minAvailable: 3, selector: {matchLabels: {app: web}}}
`);
  cluster.until(() => cluster.get('Deployment', 'web').status.readyReplicas === 4, 60);
  cluster.patch('Node', 'worker-1', { spec: { unschedulable: true } });
  const on = () =>
    cluster
      .list('Pod', 'app=web')
      .filter(({ spec, metadata }) => spec.nodeName === 'worker-1' && metadata.deletionTimestamp === undefined);
  const evict = (name: string) =>
    cluster.send('POST', `/api/v1/namespaces/default/pods/${name}/eviction`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name },
    }).status;
  const [first, second] = on();
  expect(evict(first!.metadata.name)).toBe(201);
  // The budget lets the next go only when the first has been replaced.
  expect(evict(second!.metadata.name)).toBe(429);
  cluster.until(() => cluster.get('Deployment', 'web').status.readyReplicas === 4, 60);
  cluster.wait(5);
  expect(evict(second!.metadata.name)).toBe(201);
  cluster.until(() => on().length === 0, 60);
  cluster.patch('Node', 'worker-1', { spec: { unschedulable: null } });
  cluster.patch('Deployment', 'web', { spec: { replicas: 8 } });
  cluster.until(() => on().length > 0, 30);
});
