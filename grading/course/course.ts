import type { Text } from '../format/exercise.ts';
import type { Moment } from './moment.ts';

/** A course as `course.yaml` says it: what is read, what is done until when, and what it is worth. */
export interface Course {
  readonly id: string;
  readonly title: Text;
  readonly timezone: string;
  /** What of the book it uses, in its order; undefined: all of it. */
  readonly modules?: readonly CourseModule[];
  readonly exercises: readonly CourseExercise[];
  /** Whether each learner has names and numbers of their own. */
  readonly variants: boolean;
  readonly late?: LateRule;
}

export interface CourseModule {
  readonly module: string;
  readonly title?: Text;
  /** In this order; undefined: all of the module's. */
  readonly lessons?: readonly string[];
}

export interface CourseExercise {
  readonly exercise: string;
  /** What it counts for, beside the others. */
  readonly weight: number;
  readonly open?: Moment;
  readonly due?: Moment;
  /** From when on the site shows the solution. */
  readonly solution?: Moment;
  /** The column of the LMS that takes its points: a title, a part of one, or the LMS's number. */
  readonly column?: string;
  /** Instead of the course's. */
  readonly late?: LateRule;
}

/** What handing in late costs. All times in seconds, all parts from 0 to 1. */
export interface LateRule {
  /** Lateness that nobody minds. */
  readonly grace: number;
  /** The part of the points earned that is lost … */
  readonly lose: number;
  /** … for every such time begun. */
  readonly each: number;
  /** The part that is kept however late it is. */
  readonly least: number;
  /** After that, nothing is given. */
  readonly until?: number;
}

/** The part of the points that is kept after so many seconds of lateness. */
export function lateFactor({ grace, lose, each, least, until }: LateRule, seconds: number): number {
  if (seconds <= grace) return 1;
  if (until !== undefined && seconds > until) return 0;
  const kept = 1 - lose * Math.ceil((seconds - grace) / each);
  return Math.max(least, Math.round(kept * 1e6) / 1e6, 0);
}

/** How an exercise of the course stands at a moment. */
export interface Standing {
  readonly isOpen: boolean;
  readonly isSolved: boolean;
}

/** Whether an exercise may be worked on, and whether its solution may be seen. Without a date for it, a solution is never shown. */
export function standingOf({ open, solution }: CourseExercise, now: string): Standing {
  return {
    isOpen: open === undefined || open.at <= now,
    isSolved: solution !== undefined && solution.at <= now,
  };
}
