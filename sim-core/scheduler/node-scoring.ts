import type { Snapshot } from './cache.ts';
import type { CycleState } from './cycle-state.ts';
import { MAX_NODE_SCORE, MIN_NODE_SCORE, type Plugin, type Verdict } from './framework.ts';
import type { LocalResults, LocalResultsByShape } from './local-results.ts';
import type { NodeInfo } from './node-info.ts';
import type { PodInfo } from './pod-info.ts';
import { failure, prefixed, type Status } from './status.ts';

/** A plugin at work, with its weight. */
export interface RunningPlugin {
  readonly plugin: Plugin;
  readonly weight: number;
}

/** Scores of the nodes that passed, in their order. */
export interface NodeScores {
  readonly totals: Float64Array;
  /** Weighted, by plugin; only when asked for in detail. */
  readonly byPlugin: readonly { readonly name: string; readonly weight: number; readonly scores: Float64Array }[];
}

/** Runs the score plugins over nodes, normalises, weighs and adds up (RunScorePlugins). */
export class NodeScoring {
  private readonly snapshot: Snapshot;
  private readonly results: LocalResultsByShape;
  private readonly thrown: (plugin: Plugin, error: unknown) => Status;
  /** Room for scores, used again for each pod. */
  private totals = new Float64Array(0);
  private scratch = new Float64Array(0);

  constructor(snapshot: Snapshot, results: LocalResultsByShape, thrown: (plugin: Plugin, error: unknown) => Status) {
    this.snapshot = snapshot;
    this.results = results;
    this.thrown = thrown;
  }

  /** Answers the scores, whose totals hold until the next call, or the error of a plugin. */
  score(
    plugins: readonly RunningPlugin[],
    state: CycleState,
    pod: PodInfo,
    nodes: readonly NodeInfo[],
    inDetail: boolean,
  ): NodeScores | Status {
    const { length } = nodes;
    if (this.totals.length < length) {
      this.totals = new Float64Array(length);
      this.scratch = new Float64Array(length);
    }
    const totals = this.totals.subarray(0, length);
    if (inDetail) totals.fill(0);
    const byPlugin: { name: string; weight: number; scores: Float64Array }[] = [];
    const scoring = plugins.filter(({ plugin }) => plugin.score !== undefined && !state.skipScore.has(plugin.name));
    const known = this.results.of(pod.shape, this.snapshot.nodes);
    const failed = this.scoreLocally(scoring, known, state, pod, nodes);
    if (failed !== undefined) return failed;
    if (!inDetail) for (let index = 0; index < length; index++) totals[index] = known.sums[nodes[index]!.index]!;
    for (const { plugin, weight } of scoring) {
      // What is known needs no more than adding, which has been done.
      if (!inDetail && isPlain(plugin)) continue;
      const scores = inDetail ? new Float64Array(length) : this.scratch.subarray(0, length);
      const error = this.scoresOf(plugin, known, state, pod, nodes, scores);
      if (error !== undefined) return error;
      for (let index = 0; index < length; index++) {
        const score = scores[index]!;
        if (!(score >= MIN_NODE_SCORE && score <= MAX_NODE_SCORE)) return invalidScore(plugin, score);
        const weighted = score * weight;
        scores[index] = weighted;
        totals[index] = totals[index]! + weighted;
      }
      if (inDetail) byPlugin.push({ name: plugin.name, weight, scores });
    }
    return { totals, byPlugin };
  }

  /** Has local plugins score those nodes that have changed since they scored them for an equal pod. */
  private scoreLocally(
    scoring: readonly RunningPlugin[],
    known: LocalResults,
    state: CycleState,
    pod: PodInfo,
    nodes: readonly NodeInfo[],
  ): Verdict {
    const local = scoring.filter(({ plugin }) => plugin.local === true);
    const rows = local.map(({ plugin, weight }) => ({
      plugin,
      weight: isPlain(plugin) ? weight : 0,
      scores: known.scoresOf(plugin.name),
    }));
    for (const node of nodes) {
      if (known.hasScores(node)) continue;
      let sum = 0;
      for (const { plugin, weight, scores } of rows) {
        let score: number;
        try {
          score = plugin.score!(state, pod, node);
        } catch (error) {
          return this.failed(plugin, error);
        }
        scores[node.index] = score;
        if (weight === 0) continue;
        if (!(score >= MIN_NODE_SCORE && score <= MAX_NODE_SCORE)) return invalidScore(plugin, score);
        sum += score * weight;
      }
      known.sums[node.index] = sum;
      known.markScored(node);
    }
    return undefined;
  }

  /** A plugin's scores of the nodes, normalised. */
  private scoresOf(
    plugin: Plugin,
    known: LocalResults,
    state: CycleState,
    pod: PodInfo,
    nodes: readonly NodeInfo[],
    scores: Float64Array,
  ): Verdict {
    try {
      if (plugin.local === true) {
        const row = known.scoresOf(plugin.name);
        for (let index = 0; index < nodes.length; index++) scores[index] = row[nodes[index]!.index]!;
      } else if (plugin.scoreAll !== undefined) plugin.scoreAll(state, pod, nodes, scores);
      else {
        for (let index = 0; index < nodes.length; index++) scores[index] = plugin.score!(state, pod, nodes[index]!);
      }
      plugin.normalize?.(state, pod, scores, nodes);
      return undefined;
    } catch (error) {
      return this.failed(plugin, error);
    }
  }

  private failed(plugin: Plugin, error: unknown): Status {
    return prefixed(`running Score plugins: plugin "${plugin.name}" failed with`, this.thrown(plugin, error));
  }
}

/** Whether a plugin's score of a node stays what it is as long as the node does. */
function isPlain({ local, normalize }: Plugin): boolean {
  return local === true && normalize === undefined;
}

function invalidScore(plugin: Plugin, score: number): Status {
  const range = `it should in the range of [${MIN_NODE_SCORE}, ${MAX_NODE_SCORE}] after normalizing`;
  const status = failure(`plugin "${plugin.name}" returns an invalid score ${score}, ${range}`);
  status.plugin = plugin.name;
  return prefixed('applying score defaultWeights on Score plugins', status);
}
