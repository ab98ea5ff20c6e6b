import type { GradedFile } from '../batch/graded.ts';
import type { Text } from '../format/exercise.ts';

/** What goes into a gradebook: one person's points for one exercise, or for the course. */
export interface Score {
  /** The exercise, or `total`. */
  readonly exercise: string;
  readonly title: Text;
  readonly points: number;
  readonly of: number;
  readonly learner: { readonly id: string; readonly name: string };
  /** The row of the roster that the file was matched with. */
  readonly rosterId?: string;
  readonly file: string;
}

/** What the course says about an exercise, as far as grades need it. */
export interface Weighed {
  readonly exercise: string;
  readonly title: Text;
  readonly weight: number;
}

export const TOTAL = 'total';

/** Whether a file is what counts for its learner and exercise. */
export function counts(file: GradedFile): boolean {
  return file.supersededBy === undefined && file.points !== undefined && file.of !== undefined;
}

/** The points that count, one for each learner and exercise. */
export function scoresOf(files: readonly GradedFile[], titles: ReadonlyMap<string, Text>): Score[] {
  return files.filter(counts).flatMap(({ exercise, learner, rosterId, points, of, file }) => {
    if (exercise === undefined || learner === undefined) return [];
    const title = titles.get(exercise) ?? { en: exercise, ko: exercise };
    return [{ exercise, title, points: points!, of: of!, learner, rosterId, file }];
  });
}

/**
 * Of 100, what each learner has earned of the whole course: exercises by their weights, those not handed in as nothing. Undefined weights count
 * as one.
 */
export function totalsOf(scores: readonly Score[], course: readonly Weighed[]): Score[] {
  const whole = course.reduce((sum, { weight }) => sum + weight, 0);
  const weights = new Map(course.map(({ exercise, weight }) => [exercise, weight]));
  const byLearner = new Map<string, Score[]>();
  for (const score of scores) {
    const key = score.rosterId ?? score.learner.id;
    byLearner.set(key, [...(byLearner.get(key) ?? []), score]);
  }
  return [...byLearner.values()].map((own) => {
    const earned = own.reduce(
      (sum, { exercise, points, of }) => sum + (of === 0 ? 0 : (points / of) * (weights.get(exercise) ?? 0)),
      0,
    );
    const title = { en: 'Total', ko: '총점' };
    return { ...own[0]!, exercise: TOTAL, title, points: round(whole === 0 ? 0 : (earned / whole) * 100), of: 100 };
  });
}

/** To two places, as gradebooks keep points. */
export function round(points: number): number {
  return Math.round(points * 100) / 100;
}
