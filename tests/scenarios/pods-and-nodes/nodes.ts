import { describe, expect, test } from 'vitest';
import { conditionOf, Scenario } from '../scenario.ts';
import { one, pod } from './manifests.ts';

describe('a node', () => {
  test('that loses power is Unknown after 50 s and tainted; its pods are evicted at 300 s and replaced elsewhere', () => {
    const cluster = new Scenario();
    cluster.apply(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx}]}
`);
    cluster.until(() => cluster.get('Deployment', 'web').status.readyReplicas === 3, 60);
    const onOne = () => cluster.list('Pod', 'app=web').filter(({ spec }) => spec.nodeName === 'worker-1');
    expect(onOne().length).toBe(1);
    cluster.cluster.inject({ type: 'node-power', node: 'worker-1', on: false });
    const unknown = cluster.until(
      () => conditionOf(cluster.get('Node', 'worker-1'), 'Ready')?.status === 'Unknown',
      90,
    );
    expect(unknown).toBeGreaterThan(38);
    expect(unknown).toBeLessThan(58);
    expect(conditionOf(cluster.get('Node', 'worker-1'), 'Ready')).toMatchObject({
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
    });
    cluster.wait(12);
    expect(
      cluster
        .get('Node', 'worker-1')
        .spec.taints.map(({ key, effect }: { key: string; effect: string }) => `${key}:${effect}`)
        .sort(),
    ).toEqual(['node.kubernetes.io/unreachable:NoExecute', 'node.kubernetes.io/unreachable:NoSchedule']);
    expect(cluster.get('Deployment', 'web').status.readyReplicas).toBe(2);
    const evicted = cluster.until(() => onOne()[0]?.metadata.deletionTimestamp !== undefined, 400);
    expect(evicted).toBeGreaterThan(285);
    expect(evicted).toBeLessThan(305);
    cluster.until(() => cluster.get('Deployment', 'web').status.readyReplicas === 3, 30);
    expect(cluster.events('Pod', onOne()[0]!.metadata.name).join('\n')).toContain(
      'TaintManagerEviction Marking for deletion Pod default/',
    );
    cluster.cluster.inject({ type: 'node-power', node: 'worker-1', on: true });
    cluster.until(() => conditionOf(cluster.get('Node', 'worker-1'), 'Ready')?.status === 'True', 120);
    cluster.until(() => onOne().length === 0, 60);
    cluster.wait(10);
    expect(cluster.get('Node', 'worker-1').spec.taints).toBeUndefined();
  });

  test('that is back in the network says so at once: it is ready, and so are its pods', () => {
    const cluster = new Scenario();
    cluster.apply(one('web', 'nginx', '', 'nodeSelector: {kubernetes.io/hostname: worker-1}'));
    cluster.untilReady('web');
    const ready = (kind: string, name: string) => conditionOf(cluster.get(kind, name), 'Ready')?.status;
    cluster.cluster.inject({ type: 'node-network', node: 'worker-1', connected: false });
    cluster.wait(70);
    expect(ready('Node', 'worker-1')).toBe('Unknown');
    expect(ready('Pod', 'web')).toBe('False');
    cluster.cluster.inject({ type: 'node-network', node: 'worker-1', connected: true });
    expect(cluster.until(() => ready('Node', 'worker-1') === 'True', 120)).toBeLessThan(20);
    expect(cluster.until(() => ready('Pod', 'web') === 'True', 60)).toBeLessThan(20);
    cluster.wait(5);
    expect(cluster.get('Node', 'worker-1').spec.taints).toBeUndefined();
    const told = cluster.events('Node', 'worker-1').filter((event) => event.includes('NodeReady'));
    expect(told).toHaveLength(1);
  });

  test('keeps resources that somebody says it has, and gives them to pods', () => {
    const cluster = new Scenario('one-worker');
    const dongles = (name: string, count: number) =>
      pod(name, `containers: [{name: main, image: nginx, resources: {limits: {example.com/dongle: ${count}}}}]`);
    const path = '/api/v1/nodes/worker-1/status';
    expect(cluster.send('PATCH', path, { status: { capacity: { 'example.com/dongle': '4' } } }).status).toBe(200);
    cluster.wait(12);
    const { status } = cluster.get('Node', 'worker-1');
    expect(status.allocatable['example.com/dongle']).toBe('4');
    cluster.apply(dongles('three', 3) + dongles('two', 2));
    cluster.untilReady('three');
    cluster.wait(5);
    expect(cluster.events('Pod', 'two').join()).toContain('1 Insufficient example.com/dongle');
    // Nor does a report five minutes later take them away.
    cluster.wait(330);
    expect(cluster.get('Node', 'worker-1').status.capacity['example.com/dongle']).toBe('4');
    cluster.send('PATCH', path, { status: { capacity: { 'example.com/dongle': null } } });
    cluster.wait(12);
    expect(cluster.get('Node', 'worker-1').status.allocatable['example.com/dongle']).toBeUndefined();
  });

  test('whose kubelet restarts leaves its containers alone', () => {
    const cluster = new Scenario('one-worker');
    cluster.apply(one('web', 'nginx'));
    cluster.untilReady('web');
    const before = cluster.get('Pod', 'web').status.containerStatuses[0].containerID;
    cluster.cluster.inject({ type: 'kubelet', node: 'worker-1', running: false });
    cluster.wait(20);
    cluster.cluster.inject({ type: 'kubelet', node: 'worker-1', running: true });
    cluster.wait(20);
    expect(cluster.get('Pod', 'web').status.containerStatuses[0]).toMatchObject({
      containerID: before,
      restartCount: 0,
      ready: true,
    });
  });

  test('whose static pod is deleted through the API shows it again: the file counts', () => {
    const cluster = new Scenario('one-worker');
    const { uid } = cluster.get('Pod', 'kube-scheduler-control-plane', 'kube-system').metadata;
    cluster.delete('Pod', 'kube-scheduler-control-plane', {}, 'kube-system');
    cluster.wait(10);
    const again = cluster.get('Pod', 'kube-scheduler-control-plane', 'kube-system');
    expect(again.metadata.uid).not.toBe(uid);
    expect(again.status.containerStatuses[0].restartCount).toBe(0);
  });
});

describe('a node’s disk', () => {
  test('that fills up: DiskPressure, images are collected, pods are evicted, and it gets better', () => {
    const cluster = new Scenario('one-worker');
    cluster.apply(
      one('web', 'nginx') + one('filler', 'busybox', 'dd if=/dev/zero of=/big bs=1M count=88000; sleep 3600'),
    );
    cluster.untilReady('web');
    cluster.until(() => conditionOf(cluster.get('Node', 'worker-1'), 'DiskPressure')?.status === 'True', 300);
    cluster.until(() => cluster.get('Pod', 'filler').status.phase === 'Failed', 120);
    expect(cluster.get('Pod', 'filler').status).toMatchObject({
      reason: 'Evicted',
      message: expect.stringMatching(
        /^The node was low on resource: ephemeral-storage\. Threshold quantity: 15Gi, available: \d+\. Container main was using 88000Mi, request is 0, has larger consumption of ephemeral-storage\. $/,
      ),
    });
    expect(cluster.get('Node', 'worker-1').spec.taints).toEqual([
      expect.objectContaining({ key: 'node.kubernetes.io/disk-pressure', effect: 'NoSchedule' }),
    ]);
    cluster.until(() => conditionOf(cluster.get('Node', 'worker-1'), 'DiskPressure')?.status === 'False', 600);
  });
});
