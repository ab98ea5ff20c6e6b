import type { Service } from '../../sim-core/api/objects.ts';
import type { Cluster, Fault, Visit } from '../../sim-core/cluster/cluster.ts';
import { type Micros, SECOND } from '../../sim-core/engine/index.ts';
import type { Action, FaultAction, LoadAction } from '../format/tests.ts';
import { runLine } from './command.ts';
import { select } from './context.ts';
import type { Copy } from './copies.ts';
import { applyManifest, deleteObject, mergeManifest, Refused } from './requests.ts';

/** How long a scenario waits for the cluster to come to rest. */
const SETTLE_LIMIT = 600 * SECOND;

/** More events than that in one action: a flood that something of the learner's has set off. A busy hour is less. */
const MOST_EVENTS = 2_000_000;

/** Does one thing to a copy of a cluster. Throws `Refused` when the cluster, as the learner made it, does not let it be done. */
export async function act(copy: Copy, action: Action): Promise<void> {
  const { cluster } = copy.local.session;
  const { engine } = cluster;
  if ('wait' in action) pass(cluster, Number(action.wait) * SECOND);
  else if ('settle' in action) engine.settle({ limit: SETTLE_LIMIT, events: MOST_EVENTS });
  else if ('delete' in action) {
    const chosen = select({ cluster }, action.delete).slice(0, action.delete.limit ?? Number.POSITIVE_INFINITY);
    for (const object of chosen) deleteObject(cluster, object);
  } else if ('apply' in action) applyManifest(cluster, action.apply);
  else if ('merge' in action) mergeManifest(cluster, action.merge);
  else if ('scale' in action) {
    const { apiVersion, kind, name, namespace, replicas } = action.scale;
    mergeManifest(cluster, { apiVersion, kind, metadata: { name, namespace }, spec: { replicas } });
  } else if ('cordon' in action) cordon(cluster, action.cordon, true);
  else if ('uncordon' in action) cordon(cluster, action.uncordon, false);
  else if ('drain' in action) {
    await line(copy, `kubectl drain ${action.drain} --ignore-daemonsets --delete-emptydir-data --force --timeout=120s`);
  } else if ('run' in action) await line(copy, action.run);
  else if ('load' in action) load(copy, action.load);
  else fault(cluster, action.fault);
}

function pass({ engine }: Cluster, duration: Micros): void {
  const end = engine.now + duration;
  const last = engine.executed + MOST_EVENTS;
  for (let next = engine.nextTime(); next !== undefined && next <= end; next = engine.nextTime()) {
    if (engine.executed >= last) throw new Refused('there is no end to what happens in the cluster');
    engine.step();
  }
  engine.runUntil(end);
}

/** A line does what it does: how it ended is for tests to say, unless it is ours. */
async function line(copy: Copy, text: string): Promise<void> {
  const { spent } = copy;
  const { code, stderr } = await runLine(copy, text);
  // It belongs to the scenario: whoever goes on from there wants it done.
  copy.spent = spent;
  if (code !== 0) throw new Refused(stderr.trim().split('\n').at(-1) ?? String(code));
}

function cordon(cluster: Cluster, name: string, unschedulable: boolean): void {
  mergeManifest(cluster, {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    spec: { unschedulable: unschedulable ? true : null },
  });
}

/** Lets requests come from outside for some time, while other things happen. */
function load({ local, loads }: Copy, { name = 'load', perSecond, seconds, ...to }: LoadAction): void {
  const { cluster } = local.session;
  const { engine } = cluster;
  const record: Visit[] = [];
  loads.set(name, record);
  const { service, namespace = 'default', host, path = '/' } = to;
  const end = engine.now + Number(seconds) * SECOND;
  const request = { method: 'GET', path, headers: {}, body: '' };
  const come = () => {
    const time = engine.now;
    if (time >= end) return;
    engine.background(SECOND / Number(perSecond), come);
    const note = (answer: { status: number } | { error: string }) =>
      record.push(
        'error' in answer ? { time, status: undefined, error: answer.error } : { time, status: answer.status },
      );
    let port = to.port ?? 80;
    if (service !== undefined) {
      const found = cluster.store.get('services', `${namespace}/${service}`) as unknown as Service | undefined;
      const entry = found?.spec.ports?.find((each) => to.port === undefined || each.port === to.port);
      if (entry?.nodePort === undefined) {
        note({ error: `Service ${service} has no node port` });
        return;
      }
      port = entry.nodePort;
    }
    cluster.send(port, request, host === undefined ? undefined : { host }, note);
  };
  engine.background(0, come);
}

function fault(
  cluster: Cluster,
  { node: named, running, power, network, kubelet, reboot, link, disk }: FaultAction,
): void {
  const node = named ?? nodeOf(cluster, running ?? '');
  const faults: Fault[] = [
    ...(power === undefined ? [] : [{ type: 'node-power', node, on: power } as const]),
    ...(network === undefined ? [] : [{ type: 'node-network', node, connected: network } as const]),
    ...(kubelet === undefined ? [] : [{ type: 'kubelet', node, running: kubelet } as const]),
    ...(reboot === undefined ? [] : [{ type: 'node-reboot', node } as const]),
    ...(link === undefined ? [] : [{ type: 'node-link', node, delay: link.delay ?? 0, loss: link.loss ?? 0 } as const]),
    ...(disk === undefined ? [] : [{ type: 'node-disk', node, free: disk.free } as const]),
  ];
  for (const each of faults) cluster.inject(each);
}

/** The node of the first pod of those labels that is somewhere. */
function nodeOf(cluster: Cluster, labels: string): string {
  const pods = select({ cluster }, { apiVersion: 'v1', kind: 'Pod', namespace: '*', labels });
  const names = pods.map((pod) => (pod as unknown as { spec: { nodeName?: string } }).spec.nodeName);
  const node = names.find((name) => name !== undefined);
  if (node === undefined) throw new Refused(`no pod with the labels ${labels} is on a node`);
  return node;
}
