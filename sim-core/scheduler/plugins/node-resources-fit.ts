import type { Node, Pod } from '../../api/objects.ts';
import type { Plugin } from '../framework.ts';
import { MAX_NODE_SCORE } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';
import { podRequests, Resource } from '../resource.ts';
import { Status } from '../status.ts';

export interface ResourceWeight {
  readonly name: string;
  readonly weight: number;
}

export interface ShapePoint {
  /** Percentage, 0 to 100. */
  readonly utilization: number;
  /** 0 to 10. */
  readonly score: number;
}

/** How nodes are scored (NodeResourcesFitArgs.scoringStrategy). */
export interface ScoringStrategy {
  readonly type: 'LeastAllocated' | 'MostAllocated' | 'RequestedToCapacityRatio';
  /** Default: cpu and memory, 1 each. */
  readonly resources?: readonly ResourceWeight[];
  /** For RequestedToCapacityRatio: points of the curve, by rising utilization. */
  readonly shape?: readonly ShapePoint[];
}

export interface NodeResourcesFitArgs {
  readonly scoringStrategy?: ScoringStrategy;
  /** Extended resources that the filter does not look at. */
  readonly ignoredResources?: readonly string[];
  /** Groups (`example.com`) of extended resources that the filter does not look at. */
  readonly ignoredResourceGroups?: readonly string[];
}

const cpuAndMemory: readonly ResourceWeight[] = [
  { name: 'cpu', weight: 1 },
  { name: 'memory', weight: 1 },
];
/** The shape's scores go to 10, a node's to 100. */
const SHAPE_SCALE = MAX_NODE_SCORE / 10;

/** Refusals by their reasons: there are few different ones, and thousands of nodes to refuse. */
const refusals = new Map<string, Status>();

function refusal(reasons: readonly string[]): Status {
  const key = reasons.join('\n');
  let status = refusals.get(key);
  if (status === undefined) {
    status = new Status('Unschedulable', reasons);
    if (refusals.size < 256) refusals.set(key, status);
  }
  return status;
}

/** What of the pod's requests the resources left do not cover (fitsRequest). */
function insufficient(
  requests: Resource,
  allocatable: Resource,
  requested: Resource,
  pods: number,
  ignored: (resource: string) => boolean,
): Status | undefined {
  let reasons: string[] | undefined;
  if (pods + 1 > allocatable.pods) reasons = ['Too many pods'];
  if (requests.milliCPU > 0 && requests.milliCPU > allocatable.milliCPU - requested.milliCPU) {
    reasons = [...(reasons ?? []), 'Insufficient cpu'];
  }
  if (requests.memory > 0 && requests.memory > allocatable.memory - requested.memory) {
    reasons = [...(reasons ?? []), 'Insufficient memory'];
  }
  if (
    requests.ephemeralStorage > 0 &&
    requests.ephemeralStorage > allocatable.ephemeralStorage - requested.ephemeralStorage
  ) {
    reasons = [...(reasons ?? []), 'Insufficient ephemeral-storage'];
  }
  if (requests.scalars !== undefined) {
    for (const [name, amount] of requests.scalars) {
      if (amount === 0 || ignored(name) || amount <= allocatable.get(name) - requested.get(name)) continue;
      reasons = [...(reasons ?? []), `Insufficient ${name}`];
    }
  }
  return reasons === undefined ? undefined : refusal(reasons);
}

/** The amount of a resource on a node with the pod added; `cpu` and `memory` count defaults for what is unstated. */
function usedWith(pod: PodInfo, node: NodeInfo, resource: string): number {
  if (resource === 'cpu') return node.scoredRequested.milliCPU + pod.scoredRequests.milliCPU;
  if (resource === 'memory') return node.scoredRequested.memory + pod.scoredRequests.memory;
  return node.requested.get(resource) + pod.requests.get(resource);
}

/** One resource's score by capacity and use. */
type ResourceScorer = (used: number, capacity: number) => number;

const leastAllocated: ResourceScorer = (used, capacity) =>
  capacity === 0 || used > capacity ? 0 : Math.trunc(((capacity - used) * MAX_NODE_SCORE) / capacity);

const mostAllocated: ResourceScorer = (used, capacity) =>
  capacity === 0 ? 0 : Math.trunc((Math.min(used, capacity) * MAX_NODE_SCORE) / capacity);

/** Straight lines between the shape's points (helper.BuildBrokenLinearFunction). */
function byShape(shape: readonly ShapePoint[]): ResourceScorer {
  const points = shape.map(({ utilization, score }) => ({ x: utilization, y: score * SHAPE_SCALE }));
  const at = (x: number): number => {
    for (let index = 0; index < points.length; index++) {
      const point = points[index]!;
      if (x > point.x) continue;
      const before = points[index - 1];
      if (before === undefined) return point.y;
      return before.y + Math.trunc(((point.y - before.y) * (x - before.x)) / (point.x - before.x));
    }
    return points.at(-1)?.y ?? 0;
  };
  return (used, capacity) =>
    capacity === 0 || used > capacity
      ? at(MAX_NODE_SCORE)
      : at(MAX_NODE_SCORE - Math.trunc(((capacity - used) * MAX_NODE_SCORE) / capacity));
}

/** The usual case, cpu and memory by LeastAllocated with equal weights, without looking resources up by name. */
function leastAllocatedCpuAndMemory(pod: PodInfo, node: NodeInfo): number {
  const { allocatable, scoredRequested } = node;
  const { milliCPU, memory } = allocatable;
  const cpuScore = leastAllocated(scoredRequested.milliCPU + pod.scoredRequests.milliCPU, milliCPU);
  const memoryScore = leastAllocated(scoredRequested.memory + pod.scoredRequests.memory, memory);
  return Math.trunc((cpuScore + memoryScore) / 2);
}

function scorerOf({ type, shape = [] }: ScoringStrategy): ResourceScorer {
  if (type === 'LeastAllocated') return leastAllocated;
  return type === 'MostAllocated' ? mostAllocated : byShape(shape);
}

/** Whether a node that came or changed could hold the pod, were it empty but for what it is known to hold. */
function couldHold(pod: Pod, node: Node): boolean {
  const allocatable = Resource.of(node.status.allocatable as Record<string, string> | undefined);
  return insufficient(podRequests(pod), allocatable, new Resource(), 0, () => false) === undefined;
}

/** Keeps pods off nodes that lack what they request, and scores nodes by how much is allocated. */
export function nodeResourcesFit(args: NodeResourcesFitArgs = {}): Plugin {
  const { scoringStrategy = { type: 'LeastAllocated' }, ignoredResources = [], ignoredResourceGroups = [] } = args;
  const weights = scoringStrategy.resources ?? cpuAndMemory;
  const scorer = scorerOf(scoringStrategy);
  const usual = weights === cpuAndMemory && scoringStrategy.type === 'LeastAllocated';
  const rounded = scoringStrategy.type === 'RequestedToCapacityRatio';
  const ignored = (resource: string) =>
    ignoredResources.includes(resource) || ignoredResourceGroups.includes(resource.split('/')[0]!);

  return {
    name: 'NodeResourcesFit',
    local: true,
    filter: (_state, pod, node) =>
      insufficient(pod.requests, node.allocatable, node.requested, node.pods.length, ignored),
    score(_state, pod, node) {
      if (usual && node.allocatable.milliCPU > 0 && node.allocatable.memory > 0) {
        return leastAllocatedCpuAndMemory(pod, node);
      }
      let total = 0;
      let weightSum = 0;
      for (const { name, weight } of weights) {
        const capacity = node.allocatable.get(name);
        if (capacity === 0) continue;
        const score = scorer(usedWith(pod, node, name), capacity);
        // The ratio's curve leaves out resources that it scores 0 (requestedToCapacityRatioScorer).
        if (rounded && score <= 0) continue;
        total += score * weight;
        weightSum += weight;
      }
      if (weightSum === 0) return 0;
      return rounded ? Math.round(total / weightSum) : Math.trunc(total / weightSum);
    },
    requeue: [
      { on: 'AssignedPod/Delete' },
      { on: 'AssignedPod/ScaleDown' },
      { on: 'Pod/ScaleDown' },
      { on: 'Node/Add', helps: (pod, { object }) => couldHold(pod, object as Node) },
      { on: 'Node/UpdateAllocatable', helps: (pod, { object }) => couldHold(pod, object as Node) },
    ],
  };
}
