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
      const [result] = await scoreTopics([topic], {
        kubectl: kubectl!.path,
        parallel: 2,
        report: () => {},
        done: () => {},
      });
      const mismatches = result!.mismatches.map((mismatch) => JSON.stringify(mismatch).slice(0, 300));
      expect(result!.score.matched, mismatches.join('\n')).toBeGreaterThanOrEqual(ratchet[topic]!.matched);
    },
    300_000,
  );
});
