import type { Learner } from '../../grading/submission.ts';

/** Who works here, once they have said so: kept in this browser, so that they are not asked in every exercise. */
const KEY = 'jotasu-learner';

export function knownLearner(): Learner | undefined {
  try {
    const value = JSON.parse(localStorage.getItem(KEY) ?? 'null') as Partial<Learner> | null;
    return typeof value?.id === 'string' && typeof value.name === 'string'
      ? { id: value.id, name: value.name }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Remembers who works here, if this browser lets us. */
export function rememberLearner(learner: Learner): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(learner));
  } catch {
    // They are asked again the next time.
  }
}
