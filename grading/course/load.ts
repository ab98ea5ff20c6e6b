import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { exerciseIds } from '../load.ts';
import type { Course, CourseExercise, LateRule } from './course.ts';
import { parseMoment } from './moment.ts';
import { courseFile } from './schema.ts';

/** A course file that its author must mend; the message has a line for each fault, with its place and what is expected. */
export class CourseError extends Error {
  override readonly name = 'CourseError';
}

/** What a course may pick from. */
export interface Shelf {
  readonly modules: readonly { readonly slug: string; readonly lessons: readonly string[] }[];
  readonly exercises: readonly string[];
}

/** What lies in a checkout's lessons/ and exercises/. */
export function shelfOf(root: string): Shelf {
  const lessons = join(root, 'lessons');
  const modules = folders(lessons).map((slug) => ({
    slug,
    lessons: folders(join(lessons, slug)).filter((lesson) => existsSync(join(lessons, slug, lesson, 'en.mdx'))),
  }));
  return {
    modules: modules.filter((module) => module.lessons.length > 0),
    exercises: exerciseIds(join(root, 'exercises')),
  };
}

function folders(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^[._]/.test(entry.name))
    .map(({ name }) => name)
    .sort();
}

type Path = readonly (string | number)[];
type Input = z.output<typeof courseFile>;

/** Reads a course file. Throws a CourseError. */
export function loadCourse(file: string, shelf: Shelf): Course {
  let source: string;
  try {
    source = readFileSync(file, 'utf8');
  } catch {
    throw new CourseError(`There is no file ${file}. course.example.yaml shows what one looks like.`);
  }
  return readCourse(source, shelf, basename(file));
}

/** The same of a text; `name` is what messages call the file. */
export function readCourse(source: string, shelf: Shelf, name = 'course.yaml'): Course {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines });
  const [syntax] = document.errors;
  if (syntax !== undefined) throw new CourseError(`${name}: ${syntax.message}`);
  const place = (path: Path): string => {
    for (let length = path.length; length > 0; length--) {
      const node = document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return `${name}:${lines.linePos(node.range[0]).line}`;
    }
    return name;
  };
  const fail = (faults: readonly { path: Path; says: string }[]) => {
    if (faults.length === 0) return;
    const said = faults.map(
      ({ path, says }) => `${place(path)}: ${path.length === 0 ? 'the file' : spell(path)}: ${says}`,
    );
    throw new CourseError(said.join('\n'));
  };
  const result = courseFile.safeParse(document.toJS({ maxAliasCount: 50 }) ?? {});
  if (!result.success) {
    fail(result.error.issues.map(({ path, message }) => ({ path: path as Path, says: message })));
  }
  const input = result.data!;
  const faults: { path: Path; says: string }[] = [];
  const course = made(input, (path, says) => faults.push({ path, says }));
  check(input, shelf, (path, says) => faults.push({ path, says }));
  fail(faults);
  return course;
}

type Report = (path: Path, says: string) => void;

function made({ late, exercises, ...rest }: Input, report: Report): Course {
  const moment = (index: number, field: 'open' | 'due' | 'solution', text: string | undefined) => {
    if (text === undefined) return undefined;
    const parsed = parseMoment(text, rest.timezone, field === 'due');
    if (parsed === undefined) {
      report(['exercises', index, field], `"${text}" is not a date; write 2026-03-09 or 2026-03-09 23:59`);
    }
    return parsed;
  };
  return {
    ...rest,
    ...(late === undefined ? {} : { late: lateRule(late) }),
    exercises: exercises.map(({ open, due, solution, late: own, ...exercise }, index): CourseExercise => {
      const dates = {
        open: moment(index, 'open', open),
        due: moment(index, 'due', due),
        solution: moment(index, 'solution', solution),
      };
      if (dates.open && dates.due && dates.open.at >= dates.due.at)
        report(['exercises', index, 'due'], 'it is due before it opens');
      if (dates.solution && dates.due && dates.solution.at < dates.due.at)
        report(['exercises', index, 'solution'], 'the solution would be shown before the exercise is due');
      return { ...exercise, ...dates, ...(own === undefined ? {} : { late: lateRule(own) }) };
    }),
  };
}

function check({ modules = [], exercises }: Input, shelf: Shelf, report: Report): void {
  const slugs = shelf.modules.map(({ slug }) => slug);
  for (const [index, { module, lessons = [] }] of modules.entries()) {
    const found = shelf.modules.find(({ slug }) => slug === module);
    if (found === undefined) {
      report(['modules', index, 'module'], `there is no module "${module}"; there are: ${slugs.join(', ')}`);
      continue;
    }
    if (modules.findIndex((other) => other.module === module) < index)
      report(['modules', index, 'module'], `"${module}" stands here twice`);
    for (const [at, lesson] of lessons.entries()) {
      if (!found.lessons.includes(lesson)) {
        report(
          ['modules', index, 'lessons', at],
          `there is no lesson "${lesson}" in ${module}; there are: ${found.lessons.join(', ')}`,
        );
      } else if (lessons.indexOf(lesson) < at)
        report(['modules', index, 'lessons', at], `"${lesson}" stands here twice`);
    }
  }
  for (const [index, { exercise }] of exercises.entries()) {
    if (!shelf.exercises.includes(exercise)) {
      const near = shelf.exercises.filter((id) => id.split('/')[0] === exercise.split('/')[0]);
      report(
        ['exercises', index, 'exercise'],
        `there is no exercise "${exercise}"; there are: ${(near.length > 0 ? near : shelf.exercises).join(', ')}`,
      );
    }
    if (exercises.findIndex((other) => other.exercise === exercise) < index)
      report(['exercises', index, 'exercise'], `"${exercise}" stands here twice`);
  }
}

function lateRule({ grace, lose, each, least, until }: NonNullable<Input['late']>): LateRule {
  return {
    grace: seconds(grace),
    lose: Number(lose.slice(0, -1)) / 100,
    each: Math.max(60, seconds(each)),
    least: Number(least.slice(0, -1)) / 100,
    ...(until === undefined ? {} : { until: seconds(until) }),
  };
}

function seconds(text: string): number {
  const part = (unit: string) => Number(new RegExp(`(\\d+)${unit}`).exec(text)?.[1] ?? 0);
  return part('d') * 86_400 + part('h') * 3600 + part('m') * 60;
}

/** `exercises[2].due`. */
function spell(path: Path): string {
  return path.map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${key}`)).join('');
}
