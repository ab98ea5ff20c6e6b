import { X509Certificate } from 'node:crypto';
import type { PodStatus } from 'kubernetes-types/core/v1';
import { beforeAll, expect, it } from 'vitest';
import { Lab } from '../apiserver/testing/lab.ts';
import { CLUSTER_AUTHORITY } from './authority.ts';

let lab: Lab;

/** What a command says in a pod that sees a directory of a node as /host. Nobody logs in to the node. */
function look(name: string, nodeName: string, path: string, command: string, type = ''): string {
  const run = ['sh', '-c', `{ ${command}; } > /dev/termination-log`];
  lab.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      nodeName,
      restartPolicy: 'Never',
      containers: [
        { name: 'c', image: 'busybox:1.36', command: run, volumeMounts: [{ name: 'host', mountPath: '/host' }] },
      ],
      volumes: [{ name: 'host', hostPath: { path, type } }],
    },
  });
  lab.settle(20);
  const { status } = lab.get(`/api/v1/namespaces/default/pods/${name}`) as { status: PodStatus };
  return status.containerStatuses![0]!.state!.terminated!.message!;
}

beforeAll(() => {
  lab = new Lab('three-workers');
});

const KUBERNETES = '/etc/kubernetes';

it('what kubeadm leaves on a node is there for whoever looks first, and stays as it is then changed', () => {
  // Somebody wants the directory before anybody has looked into it.
  const first = look('pki', 'control-plane', `${KUBERNETES}/pki`, 'cat /host/apiserver.crt', 'DirectoryOrCreate');
  const certificate = new X509Certificate(first);
  expect(certificate.verify(new X509Certificate(CLUSTER_AUTHORITY).publicKey)).toBe(true);
  expect(certificate.subjectAltName).toContain('DNS:control-plane, IP Address:10.96.0.1, IP Address:10.0.0.10');
  const list = "ls -l /host | awk '{print $1, $NF}'; ls /host/pki/etcd | xargs";
  expect(look('ls', 'control-plane', KUBERNETES, list).split('\n').slice(1)).toEqual([
    '-rw------- admin.conf',
    '-rw------- controller-manager.conf',
    '-rw------- kubelet.conf',
    'drwxr-xr-x manifests',
    'drwxr-xr-x pki',
    '-rw------- scheduler.conf',
    '-rw------- super-admin.conf',
    'ca.crt ca.key healthcheck-client.crt healthcheck-client.key peer.crt peer.key server.crt server.key',
    '',
  ]);
  look('write', 'control-plane', KUBERNETES, 'echo changed > /host/pki/sa.pub; sed -i s/6443/8443/ /host/admin.conf');
  expect(look('read', 'control-plane', KUBERNETES, 'cat /host/pki/sa.pub; grep server: /host/admin.conf')).toBe(
    'changed\n    server: https://10.0.0.10:8443\n',
  );
});

it('a worker has the kubelet’s alone', () => {
  expect(look('worker', 'worker-1', KUBERNETES, 'ls /host /host/pki | xargs')).toBe(
    '/host: kubelet.conf manifests pki /host/pki: ca.crt\n',
  );
  expect(
    look('kubelet', 'worker-1', '/var/lib/kubelet', 'cat /host/pki/kubelet-client-current.pem; cat /host/config.yaml'),
  ).toMatch(/^-----BEGIN CERT[\s\S]*clusterDNS:\n- 10.96.0.10\n/);
});
