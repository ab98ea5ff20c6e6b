import { describe, expect, it } from 'vitest';
import { configMaps } from '../../resources/config-map.ts';
import { deployments } from '../../resources/deployment.ts';
import { namespaces } from '../../resources/namespace.ts';
import { nodes } from '../../resources/node.ts';
import { pods } from '../../resources/pod.ts';
import { replicaSets } from '../../resources/replica-set.ts';
import { serviceAccounts } from '../../resources/service-account.ts';
import { deploymentController } from '../deployment/index.ts';
import { namespaceController } from '../namespace.ts';
import { podGCController } from '../pod-gc.ts';
import { replicaSetController } from '../replica-set/index.ts';
import { rootCAPublisherController } from '../root-ca-publisher.ts';
import { serviceAccountController } from '../service-account.ts';
import { TestCluster, template } from '../testing/test-cluster.ts';
import { garbageCollectorController } from './index.ts';

const controllers = [
  garbageCollectorController,
  deploymentController,
  replicaSetController,
  namespaceController,
  serviceAccountController,
  rootCAPublisherController,
  podGCController,
];

function withDeployment() {
  const cluster = new TestCluster({ controllers });
  cluster.create(deployments, {
    metadata: { name: 'web' },
    spec: { replicas: 3, selector: { matchLabels: { app: 'web' } }, template: template({ app: 'web' }) },
  });
  cluster.settle();
  expect(cluster.list(pods)).toHaveLength(3);
  return cluster;
}

const reference = (owner: { apiVersion: string; kind: string; metadata: { name: string; uid: string } }) => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid,
  blockOwnerDeletion: true,
});

describe('the garbage collector', () => {
  it('deletes in the background what a deleted object owned', () => {
    const cluster = withDeployment();
    cluster.client.delete(deployments, 'default', 'web', { propagationPolicy: 'Background' });
    expect(cluster.find(deployments, 'web')).toBeUndefined();
    cluster.settle();
    expect(cluster.list(replicaSets)).toEqual([]);
    expect(cluster.list(pods)).toEqual([]);
  });

  it('deletes in the foreground: the owner goes last', () => {
    const cluster = withDeployment();
    cluster.client.delete(deployments, 'default', 'web', { propagationPolicy: 'Foreground' });
    cluster.wait(0.05);
    expect(cluster.find(deployments, 'web')).toBeDefined();
    expect(cluster.list(replicaSets)[0]?.metadata.finalizers).toEqual(['foregroundDeletion']);
    let ownerless = false;
    for (let step = 0; step < 2000 && cluster.engine.step(); step++) {
      ownerless ||= cluster.find(deployments, 'web') === undefined && cluster.list(pods).length > 0;
    }
    expect(ownerless).toBe(false);
    expect(cluster.find(deployments, 'web')).toBeUndefined();
    expect(cluster.list(replicaSets)).toEqual([]);
    expect(cluster.list(pods)).toEqual([]);
  });

  it('orphans: the owned stay, without their owner', () => {
    const cluster = withDeployment();
    cluster.client.delete(deployments, 'default', 'web', { propagationPolicy: 'Orphan' });
    cluster.settle();
    expect(cluster.find(deployments, 'web')).toBeUndefined();
    expect(cluster.list(replicaSets)).toHaveLength(1);
    expect(cluster.list(replicaSets)[0]!.metadata.ownerReferences ?? []).toEqual([]);
    expect(cluster.list(pods)).toHaveLength(3);
  });

  it('keeps what has another owner, and drops the reference to the one that went', () => {
    const cluster = new TestCluster({ controllers });
    const a = cluster.create(configMaps, { metadata: { name: 'a' } });
    const b = cluster.create(configMaps, { metadata: { name: 'b' } });
    cluster.create(configMaps, { metadata: { name: 'child', ownerReferences: [reference(a), reference(b)] } });
    cluster.settle();
    cluster.client.delete(configMaps, 'default', 'a');
    cluster.settle();
    expect(cluster.get(configMaps, 'child').metadata.ownerReferences).toMatchObject([{ name: 'b' }]);
    cluster.client.delete(configMaps, 'default', 'b');
    cluster.settle();
    expect(cluster.find(configMaps, 'child')).toBeUndefined();
  });

  it('deletes what names an owner that never was', () => {
    const cluster = new TestCluster({ controllers });
    const ghost = { apiVersion: 'v1', kind: 'ConfigMap', name: 'ghost', uid: '11111111-1111-4111-8111-111111111111' };
    cluster.create(configMaps, { metadata: { name: 'child', ownerReferences: [ghost] } });
    cluster.settle();
    expect(cluster.find(configMaps, 'child')).toBeUndefined();
  });

  it('reports an owner in another namespace, and takes it for absent', () => {
    const cluster = new TestCluster({ controllers });
    cluster.client.create(namespaces, { metadata: { name: 'other' }, spec: {} });
    const owner = cluster.create(configMaps, { metadata: { name: 'owner', namespace: 'other' } });
    cluster.settle();
    cluster.create(configMaps, { metadata: { name: 'child', ownerReferences: [reference(owner)] } });
    cluster.settle();
    expect(cluster.find(configMaps, 'child')).toBeUndefined();
    expect(cluster.events('ConfigMap', 'child')).toEqual([
      `Warning OwnerRefInvalidNamespace ownerRef [v1/ConfigMap, namespace: default, name: owner, uid: ${owner.metadata.uid}] does not exist in namespace "default"`,
    ]);
  });

  it('finds garbage left from before it started', () => {
    const cluster = withDeployment();
    cluster.manager.stop();
    cluster.client.delete(deployments, 'default', 'web', { propagationPolicy: 'Background' });
    cluster.settle();
    expect(cluster.list(pods)).toHaveLength(3);
    cluster.manager = cluster.startManager();
    cluster.settle();
    expect(cluster.list(pods)).toEqual([]);
  });
});

describe('the namespace controller and its companions', () => {
  it('fill a new namespace and empty one that is deleted, pods first', () => {
    const cluster = new TestCluster({ controllers });
    cluster.client.create(namespaces, { metadata: { name: 'team' }, spec: {} });
    cluster.settle();
    expect(cluster.find(serviceAccounts, 'default', 'team')).toBeDefined();
    expect(cluster.find(configMaps, 'kube-root-ca.crt', 'team')?.data).toEqual({ 'ca.crt': '' });
    cluster.client.delete(serviceAccounts, 'team', 'default');
    cluster.client.delete(configMaps, 'team', 'kube-root-ca.crt');
    cluster.settle();
    expect(cluster.find(serviceAccounts, 'default', 'team')).toBeDefined();
    expect(cluster.find(configMaps, 'kube-root-ca.crt', 'team')).toBeDefined();

    cluster.create(configMaps, { metadata: { name: 'held', namespace: 'team', finalizers: ['lab.example/hold'] } });
    cluster.create(pods, { metadata: { name: 'p', namespace: 'team' }, spec: template({}).spec });
    cluster.settle();
    cluster.client.delete(namespaces, undefined, 'team');
    cluster.wait(60);
    const { status } = cluster.get(namespaces, 'team');
    expect(cluster.client.list(pods, { namespace: 'team' }).items).toEqual([]);
    expect(
      status.conditions!.map(({ type, status: value, reason, message }) => `${type}=${value} ${reason}: ${message}`),
    ).toEqual([
      'NamespaceDeletionDiscoveryFailure=False ResourcesDiscovered: All resources successfully discovered',
      'NamespaceDeletionGroupVersionParsingFailure=False ParsedGroupVersions: All legacy kube types successfully parsed',
      'NamespaceDeletionContentFailure=False ContentDeleted: All content successfully deleted, may be waiting on finalization',
      'NamespaceContentRemaining=True SomeResourcesRemain: Some resources are remaining: configmaps. has 1 resource instances',
      'NamespaceFinalizersRemaining=True SomeFinalizersRemain: Some content in the namespace has finalizers remaining: lab.example/hold in 1 resource instances',
    ]);
    const held = cluster.get(configMaps, 'held', 'team');
    cluster.client.update(configMaps, { ...held, metadata: { ...held.metadata, finalizers: [] } });
    cluster.wait(30);
    expect(cluster.find(namespaces, 'team')).toBeUndefined();
    expect(cluster.find(configMaps, 'kube-root-ca.crt', 'team')).toBeUndefined();
  });

  it('remove pods whose node is gone', () => {
    const cluster = new TestCluster({ controllers });
    cluster.create(pods, { metadata: { name: 'p' }, spec: { ...template({}).spec, nodeName: 'worker-2' } });
    cluster.settle();
    cluster.client.delete(nodes, undefined, 'worker-2');
    cluster.wait(30);
    expect(cluster.find(pods, 'p')).toBeDefined();
    cluster.wait(60);
    expect(cluster.find(pods, 'p')).toBeUndefined();
  });
});
