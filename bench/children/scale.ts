/**
 * In a fresh process: a control plane with its scheduler and all controllers, hollow nodes, and Deployments of 500 pods with a Service each,
 * until all pods run and all endpoints are ready. `scale NODES PODS`. Prints JSON: milliseconds of wall and processor time, heap in MiB.
 */
import '../../sim-core/host/programs.ts';
import { adminToken, createCluster } from '../../sim-core/cluster/cluster.ts';
import { cluster as clusterOf } from '../../sim-core/cluster/presets.ts';
import { inProcessTransport } from '../../sim-core/cluster/transport.ts';
import { controllers } from '../../sim-core/controllers/index.ts';
import { SECOND } from '../../sim-core/engine/index.ts';
import { HollowNodes } from '../hollow-nodes.ts';

const PER_DEPLOYMENT = 500;
const nodeCount = Number(process.argv[2] ?? 100);
const podCount = Number(process.argv[3] ?? nodeCount * 30);

const options = { preset: { ...clusterOf(0), agent: 'lab' }, trace: { level: 'sampled' } } as const;
const { engine, store, server, components, answer } = createCluster({
  ...options,
  without: ['kubelet', 'controllers'],
});
engine.onFault = (actor, error) => {
  throw new Error(`${actor}: ${error instanceof Error ? error.stack : String(error)}`);
};
components.startControllerManager({
  engine,
  connect: (identity) => inProcessTransport(server, identity),
  controllers,
  settings: { clusterCIDR: '10.128.0.0/9' },
  discover: () => server.resources.all(),
});
const hollow = inProcessTransport(server, { username: 'hollow', groups: ['system:masters'], userAgent: 'hollow' });
const agent = new HollowNodes(engine, hollow);
agent.start(nodeCount);
engine.runUntil(engine.now + 5 * SECOND);

const post = (path: string, body: object) => {
  const authorization = `Bearer ${adminToken(1)}`;
  const headers = { authorization, 'content-type': 'application/json', 'user-agent': 'bench' };
  const { status } = answer({ method: 'POST', path, headers, body });
  if (status !== 201) throw new Error(`POST ${path}: ${status}`);
};
const mebibytes = () => process.memoryUsage().heapUsed / 1024 ** 2;
const processor = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

let heap = 0;
const [wall, cpu, virtual] = [performance.now(), processor(), engine.now];
for (let made = 0, index = 0; made < podCount; made += PER_DEPLOYMENT, index++) {
  const name = `web-${index}`;
  const labels = { app: name };
  const containers = [{ name: 'web', image: 'nginx:1.27', resources: { requests: { cpu: '100m', memory: '128Mi' } } }];
  const template = { metadata: { labels }, spec: { containers } };
  post('/apis/apps/v1/namespaces/default/deployments', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas: Math.min(PER_DEPLOYMENT, podCount - made), selector: { matchLabels: labels }, template },
  });
  post('/api/v1/namespaces/default/services', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: labels, ports: [{ port: 80 }] },
  });
}
interface Slice {
  readonly endpoints?: readonly { readonly conditions?: { readonly ready?: boolean } }[];
}
const readyEndpoints = () =>
  (store.list('endpointslices.discovery.k8s.io') as unknown as Slice[])
    .flatMap(({ endpoints = [] }) => endpoints)
    .filter(({ conditions }) => conditions?.ready === true).length;
let running = 0;
while (agent.running < podCount || readyEndpoints() < podCount) {
  engine.runUntil(engine.now + SECOND);
  heap = Math.max(heap, mebibytes());
  if (running === 0 && agent.running >= podCount) running = performance.now() - wall;
  if (engine.now - virtual > 3600 * SECOND) throw new Error(`${agent.running} of ${podCount} run after an hour`);
}
process.stdout.write(
  JSON.stringify({
    running,
    wall: performance.now() - wall,
    cpu: processor() - cpu,
    heap,
    seconds: (engine.now - virtual) / SECOND,
    revisions: store.revision,
  }),
);
