import { describe, expect, it } from 'vitest';
import { findKubectls } from '../kubectl/find-kubectl.ts';
import { readRatchet, scoreTopics } from './score.ts';

/**
 * The transcripts of a real control plane, played with the real kubectl: as many steps as ever before must match, topic by topic. What
 * matches more is entered with `npm run golden -- --update`.
 */
const ratchet = readRatchet();
const [kubectl] = findKubectls();

describe.runIf(kubectl !== undefined)('transcripts of a real control plane', () => {
  it.each(Object.keys(ratchet))(
    '%s',
    async (topic) => {
      const floor = ratchet[topic]!.matched;
      let best = -1;
      let mismatches: string[] = [];
      // The real kubectl waits by the wall clock: on a busy machine one play may come out worse. The best of three counts.
      for (let play = 0; play < 3 && best < floor; play++) {
        const [result] = await scoreTopics([topic], {
          kubectl: kubectl!.path,
          parallel: 2,
          report: () => {},
          done: () => {},
        });
        if (result!.score.matched <= best) continue;
        best = result!.score.matched;
        mismatches = result!.mismatches.map((mismatch) => JSON.stringify(mismatch).slice(0, 300));
      }
      expect(best, mismatches.join('\n')).toBeGreaterThanOrEqual(floor);
    },
    600_000,
  );
});
