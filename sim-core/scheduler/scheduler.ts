import type { KubeObject, Pod } from '../api/objects.ts';
import { type Client, EventRecorder } from '../client/index.ts';
import { type Engine, MILLISECOND, SECOND, type Timer, type TraceEventMap } from '../engine/index.ts';
import type { SchedulerCache } from './cache.ts';
import type { ClusterEvent } from './cluster-event.ts';
import { CycleState } from './cycle-state.ts';
import { Diagnosis } from './diagnosis.ts';
import type { ClusterView, Handle, PluginEntry, Profile, WaitingPod } from './framework.ts';
import { PluginRunner } from './plugin-runner.ts';
import type { PodInfo } from './pod-info.ts';
import { asNote, reportFailure } from './pod-report.ts';
import { type QueuedPod, SchedulingQueue } from './queue.ts';
import { SchedulingAlgorithm } from './scheduling-algorithm.ts';
import { Status, unschedulable } from './status.ts';

declare module '../engine/trace.ts' {
  interface TraceEventMap {
    /** The scheduler tried to find a node for a pod. `explainScheduling` recomputes the whole table. */
    schedule: {
      /** `namespace/name` */
      readonly pod: string;
      readonly attempt: number;
      /** Nodes looked at, and nodes that passed all filters. */
      evaluated: number;
      feasible: number;
      /** How many nodes were refused, by reason. */
      verdicts: Readonly<Record<string, number>>;
      /** The node chosen, and its score unless it was the only one. */
      node?: string;
      score?: number;
      /** Why there is none, as in the FailedScheduling event. */
      message?: string;
    };
  }
}

type ScheduleTrace = TraceEventMap['schedule'];

export interface SchedulerOptions {
  readonly engine: Engine;
  readonly client: Client;
  readonly cache: SchedulerCache;
  readonly view: ClusterView;
  readonly profiles: readonly Profile[];
  /** Virtual time of one scheduling cycle. Default 1 ms. */
  readonly pace?: number;
  /** Whether the first lists have been taken in; nothing is scheduled before. */
  synced(): boolean;
}

const ACTOR = 'kube-scheduler';
const NO_NODES = 'no nodes available to schedule pods';
const PREBIND_POLL = SECOND;

/** A pod between its scheduling cycle and its binding. */
interface Flight {
  readonly queued: QueuedPod;
  readonly info: PodInfo;
  readonly state: CycleState;
  readonly runner: PluginRunner;
  readonly nodeName: string;
  readonly waits: Map<string, Timer>;
  poll?: Timer;
  over?: boolean;
}

/**
 * The scheduler: takes one pod after another from its queue, finds a node for it, and binds it (Scheduler.ScheduleOne). One pod
 * is one event; only a binding that has to wait for something takes longer.
 */
export class Scheduler {
  readonly queue: SchedulingQueue;
  private readonly options: SchedulerOptions;
  private readonly runners = new Map<string, PluginRunner>();
  private readonly recorders = new Map<string, EventRecorder>();
  private readonly flights = new Map<string, Flight>();
  private readonly algorithm: SchedulingAlgorithm;
  private turn: Timer | undefined;
  private stopped = false;

  constructor(options: SchedulerOptions) {
    const { engine, client, cache, view, profiles } = options;
    this.options = options;
    this.algorithm = new SchedulingAlgorithm(cache, engine.random(ACTOR));
    engine.trace.sample('schedule');
    for (const profile of profiles) {
      const component = profile.schedulerName;
      const events = new EventRecorder(engine, client, { component, newStyle: true });
      const handle: Handle = {
        engine,
        client,
        events,
        view,
        snapshot: cache,
        hasNominatedPods: () => !this.queue.nominator.empty,
        nominatedPods: (nodeName) => this.queue.nominator.podsOn(nodeName),
        filterNode: (state, pod, node) => this.runnerOf(pod)!.filterNode(state, pod, node),
        pretend: (state, pod, other, node, change) => this.runnerOf(pod)!.pretend(state, pod, other, node, change),
        waitingPod: (uid) => this.waitingPod(uid),
      };
      this.recorders.set(component, events);
      this.runners.set(component, new PluginRunner(profile, handle));
    }
    const sorting = [...this.runners.values()][0]?.plugins.find(({ plugin }) => plugin.queueSort !== undefined);
    this.queue = new SchedulingQueue({
      engine,
      compare: (a, b) => sorting?.plugin.queueSort?.(a, b) ?? 0,
      pluginsOf: (pod) => this.runnerOf(pod)?.plugins ?? [],
      preEnqueue: (pod) => this.runnerOf(pod)?.preEnqueue(pod),
      onReady: () => this.scheduleTurn(),
    });
  }

  /** Whether the pod asks for one of this scheduler's profiles. */
  responsibleFor(pod: Pod): boolean {
    return this.runners.has(schedulerNameOf(pod));
  }

  /** Replaces a plugin of a profile at run time, or adds it; waiting pods are tried again. */
  replacePlugin(entry: PluginEntry, schedulerName = 'default-scheduler'): void {
    const runner = this.runners.get(schedulerName);
    if (runner === undefined) throw new Error(`no profile named ${schedulerName}`);
    runner.replace(entry);
    this.queue.moveAll();
  }

  /** Takes back what `replacePlugin` did to the plugin of that name; waiting pods are tried again. */
  restorePlugin(name: string, schedulerName = 'default-scheduler'): void {
    this.runners.get(schedulerName)?.restore(name);
    this.queue.moveAll();
  }

  /** Something changed in the cluster that may help pods that wait. */
  notify(event: ClusterEvent): void {
    this.queue.move(event);
  }

  /** The first lists are in. */
  start(): void {
    if (this.queue.ready) this.scheduleTurn();
  }

  stop(): void {
    this.stopped = true;
    const { engine } = this.options;
    engine.cancel(this.turn);
    for (const { poll, waits } of this.flights.values()) {
      engine.cancel(poll);
      for (const timer of waits.values()) engine.cancel(timer);
    }
    this.flights.clear();
    for (const recorder of this.recorders.values()) recorder.stop();
    this.queue.stop();
  }

  /** A pod that was being bound is gone. */
  podGone(uid: string): void {
    const flight = this.flights.get(uid);
    if (flight !== undefined) this.giveUp(flight, undefined);
  }

  private runnerOf({ pod }: PodInfo): PluginRunner | undefined {
    return this.runners.get(schedulerNameOf(pod));
  }

  private scheduleTurn(): void {
    const { engine, pace = MILLISECOND, synced } = this.options;
    if (this.stopped || !synced()) return;
    if (this.turn?.run !== undefined) {
      if (this.turn.kind === 'work' || engine.kind === 'background') return;
      // Real work must not wait unseen behind background work.
      engine.cancel(this.turn);
    }
    this.turn = engine.after(pace, () => this.takeOne());
  }

  private takeOne(): void {
    this.turn = undefined;
    const queued = this.queue.pop();
    if (queued === undefined) return;
    if (this.queue.ready) this.scheduleTurn();
    const { engine } = this.options;
    const { pod, uid, key } = queued.info;
    if (pod.metadata.deletionTimestamp !== undefined) {
      const message = `skip schedule deleting pod: ${key}`;
      this.recorderOf(pod).warning(pod, 'FailedScheduling', message, 'Scheduling');
      this.queue.delete(uid);
      return;
    }
    if (this.options.cache.isAssumed(uid)) return;
    engine.cause = queued.cause;
    const trace: ScheduleTrace = { pod: key, attempt: queued.attempts, evaluated: 0, feasible: 0, verdicts: {} };
    engine.cause = engine.trace.enabled ? engine.emit('schedule', ACTOR, trace) : 0;
    this.scheduleOne(queued, trace);
  }

  /** The scheduling cycle of one pod. */
  private scheduleOne(queued: QueuedPod, trace: ScheduleTrace): void {
    const { cache } = this.options;
    const { info } = queued;
    const runner = this.runnerOf(info)!;
    const state = new CycleState();
    const numNodes = cache.nodes.length;
    if (numNodes === 0) {
      trace.message = NO_NODES;
      this.fail(queued, unschedulable(NO_NODES), undefined, '');
      return;
    }
    const result = this.algorithm.schedule(runner, state, info);
    if (result.kind === 'error') {
      trace.message = result.status.message;
      this.fail(queued, result.status, undefined, '');
      return;
    }
    const { diagnosis } = result;
    trace.evaluated = result.evaluated;
    if (this.options.engine.trace.enabled) trace.verdicts = countsOf(diagnosis, numNodes, result.kind === 'unfit');
    if (result.kind === 'unfit') {
      let nomination: string | undefined = '';
      if (runner.hasPostFilter) {
        const { status, nominatedNodeName } = runner.postFilter(state, info, diagnosis);
        diagnosis.postFilterMessage = status.message;
        nomination = nominatedNodeName;
      }
      trace.message = diagnosis.message(numNodes);
      this.fail(queued, unschedulable(trace.message), diagnosis, nomination);
      return;
    }
    trace.feasible = result.feasible;
    trace.node = result.node;
    if (result.score !== undefined) trace.score = result.score;
    this.commit({ queued, info, state, runner, nodeName: result.node, waits: new Map() });
  }

  /** A node is found: takes its room, asks the plugins once more, and binds. */
  private commit(flight: Flight): void {
    const { cache, engine } = this.options;
    const { info, state, runner, nodeName, waits } = flight;
    cache.assume(info, nodeName);
    this.flights.set(info.uid, flight);
    this.queue.nominator.withdraw(info.uid);
    const refusal = runner.reserve(state, info, nodeName);
    if (refusal !== undefined) {
      this.giveUp(flight, refusal);
      return;
    }
    const permit = runner.permit(state, info, nodeName);
    if (permit instanceof Status) {
      this.giveUp(flight, permit);
      return;
    }
    if (permit.size === 0) {
      this.bind(flight);
      return;
    }
    for (const [plugin, wait] of permit) {
      const seconds = wait / SECOND;
      const late = unschedulable(`rejected due to timeout after waiting ${seconds}s at plugin ${plugin}`);
      late.plugin = plugin;
      waits.set(
        plugin,
        engine.background(wait, () => engine.asWork(() => this.giveUp(flight, late))),
      );
    }
  }

  private waitingPod(uid: string): WaitingPod | undefined {
    const flight = this.flights.get(uid);
    if (flight === undefined || flight.waits.size === 0) return undefined;
    const { info, waits } = flight;
    const { engine } = this.options;
    return {
      pod: info,
      pendingPlugins: [...waits.keys()],
      allow: (plugin) => {
        engine.cancel(waits.get(plugin));
        if (waits.delete(plugin) && waits.size === 0) engine.after(0, () => this.bind(flight));
      },
      reject: (plugin, message) => {
        const status = unschedulable(message);
        status.plugin = plugin;
        this.giveUp(flight, status);
      },
    };
  }

  /** The binding cycle. A plugin that needs time is asked again each second. */
  private bind(flight: Flight): void {
    if (this.stopped || flight.over === true) return;
    const { engine } = this.options;
    const { queued, info, state, runner, nodeName } = flight;
    const prepared = runner.preBind(state, info, nodeName);
    if (prepared?.code === 'Wait') {
      flight.poll = engine.background(PREBIND_POLL, () => engine.asWork(() => this.bind(flight)));
      return;
    }
    const refusal = prepared ?? runner.bind(state, info, nodeName);
    if (refusal !== undefined) {
      this.giveUp(flight, refusal);
      return;
    }
    flight.over = true;
    this.flights.delete(info.uid);
    if (this.queue.get(info.uid) === queued) this.queue.delete(info.uid);
    const message = `Successfully assigned ${info.key} to ${nodeName}`;
    this.recorderOf(info.pod).normal(info.pod, 'Scheduled', message, 'Binding');
    runner.postBind(state, info, nodeName);
  }

  /** The pod will not get that node after all (handleBindingCycleError). Without a status the pod itself is gone. */
  private giveUp(flight: Flight, status: Status | undefined): void {
    if (flight.over === true) return;
    flight.over = true;
    const { cache, engine } = this.options;
    const { queued, info, state, runner, nodeName, waits } = flight;
    engine.cancel(flight.poll);
    for (const timer of waits.values()) engine.cancel(timer);
    waits.clear();
    this.flights.delete(info.uid);
    runner.unreserve(state, info, nodeName);
    cache.forget(info);
    this.queue.move({ kind: 'AssignedPod/Delete', object: info.pod }, info.uid);
    if (status === undefined) return;
    if (!status.rejected) {
      this.fail(queued, status, undefined, '');
      return;
    }
    const diagnosis = new Diagnosis();
    diagnosis.set(nodeName, status);
    this.fail(queued, unschedulable(diagnosis.message(1)), diagnosis, '');
  }

  /** Puts the pod back, and tells why on the pod and in an event (handleSchedulingFailure). */
  private fail(
    queued: QueuedPod,
    status: Status,
    diagnosis: Diagnosis | undefined,
    nomination: string | undefined,
  ): void {
    const { info } = queued;
    if (this.queue.get(info.uid) !== queued) return;
    const { pod } = queued.info;
    if (diagnosis === undefined) this.queue.failed(queued);
    else this.queue.refused(queued, diagnosis.unschedulablePlugins, diagnosis.pendingPlugins);
    if (nomination !== undefined) this.queue.nominator.nominate(queued.info, nomination);
    const { message } = status;
    const { engine, client } = this.options;
    const reason = status.rejected ? 'Unschedulable' : 'SchedulerError';
    this.recorderOf(pod).warning(pod, 'FailedScheduling', asNote(message), 'Scheduling');
    reportFailure(engine, client, pod, { reason, message, nomination });
  }

  private recorderOf(pod: KubeObject): EventRecorder {
    return this.recorders.get(schedulerNameOf(pod as Pod))!;
  }
}

function schedulerNameOf(pod: Pod): string {
  return pod.spec.schedulerName ?? 'default-scheduler';
}

/** Nodes refused by reason; with those that nobody looked at when the pod fits nowhere. */
function countsOf(diagnosis: Diagnosis, numNodes: number, all: boolean): Record<string, number> {
  if (!all && diagnosis.looked === 0) return none;
  return Object.fromEntries(diagnosis.reasons(all ? numNodes : diagnosis.size));
}

const none: Record<string, number> = {};
