/**
 * In a fresh process: 100 nodes with 100 pods each, all with a readiness and a liveness probe, for one simulated hour. Prints as JSON the
 * milliseconds that the hour took, and the heap in KiB that a steady pod costs at its end: API object, kubelet, runtime, program and an hour's
 * log, Events excluded.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import '../../sim-core/host/programs.ts';
import type { Pod } from '../../sim-core/api/objects.ts';
import { adminToken } from '../../sim-core/cluster/cluster.ts';
import { cluster as clusterOf } from '../../sim-core/cluster/presets.ts';
import { SECOND } from '../../sim-core/engine/index.ts';
import { Session } from '../../sim-core/host/session.ts';
import { isReady, webDeployment } from './web.ts';

const nodes = Number(process.argv[2] ?? 100);
const replicas = nodes * Number(process.argv[3] ?? 100);

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
function heap(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

const session = new Session({ preset: clusterOf(nodes), seed: 1, trace: { level: 'off' } });
const { engine, store, answer } = session.cluster;
engine.onFault = (actor, error) => {
  throw new Error(`${actor}: ${String(error)}`);
};
engine.settle();

function request(method: 'POST' | 'DELETE', path: string, body?: object): void {
  const { status } = answer({
    method,
    path,
    headers: { authorization: `Bearer ${adminToken(1)}`, 'content-type': 'application/json', 'user-agent': 'bench' },
    body,
  } as never) as { status: number };
  if (status >= 300) throw new Error(`${method} ${path}: ${status}`);
}
function forgetEvents(): void {
  for (const namespace of ['default', 'kube-system']) request('DELETE', `/api/v1/namespaces/${namespace}/events`);
}

forgetEvents();
const before = heap();
const probe = { httpGet: { path: '/', port: 80 }, periodSeconds: 10 };
request(
  'POST',
  '/apis/apps/v1/namespaces/default/deployments',
  webDeployment(replicas, {
    ports: [{ containerPort: 80 }],
    resources: { requests: { cpu: '10m', memory: '16Mi' } },
    readinessProbe: probe,
    livenessProbe: probe,
  }),
);
const begun = performance.now();
engine.settle({ limit: 1800 * SECOND });
const ready = (store.list('pods') as unknown as Pod[]).filter(
  (pod) => pod.metadata.namespace === 'default' && isReady(pod),
).length;
if (ready < replicas) throw new Error(`came to rest with ${ready} of ${replicas} ready`);
const rolledOut = performance.now() - begun;

// Before the hour, too: what is taken away is part of the past that can be looked back to, and an hour pushes it out of there.
forgetEvents();
engine.runUntil(engine.now + 60 * SECOND);
const cpu = process.cpuUsage();
const started = performance.now();
const executed = engine.executed;
engine.runUntil(engine.now + 3600 * SECOND);
const hour = performance.now() - started;
const used = process.cpuUsage(cpu);
const { executed: after } = engine;
forgetEvents();
const perPod = (heap() - before) / replicas / 1024;
process.stdout.write(
  JSON.stringify({
    rolledOut,
    hour,
    hourCpu: (used.user + used.system) / 1000,
    kibPerPod: perPod,
    events: after - executed,
  }),
);
