import { describe, expect, it } from 'vitest';
import { TestCluster } from '../../controllers/testing/test-cluster.ts';
import { SECOND } from '../../engine/index.ts';
import { services } from '../../resources/service.ts';
import { TestServices } from '../testing/test-services.ts';
import { OutsideWorld } from './outside-world.ts';
import { serviceLoadBalancers } from './service-lb-controller.ts';

function cloud(spec: Parameters<TestServices['service']>[1] = {}) {
  const all = new TestServices();
  const { cluster, network } = all;
  const world = new OutsideWorld(network.fabric);
  const stack = world.computer('health-checks', '198.51.100.2');
  cluster.startManager([serviceLoadBalancers({ fabric: network.fabric, stack })]);
  const a = all.pod('worker-1', 'a');
  const b = all.pod('worker-2', 'b');
  all.service('web', { type: 'LoadBalancer', ports: [{ port: 80, nodePort: 30080 }], ...spec });
  all.endpoints('web', [
    { address: a.address, node: 'worker-1' },
    { address: b.address, node: 'worker-2' },
  ]);
  all.settle();
  network.engine.runUntil(network.engine.now + 6 * SECOND);
  return { all, cluster, network, world, a, b, laptop: world.computer('laptop', '198.51.100.7') };
}

describe('a cloud', () => {
  it('gives Services of type LoadBalancer an address that works', () => {
    const { all, cluster, laptop } = cloud();
    const service = cluster.get(services, 'web');
    expect(service.status.loadBalancer).toEqual({ ingress: [{ ip: '203.0.113.100', ipMode: 'VIP' }] });
    expect(service.metadata.finalizers).toContain('service.kubernetes.io/load-balancer-cleanup');
    expect(cluster.events('Service', 'web')).toEqual([
      'Normal EnsuringLoadBalancer Ensuring load balancer',
      'Normal EnsuredLoadBalancer Ensured load balancer',
    ]);
    const answers = Object.keys(all.spread(laptop, '203.0.113.100', 60));
    expect(new Set(answers.map((text) => text[0]))).toEqual(new Set(['a', 'b']));
  });

  it('takes it away with the Service, and gives it to the next', () => {
    const { all, cluster, network, laptop } = cloud();
    cluster.client.delete(services, 'default', 'web');
    all.settle();
    expect(cluster.find(services, 'web')).toBeUndefined();
    expect(network.get(laptop, '203.0.113.100', 80, SECOND)).toBe('ETIMEDOUT');
    all.service('other', { type: 'LoadBalancer', clusterIP: '10.96.0.60' });
    all.settle();
    expect(cluster.get(services, 'other').status.loadBalancer?.ingress?.[0]?.ip).toBe('203.0.113.100');
  });

  it('sends nothing to nodes whose health checks fail', () => {
    const { all, network, b, laptop } = cloud();
    network.fabric.isolate('worker-1', true);
    all.endpoints('web', [{ address: b.address, node: 'worker-2' }]);
    network.engine.runUntil(network.engine.now + 12 * SECOND);
    const answers = all.spread(laptop, '203.0.113.100', 20);
    expect(Object.keys(answers).every((text) => text.startsWith('b sees'))).toBe(true);
  });

  it('with policy Local sends only to nodes with endpoints, which see the client', () => {
    const { all, network, b, laptop } = cloud({ externalTrafficPolicy: 'Local', healthCheckNodePort: 31000 });
    all.endpoints('web', [{ address: b.address, node: 'worker-2' }]);
    all.settle();
    network.engine.runUntil(network.engine.now + 12 * SECOND);
    expect(all.spread(laptop, '203.0.113.100', 20)).toEqual({ 'b sees 198.51.100.7': 20 });
  });

  it('does what the Service is changed to', () => {
    const { all, cluster } = cloud();
    cluster.change(services, 'web', ({ spec }) => {
      spec.type = 'ClusterIP';
      delete spec.ports![0]!.nodePort;
      delete spec.externalTrafficPolicy;
      delete spec.allocateLoadBalancerNodePorts;
    });
    all.settle();
    const { status, metadata } = cluster.get(services, 'web');
    expect([status.loadBalancer, metadata.finalizers ?? []]).toEqual([{}, []]);
  });

  it('without a controller leaves Services pending', () => {
    const cluster = new TestCluster({ controllers: [] });
    cluster.create(services, { metadata: { name: 'web' }, spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } });
    cluster.settle();
    expect(cluster.get(services, 'web').status.loadBalancer).toEqual({});
  });

  it('has names and sites outside', () => {
    const { network, laptop, a } = cloud();
    expect(network.get(laptop, 'example.com')).toContain('Example Domain');
    expect(network.get(laptop, 'nope.example.com')).toBe('ENOTFOUND');
    expect(network.run(laptop.resolve('worker-1'))).toEqual(['10.0.0.11']);
    expect(network.get(a, '198.51.100.81')).toContain('ok');
  });
});
