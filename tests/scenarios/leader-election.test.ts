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

test('two controller managers on one machine need a port each; then one leads and the other waits', async () => {
  const manifest = '/etc/kubernetes/manifests/kube-controller-manager.yaml';
  const second = (port: string) =>
    run(
      `ssh control-plane "sed -e 's/name: kube-controller-manager/name: second/' ${port} ${manifest} > /etc/kubernetes/manifests/second.yaml"`,
    );
  const log = () => run('kubectl logs -n kube-system second-control-plane');
  await second('');
  wait(5);
  expect(await log()).toMatch(
    /^E.* run\.go:72\] "command failed" err="failed to create listener: failed to listen on 127\.0\.0\.1:10257: listen tcp 127\.0\.0\.1:10257: bind: address already in use"$/,
  );
  await second(
    "-e 's/- --leader-elect=true/- --leader-elect=true\\n    - --secure-port=10999/' -e 's/port: 10257/port: 10999/'",
  );
  wait(30);
  expect(await run("kubectl get pod -n kube-system second-control-plane -o jsonpath='{.status.phase}'")).toBe(
    'Running',
  );
  expect(await log()).toContain('Serving securely on 127.0.0.1:10999');
  expect(await log()).toMatch(/attempting to acquire leader lease kube-system\/kube-controller-manager\.\.\.$/);
});
