import { beforeAll, expect, test } from 'vitest';
import { SECOND } from '../../sim-core/engine/index.ts';
import { LocalCluster } from '../../sim-core/host/local-client.ts';
import { LocalShell } from '../../sim-core/host/local-shell.ts';

let shell: LocalShell;
let wait: (seconds: number) => void;
const run = async (line: string) => (await shell.run(line)).stdout.trim();
const holder = (name: string) => run(`kubectl get lease ${name} -n kube-system -o jsonpath='{.spec.holderIdentity}'`);
const transitions = (name: string) =>
  run(`kubectl get lease ${name} -n kube-system -o jsonpath='{.spec.leaseTransitions}'`);

beforeAll(() => {
  const local = new LocalCluster({ preset: 'two-control-planes' });
  const { engine } = local.session.cluster;
  engine.settle();
  wait = (seconds) => engine.runUntil(engine.now + seconds * SECOND);
  wait(5);
  shell = new LocalShell(local, {});
});

test('each component of the control plane is led by one of its replicas, and an event says so', async () => {
  expect(await holder('kube-scheduler')).toMatch(/^control-plane_[0-9a-f-]{36}$/);
  expect(await holder('kube-controller-manager')).toMatch(/^control-plane_[0-9a-f-]{36}$/);
  expect(await run('kubectl get events -n kube-system --field-selector reason=LeaderElection')).toContain(
    `lease/kube-scheduler            ${await holder('kube-scheduler')} became leader`,
  );
});

test('the scheduler’s other replica binds pods when the first is gone', async () => {
  await run('ssh control-plane mv /etc/kubernetes/manifests/kube-scheduler.yaml /root/');
  wait(60);
  expect(await holder('kube-scheduler')).toMatch(/^control-plane-2_/);
  expect(await transitions('kube-scheduler')).toBe('1');
  await run('kubectl run web --image=nginx');
  wait(20);
  expect(await run("kubectl get pod web -o jsonpath='{.status.phase}'")).toBe('Running');
});

test('the controllers’ other replica takes over when the lease of one that ended has run out', async () => {
  await run(`ssh control-plane 'crictl stop $(crictl ps -q --name kube-controller-manager)'`);
  wait(4);
  // kube-controller-manager does not give its Lease back, and the process that the kubelet starts in its place is somebody new, and has to wait as the other replica does.
  expect(await transitions('kube-controller-manager')).toBe('0');
  wait(20);
  expect(await transitions('kube-controller-manager')).toBe('1');
  await run('kubectl create deployment shop --image=nginx --replicas=2');
  wait(30);
  expect(await run("kubectl get deployment shop -o jsonpath='{.status.readyReplicas}'")).toBe('2');
});
