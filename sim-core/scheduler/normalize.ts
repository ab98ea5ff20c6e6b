import { MAX_NODE_SCORE } from './framework.ts';

/** Scales scores so that the largest is 100; reversed, so that the smallest is best (helper.DefaultNormalizeScore). */
export function normalizeScores(scores: Float64Array, reverse: boolean): void {
  let max = 0;
  for (let index = 0; index < scores.length; index++) if (scores[index]! > max) max = scores[index]!;
  if (max === 0) {
    scores.fill(reverse ? MAX_NODE_SCORE : 0);
    return;
  }
  for (let index = 0; index < scores.length; index++) {
    const scaled = Math.trunc((MAX_NODE_SCORE * scores[index]!) / max);
    scores[index] = reverse ? MAX_NODE_SCORE - scaled : scaled;
  }
}
