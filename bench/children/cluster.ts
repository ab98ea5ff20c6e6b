/**
 * In a fresh process: a three-worker cluster until all is ready, then a Deployment until all its pods are; and the same again and again. Prints
 * milliseconds as JSON.
 */
import '../../sim-core/host/programs.ts';
import type { Node, Pod } from '../../sim-core/api/objects.ts';
import { cluster as clusterOf } from '../../sim-core/cluster/presets.ts';
import { Session } from '../../sim-core/host/session.ts';
import { creation, isReady } from './web.ts';

/** How often it is made again, and how many of the last are measured. */
const AGAIN = 10;
const MEASURED = 5;
const replicas = Number(process.argv[2] ?? 100);
// A node holds 110 pods: more replicas need more workers, as they would in life.
const workers = Math.max(3, Math.ceil(replicas / 100));

interface Workload {
  readonly spec: { readonly replicas?: number };
  readonly status: { readonly readyReplicas?: number };
}
/** Static pods of the control plane, and at least an agent a node: fewer means that something has not begun yet. */
const fewest = 4 + (workers + 1);

/** Makes a cluster and a Deployment in it. How long each took to be ready, milliseconds. */
function run(): { readonly boot: number; readonly ready: number } {
  const start = performance.now();
  const session = new Session({ preset: clusterOf(workers), seed: 1 });
  const { engine, store, answer } = session.cluster;
  engine.onFault = (actor, error) => {
    throw new Error(`${actor}: ${String(error)}`);
  };
  const allReady = (): boolean => {
    if (store.count('nodes') !== workers + 1 || store.count('pods') < fewest) return false;
    if (![...(store.list('nodes') as unknown as Node[]), ...(store.list('pods') as unknown as Pod[])].every(isReady))
      return false;
    const complete = ({ spec, status }: Workload) => (status.readyReplicas ?? 0) === spec.replicas;
    return (store.list('deployments.apps') as unknown as Workload[]).every(complete);
  };
  // Looked at when something was written, not after every event: looking is no part of what is measured.
  for (let seen = 0; seen === store.revision || !allReady(); ) {
    seen = store.revision;
    if (!engine.step()) throw new Error('the cluster came to rest before it was ready');
  }
  const boot = performance.now() - start;
  engine.settle();

  const created = performance.now();
  answer(creation(replicas));
  const readyReplicas = () =>
    (store.get('deployments.apps', 'default/web') as { status?: { readyReplicas?: number } } | undefined)?.status
      ?.readyReplicas ?? 0;
  while (readyReplicas() < replicas)
    if (!engine.step()) throw new Error(`came to rest with ${readyReplicas()} of ${replicas} ready`);
  return { boot, ready: performance.now() - created };
}

const first = run();
// Reset, Check and grading make one cluster after the other in a process that knows its program by now.
const later = Array.from({ length: AGAIN }, run).slice(-MEASURED);
const median = (of: (one: ReturnType<typeof run>) => number) => later.map(of).sort((a, b) => a - b)[MEASURED >> 1]!;
process.stdout.write(
  JSON.stringify({ ...first, bootAgain: median(({ boot }) => boot), readyAgain: median(({ ready }) => ready) }),
);
