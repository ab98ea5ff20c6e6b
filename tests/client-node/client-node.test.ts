import { PassThrough } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import * as k8s from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { adminToken } from '../../sim-core/cluster/cluster.ts';
import { type HttpDoor, openHttpDoor } from '../../sim-core/host/http/http-door.ts';
import { ServedCluster } from '../../sim-core/host/http/served-cluster.ts';

/** The official JavaScript client, which nobody here wrote, on a served cluster. */
let cluster: ServedCluster;
let door: HttpDoor;
const config = new k8s.KubeConfig();
const namespace = 'default';
const defects: unknown[] = [];

beforeAll(async () => {
  cluster = new ServedCluster({
    cluster: { preset: 'one-worker', seed: 1, trace: { level: 'off' } },
    speed: 20,
    report: (_actor, error) => defects.push(error),
  });
  door = await openHttpDoor({ cluster, token: adminToken(1) }, 0);
  config.loadFromOptions({
    clusters: [{ name: 'jotasu', server: door.url, skipTLSVerify: true }],
    users: [{ name: 'admin' }],
    contexts: [{ name: 'jotasu', cluster: 'jotasu', user: 'admin', namespace }],
    currentContext: 'jotasu',
  });
});

afterAll(async () => {
  cluster.close();
  await door.close();
  expect(defects).toEqual([]);
});

/** Asks until the answer is what is waited for. */
async function until<T>(ask: () => Promise<T> | T, enough: (value: T) => boolean): Promise<T> {
  for (let tries = 0; tries < 400; tries++) {
    const value = await ask();
    if (enough(value)) return value;
    await pause(25);
  }
  throw new Error('what was waited for did not come');
}

const core = () => config.makeApiClient(k8s.CoreV1Api);

function pod(name: string, command: string[]): k8s.V1Pod {
  const container = { name: 'main', image: 'busybox:1.36', command };
  return { metadata: { name, labels: { app: name } }, spec: { containers: [container] } };
}

const running = (name: string) =>
  until(
    () => core().readNamespacedPod({ name, namespace }),
    ({ status }) => status?.phase === 'Running',
  );

it('creates, reads, lists, replaces, patches in every way and deletes', async () => {
  const api = core();
  await api.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'c' }, data: { a: '1' } } });
  const read = await api.readNamespacedConfigMap({ name: 'c', namespace });
  expect(read.data).toEqual({ a: '1' });
  const replaced = await api.replaceNamespacedConfigMap({ name: 'c', namespace, body: { ...read, data: { b: '2' } } });
  expect(replaced.data).toEqual({ b: '2' });
  const patch = async (type: k8s.PatchStrategy[keyof k8s.PatchStrategy] & string, body: object, more: object = {}) => {
    const options = k8s.setHeaderOptions('Content-Type', type);
    const { data } = await api.patchNamespacedConfigMap({ name: 'c', namespace, body, ...more }, options);
    return data;
  };
  expect(await patch(k8s.PatchStrategy.JsonPatch, [{ op: 'add', path: '/data/c', value: '3' }])).toMatchObject({
    c: '3',
  });
  expect(await patch(k8s.PatchStrategy.MergePatch, { data: { b: null } })).toEqual({ c: '3' });
  expect(await patch(k8s.PatchStrategy.StrategicMergePatch, { data: { d: '4' } })).toEqual({ c: '3', d: '4' });
  const applied = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { e: '5' } };
  const owner = { fieldManager: 'test' };
  expect(await patch(k8s.PatchStrategy.ServerSideApply, applied, owner)).toEqual({ c: '3', d: '4', e: '5' });
  const { items } = await api.listNamespacedConfigMap({ namespace, fieldSelector: 'metadata.name=c' });
  expect(items.map(({ metadata }) => metadata?.name)).toEqual(['c']);
  await api.deleteNamespacedConfigMap({ name: 'c', namespace });
  await expect(api.readNamespacedConfigMap({ name: 'c', namespace })).rejects.toMatchObject({ code: 404 });
});

it('an informer lists and follows', async () => {
  const api = core();
  const list = () => api.listNamespacedSecret({ namespace });
  const informer = k8s.makeInformer(config, `/api/v1/namespaces/${namespace}/secrets`, list);
  const seen: string[] = [];
  for (const event of ['add', 'update', 'delete'] as const)
    informer.on(event, ({ metadata }) => {
      seen.push(`${event} ${metadata?.name}`);
    });
  await informer.start();
  await api.createNamespacedSecret({ namespace, body: { metadata: { name: 's' }, stringData: { a: '1' } } });
  const options = k8s.setHeaderOptions('Content-Type', k8s.PatchStrategy.MergePatch);
  await until(
    () => seen.length,
    (count) => count > 0,
  );
  await api.patchNamespacedSecret({ name: 's', namespace, body: { stringData: { a: '2' } } }, options);
  await api.deleteNamespacedSecret({ name: 's', namespace });
  await until(
    () => seen.length,
    (count) => count > 2,
  );
  expect(seen).toEqual(['add s', 'update s', 'delete s']);
  await informer.stop();
});

it('runs a command in a container, and follows its logs', async () => {
  const command = ['sh', '-c', 'while true; do echo tick; sleep 1; done'];
  await core().createNamespacedPod({ namespace, body: pod('ticker', command) });
  await running('ticker');
  const text = (stream: PassThrough) => {
    let read = '';
    stream.on('data', (data) => {
      read += String(data);
    });
    return () => read;
  };
  const out = new PassThrough();
  const errors = new PassThrough();
  const written = [text(out), text(errors)] as const;
  const status = await new Promise<k8s.V1Status>((resolve, reject) => {
    const line = ['sh', '-c', 'echo out; echo err >&2; exit 3'];
    new k8s.Exec(config).exec(namespace, 'ticker', 'main', line, out, errors, null, false, resolve).catch(reject);
  });
  expect(written.map((read) => read())).toEqual(['out\n', 'err\n']);
  expect(status).toMatchObject({ status: 'Failure', reason: 'NonZeroExitCode' });
  const log = new PassThrough();
  const lines = text(log);
  const ended = new Promise((resolve) => log.once('end', resolve));
  await new k8s.Log(config).log(namespace, 'ticker', 'main', log, { follow: true });
  await until(lines, (read) => read.split('tick').length > 4);
  await core().deleteNamespacedPod({ name: 'ticker', namespace, gracePeriodSeconds: 0 });
  await ended;
});

it('forwards a port', async () => {
  const container = { name: 'main', image: 'nginx:1.27' };
  await core().createNamespacedPod({
    namespace,
    body: { metadata: { name: 'web' }, spec: { containers: [container] } },
  });
  await running('web');
  const input = new PassThrough();
  const output = new PassThrough();
  let read = '';
  output.on('data', (data) => {
    read += String(data);
  });
  await new k8s.PortForward(config).portForward(namespace, 'web', [80], output, null, input);
  input.write('GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n');
  await until(
    () => read,
    (text) => text.includes('Welcome to nginx!'),
  );
  expect(read).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
});

it('leases and objects of a definition of its own', async () => {
  const leases = config.makeApiClient(k8s.CoordinationV1Api);
  const renewTime = new k8s.V1MicroTime('2026-01-05T09:00:00.123456Z');
  const body = { metadata: { name: 'leader' }, spec: { holderIdentity: 'me', leaseDurationSeconds: 15, renewTime } };
  await leases.createNamespacedLease({ namespace, body });
  expect((await leases.readNamespacedLease({ name: 'leader', namespace })).spec?.holderIdentity).toBe('me');
  const version = {
    name: 'v1',
    served: true,
    storage: true,
    schema: {
      openAPIV3Schema: {
        type: 'object',
        properties: { spec: { type: 'object', properties: { size: { type: 'integer', _default: 3 } } } },
      },
    },
  };
  const names = { plural: 'ships', kind: 'Ship', singular: 'ship' };
  await config.makeApiClient(k8s.ApiextensionsV1Api).createCustomResourceDefinition({
    body: {
      metadata: { name: 'ships.example.com' },
      spec: { group: 'example.com', scope: 'Namespaced', names, versions: [version] },
    },
  });
  const ships = config.makeApiClient(k8s.CustomObjectsApi);
  const place = { group: 'example.com', version: 'v1', namespace, plural: 'ships' };
  const ship = { apiVersion: 'example.com/v1', kind: 'Ship', metadata: { name: 'argo' }, spec: {} };
  await ships.createNamespacedCustomObject({ ...place, body: ship });
  expect(await ships.listNamespacedCustomObject(place)).toMatchObject({
    items: [{ metadata: { name: 'argo' }, spec: { size: 3 } }],
  });
});
