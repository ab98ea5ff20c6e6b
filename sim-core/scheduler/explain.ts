import type { KubeObject, Pod } from '../api/objects.ts';
import { Client, EventRecorder, selectsPod, Unreachable } from '../client/index.ts';
import { Engine } from '../engine/index.ts';
import { nodes } from '../resources/node.ts';
import { pods } from '../resources/pod.ts';
import type { ResourceDefinition } from '../resources/resource.ts';
import { services } from '../resources/service.ts';
import { SchedulerCache } from './cache.ts';
import { CycleState } from './cycle-state.ts';
import { defaultProfile } from './default-profile.ts';
import { Diagnosis } from './diagnosis.ts';
import type { ClusterView, Handle, Profile } from './framework.ts';
import type { NodeInfo } from './node-info.ts';
import type { NodeScores } from './node-scoring.ts';
import { PluginRunner } from './plugin-runner.ts';
import { isTerminal, PodInfo } from './pod-info.ts';
import { type Code, Status } from './status.ts';

/** Objects of a cluster by resource, as a list of each would give. */
export interface ClusterSnapshot {
  list<T extends KubeObject>(resource: ResourceDefinition<T>): Iterable<T>;
}

/** What a plugin says about the pod on one node. */
export interface PluginVerdict {
  readonly plugin: string;
  readonly code: Code;
  readonly reasons: readonly string[];
}

/** A plugin's score for one node: normalised to 0…100, and times the plugin's weight. */
export interface PluginScore {
  readonly plugin: string;
  readonly weight: number;
  readonly score: number;
  readonly weighted: number;
}

export interface SchedulingRow {
  readonly node: string;
  readonly feasible: boolean;
  /** Every filter that looked at the node, each by itself, so that the first refusal hides none of the others. */
  readonly filters: readonly PluginVerdict[];
  /** Empty for nodes that are not feasible. */
  readonly scores: readonly PluginScore[];
  readonly total: number;
}

export interface SchedulingExplanation {
  /** `namespace/name` */
  readonly pod: string;
  /** Refusals of the pod as such, before any node was looked at. */
  readonly preFilter: readonly PluginVerdict[];
  /** Plugins that have nothing to say about this pod. */
  readonly skipped: readonly string[];
  readonly rows: readonly SchedulingRow[];
  /** Nodes with the best total: the scheduler picks one of them. */
  readonly best: readonly string[];
  /** As the FailedScheduling event would say, without preemption, when no node is feasible. */
  readonly message?: string;
}

/**
 * What the scheduler thinks of a pod: every node, every plugin, its verdict or score, and why. Looks at all nodes, where the
 * scheduler itself stops at enough of them, and changes nothing. The pod is taken as if it were not on any node yet.
 */
export function explainScheduling(
  cluster: Client | ClusterSnapshot,
  pod: Pod,
  profile: Profile = defaultProfile,
): SchedulingExplanation {
  const source = cluster instanceof Client ? snapshotOf(cluster) : cluster;
  const cache = new SchedulerCache();
  for (const node of source.list(nodes)) cache.setNode(node);
  for (const other of source.list(pods)) {
    if ((other.spec.nodeName ?? '') !== '' && !isTerminal(other) && other.metadata.uid !== pod.metadata.uid) {
      cache.setPod(other);
    }
  }
  const runner = runnerOver(source, cache, profile);
  const info = new PodInfo({ ...pod, spec: { ...pod.spec, nodeName: undefined } });
  const state = new CycleState();
  const { status, nodeNames, narrowedBy } = runner.preFilter(state, info);
  const skipped = [...state.skipFilter];
  if (status !== undefined) {
    const diagnosis = new Diagnosis();
    diagnosis.preFilterMessage = status.message;
    const message = status.rejected ? diagnosis.message(cache.nodes.length) : status.message;
    return { pod: info.key, preFilter: [verdict(status.plugin, status)], skipped, rows: [], best: [], message };
  }
  const diagnosis = new Diagnosis();
  if (nodeNames !== undefined) diagnosis.leftOut(narrowedBy);
  const filtered = cache.nodes.map((node) => {
    const filters = runner.filterEach(state, info, node).map(({ name, status: said }) => verdict(name, said));
    const leftOut = nodeNames !== undefined && !nodeNames.has(node.name);
    const refusal = leftOut ? undefined : runner.filterNode(state, info, node);
    if (refusal !== undefined) diagnosis.set(node.name, refusal);
    return { node, filters, feasible: !leftOut && refusal === undefined };
  });
  const feasible = filtered.filter((row) => row.feasible).map(({ node }) => node);
  const scores = feasible.length === 0 ? undefined : runner.score(state, info, feasible, true);
  const rows = filtered.map((row) => toRow(row, feasible, scores));
  const top = Math.max(...rows.filter((row) => row.feasible).map(({ total }) => total));
  const explanation = {
    pod: info.key,
    preFilter: [],
    skipped,
    rows,
    best: rows.filter((row) => row.feasible && row.total === top).map(({ node }) => node),
  };
  if (scores instanceof Status) return { ...explanation, best: [], message: scores.message };
  return feasible.length > 0 ? explanation : { ...explanation, message: messageOf(diagnosis, cache) };
}

function messageOf(diagnosis: Diagnosis, cache: SchedulerCache): string {
  return cache.nodes.length === 0 ? 'no nodes available to schedule pods' : diagnosis.message(cache.nodes.length);
}

function toRow(
  { node, filters, feasible }: { node: NodeInfo; filters: PluginVerdict[]; feasible: boolean },
  scored: readonly NodeInfo[],
  scores: NodeScores | Status | undefined,
): SchedulingRow {
  const index = scored.indexOf(node);
  if (index < 0 || scores === undefined || scores instanceof Status) {
    return { node: node.name, feasible, filters, scores: [], total: 0 };
  }
  return {
    node: node.name,
    feasible,
    filters,
    scores: scores.byPlugin.map(({ name, weight, scores: all }) => {
      const weighted = all[index]!;
      return { plugin: name, weight, score: weight === 0 ? 0 : weighted / weight, weighted };
    }),
    total: scores.totals[index]!,
  };
}

function verdict(plugin: string, status: Status | undefined): PluginVerdict {
  return { plugin, code: status?.code ?? 'Success', reasons: status?.reasons ?? [] };
}

function snapshotOf(client: Client): ClusterSnapshot {
  return { list: (resource) => client.list(resource).items };
}

/** Plugins over a picture that stands still. They cannot act: nobody answers their client. */
function runnerOver(source: ClusterSnapshot, cache: SchedulerCache, profile: Profile): PluginRunner {
  const lists = new Map<string, Map<string, KubeObject>>();
  const objects = <T extends KubeObject>(resource: ResourceDefinition<T>): Map<string, T> => {
    const name = `${resource.group}/${resource.plural}`;
    let list = lists.get(name);
    if (list === undefined) {
      list = new Map();
      for (const object of source.list(resource))
        list.set(keyOf(object.metadata.namespace, object.metadata.name), object);
      lists.set(name, list);
    }
    return list as Map<string, T>;
  };
  const view: ClusterView = {
    get: (resource, namespace, name) => objects(resource).get(keyOf(namespace, name)),
    list: (resource) => objects(resource).values(),
    servicesOf: (pod) => [...objects(services).values()].filter((service) => selectsPod(service, pod)),
  };
  const refuse = () => {
    throw new Unreachable('an explanation changes nothing');
  };
  const client = new Client({ call: refuse, watch: refuse });
  const engine = new Engine({ seed: 0, epoch: 0, trace: { level: 'off' } });
  const handle: Handle = {
    engine,
    client,
    events: new EventRecorder(engine, client, { component: profile.schedulerName }),
    view,
    snapshot: cache,
    hasNominatedPods: () => false,
    nominatedPods: () => [],
    filterNode: (state, pod, node) => runner.filterNode(state, pod, node),
    pretend: (state, pod, other, node, change) => runner.pretend(state, pod, other, node, change),
    waitingPod: () => undefined,
  };
  const runner: PluginRunner = new PluginRunner(profile, handle);
  return runner;
}

function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}
