/** What `jotasu grade` is told, made into what graders need. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseLateRule } from '../grading/batch/late-rule.ts';
import { type Override, readOverrides } from '../grading/batch/overrides.ts';
import type { ClassRules, Due } from '../grading/batch/settle.ts';
import type { WorkSetup } from '../grading/batch/work.ts';
import type { Course } from '../grading/course/course.ts';
import { loadCourse, shelfOf } from '../grading/course/load.ts';
import { parseMoment } from '../grading/course/moment.ts';
import { engineVersion } from '../grading/engine-version.ts';
import type { Check, Exercise } from '../grading/format/exercise.ts';
import { SheetError } from '../grading/formats/sheet.ts';
import { Received } from '../grading/intake/received.ts';
import { type Roster, readRoster } from '../grading/intake/roster.ts';
import { exerciseIds, loadExercise, loadHidden } from '../grading/load.ts';

export const root = fileURLToPath(new URL('../', import.meta.url));

/** As commander hands them over. */
export interface GradeFlags {
  readonly out: string;
  readonly exercise?: string;
  readonly course?: string;
  readonly roster?: string;
  readonly received?: string;
  readonly deadline?: string;
  readonly late?: string;
  readonly asOf?: string;
  readonly attempts?: string;
  readonly overrides?: string;
  readonly instructor?: string;
  readonly mended?: readonly string[];
  readonly engines?: string;
  readonly workers?: number;
  readonly timeout?: number;
  readonly resume?: boolean;
  readonly lang?: string;
  readonly fill?: readonly string[];
  readonly column?: readonly string[];
  readonly json?: boolean;
}

/** Arguments that make no sense; the message says which, and what would. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface GradeSetup {
  readonly work: WorkSetup;
  readonly rules: ClassRules;
  readonly course?: Course;
  readonly roster?: Roster;
  /** The exercises that are graded, as far as that is said. */
  readonly listed: readonly string[];
  readonly workers: number;
  /** Milliseconds. */
  readonly timeout: number;
}

/** Reads all that the flags name. Throws a UsageError, or an error of the file that is wrong, before anything is graded. */
export function gradeSetup(flags: GradeFlags): GradeSetup {
  const { exercise: only, lang = 'ko', attempts = 'last', engines = join(root, 'engines') } = flags;
  if (lang !== 'en' && lang !== 'ko') throw new UsageError(`--lang: "${lang}" is neither en nor ko`);
  if (attempts !== 'last' && attempts !== 'best')
    throw new UsageError(`--attempts: "${attempts}" is neither last nor best`);
  const ids = exerciseIds(join(root, 'exercises'));
  if (only !== undefined && !ids.includes(only))
    throw new UsageError(`--exercise: there is no exercise "${only}". There are: ${ids.join(', ')}`);
  const { mended = [] } = flags;
  for (const id of mended)
    if (!ids.includes(id)) throw new UsageError(`--mended: there is no exercise "${id}". There are: ${ids.join(', ')}`);
  const course = flags.course === undefined ? undefined : loadCourse(flags.course, shelfOf(root));
  const exercises = new Map(ids.map((id) => [id, loadExercise(join(root, 'exercises'), id)]));
  const hidden = hiddenOf(exercises, flags.instructor);
  const due = dueOf(flags, course);
  const asOf = asOfOf(flags, course, ids, due);
  const roster = flags.roster === undefined ? undefined : tableOf('--roster', flags.roster, readRoster);
  const zone = zoneOf(course);
  const received =
    flags.received === undefined
      ? new Received(zone)
      : tableOf('--received', flags.received, (bytes) => new Received(zone, bytes));
  const listed = only !== undefined ? [only] : (course?.exercises.map(({ exercise }) => exercise) ?? []);
  return {
    work: {
      exercises,
      engine: engineVersion(root),
      engines: resolve(engines),
      locale: lang,
      hidden,
      ...(mended.length === 0 ? {} : { mended }),
      ...(only === undefined ? {} : { only }),
      ...(asOf === undefined ? {} : { asOf }),
      ...(course === undefined ? {} : { course: course.id, variants: course.variants }),
    },
    rules: {
      due,
      attempts,
      exercises,
      hidden,
      received: (file) => received.of(file),
      overrides: flags.overrides === undefined ? [] : overridesOf(flags.overrides),
      ...(roster === undefined ? {} : { roster }),
      ...(asOf === undefined ? {} : { asOf: (id) => asOf.get(id) }),
    },
    ...(course === undefined ? {} : { course }),
    ...(roster === undefined ? {} : { roster }),
    listed,
    workers: flags.workers ?? Math.max(1, Math.min(8, availableParallelism())),
    timeout: (flags.timeout ?? 120) * 1000,
  };
}

/** The instructor's own checks take the place of those beside the solutions, exercise by exercise. */
function hiddenOf(
  exercises: ReadonlyMap<string, Exercise>,
  instructor: string | undefined,
): Map<string, readonly Check[]> {
  const hidden = new Map<string, readonly Check[]>();
  for (const [id, exercise] of exercises) {
    const own = instructor === undefined ? [] : loadHidden(instructor, exercise, false);
    const checks = own.length > 0 ? own : loadHidden(join(root, 'solutions'), exercise);
    if (checks.length > 0) hidden.set(id, checks);
  }
  return hidden;
}

function dueOf({ deadline, late }: GradeFlags, course: Course | undefined): ClassRules['due'] {
  const rule = late === undefined ? undefined : parseLateRule(late);
  const forAll = deadline === undefined ? undefined : momentOf('--deadline', deadline, course);
  return (exercise): Due | undefined => {
    const task = course?.exercises.find((each) => each.exercise === exercise);
    const at = forAll ?? (task?.due === undefined ? undefined : Date.parse(task.due.at));
    const costs = rule ?? task?.late ?? course?.late;
    return at === undefined ? undefined : { at, ...(costs === undefined ? {} : { late: costs }) };
  };
}

function asOfOf(
  { asOf }: GradeFlags,
  course: Course | undefined,
  ids: readonly string[],
  due: ClassRules['due'],
): ReadonlyMap<string, number> | undefined {
  if (asOf === undefined) return undefined;
  if (asOf !== 'due') {
    const at = momentOf('--as-of', asOf, course);
    return new Map(ids.map((id) => [id, at]));
  }
  const moments = ids.flatMap((id) => (due(id) === undefined ? [] : [[id, due(id)!.at] as const]));
  if (moments.length === 0)
    throw new UsageError('--as-of due: nothing is due; give --deadline, or a --course with dates');
  return new Map(moments);
}

/** Whose clocks are meant where no zone is named. */
function zoneOf(course: Course | undefined): string {
  return course?.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function momentOf(flag: string, text: string, course: Course | undefined): number {
  const moment = parseMoment(text, zoneOf(course), true);
  if (moment === undefined)
    throw new UsageError(`${flag}: "${text}" is no date; write 2026-03-09, 2026-03-09 23:59 or 2026-03-09T23:59+09:00`);
  return Date.parse(moment.at);
}

function overridesOf(file: string): Override[] {
  return readOverrides(bytesOf('--overrides', file), basename(file));
}

/** Reads a table; what is wrong with it is told with its name. */
function tableOf<T>(flag: string, file: string, read: (bytes: Uint8Array) => T): T {
  const bytes = bytesOf(flag, file);
  try {
    return read(bytes);
  } catch (error) {
    if (!(error instanceof SheetError)) throw error;
    throw new UsageError(`${flag} ${file}: ${error.message}`);
  }
}

function bytesOf(flag: string, file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch {
    throw new UsageError(`${flag}: there is no file ${file}`);
  }
}
