import type { Verdict } from './framework.ts';
import type { NodeInfo } from './node-info.ts';

/**
 * What local plugins (see `Plugin.local`) have said of pods of one shape, node by node. It holds as long as the node has not
 * changed, so that of thousands of equal pods each looks anew only at the nodes that others went to.
 */
export class LocalResults {
  private readonly verdictsAt: Float64Array;
  private readonly verdicts: Verdict[];
  private readonly scoresAt: Float64Array;
  /** Scores before normalising: one row for each local plugin that scores, by name. */
  private readonly scores: Map<string, Float64Array>;
  /** By node index: the weighted sum of the scores that need no normalising. */
  readonly sums: Float64Array;
  private readonly numNodes: number;

  constructor(numNodes: number) {
    this.numNodes = numNodes;
    this.verdictsAt = new Float64Array(numNodes).fill(-1);
    this.verdicts = new Array<Verdict>(numNodes).fill(undefined);
    this.scoresAt = new Float64Array(numNodes).fill(-1);
    this.scores = new Map();
    this.sums = new Float64Array(numNodes);
  }

  /** Whether the verdict on the node is known as it is now. */
  hasVerdict({ index, generation }: NodeInfo): boolean {
    return this.verdictsAt[index] === generation;
  }

  verdict({ index }: NodeInfo): Verdict {
    return this.verdicts[index];
  }

  setVerdict({ index, generation }: NodeInfo, verdict: Verdict): void {
    this.verdictsAt[index] = generation;
    this.verdicts[index] = verdict;
  }

  hasScores({ index, generation }: NodeInfo): boolean {
    return this.scoresAt[index] === generation;
  }

  markScored({ index, generation }: NodeInfo): void {
    this.scoresAt[index] = generation;
  }

  /** A plugin's scores by node index. */
  scoresOf(plugin: string): Float64Array {
    let scores = this.scores.get(plugin);
    if (scores === undefined) {
      scores = new Float64Array(this.numNodes);
      this.scores.set(plugin, scores);
    }
    return scores;
  }
}

/** Shapes remembered; the one unused for longest goes first. */
const SHAPES = 16;

/** The results by shape, forgotten when nodes come or go or plugins change. */
export class LocalResultsByShape {
  private readonly shapes = new Map<string, LocalResults>();
  private layout: readonly NodeInfo[] = [];

  of(shape: string, nodes: readonly NodeInfo[]): LocalResults {
    if (nodes !== this.layout) {
      this.layout = nodes;
      this.shapes.clear();
    }
    let results = this.shapes.get(shape);
    if (results === undefined) results = new LocalResults(nodes.length);
    else this.shapes.delete(shape);
    this.shapes.set(shape, results);
    if (this.shapes.size > SHAPES) this.shapes.delete(this.shapes.keys().next().value!);
    return results;
  }

  forget(): void {
    this.shapes.clear();
  }
}
