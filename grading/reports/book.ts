import type { GradedFile } from '../batch/graded.ts';
import type { Course } from '../course/course.ts';
import { momentIn, sayMoment } from '../course/moment.ts';
import type { Exercise, Locale, Text } from '../format/exercise.ts';
import { counts, type Weighed } from '../formats/scores.ts';
import { fileName } from './html.ts';

/** All that reports are made of. */
export interface Book {
  readonly files: readonly GradedFile[];
  /** By id, as authors wrote them: names and numbers of variants are not filled in. */
  readonly exercises: ReadonlyMap<string, Exercise>;
  readonly course?: Course;
}

export function titleOf({ exercises }: Book, exercise: string | undefined): Text {
  const id = exercise ?? '?';
  return exercises.get(id)?.title ?? { en: id, ko: id };
}

/** The exercises that there is something to say about, in the order of the course, else of their names, with what they weigh. */
export function exercisesOf(book: Book): Weighed[] {
  const found = new Set(book.files.flatMap(({ exercise }) => (exercise === undefined ? [] : [exercise])));
  const listed = book.course?.exercises ?? [];
  const named = listed.map(({ exercise, weight }) => ({ exercise, weight, title: titleOf(book, exercise) }));
  const others = [...found]
    .filter((exercise) => book.exercises.has(exercise) && !listed.some((each) => each.exercise === exercise))
    .sort()
    // What the course does not list is not graded by it.
    .map((exercise) => ({ exercise, weight: book.course === undefined ? 1 : 0, title: titleOf(book, exercise) }));
  return [...named, ...others];
}

/** Who a file is from: the roster's id where there is one. */
export function learnerKey({ rosterId, learner, file }: GradedFile): string {
  return rosterId ?? learner?.id ?? file;
}

/** The name of a file's own page, the same on every run. */
export function feedbackName(file: GradedFile): string {
  return `${fileName(learnerKey(file), file.exercise ?? 'unknown', file.sha256.slice(0, 8))}.html`;
}

export function exerciseName(exercise: string): string {
  return `${fileName(exercise)}.html`;
}

/** Files that could be graded and count. */
export function counted(book: Book, exercise?: string): GradedFile[] {
  return book.files.filter((file) => counts(file) && (exercise === undefined || file.exercise === exercise));
}

/** A moment on the clocks of the course; what is no moment is said as it is. */
export function sayTime(book: Book, text: string | undefined, locale: Locale): string {
  const moment = momentIn(text, book.course?.timezone ?? 'UTC');
  if (moment === undefined) return text ?? '–';
  return `${sayMoment(moment, locale)}${book.course === undefined ? ' UTC' : ''}`;
}

/** The part of the points that a file has earned. */
export function shareOf({ points, of }: GradedFile): number {
  return points === undefined || of === undefined || of === 0 ? 0 : points / of;
}

/** Virtual seconds from the first to the last thing that was done. */
export function timeSpent({ timeline }: GradedFile): number {
  const first = timeline[0];
  const last = timeline.at(-1);
  return first === undefined || last === undefined ? 0 : last.at - first.at;
}
