import { expect, test } from 'vitest';
import { SECOND } from '../../sim-core/engine/index.ts';
import { LocalCluster } from '../../sim-core/host/local-client.ts';
import { LocalShell } from '../../sim-core/host/local-shell.ts';

test('without etcd the API server answers nothing, is restarted in vain, and all goes on where it was when etcd is back', async () => {
  const local = new LocalCluster({ preset: 'one-worker' });
  const { engine } = local.session.cluster;
  engine.settle();
  const shell = new LocalShell(local, {});
  const run = async (line: string) => {
    const { stdout, stderr } = await shell.run(line);
    return stdout + stderr;
  };
  const wait = (seconds: number) => engine.runUntil(engine.now + seconds * SECOND);
  const logs = (name: string) => run(`kubectl logs -n kube-system ${name}-control-plane`);

  expect(await logs('etcd')).toContain('"msg":"ready to serve client requests"');
  expect(await logs('kube-apiserver')).toContain('Serving securely on [::]:6443');
  expect(await logs('kube-scheduler')).toMatch(
    /^I0105 09:00:0\d\.\d{6} +1 leaderelection\.go:271\] successfully acquired lease kube-system\/kube-scheduler$/m,
  );
  expect(await logs('kube-controller-manager')).toContain('"Started controller" controller="deployment-controller"');
  expect(await run('kubectl get --raw /livez/etcd')).toBe('ok');
  const healthy = await run("kubectl get --raw '/readyz?verbose'");
  expect(healthy).toContain('[+]etcd ok\n');
  expect(healthy).toMatch(/readyz check passed\n$/);
  expect(await run("kubectl get --raw '/livez?verbose&exclude=etcd'")).toContain('[+]etcd excluded: ok\n');
  await run('kubectl create deployment web --image=nginx');
  wait(30);

  await run('ssh control-plane mv /etc/kubernetes/manifests/etcd.yaml /root/');
  wait(20);
  expect(await run('kubectl get nodes')).toBe(
    'Error from server (Timeout): Timeout: request did not complete within requested timeout - context deadline exceeded\n',
  );
  expect(await run('kubectl get --raw /livez')).toContain('[-]etcd failed: reason withheld');
  wait(150);
  expect(await run('kubectl get nodes')).toBe(
    'The connection to the server 10.0.0.10:6443 was refused - did you specify the right host or port?\n',
  );
  expect(
    await run('ssh control-plane crictl logs $(ssh control-plane crictl ps -a -q --name kube-apiserver | head -1)'),
  ).toContain('dial tcp 127.0.0.1:2379: connect: connection refused');
  // What runs on the nodes runs on.
  expect(await run('ssh worker-1 crictl ps --name nginx')).toContain('Running');

  await run('ssh control-plane mv /root/etcd.yaml /etc/kubernetes/manifests/');
  wait(360);
  expect(await run("kubectl get deployment web -o jsonpath='{.status.readyReplicas}'")).toBe('1');
  await run('kubectl scale deployment web --replicas=2');
  wait(30);
  expect(await run("kubectl get deployment web -o jsonpath='{.status.readyReplicas}'")).toBe('2');
  shell.close();
});
