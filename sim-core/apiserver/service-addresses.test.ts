import { beforeEach, expect, test } from 'vitest';
import { Lab } from './testing/lab.ts';

const ADDRESSES = '/apis/networking.k8s.io/v1/ipaddresses';
const RANGES = '/apis/networking.k8s.io/v1/servicecidrs';
const SERVICES = '/api/v1/namespaces/default/services';

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
  lab.settle();
});

const service = (name: string, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { ports: [{ port: 80 }], ...spec },
});
const range = (name: string, cidr: string) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'ServiceCIDR',
  metadata: { name },
  spec: { cidrs: [cidr] },
});
const names = (path: string) =>
  (lab.get(path) as unknown as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name);
const spec = (name: string) => lab.get(`${SERVICES}/${name}`).spec as { clusterIP: string };

test('the address of a Service is booked as long as it has it', () => {
  expect(names(ADDRESSES)).toEqual(['10.96.0.1']);
  lab.create(service('web', { clusterIP: '10.96.0.77' }), service('headless', { clusterIP: 'None' }));
  expect(names(ADDRESSES)).toEqual(['10.96.0.1', '10.96.0.77']);
  expect(lab.get(`${ADDRESSES}/10.96.0.77`)).toMatchObject({
    metadata: {
      labels: {
        'ipaddress.kubernetes.io/ip-family': 'IPv4',
        'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
      },
    },
    spec: { parentRef: { resource: 'services', namespace: 'default', name: 'web' } },
  });
  lab.send('PATCH', `${SERVICES}/web`, {
    spec: { type: 'ExternalName', externalName: 'example.com', clusterIP: null },
  });
  expect(names(ADDRESSES)).toEqual(['10.96.0.1']);
  lab.send('PATCH', `${SERVICES}/web`, { spec: { type: 'ClusterIP', externalName: null } });
  expect(names(ADDRESSES)).toContain(spec('web').clusterIP);
  lab.send('DELETE', `${SERVICES}/web`);
  expect(names(ADDRESSES)).toEqual(['10.96.0.1']);
});

test('an address that is booked by hand is not given away, nor one of another network', () => {
  lab.create({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IPAddress',
    metadata: { name: '10.96.0.50' },
    spec: { parentRef: { resource: 'gateways', group: 'example.com', name: 'g' } },
  });
  const refused = (clusterIP: string) => lab.post(service('web', { clusterIP })).body.message;
  expect(refused('10.96.0.50')).toContain('failed to allocate IP 10.96.0.50: provided IP is already allocated');
  expect(refused('10.9.0.1')).toContain(
    'failed to allocate IP 10.9.0.1: the provided network does not match the current range',
  );
  expect(refused('10.96.0.0')).toContain(
    'the provided IP (10.96.0.0) is not in the valid range. The range of valid IPs is 10.96.0.0/16',
  );
});

test('a further range gives addresses, and does not go while one of them is in use', () => {
  lab.create(range('more', '10.97.0.0/24'));
  lab.settle();
  expect(lab.get(`${RANGES}/more`)).toMatchObject({
    metadata: { finalizers: ['networking.k8s.io/service-cidr-finalizer'] },
    status: { conditions: [{ type: 'Ready', status: 'True', message: 'Kubernetes Service CIDR is ready' }] },
  });
  lab.create(service('web', { clusterIP: '10.97.0.7' }));
  lab.send('DELETE', `${RANGES}/more`);
  lab.settle(30);
  expect(lab.get(`${RANGES}/more`)).toMatchObject({
    status: { conditions: [{ type: 'Ready', status: 'False', reason: 'Terminating' }] },
  });
  expect(lab.post(service('late', { clusterIP: '10.97.0.8' })).status).toBe(422);
  lab.send('DELETE', `${SERVICES}/web`);
  lab.settle(5);
  expect(names(RANGES)).toEqual(['kubernetes']);
});

test('a range within another goes after a moment, whatever is in use', () => {
  lab.create(range('inner', '10.96.8.0/24'));
  lab.create(service('web', { clusterIP: '10.96.8.7' }));
  lab.settle();
  lab.send('DELETE', `${RANGES}/inner`);
  lab.settle(5);
  expect(names(RANGES)).toEqual(['inner', 'kubernetes']);
  lab.settle(10);
  expect(names(RANGES)).toEqual(['kubernetes']);
});
