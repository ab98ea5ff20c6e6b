/**
 * The course that the site is built for: `npm run build -- --course course.yaml` names its file and the moment of the build; without them the
 * site is the whole book. Read when the site is built, never in a page.
 */
import path from 'node:path';
import { type Course, type CourseExercise, standingOf } from '../grading/course/course.ts';
import { loadCourse } from '../grading/course/load.ts';
import { exerciseIds } from '../grading/load.ts';
import { MODULES as BOOK, type Module } from '../lessons/course.ts';

const file = process.env.JOTASU_COURSE;
/** ISO 8601 in UTC, to the second. */
const builtAt = process.env.JOTASU_BUILD_TIME ?? `${new Date().toISOString().slice(0, 19)}Z`;

/** Undefined: the whole book, for whoever comes by. */
export const course: Course | undefined =
  file === undefined
    ? undefined
    : loadCourse(file, { modules: BOOK, exercises: exerciseIds(path.join(process.cwd(), 'exercises')) });

/** The modules and lessons that the course uses, in its order. */
export function pick(book: readonly Module[], modules: Course['modules']): readonly Module[] {
  if (modules === undefined) return book;
  return modules.flatMap(({ module, title, lessons }) => {
    const found = book.find(({ slug }) => slug === module);
    return found === undefined
      ? []
      : [{ slug: module, title: title ?? found.title, lessons: lessons ?? found.lessons }];
  });
}

export const MODULES = pick(BOOK, course?.modules);

/** An exercise of the course, as it stands when the site is built. */
export type Assigned = CourseExercise & { readonly isOpen: boolean; readonly isSolved: boolean };

/** What the course says of an exercise; undefined: it is for practice. */
export function assigned(exercise: string): Assigned | undefined {
  const found = course?.exercises.find((each) => each.exercise === exercise);
  return found === undefined ? undefined : { ...found, ...standingOf(found, builtAt) };
}
