import { deepEqual } from '../../api/equality.ts';
import { goQuote } from '../../api/go-format.ts';
import type { ConfigMap, Node, Pod, Secret } from '../../api/objects.ts';
import type { Informer } from '../../client/index.ts';
import { formatTime, MINUTE, SECOND, Task } from '../../engine/index.ts';
import { admitPod, NodeUsage } from './admission.ts';
import { podSubject } from './event-subject.ts';
import { limitsStorage } from './eviction.ts';
import type { KubeletParts } from './kubelet-parts.ts';
import type { NodeResources } from './node-resources.ts';
import type { Pressure } from './node-status.ts';
import type { ObjectCache } from './object-cache.ts';
import { allocate, lastAllocated, sameResources } from './pod-resize.ts';
import { PodWorker, type WorkerHost } from './pod-worker.ts';
import { createMirror, deleteMirror, isMirror, mirrors } from './static-pods.ts';
import { referencesOf } from './volumes/pod-volumes.ts';

/** How often pods of the API that no longer exist are looked for among what runs (housekeeping). */
const HOUSEKEEPING_PERIOD = 2 * SECOND;
/** Changed ConfigMaps and Secrets reach volumes at the pod's next regular sync: within syncFrequency and half of it. */
const SYNC_FREQUENCY = MINUTE;

/** What of its kubelet the pod manager needs. */
export interface PodManagerParts extends KubeletParts, WorkerHost {
  readonly resources: NodeResources;
  readonly podInformer: Informer<Pod>;
  readonly configMaps: ObjectCache<ConfigMap>;
  readonly secrets: ObjectCache<Secret>;
  /** The node as last seen in the API. */
  node(): Node | undefined;
  pressure(): Pressure;
  readonly shuttingDown: boolean;
  readonly running: boolean;
  logError(message: string): void;
}

/**
 * Which pods there are on the node, by what the API server, the manifests and the runtime say: makes a worker for each, and
 * lets it go when nothing is left of its pod (the kubelet's syncLoop handlers, podManager and HandlePodCleanups).
 */
export class PodManager {
  /** Pods on the node, by uid. */
  readonly workers = new Map<string, PodWorker>();
  /** Pods that limit the disk that they use. */
  readonly limited = new Set<PodWorker>();
  private readonly parts: PodManagerParts;
  private readonly usage = new NodeUsage();
  /** Pods that count against what the node can give. */
  private readonly admitted = new Set<PodWorker>();
  /** Static pods that begin when the one before them under the same name has ended, by that name. */
  private readonly waiting = new Map<string, Pod>();
  /** What the runtime had when the kubelet started, by pod uid. */
  private readonly found = new Map<string, { sandboxes: string[]; containers: string[] }>();

  constructor(parts: PodManagerParts) {
    this.parts = parts;
  }

  /** Nothing of the pod runs any more: what it held is free again. */
  terminated(worker: PodWorker): void {
    this.limited.delete(worker);
    if (this.admitted.delete(worker)) {
      this.usage.remove(worker.pod);
      this.useReferences(worker.pod, 'release');
      this.retryResizes();
    }
    this.parts.statuses.finish(worker);
    if (worker.isStatic) {
      if (worker.apiPod !== undefined) deleteMirror(this.parts.client, worker.apiPod);
      this.forget(worker);
      const next = this.waiting.get(worker.key);
      this.waiting.delete(worker.key);
      if (next !== undefined && this.parts.running) this.addStatic(next);
    } else if (worker.removed) this.forget(worker);
  }

  /** A pod was bound to the node (HandlePodAdditions). */
  podAdded(pod: Pod): void {
    if (isMirror(pod)) {
      this.mirrorSeen(pod);
      return;
    }
    if (this.workers.has(pod.metadata.uid)) {
      this.podUpdated(pod, undefined);
      return;
    }
    const worker = this.makeWorker(pod, pod, false);
    if (worker.containers.length === 0 && pod.status.phase !== 'Succeeded' && pod.status.phase !== 'Failed') {
      if (pod.metadata.deletionTimestamp === undefined && !this.admit(worker)) return;
    }
    if (worker.containers.length > 0) worker.pod = lastAllocated(pod);
    this.accept(worker);
    if (pod.metadata.deletionTimestamp !== undefined) this.terminateDeleted(worker);
    else worker.sync();
    if (worker.pod !== pod) {
      // What else there is on the node has to be known before there can be room.
      this.parts.engine.after(0, () => {
        if (worker.apiPod === undefined || worker.phase !== 'syncing') return;
        this.takeSpec(worker, worker.apiPod);
        worker.sync();
      });
    }
  }

  /** Its object changed (HandlePodUpdates). */
  podUpdated(pod: Pod, old: Pod | undefined): void {
    if (isMirror(pod)) {
      this.mirrorSeen(pod);
      return;
    }
    const worker = this.workers.get(pod.metadata.uid);
    if (worker === undefined) {
      // An object of the same name took the place of one that is gone.
      if (old !== undefined && old.metadata.uid !== pod.metadata.uid) this.podDeleted(old);
      this.podAdded(pod);
      return;
    }
    const before = worker.apiPod;
    worker.apiPod = pod;
    this.parts.statuses.reconcile(worker, before);
    this.takeSpec(worker, pod);
    if (pod.metadata.deletionTimestamp !== undefined) {
      this.terminateDeleted(worker);
      return;
    }
    if (old === undefined || mattersToKubelet(pod, old)) {
      worker.volumes?.refresh(pod);
      worker.sync();
    } else worker.volumes?.follow(pod);
  }

  /** Its object is gone (HandlePodRemoves). */
  podDeleted(pod: Pod): void {
    const worker = this.workers.get(pod.metadata.uid) ?? this.staticOf(pod);
    if (worker === undefined) return;
    if (worker.isStatic) {
      // Someone deleted the mirror: what it shows lives on, and gets a new one.
      if (worker.apiPod?.metadata.uid === pod.metadata.uid) worker.apiPod = undefined;
      if (worker.phase !== 'terminated' && this.parts.running)
        this.parts.engine.after(SECOND, () => this.mirror(worker));
      return;
    }
    worker.removed = true;
    worker.apiPod = undefined;
    this.parts.statuses.forget(worker);
    if (worker.phase === 'terminated') this.forget(worker);
    else {
      const grace = pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
      worker.terminate({ grace });
    }
  }

  private terminateDeleted(worker: PodWorker): void {
    const { metadata, spec } = worker.pod;
    const grace = metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30;
    if (worker.phase === 'terminated') this.parts.statuses.finish(worker);
    else worker.terminate({ grace });
  }

  private makeWorker(pod: Pod, apiPod: Pod | undefined, isStatic: boolean): PodWorker {
    const worker = new PodWorker(this.parts, pod, { apiPod, isStatic, startTime: formatTime(this.parts.engine.now) });
    const known = this.found.get(pod.metadata.uid);
    if (known !== undefined) {
      this.found.delete(pod.metadata.uid);
      worker.sandboxes = known.sandboxes;
      worker.containers = known.containers;
      // It may have been resized while no kubelet was there.
      worker.resized = true;
    }
    return worker;
  }

  private accept(worker: PodWorker): void {
    this.workers.set(worker.pod.metadata.uid, worker);
    this.admitted.add(worker);
    if (limitsStorage(worker.pod)) this.limited.add(worker);
    this.usage.add(worker.pod);
    this.useReferences(worker.pod, 'use');
  }

  /** A pod's spec changed: new resources it gets if the node has them. */
  private takeSpec(worker: PodWorker, pod: Pod): void {
    if (sameResources(pod, worker.pod)) {
      worker.pod = pod;
      worker.pendingResize = undefined;
      return;
    }
    worker.resized = true;
    const counted = this.admitted.has(worker);
    const { usage } = this;
    const { pod: allocated, pending } = allocate(pod, worker.pod, usage, this.parts.resources.amounts);
    if (counted) usage.remove(worker.pod);
    worker.pod = allocated;
    worker.pendingResize = pending;
    if (counted) usage.add(worker.pod);
  }

  /** Something has left the node: there may be room for resizes that wait. */
  private retryResizes(): void {
    for (const worker of this.workers.values()) {
      if (worker.pendingResize === undefined || worker.apiPod === undefined) continue;
      this.takeSpec(worker, worker.apiPod);
      worker.sync();
    }
  }

  /** Whether the node takes the pod; one that it does not take has failed (Kubelet.rejectPod). */
  private admit(worker: PodWorker): boolean {
    const { pod } = worker;
    const { memory, disk } = this.parts.pressure();
    const rejection = admitPod(pod, worker.isStatic, {
      node: this.parts.node(),
      usage: this.usage,
      allocatable: this.parts.resources.amounts,
      memoryPressure: memory,
      diskPressure: disk,
      shuttingDown: this.parts.shuttingDown,
      allowedUnsafeSysctls: this.parts.configuration.allowedUnsafeSysctls,
    });
    if (rejection === undefined) return true;
    const { reason, message } = rejection;
    const { uid } = pod.metadata;
    if (this.parts.engine.trace.enabled) {
      this.parts.engine.cause = this.parts.engine.emit('podRejected', this.parts.actor, {
        pod: worker.key,
        uid,
        reason,
        message,
      });
    }
    this.parts.events.warning(podSubject(pod), reason, message);
    worker.phase = 'terminated';
    this.workers.set(uid, worker);
    this.parts.statuses.set(worker, {
      ...pod.status,
      message: `Pod was rejected: ${message}`,
      phase: 'Failed',
      reason,
      startTime: worker.startTime,
    });
    return false;
  }

  /** Nothing is left of a pod: its sandboxes and containers go from the runtime. */
  private forget(worker: PodWorker): void {
    this.workers.delete(worker.pod.metadata.uid);
    this.parts.statuses.forget(worker);
    worker.stop();
    for (const id of worker.sandboxes) new Task(this.parts.engine, this.parts.runtime.removePodSandbox(id));
  }

  private useReferences(pod: Pod, what: 'use' | 'release'): void {
    const { namespace } = pod.metadata;
    const { configMaps: maps, secrets: keys } = referencesOf(pod);
    for (const name of maps) this.parts.configMaps[what](namespace!, name);
    for (const name of keys) this.parts.secrets[what](namespace!, name);
  }

  /** A ConfigMap or Secret that pods refer to has changed: pods that wait for it go on, volumes follow in their time. */
  referenceChanged(kind: 'configMaps' | 'secrets', namespace: string, name: string): void {
    const { engine } = this.parts;
    for (const worker of this.workers.values()) {
      const { pod } = worker;
      if (pod.metadata.namespace !== namespace || worker.phase !== 'syncing') continue;
      if (!referencesOf(pod)[kind].has(name)) continue;
      const delay = engine.random(this.parts.actor).jitter(SYNC_FREQUENCY, 0.5);
      engine.background(engine.random(this.parts.actor).below(delay), () => {
        if (worker.phase === 'syncing') engine.asWork(() => worker.volumes?.refresh(worker.pod));
      });
    }
  }

  // Static pods.

  /** A manifest asks for a pod. One of the same name that still ends goes first (podWorkers.allowStaticPodStart). */
  addStatic(pod: Pod): void {
    const before = this.staticOf(pod);
    if (before !== undefined) {
      this.waiting.set(before.key, pod);
      return;
    }
    const apiPod = this.parts.podInformer.get(pod.metadata.namespace, pod.metadata.name);
    const worker = this.makeWorker(pod, apiPod !== undefined && mirrors(apiPod, pod) ? apiPod : undefined, true);
    this.accept(worker);
    this.mirror(worker);
    worker.sync();
  }

  /** Its manifest is gone, or says something else. */
  removeStatic(pod: Pod): void {
    for (const [name, waiting] of this.waiting)
      if (waiting.metadata.uid === pod.metadata.uid) this.waiting.delete(name);
    this.workers.get(pod.metadata.uid)?.terminate();
  }

  /** Sees to it that a static pod is shown in the API; tries again while it is not, and says once why not. */
  private mirror(worker: PodWorker, told = ''): void {
    if (worker.apiPod !== undefined || worker.phase === 'terminated' || !this.parts.running) return;
    const { engine, client } = this.parts;
    const { pod } = worker;
    const nodeUid = this.parts.node()?.metadata.uid;
    const failure = nodeUid === undefined ? undefined : createMirror(client, pod, nodeUid);
    if (nodeUid !== undefined && failure === undefined) return;
    const reason = failure?.message ?? told;
    if (reason !== told) {
      const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
      const about = `err=${goQuote(reason)} pod=${goQuote(name)}`;
      this.parts.logError(`kubelet.go:3311] "Failed creating a mirror pod" ${about}`);
    }
    engine.background(SECOND, () => engine.asWork(() => this.mirror(worker, reason)));
  }

  private mirrorSeen(pod: Pod): void {
    const worker = this.staticOf(pod);
    if (worker === undefined || !mirrors(pod, worker.pod) || pod.metadata.deletionTimestamp !== undefined) {
      // It shows what is no more, or was told to go: mirrors go at once.
      if (worker?.apiPod?.metadata.uid === pod.metadata.uid) worker.apiPod = undefined;
      deleteMirror(this.parts.client, pod);
      return;
    }
    const before = worker.apiPod;
    worker.apiPod = pod;
    this.parts.statuses.reconcile(worker, before);
    if (before !== undefined) return;
    worker.status = pod.status;
    worker.sync();
  }

  private staticOf({ metadata }: Pod): PodWorker | undefined {
    for (const worker of this.workers.values()) {
      const own = worker.pod.metadata;
      if (worker.isStatic && own.name === metadata.name && own.namespace === metadata.namespace) return worker;
    }
    return undefined;
  }

  // What ran before the kubelet started.

  /** Takes note of what the runtime has already. */
  findContainers(): void {
    const { runtime } = this.parts;
    for (const { id, metadata } of runtime.listPodSandbox()) {
      const known = this.found.get(metadata.uid) ?? { sandboxes: [], containers: [] };
      this.found.set(metadata.uid, known);
      known.sandboxes.push(id);
      for (const container of runtime.listContainers({ podSandboxId: id })) known.containers.push(container.id);
    }
  }

  /** Ends what runs for pods that are gone (HandlePodCleanups), once it is known which pods there are. */
  removeOrphansLater(): void {
    if (this.found.size === 0) return;
    this.parts.engine.background(HOUSEKEEPING_PERIOD, () => {
      if (!this.parts.running) return;
      if (!this.parts.podInformer.synced) {
        this.removeOrphansLater();
        return;
      }
      for (const { sandboxes } of this.found.values()) {
        for (const id of sandboxes) new Task(this.parts.engine, this.parts.runtime.removePodSandbox(id));
      }
      this.found.clear();
    });
  }
}

/** Whether a change of a pod's object is anything but an echo of the kubelet's own status. */
function mattersToKubelet(pod: Pod, old: Pod): boolean {
  if (pod.spec !== old.spec && !deepEqual(pod.spec, old.spec)) return true;
  const { labels, annotations } = pod.metadata;
  if (!deepEqual(labels, old.metadata.labels) || !deepEqual(annotations, old.metadata.annotations)) return true;
  const gates = pod.spec.readinessGates;
  return gates !== undefined && gates.length > 0 && !deepEqual(pod.status.conditions, old.status.conditions);
}
