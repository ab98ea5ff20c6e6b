import type { Scenario } from '../golden/transcript.ts';

/** Commands of our own, besides those of the golden transcripts. */
export function ownScenarios(): Scenario[] {
  return [];
}
