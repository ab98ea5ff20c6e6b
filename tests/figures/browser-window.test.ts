import '../../sim-core/host/programs.ts';
import { expect, test } from 'vitest';
import { Mirror } from '../../site/workspace/mirror.ts';
import { addressText, follow, parseAddress } from '../../site/workspace/window/address.ts';
import { doors } from '../../site/workspace/window/doors.ts';
import { lastWay } from '../../site/workspace/window/way.ts';
import { Scenario } from '../scenarios/scenario.ts';

test('reads addresses as a browser’s bar does, and follows links', () => {
  const shown = (text: string) => {
    const address = parseAddress(text);
    return address === undefined ? undefined : addressText(address);
  };
  expect(shown('shop.example.com')).toBe('http://shop.example.com/');
  expect(shown(' 10.0.0.11:30080/cart?a=1 ')).toBe('http://10.0.0.11:30080/cart?a=1');
  expect(shown('localhost:8080')).toBe('http://localhost:8080/');
  expect(shown('https://shop.example.com')).toBe('https://shop.example.com/');
  for (const none of ['', 'javascript:alert(1)', 'ftp://shop', 'http://']) expect(shown(none)).toBeUndefined();
  const here = parseAddress('http://shop.example.com/a/b?c')!;
  const to = (link: string) => {
    const address = follow(here, link);
    return address === undefined ? undefined : addressText(address);
  };
  expect(to('d')).toBe('http://shop.example.com/a/d');
  expect(to('/d#e')).toBe('http://shop.example.com/d');
  expect(to('https://other.example.com')).toBe('https://other.example.com/');
  expect(to('javascript:alert(1)')).toBeUndefined();
  expect(to('mailto:a@example.com')).toBeUndefined();
});

test('tells which pod answered, through the load balancer and the Ingress’s controller, and where one can enter', () => {
  const cluster = new Scenario('cloud-ingress', { trace: { level: 'full' } });
  cluster.apply(`
{apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: c, image: nginx}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, nodePort: 30080}]}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec: {ingressClassName: nginx, rules: [{host: web.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}
`);
  cluster.untilReady('web');
  cluster.until(() => cluster.get('Ingress', 'web').status.loadBalancer?.ingress !== undefined, 120);
  cluster.wait(10);
  const ask = (host: string, port = 80) => {
    const request = { method: 'GET', path: '/', headers: {}, body: '' };
    const answer = cluster.cluster.outside(port, request, { host });
    return { answer, way: lastWay([...cluster.cluster.engine.trace.since(0)]) };
  };
  const controller = cluster.list('Pod', 'app.kubernetes.io/component=controller', 'ingress-nginx')[0]!.metadata.name;
  const { answer, way } = ask('web.example.com');
  expect(answer).toMatchObject({ status: 200 });
  expect(way?.pod).toBe('default/web');
  const names = way!.stops.map(({ name }) => name);
  expect(names[0]).toBe('learner');
  expect(names.filter((name) => name === 'learner')).toHaveLength(1);
  expect(way!.stops[1]).toEqual({ kind: 'load-balancer', name: '203.0.113.100' });
  expect(names).toContain(`ingress-nginx/${controller}`);
  expect(names.at(-1)).toBe('default/web');
  // A node port needs neither.
  const direct = ask('10.0.0.11', 30080).way!;
  expect(direct.pod).toBe('default/web');
  expect(direct.stops.map(({ name }) => name)).not.toContain(`ingress-nginx/${controller}`);
  // Nobody there: no pod answered.
  cluster.patch('Service', 'web', { spec: { selector: { app: 'nobody' } } });
  cluster.wait(5);
  const refused = ask('10.0.0.11', 30080);
  expect(refused.answer).toHaveProperty('error');
  expect(refused.way).toMatchObject({ pod: undefined, outcome: 'rejected' });

  const mirror = new Mirror();
  for (const table of ['ingresses.networking.k8s.io', 'nodes', 'services'])
    for (const object of cluster.cluster.store.list(table))
      mirror.apply({ type: 'ADDED', table, key: `${object.metadata.namespace ?? ''}/${object.metadata.name}`, object });
  const entrances = doors(mirror);
  expect(entrances).toContain('http://web.example.com/');
  expect(entrances.some((one) => /^http:\/\/10\.0\.0\.\d+:30080\/$/.test(one))).toBe(true);
});
