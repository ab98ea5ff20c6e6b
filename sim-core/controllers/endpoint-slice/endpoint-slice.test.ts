import { describe, expect, it } from 'vitest';
import { endpointSlices } from '../../resources/endpoint-slice.ts';
import { endpoints } from '../../resources/endpoints.ts';
import { pods } from '../../resources/pod.ts';
import { replicaSets } from '../../resources/replica-set.ts';
import { services } from '../../resources/service.ts';
import { endpointSliceMirroringController } from '../endpoint-slice-mirroring.ts';
import { endpointsController } from '../endpoints.ts';
import { replicaSetController } from '../replica-set/index.ts';
import { TestCluster, template } from '../testing/test-cluster.ts';
import { endpointSliceController } from './index.ts';

const controllers = [
  endpointsController,
  endpointSliceController,
  endpointSliceMirroringController,
  replicaSetController,
];
const service = (spec: object = {}) => ({
  metadata: { name: 's', labels: { tier: 'web' } },
  spec: { selector: { app: 'a' }, ports: [{ name: 'w', port: 80, targetPort: 'web', protocol: 'TCP' }], ...spec },
});
const workload = (replicas: number) => {
  const pod = template({ app: 'a' });
  Object.assign(pod.spec.containers[0]!, { ports: [{ containerPort: 8080, name: 'web', protocol: 'TCP' }] });
  return { metadata: { name: 'a' }, spec: { replicas, selector: { matchLabels: { app: 'a' } }, template: pod } };
};

describe('EndpointSlice and Endpoints controllers', () => {
  it('list the ready pods of a Service', () => {
    const cluster = new TestCluster({ controllers });
    cluster.create(services, service());
    cluster.settle();
    expect(cluster.list(endpointSlices)).toMatchObject([{ addressType: 'IPv4', endpoints: [], ports: [] }]);
    cluster.create(replicaSets, workload(2));
    cluster.settle();
    const [slice, ...more] = cluster.list(endpointSlices);
    expect(more).toEqual([]);
    expect(slice!.metadata).toMatchObject({
      generateName: 's-',
      labels: {
        tier: 'web',
        'kubernetes.io/service-name': 's',
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name: 's', controller: true, blockOwnerDeletion: true }],
    });
    expect(slice!.ports).toEqual([{ name: 'w', port: 8080, protocol: 'TCP' }]);
    expect(slice!.endpoints).toHaveLength(2);
    const [pod] = cluster.list(pods);
    expect(slice!.endpoints.find(({ targetRef }) => targetRef?.name === pod!.metadata.name)).toEqual({
      addresses: [pod!.status.podIP],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: pod!.spec.nodeName,
      targetRef: { kind: 'Pod', namespace: 'default', name: pod!.metadata.name, uid: pod!.metadata.uid },
    });
    const old = cluster.get(endpoints, 's');
    expect(old.metadata.labels).toEqual({ tier: 'web', 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' });
    expect(old.subsets![0]!.ports).toEqual([{ name: 'w', port: 8080, protocol: 'TCP' }]);
    expect(old.subsets![0]!.addresses).toHaveLength(2);
  });

  it('show pods that are not ready, or going, as such', () => {
    const cluster = new TestCluster({ controllers });
    cluster.create(services, service());
    cluster.create(replicaSets, workload(2));
    cluster.settle();
    const [first, second] = cluster.list(pods);
    cluster.report(first!, 'unready');
    cluster.client.delete(pods, 'default', second!.metadata.name);
    cluster.wait(0.05);
    const conditionsOf = (name: string) =>
      cluster.list(endpointSlices)[0]!.endpoints.find(({ targetRef }) => targetRef?.name === name)?.conditions;
    expect(conditionsOf(first!.metadata.name)).toEqual({ ready: false, serving: false, terminating: false });
    expect(conditionsOf(second!.metadata.name)).toEqual({ ready: false, serving: true, terminating: true });
    expect(cluster.get(endpoints, 's').subsets).toMatchObject([
      { notReadyAddresses: [{ targetRef: { name: first!.metadata.name } }] },
    ]);
  });

  it('follow the selector and come back when deleted', () => {
    const cluster = new TestCluster({ controllers });
    cluster.create(services, service());
    cluster.create(replicaSets, workload(1));
    cluster.settle();
    cluster.change(services, 's', ({ spec }) => {
      spec.selector = { app: 'nobody' };
    });
    cluster.settle();
    expect(cluster.list(endpointSlices)).toMatchObject([{ endpoints: [] }]);
    expect(cluster.get(endpoints, 's').subsets ?? []).toEqual([]);
    cluster.change(services, 's', ({ spec }) => {
      spec.selector = { app: 'a' };
    });
    cluster.settle();
    cluster.client.delete(endpointSlices, 'default', cluster.list(endpointSlices)[0]!.metadata.name);
    cluster.client.delete(endpoints, 'default', 's');
    cluster.settle();
    expect(cluster.list(endpointSlices)[0]!.endpoints).toHaveLength(1);
    expect(cluster.get(endpoints, 's').subsets).toHaveLength(1);
  });

  it('cut 250 pods into slices of at most 100, and leave a slice alone whose pods stay', () => {
    const cluster = new TestCluster({ controllers });
    cluster.create(services, service());
    cluster.create(replicaSets, workload(250));
    cluster.settle();
    const sizes = () => cluster.list(endpointSlices).map(({ endpoints: list }) => list.length);
    expect(sizes().reduce((sum, size) => sum + size, 0)).toBe(250);
    expect(Math.max(...sizes())).toBeLessThanOrEqual(100);
    expect(sizes()).toHaveLength(3);
    const uids = cluster
      .list(endpointSlices)
      .flatMap(({ endpoints: list }) => list.map(({ targetRef }) => targetRef!.uid));
    expect(new Set(uids).size).toBe(250);
    const before = new Map(
      cluster.list(endpointSlices).map(({ metadata }) => [metadata.name, metadata.resourceVersion]),
    );
    const [pod] = cluster.list(pods);
    cluster.report(pod!, 'unready');
    cluster.settle();
    const changed = cluster
      .list(endpointSlices)
      .filter(({ metadata }) => before.get(metadata.name) !== metadata.resourceVersion);
    expect(changed).toHaveLength(1);
  });

  it('mirror Endpoints that were written by hand', () => {
    const cluster = new TestCluster({ controllers });
    cluster.create(services, service({ selector: undefined }));
    cluster.create(endpoints, {
      metadata: { name: 's' },
      subsets: [{ addresses: [{ ip: '192.0.2.7' }], ports: [{ name: 'w', port: 5432, protocol: 'TCP' }] }],
    });
    cluster.settle();
    expect(cluster.list(endpointSlices)).toMatchObject([
      {
        metadata: { labels: { 'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io' } },
        endpoints: [{ addresses: ['192.0.2.7'], conditions: { ready: true } }],
        ports: [{ name: 'w', port: 5432, protocol: 'TCP' }],
      },
    ]);
    cluster.client.delete(endpoints, 'default', 's');
    cluster.settle();
    expect(cluster.list(endpointSlices)).toEqual([]);
  });
});
