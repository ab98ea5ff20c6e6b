import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';

/** The course of who has none of their own. */
export const DEFAULT_COURSE = 'jotasu';

/** The seed of somebody who has not said who they are: for practice. */
export const PRACTICE_SEED = 1;

/**
 * A learner's seed for an exercise: an unsigned 32-bit number that follows from the course, the exercise and the learner's id (without spaces
 * around it), and from nothing else, so that grading can work it out again.
 */
export function learnerSeed(course: string, exercise: string, learner: string): number {
  const digest = sha256(utf8ToBytes(JSON.stringify([course, exercise, learner.trim().normalize('NFC')])));
  return new DataView(digest.buffer, digest.byteOffset).getUint32(0);
}
