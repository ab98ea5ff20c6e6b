import type { Pod } from '../api/objects.ts';
import { type Engine, MINUTE, SECOND, type Timer } from '../engine/index.ts';
import { type ClusterEvent, podChanges } from './cluster-event.ts';
import type { Plugin, Verdict } from './framework.ts';
import { Heap } from './heap.ts';
import { Nominator } from './nominator.ts';
import { PodInfo } from './pod-info.ts';

/** First and longest back-off of a pod that could not be scheduled (podInitialBackoffSeconds, podMaxBackoffSeconds). */
const FIRST_BACKOFF = SECOND;
const LONGEST_BACKOFF = 10 * SECOND;
/** A pod waits no longer than this for an event (DefaultPodMaxInUnschedulablePodsDuration), checked every 30 seconds. */
const LONGEST_WAIT = 5 * MINUTE;
const FLUSH_PERIOD = 30 * SECOND;

/** Where a pod waits. `gated`: a plugin does not let it enter. `flying`: it is being scheduled or bound. */
export type QueueState = 'active' | 'backoff' | 'unschedulable' | 'gated' | 'flying';

/** A pod that waits to be scheduled (framework.QueuedPodInfo). */
export interface QueuedPod {
  info: PodInfo;
  state: QueueState;
  /** Virtual time at which it last entered the queue or was refused. */
  timestamp: number;
  /** Order of entering, for equal times. */
  readonly sequence: number;
  /** How often it was tried. */
  attempts: number;
  /** Plugins that refused it last; empty after an error. */
  unschedulablePlugins: ReadonlySet<string>;
  /** Plugins for which it waits: their events bring it back without back-off. */
  pendingPlugins: ReadonlySet<string>;
  /** Trace event that made it enter the queue. */
  cause: number;
}

export interface QueueOptions {
  readonly engine: Engine;
  /** The queueSort plugin. */
  compare(a: QueuedPod, b: QueuedPod): number;
  /** Plugins of the pod's profile. */
  pluginsOf(pod: PodInfo): readonly { readonly plugin: Plugin }[];
  preEnqueue(pod: PodInfo): Verdict;
  /** There is a pod to schedule. */
  onReady(): void;
}

/**
 * Pods that wait to be scheduled (PriorityQueue): active ones in order; those that back off after a failure; and those that no node
 * would take, until something happens that may help.
 *
 * As in v1.33, when nothing is active a pod is taken from back-off early (SchedulerPopFromBackoffQ), unless an error put it there.
 */
export class SchedulingQueue {
  readonly nominator = new Nominator();
  private readonly options: QueueOptions;
  private readonly pods = new Map<string, QueuedPod>();
  private readonly active: Heap<QueuedPod>;
  private readonly backoff: Heap<{ readonly pod: QueuedPod; readonly until: number; readonly entered: number }>;
  private readonly waiting = new Map<string, QueuedPod>();
  /** What has happened since each pod that is being scheduled was taken: its plugins have not seen it. */
  private readonly flying = new Map<string, ClusterEvent[]>();
  private readonly retries = new Map<string, Timer>();
  private flush: Timer | undefined;
  private sequence = 0;

  constructor(options: QueueOptions) {
    this.options = options;
    this.active = new Heap((a, b) => options.compare(a, b) || a.sequence - b.sequence);
    this.backoff = new Heap((a, b) => a.until - b.until || options.compare(a.pod, b.pod) || a.entered - b.entered);
  }

  /** A pod has been created, or seen for the first time. */
  add(pod: Pod): void {
    const { engine } = this.options;
    const before = this.pods.get(pod.metadata.uid);
    if (before !== undefined) {
      this.update(pod);
      return;
    }
    const queued: QueuedPod = {
      info: new PodInfo(pod),
      state: 'gated',
      timestamp: engine.now,
      sequence: this.sequence++,
      attempts: 0,
      unschedulablePlugins: new Set(),
      pendingPlugins: new Set(),
      cause: engine.cause,
    };
    this.pods.set(queued.info.uid, queued);
    this.nominateFromStatus(queued.info);
    this.enter(queued);
  }

  /** A pod that waits has changed. */
  update(pod: Pod): void {
    const queued = this.pods.get(pod.metadata.uid);
    if (queued === undefined) {
      this.add(pod);
      return;
    }
    const old = queued.info.pod;
    if (old === pod) return;
    queued.info = new PodInfo(pod);
    this.nominateFromStatus(queued.info);
    if (queued.state === 'gated') this.enter(queued);
    else if (queued.state === 'unschedulable') {
      for (const event of podChanges(pod, old)) if (this.moveIfHelped(queued, event)) break;
    }
  }

  /** The pod is gone, or has a node. */
  delete(uid: string): void {
    this.pods.delete(uid);
    this.waiting.delete(uid);
    this.flying.delete(uid);
    this.options.engine.cancel(this.retries.get(uid));
    this.retries.delete(uid);
    this.nominator.withdraw(uid);
  }

  get(uid: string): QueuedPod | undefined {
    return this.pods.get(uid);
  }

  /** Takes the next pod to schedule. It stays known until `delete`, or returns by `refused` or `failed`. */
  pop(): QueuedPod | undefined {
    for (let queued = this.active.pop(); queued !== undefined; queued = this.active.pop()) {
      if (queued.state === 'active' && this.pods.get(queued.info.uid) === queued) return this.fly(queued);
    }
    for (let entry = this.backoff.pop(); entry !== undefined; entry = this.backoff.pop()) {
      const { pod } = entry;
      if (pod.state === 'backoff' && this.pods.get(pod.info.uid) === pod) return this.fly(pod);
    }
    return undefined;
  }

  /** Whether there is a pod to take. */
  get ready(): boolean {
    for (let next = this.active.peek(); next !== undefined; next = this.active.peek()) {
      if (next.state === 'active' && this.pods.get(next.info.uid) === next) return true;
      this.active.pop();
    }
    for (let next = this.backoff.peek(); next !== undefined; next = this.backoff.peek()) {
      if (next.pod.state === 'backoff' && this.pods.get(next.pod.info.uid) === next.pod) return true;
      this.backoff.pop();
    }
    return false;
  }

  /** No node would take the pod: it waits for an event of the plugins that refused (AddUnschedulableIfNotPresent). */
  refused(queued: QueuedPod, unschedulablePlugins: ReadonlySet<string>, pendingPlugins: ReadonlySet<string>): void {
    if (this.pods.get(queued.info.uid) !== queued) return;
    const { engine } = this.options;
    queued.timestamp = engine.now;
    queued.unschedulablePlugins = unschedulablePlugins;
    queued.pendingPlugins = pendingPlugins;
    queued.state = 'unschedulable';
    this.waiting.set(queued.info.uid, queued);
    const missed = this.flying.get(queued.info.uid) ?? [];
    this.flying.delete(queued.info.uid);
    if (!missed.some((event) => this.moveIfHelped(queued, event))) this.scheduleFlush();
  }

  /** Something went wrong: the pod is tried again after its back-off, whatever happens. */
  failed(queued: QueuedPod): void {
    const { uid } = queued.info;
    if (this.pods.get(uid) !== queued) return;
    const { engine } = this.options;
    queued.timestamp = engine.now;
    queued.unschedulablePlugins = new Set();
    queued.pendingPlugins = new Set();
    queued.state = 'unschedulable';
    this.flying.delete(uid);
    this.retries.set(
      uid,
      engine.background(backoffOf(queued), () => {
        this.retries.delete(uid);
        engine.asWork(() => this.activate(queued));
      }),
    );
  }

  /** Something happened that may make waiting pods schedulable, all but one (MoveAllToActiveOrBackoffQueue). */
  move(event: ClusterEvent, except?: string): void {
    for (const [uid, missed] of this.flying) if (uid !== except) missed.push(event);
    if (this.waiting.size === 0) return;
    for (const queued of [...this.waiting.values()]) {
      if (queued.info.uid !== except) this.moveIfHelped(queued, event);
    }
  }

  /** The plugins themselves have changed: every waiting pod is tried again, after its back-off. */
  moveAll(): void {
    for (const queued of [...this.waiting.values()]) {
      if (queued.state === 'unschedulable') this.backOffOrEnter(queued);
      else if (queued.state === 'gated') this.enter(queued);
    }
  }

  /** Puts a waiting pod in the active queue whatever it waits for. */
  activate(queued: QueuedPod): void {
    if (this.pods.get(queued.info.uid) !== queued) return;
    if (queued.state === 'unschedulable' || queued.state === 'backoff') this.enter(queued);
  }

  stop(): void {
    const { engine } = this.options;
    engine.cancel(this.flush);
    for (const timer of this.retries.values()) engine.cancel(timer);
    this.retries.clear();
    this.pods.clear();
    this.waiting.clear();
    this.flying.clear();
  }

  private nominateFromStatus(info: PodInfo): void {
    const nodeName = info.pod.status.nominatedNodeName ?? '';
    if (nodeName !== '') this.nominator.nominate(info, nodeName);
  }

  private fly(queued: QueuedPod): QueuedPod {
    queued.state = 'flying';
    queued.attempts++;
    this.flying.set(queued.info.uid, []);
    return queued;
  }

  /** Into the active queue, if the plugins let it. */
  private enter(queued: QueuedPod): void {
    const status = this.options.preEnqueue(queued.info);
    this.waiting.delete(queued.info.uid);
    if (status !== undefined) {
      queued.state = 'gated';
      queued.unschedulablePlugins = new Set([status.plugin]);
      return;
    }
    queued.state = 'active';
    queued.cause = this.options.engine.cause;
    this.active.push(queued);
    this.options.onReady();
  }

  private moveIfHelped(queued: QueuedPod, event: ClusterEvent): boolean {
    if (queued.state !== 'unschedulable') return false;
    const { pod } = queued.info;
    for (const { plugin } of this.options.pluginsOf(queued.info)) {
      const pending = queued.pendingPlugins.has(plugin.name);
      if (!pending && !queued.unschedulablePlugins.has(plugin.name)) continue;
      // A plugin without rules may be helped by anything.
      const rules = plugin.requeue ?? [{ on: event.kind }];
      if (!rules.some(({ on, helps }) => on === event.kind && helps?.(pod, event) !== false)) continue;
      if (pending) this.enter(queued);
      else this.backOffOrEnter(queued);
      return true;
    }
    return false;
  }

  private backOffOrEnter(queued: QueuedPod): void {
    const { engine } = this.options;
    const until = queued.timestamp + backoffOf(queued);
    if (until <= engine.now) {
      this.enter(queued);
      return;
    }
    this.waiting.delete(queued.info.uid);
    queued.state = 'backoff';
    queued.cause = engine.cause;
    this.backoff.push({ pod: queued, until, entered: this.sequence++ });
    this.options.onReady();
  }

  private scheduleFlush(): void {
    const { engine } = this.options;
    if (this.flush?.run !== undefined) return;
    this.flush = engine.background(FLUSH_PERIOD, () => {
      const late = [...this.waiting.values()].filter(({ timestamp }) => engine.now - timestamp > LONGEST_WAIT);
      engine.asWork(() => {
        for (const queued of late) this.enter(queued);
      });
      if (this.waiting.size > 0) this.scheduleFlush();
    });
  }
}

/** How long a pod backs off after so many attempts: 1 s doubling to 10 s (calculateBackoffDuration). */
function backoffOf({ attempts }: QueuedPod): number {
  if (attempts === 0) return 0;
  return attempts > 4 ? LONGEST_BACKOFF : Math.min(FIRST_BACKOFF * 2 ** (attempts - 1), LONGEST_BACKOFF);
}
