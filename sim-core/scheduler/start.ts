import type { KubeObject, Pod } from '../api/objects.ts';
import { Client, type EventHandler, InformerFactory, ServiceIndex, type Transport } from '../client/index.ts';
import { type Engine, MILLISECOND, type Timer } from '../engine/index.ts';
import { csiNodes } from '../resources/csi-node.ts';
import { namespaces } from '../resources/namespace.ts';
import { nodes } from '../resources/node.ts';
import { persistentVolumes } from '../resources/persistent-volume.ts';
import { persistentVolumeClaims } from '../resources/persistent-volume-claim.ts';
import { pods } from '../resources/pod.ts';
import { podDisruptionBudgets } from '../resources/pod-disruption-budget.ts';
import { replicaSets } from '../resources/replica-set.ts';
import { replicationControllers } from '../resources/replication-controller.ts';
import type { ResourceDefinition } from '../resources/resource.ts';
import { services } from '../resources/service.ts';
import { statefulSets } from '../resources/stateful-set.ts';
import { storageClasses } from '../resources/storage-class.ts';
import { SchedulerCache } from './cache.ts';
import { type ClusterEventKind, nodeChanges, podChanges } from './cluster-event.ts';
import { defaultProfile } from './default-profile.ts';
import type { ClusterView, PluginEntry, Profile } from './framework.ts';
import { isTerminal } from './pod-info.ts';
import { Scheduler } from './scheduler.ts';

export interface StartSchedulerOptions {
  readonly engine: Engine;
  /** How to reach the API server under the scheduler's identity. */
  connect?(identity: { username: string; userAgent: string }): Transport;
  /** In place of `connect`: a client that reaches it already. */
  readonly client?: Client;
  /** Default: the default profile alone. */
  readonly profiles?: readonly Profile[];
  /** Virtual time of one scheduling cycle, microseconds. Default 1 ms. */
  readonly pace?: number;
}

/** A running kube-scheduler. */
export interface RunningScheduler {
  stop(): void;
  /** Puts a plugin in the place of the one of its name, or adds it, in the profile of that name (default: the default one). */
  replacePlugin(entry: PluginEntry, schedulerName?: string): void;
  /** Gives the profile's own plugin of that name its place back; one that was added goes. */
  restorePlugin(name: string, schedulerName?: string): void;
}

/** Resources besides nodes and pods that plugins read. */
const readByPlugins: readonly ResourceDefinition<never>[] = [
  namespaces,
  services,
  replicaSets,
  replicationControllers,
  statefulSets,
  persistentVolumes,
  persistentVolumeClaims,
  storageClasses,
  csiNodes,
  podDisruptionBudgets,
] as unknown as readonly ResourceDefinition<never>[];

/** How long to wait before looking again whether the first lists have come, when the API server was not there. */
const SYNC_POLL = 100 * MILLISECOND;

/** Runs a kube-scheduler: keeps its cache and queue current by informers, and schedules. */
export function startScheduler(options: StartSchedulerOptions): RunningScheduler {
  const { engine, profiles = [defaultProfile], pace } = options;
  const client = options.client ?? connected(options);
  const informers = new InformerFactory(engine, client);
  const cache = new SchedulerCache();
  const view: ClusterView = {
    get: (resource, namespace, name) => informers.for(resource).get(namespace, name),
    list: (resource) => informers.for(resource).list(),
    servicesOf: (pod) => serviceIndex.servicesOf(pod),
  };
  let started = false;
  const scheduler = new Scheduler({ engine, client, cache, view, profiles, pace, synced: () => started });

  for (const resource of readByPlugins) informers.for(resource as ResourceDefinition<KubeObject & never>);
  const serviceIndex = new ServiceIndex(informers.for(services));
  const tell = <T extends KubeObject>(
    resource: ResourceDefinition<T>,
    kinds: { add?: ClusterEventKind; update?: ClusterEventKind; delete?: ClusterEventKind },
  ) => {
    const { add, update, delete: remove } = kinds;
    informers.for(resource).addHandler({
      added: (object) => add !== undefined && scheduler.notify({ kind: add, object }),
      updated: (object, old) => update !== undefined && scheduler.notify({ kind: update, object, old }),
      deleted: (object) => remove !== undefined && scheduler.notify({ kind: remove, object }),
    } as EventHandler<T>);
  };
  tell(persistentVolumes, { add: 'PersistentVolume/Add', update: 'PersistentVolume/Update' });
  tell(persistentVolumeClaims, {
    add: 'PersistentVolumeClaim/Add',
    update: 'PersistentVolumeClaim/Update',
    delete: 'PersistentVolumeClaim/Delete',
  });
  tell(storageClasses, { add: 'StorageClass/Add', update: 'StorageClass/Update' });
  tell(csiNodes, { add: 'CSINode/Add', update: 'CSINode/Update' });

  informers.for(nodes).addHandler({
    added(node) {
      cache.setNode(node);
      scheduler.notify({ kind: 'Node/Add', object: node });
    },
    updated(node, old) {
      cache.setNode(node);
      for (const event of nodeChanges(node, old)) scheduler.notify(event);
    },
    deleted: (node) => cache.removeNode(node.metadata.name),
  });
  informers.for(pods).addHandler(podHandler(scheduler, cache));
  informers.start();

  let timer: Timer | undefined;
  const begin = () => {
    if (informers.synced) {
      started = true;
      scheduler.start();
    } else timer = engine.background(SYNC_POLL, () => engine.asWork(begin));
  };
  begin();
  return {
    stop() {
      engine.cancel(timer);
      informers.stop();
      scheduler.stop();
    },
    replacePlugin: (entry, schedulerName) => scheduler.replacePlugin(entry, schedulerName),
    restorePlugin: (name, schedulerName) => scheduler.restorePlugin(name, schedulerName),
  };
}

function connected({ connect }: StartSchedulerOptions): Client {
  if (connect === undefined) throw new TypeError('startScheduler needs `connect` or `client`');
  return new Client(connect({ username: 'system:kube-scheduler', userAgent: 'kube-scheduler' }));
}

/** Where a pod belongs: on a node, in the queue, or nowhere (eventhandlers.go). */
function podHandler(scheduler: Scheduler, cache: SchedulerCache): EventHandler<Pod> {
  const assigned = (pod: Pod) => (pod.spec.nodeName ?? '') !== '' && !isTerminal(pod);
  const waiting = (pod: Pod) => (pod.spec.nodeName ?? '') === '' && !isTerminal(pod) && scheduler.responsibleFor(pod);

  const settle = (pod: Pod) => {
    const { uid } = pod.metadata;
    scheduler.queue.delete(uid);
    const known = cache.hasPod(uid);
    const before = cache.setPod(pod);
    if (!known) scheduler.notify({ kind: 'AssignedPod/Add', object: pod });
    else if (before !== undefined) for (const event of podChanges(pod, before)) scheduler.notify(event);
  };
  const leave = (pod: Pod) => {
    const { uid } = pod.metadata;
    scheduler.queue.delete(uid);
    scheduler.podGone(uid);
    if (!cache.hasPod(uid)) return;
    cache.removePod(uid);
    scheduler.notify({ kind: 'AssignedPod/Delete', object: pod });
  };
  return {
    added(pod) {
      if (assigned(pod)) settle(pod);
      else if (waiting(pod)) scheduler.queue.add(pod);
    },
    updated(pod, old) {
      // A pod of the same name took the place of another while nobody watched.
      if (pod.metadata.uid !== old.metadata.uid) leave(old);
      if (assigned(pod)) settle(pod);
      else if (isTerminal(pod)) leave(pod);
      else if (waiting(pod) && !cache.isAssumed(pod.metadata.uid)) scheduler.queue.update(pod);
    },
    deleted: leave,
  };
}
