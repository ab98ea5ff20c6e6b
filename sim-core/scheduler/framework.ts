import type { KubeObject, Pod, Service } from '../api/objects.ts';
import type { Client } from '../client/client.ts';
import type { EventRecorder } from '../client/event-recorder.ts';
import type { Engine } from '../engine/index.ts';
import type { ResourceDefinition } from '../resources/resource.ts';
import type { Snapshot } from './cache.ts';
import type { ClusterEvent, ClusterEventKind } from './cluster-event.ts';
import type { CycleState } from './cycle-state.ts';
import type { NodeInfo } from './node-info.ts';
import type { PodInfo } from './pod-info.ts';
import type { QueuedPod } from './queue.ts';
import type { Status } from './status.ts';

/** Best and worst score of a node, after normalising (framework.MaxNodeScore, MinNodeScore). */
export const MAX_NODE_SCORE = 100;
export const MIN_NODE_SCORE = 0;

/** Verdict for no verdict: all is well. */
export type Verdict = Status | undefined;

/** Which nodes are worth a look at all (framework.PreFilterResult). */
export interface PreFilterResult {
  readonly nodeNames: ReadonlySet<string>;
}

/** What PostFilter came to: the node where the pod has made room for itself, empty to withdraw an earlier nomination. */
export interface PostFilterResult {
  readonly status: Status;
  /** `undefined` leaves the pod's nomination as it is. */
  readonly nominatedNodeName?: string;
}

/** The plugin waits before it lets the pod be bound, at most this long (virtual microseconds). */
export interface PermitWait {
  readonly wait: number;
}

/** What happened in the cluster that may make a pod schedulable which the plugin had refused (EventsToRegister). */
export interface RequeueRule {
  readonly on: ClusterEventKind;
  /** Whether this event helps this pod (QueueingHintFn). Default: it does. */
  helps?(pod: Pod, event: ClusterEvent): boolean;
}

/**
 * A scheduler plugin: an object with a name and those extension points that it serves. Every function returns at once; what it
 * throws becomes a status `Error` with the plugin's name. Returning nothing means success.
 *
 * A pod passes, in this order: preEnqueue, queueSort; then in the scheduling cycle preFilter, filter (each node), postFilter
 * (when no node is left), preScore, score (each node that is left), normalize, reserve, permit; then in the binding cycle
 * preBind, bind, postBind.
 */
export interface Plugin {
  readonly name: string;
  /**
   * Whether `filter` and `score` depend on nothing but the pod's shape (`PodInfo.shape`) and the node they are asked about. What
   * they answer is then remembered for equal pods until the node changes.
   */
  readonly local?: boolean;
  /** Whether `a` goes before `b`: negative; after: positive. One plugin of a profile has it. */
  queueSort?(a: QueuedPod, b: QueuedPod): number;
  /** Whether the pod may enter the active queue. */
  preEnqueue?(pod: Pod): Verdict;
  /** Once per pod: works out what filter will need, narrows the nodes, refuses the pod, or says `skip`. */
  preFilter?(state: CycleState, pod: PodInfo): Verdict | PreFilterResult;
  /** Whether the pod can run on the node. */
  filter?(state: CycleState, pod: PodInfo, node: NodeInfo): Verdict;
  /** A dry run pretends that `other` came to the node (PreFilterExtensions.AddPod); `node` already counts it. */
  addPod?(state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo): void;
  /** A dry run pretends that `other` left the node (PreFilterExtensions.RemovePod). */
  removePod?(state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo): void;
  /** No node passed: makes room, if it can. */
  postFilter?(state: CycleState, pod: PodInfo, statuses: NodeStatuses): PostFilterResult;
  /** Once per pod, with the nodes that passed. */
  preScore?(state: CycleState, pod: PodInfo, nodes: readonly NodeInfo[]): Verdict;
  /** How good the node is for the pod: any integer if the plugin has `normalize`, else 0 to 100. */
  score?(state: CycleState, pod: PodInfo, node: NodeInfo): number;
  /** The same as `score` for each of `nodes`, into `scores`: for plugins that can do it faster for all at once. */
  scoreAll?(state: CycleState, pod: PodInfo, nodes: readonly NodeInfo[], scores: Float64Array): void;
  /** Brings the scores, one for each of `nodes`, into the range 0 to 100, in place. */
  normalize?(state: CycleState, pod: PodInfo, scores: Float64Array, nodes: readonly NodeInfo[]): void;
  reserve?(state: CycleState, pod: PodInfo, nodeName: string): Verdict;
  /** Takes back what reserve did; called also for plugins whose reserve was not reached. */
  unreserve?(state: CycleState, pod: PodInfo, nodeName: string): void;
  permit?(state: CycleState, pod: PodInfo, nodeName: string): Verdict | PermitWait;
  /** Prepares the binding. Code `Wait`: not done yet, ask again in a second. */
  preBind?(state: CycleState, pod: PodInfo, nodeName: string): Verdict;
  /** Binds. Code `Skip`: leaves it to the next plugin. */
  bind?(state: CycleState, pod: PodInfo, nodeName: string): Verdict;
  postBind?(state: CycleState, pod: PodInfo, nodeName: string): void;
  readonly requeue?: readonly RequeueRule[];
}

/** A cycle's verdicts so far, node by node (framework.NodeToStatus). */
export interface NodeStatuses {
  /** Why the node was refused; for nodes that were not looked at, why not. */
  get(nodeName: string): Status;
}

/** Objects that plugins read besides nodes and pods. */
export interface ClusterView {
  get<T extends KubeObject>(
    resource: ResourceDefinition<T>,
    namespace: string | undefined,
    name: string,
  ): T | undefined;
  list<T extends KubeObject>(resource: ResourceDefinition<T>): Iterable<T>;
  /** The Services that select a pod. */
  servicesOf(pod: Pod): readonly Service[];
}

/** What plugins are given by the scheduler that runs them (framework.Handle). */
export interface Handle {
  readonly engine: Engine;
  readonly client: Client;
  readonly events: EventRecorder;
  readonly snapshot: Snapshot;
  readonly view: ClusterView;
  /** Whether any pod has made room for itself and is not there yet. */
  hasNominatedPods(): boolean;
  /** Pods that have made room for themselves on the node and are not there yet. */
  nominatedPods(nodeName: string): readonly PodInfo[];
  /** Runs all filters on a node as the scheduling cycle does, with nominated pods. */
  filterNode(state: CycleState, pod: PodInfo, node: NodeInfo): Verdict;
  /** Tells all plugins that a dry run changes the pods of a node. */
  pretend(state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo, change: 'add' | 'remove'): void;
  /** The pod whose permit waits, if it does. */
  waitingPod(uid: string): WaitingPod | undefined;
}

/** A pod that a permit plugin holds back (framework.WaitingPod). */
export interface WaitingPod {
  readonly pod: PodInfo;
  readonly pendingPlugins: readonly string[];
  allow(plugin: string): void;
  reject(plugin: string, message: string): void;
}

/** Makes a plugin for one scheduler. */
export type PluginFactory = (handle: Handle) => Plugin;

export interface PluginEntry {
  readonly plugin: Plugin | PluginFactory;
  /** The plugin's name, where a factory makes it. */
  readonly name?: string;
  /** How much its scores count. Default 1. */
  readonly weight?: number;
}

/** A way of scheduling under a name that pods choose by `spec.schedulerName` (KubeSchedulerProfile). */
export interface Profile {
  readonly schedulerName: string;
  /** In the order in which they run. */
  readonly plugins: readonly PluginEntry[];
  /** Percentage of nodes to find feasible before scoring; 0 or absent: adaptive. */
  readonly percentageOfNodesToScore?: number;
}
