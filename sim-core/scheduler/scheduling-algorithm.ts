import type { RandomStream } from '../engine/index.ts';
import type { Snapshot } from './cache.ts';
import type { CycleState } from './cycle-state.ts';
import { Diagnosis } from './diagnosis.ts';
import type { NodeInfo } from './node-info.ts';
import type { NodeScores } from './node-scoring.ts';
import type { PluginRunner } from './plugin-runner.ts';
import type { PodInfo } from './pod-info.ts';
import { Status } from './status.ts';

/** Fewest nodes that are looked for before scoring, and the least percentage (minFeasibleNodesToFind and …PercentageToFind). */
const MIN_FEASIBLE_NODES = 100;
const MIN_FEASIBLE_PERCENTAGE = 5;

/** What came of looking for a node. */
export type ScheduleResult =
  | {
      readonly kind: 'found';
      readonly node: string;
      readonly evaluated: number;
      readonly feasible: number;
      /** Of the node chosen; absent when it was the only one. */
      readonly score?: number;
      readonly diagnosis: Diagnosis;
    }
  | { readonly kind: 'unfit'; readonly diagnosis: Diagnosis; readonly evaluated: number }
  | { readonly kind: 'error'; readonly status: Status };

/**
 * How many nodes that fit are enough (numFeasibleNodesToFind): all in a small cluster; in a large one a share that shrinks with
 * its size, since looking at more costs time and gains little.
 */
export function numFeasibleNodesToFind(percentageOfNodesToScore: number, numNodes: number): number {
  if (numNodes < MIN_FEASIBLE_NODES) return numNodes;
  const adaptive = Math.max(50 - Math.trunc(numNodes / 125), MIN_FEASIBLE_PERCENTAGE);
  const percentage = percentageOfNodesToScore === 0 ? adaptive : percentageOfNodesToScore;
  return Math.max(Math.trunc((numNodes * percentage) / 100), MIN_FEASIBLE_NODES);
}

/** Finds a node for one pod after another: filters, then scores (schedulePod and what it calls). */
export class SchedulingAlgorithm {
  private readonly snapshot: Snapshot;
  private readonly random: RandomStream;
  /** Where to begin looking, so that all nodes get their turn. */
  private nextStart = 0;

  constructor(snapshot: Snapshot, random: RandomStream) {
    this.snapshot = snapshot;
    this.random = random;
  }

  /** Chooses a node. The snapshot must have nodes. */
  schedule(runner: PluginRunner, state: CycleState, pod: PodInfo): ScheduleResult {
    const diagnosis = new Diagnosis();
    const feasible = this.findNodes(runner, state, pod, diagnosis);
    if (feasible instanceof Status) return { kind: 'error', status: feasible };
    const evaluated = feasible.length + diagnosis.looked;
    if (feasible.length === 0) return { kind: 'unfit', diagnosis, evaluated };
    const found = { kind: 'found', evaluated, feasible: feasible.length, diagnosis } as const;
    if (feasible.length === 1) return { ...found, node: feasible[0]!.name };
    const scores = runner.score(state, pod, feasible);
    if (scores instanceof Status) return { kind: 'error', status: scores };
    const index = this.selectHost(scores);
    return { ...found, node: feasible[index]!.name, score: scores.totals[index]! };
  }

  private findNodes(
    runner: PluginRunner,
    state: CycleState,
    pod: PodInfo,
    diagnosis: Diagnosis,
  ): readonly NodeInfo[] | Status {
    const { status, nodeNames, narrowedBy } = runner.preFilter(state, pod);
    for (const plugin of narrowedBy) diagnosis.blame(plugin);
    if (status !== undefined) {
      if (!status.rejected) return status;
      diagnosis.absent = status;
      diagnosis.preFilterMessage = status.message;
      diagnosis.blame(status.plugin);
      return [];
    }
    const onRefused = (node: NodeInfo, refusal: Status) => diagnosis.set(node.name, refusal);
    const nominated = this.snapshot.get(pod.pod.status.nominatedNodeName ?? '');
    if (nominated !== undefined) {
      const feasible = runner.findFeasible(state, pod, [nominated], 0, 1, onRefused);
      if (!(feasible instanceof Status) && feasible.length > 0) return feasible;
    }
    let nodes = this.snapshot.nodes;
    if (nodeNames !== undefined) {
      diagnosis.leftOut(narrowedBy);
      const few: NodeInfo[] = [];
      for (const name of nodeNames) {
        const node = this.snapshot.get(name);
        if (node !== undefined) few.push(node);
      }
      nodes = few;
      if (nodes.length === 0) return [];
    }
    const limit = numFeasibleNodesToFind(runner.profile.percentageOfNodesToScore ?? 0, nodes.length);
    const start = this.nextStart % nodes.length;
    const feasible = runner.findFeasible(state, pod, nodes, start, limit, onRefused);
    const processed = (feasible instanceof Status ? 0 : feasible.length) + diagnosis.looked;
    this.nextStart = (this.nextStart + processed) % this.snapshot.nodes.length;
    return feasible;
  }

  /** The index of a best score; which of several is left to chance, each with the same (selectHost). */
  private selectHost({ totals }: NodeScores): number {
    let best = totals[0]!;
    let ties = 0;
    for (let index = 0; index < totals.length; index++) {
      const score = totals[index]!;
      if (score === best) ties++;
      else if (score > best) {
        best = score;
        ties = 1;
      }
    }
    // Upstream draws once for each equal score as it goes (reservoir sampling); one draw at the end chooses as fairly.
    let chosen = ties === 1 ? 0 : this.random.below(ties);
    let index = totals.indexOf(best);
    for (; chosen > 0; chosen--) index = totals.indexOf(best, index + 1);
    return index;
  }
}
