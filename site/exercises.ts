/** The exercises as pages need them: read and checked when the site is built, handed to islands as plain data. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { engineVersion } from '../grading/engine-version.ts';
import type { Exercise } from '../grading/format/exercise.ts';
import {
  exerciseIds,
  instantiateWalkthrough,
  loadExercise,
  loadWalkthroughs,
  type Walkthrough,
} from '../grading/load.ts';
import { PRACTICE_SEED } from '../grading/seed.ts';
import { type Language, lessonHref, MODULES } from './course.ts';
import { assigned, course } from './course-file.ts';

const root = process.cwd();
const folder = path.join(root, 'exercises');

/** The exercise `module/name`. Throws an error that lists those there are. */
export function exerciseFor(id: string): Exercise {
  const ids = exerciseIds(folder);
  if (ids.includes(id)) return loadExercise(folder, id);
  throw new Error(
    `<Workspace exercise="${id}" /> names an exercise that is not there.\n` +
      `  expected: one of ${ids.join(', ')}\n` +
      `  to mend:  correct the name, or write exercises/${id}/exercise.yaml`,
  );
}

/** Every exercise that pages are made of, by module in the order of the course; those of no module come last. */
export function exercisesByModule(): readonly { readonly slug: string; readonly exercises: readonly Exercise[] }[] {
  const all = exerciseIds(folder)
    .filter(isOfCourse)
    .map((id) => loadExercise(folder, id));
  const slugs = [...new Set([...MODULES.map(({ slug }) => slug), ...all.map(({ id }) => moduleOf(id))])];
  return slugs.flatMap((slug) => {
    const exercises = all.filter(({ id }) => moduleOf(id) === slug).sort((a, b) => a.level - b.level);
    return exercises.length === 0 ? [] : [{ slug, exercises }];
  });
}

/** A course has the exercises that it lists, and for practice those of its modules. */
function isOfCourse(id: string): boolean {
  return course === undefined || assigned(id) !== undefined || MODULES.some(({ slug }) => slug === moduleOf(id));
}

function moduleOf(id: string): string {
  return id.slice(0, id.indexOf('/'));
}

/** The address of an exercise's own page. */
export function exerciseHref(language: Language, id: string): string {
  return `/${language}/exercises/${id}/`;
}

let version: string | undefined;

/** The version of the simulator that this site is built with; submissions name it. */
export function engine(): string {
  version ??= engineVersion(root);
  return version;
}

/** How an exercise is solved, as whoever practises has it. Only for pages of courses whose date for it has come. */
export function solutionFor(id: string): Walkthrough | undefined {
  const recorded = loadWalkthroughs(path.join(root, 'solutions'), id).find(({ kind }) => kind === 'solution');
  return recorded === undefined ? undefined : instantiateWalkthrough(recorded, exerciseFor(id), PRACTICE_SEED);
}

/** The address of the lesson beside which an exercise stands; undefined: none of the course's. */
export function lessonOf(id: string, language: Language): string | undefined {
  for (const { slug, lessons } of MODULES) {
    for (const lesson of lessons) {
      const file = path.join(root, 'lessons', slug, lesson, `${language}.mdx`);
      if (existsSync(file) && readFileSync(file, 'utf8').includes(`<Workspace exercise="${id}"`))
        return lessonHref(language, slug, lesson);
    }
  }
  return undefined;
}

/** The exercises of a list that pages are made of, in its order. */
export function exercisesOf(ids: readonly string[]): readonly Exercise[] {
  return ids.filter(isOfCourse).map((id) => loadExercise(folder, id));
}
