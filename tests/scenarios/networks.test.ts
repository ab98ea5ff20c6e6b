import { describe, expect, test } from 'vitest';
import { calicoManifests, flannelManifests } from '../../sim-core/cluster/network-addons.ts';
import { conditionOf, Scenario } from './scenario.ts';

const PODS = `
{apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {nodeSelector: {kubernetes.io/hostname: worker-1}, containers: [{name: c, image: nginx}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: client, labels: {app: client}}, spec: {nodeSelector: {kubernetes.io/hostname: worker-2}, containers: [{name: c, image: nicolaka/netshoot, command: [sleep, infinity]}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}
---
`;

/** A cluster whose nodes need not be ready yet. */
function bare(): Scenario {
  return new Scenario('no-network', {}, false);
}

describe('a cluster without a network', () => {
  test.each([
    ['flannel', flannelManifests('10.244.0.0/16'), '10-flannel.conflist'],
    ['calico', calicoManifests('10.244.0.0/16'), '10-calico.conflist'],
  ])('has nodes that are not ready, until %s is installed', (_name, manifests) => {
    const cluster = bare();
    cluster.wait(60);
    expect(conditionOf(cluster.get('Node', 'worker-1'), 'Ready')).toEqual(
      expect.objectContaining({
        status: 'False',
        reason: 'KubeletNotReady',
        message:
          'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
      }),
    );
    cluster.apply(PODS);
    cluster.wait(30);
    expect(cluster.get('Pod', 'web').status.phase).toBe('Pending');
    expect(conditionOf(cluster.get('Pod', 'web'), 'PodScheduled')?.message).toContain(
      'node(s) had untolerated taint {node.kubernetes.io/not-ready: }',
    );
    expect(cluster.list('Pod', 'k8s-app=kube-dns', 'kube-system').map(({ status }) => status.phase)).toEqual([
      'Pending',
      'Pending',
    ]);
    // What uses its node's own network runs all the same.
    expect(
      cluster.list('Pod', 'k8s-app=kube-proxy', 'kube-system').every(({ status }) => status.phase === 'Running'),
    ).toBe(true);

    cluster.apply(manifests.map((one) => JSON.stringify(one)).join('\n---\n'));
    cluster.until(() => conditionOf(cluster.get('Node', 'worker-1'), 'Ready')?.status === 'True', 120);
    for (const name of ['web', 'client']) cluster.untilReady(name, 120);
    cluster.until(
      () =>
        cluster
          .list('Pod', 'k8s-app=kube-dns', 'kube-system')
          .every(({ metadata }) => cluster.isReady(metadata.name, 'kube-system')),
      120,
    );
    cluster.wait(3);
    expect(cluster.exec('client', 'curl -s -m 5 http://web').stdout).toContain('Welcome to nginx!');
    // What the server saw is the client's own address: no NAT between pods.
    const { podIP } = cluster.get('Pod', 'client').status;
    expect(
      cluster.exec('client', `curl -s -m 5 -o /dev/null http://${cluster.get('Pod', 'web').status.podIP}`).code,
    ).toBe(0);
    expect(cluster.logs('web')).toContain(`${podIP} - - [`);
  });

  test('has its starting objects all the same, waiting for one', () => {
    const manifest = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'early' },
      spec: { nodeName: 'worker-1', containers: [{ name: 'c', image: 'nginx' }] },
    };
    const cluster = new Scenario('no-network', { setup: [manifest] }, false);
    cluster.wait(30);
    expect(cluster.get('Pod', 'early').status.phase).toBe('Pending');
    cluster.apply(
      flannelManifests('10.244.0.0/16')
        .map((one) => JSON.stringify(one))
        .join('\n---\n'),
    );
    cluster.untilReady('early', 120);
  });

  test('stays so when the agent may not see the nodes: its service account lacks the role', () => {
    const cluster = bare();
    const without = flannelManifests('10.244.0.0/16').filter(({ kind }) => kind !== 'ClusterRoleBinding');
    cluster.apply(without.map((one) => JSON.stringify(one)).join('\n---\n'));
    cluster.wait(90);
    expect(cluster.list('Pod', 'app=flannel', 'kube-flannel').every(({ status }) => status.phase === 'Running')).toBe(
      true,
    );
    expect(conditionOf(cluster.get('Node', 'worker-1'), 'Ready')?.status).toBe('False');
    cluster.apply(JSON.stringify(flannelManifests('10.244.0.0/16').find(({ kind }) => kind === 'ClusterRoleBinding')));
    cluster.until(() => conditionOf(cluster.get('Node', 'worker-1'), 'Ready')?.status === 'True', 120);
  });
});

const DENY = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny}
spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]}
`;
const ALLOW = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: allow}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress: [{from: [{podSelector: {matchLabels: {app: client}}}], ports: [{port: 80}]}]
`;

describe('a NetworkPolicy', () => {
  test('is enforced by Calico, and opened by another', () => {
    const cluster = new Scenario('calico');
    cluster.apply(PODS);
    for (const name of ['web', 'client']) cluster.untilReady(name);
    cluster.wait(3);
    const ask = () => cluster.exec('client', 'curl -s -m 3 -o /dev/null http://web');
    expect(ask().code).toBe(0);
    cluster.apply(DENY);
    cluster.wait(3);
    expect(ask().code).toBe(28);
    cluster.apply(ALLOW);
    cluster.wait(3);
    expect(ask().code).toBe(0);
    cluster.delete('NetworkPolicy', 'allow');
    cluster.wait(3);
    expect(ask().code).toBe(28);
    // The kubelet's probes are of the node: they pass.
    expect(cluster.isReady('web')).toBe(true);
  });

  test('changes nothing with Flannel', () => {
    const cluster = new Scenario('flannel');
    cluster.apply(PODS + DENY);
    for (const name of ['web', 'client']) cluster.untilReady(name);
    cluster.wait(3);
    expect(cluster.exec('client', 'curl -s -m 3 -o /dev/null http://web').code).toBe(0);
  });
});
