import { createHash } from 'node:crypto';
import { join } from 'node:path';
import pc from 'picocolors';
import { changesBetween } from '../grading/batch/changes.ts';
import type { GradedFile } from '../grading/batch/graded.ts';
import { KeptResults } from '../grading/batch/kept.ts';
import { Pool } from '../grading/batch/pool.ts';
import { type Settled, settle } from '../grading/batch/settle.ts';
import type { Worked } from '../grading/batch/work.ts';
import { toCsv } from '../grading/csv.ts';
import { graderVersion } from '../grading/engine-version.ts';
import { describeProblem, detailIn } from '../grading/grade.ts';
import { collect, type Handed, NothingHandedIn } from '../grading/intake/collect.ts';
import type { Unfound } from '../grading/intake/roster.ts';
import type { Trace } from '../grading/integrity/trace.ts';
import { plainText } from '../grading/report-text.ts';
import { writeAll } from '../grading/reports/write.ts';
import { FillError, fillFrom, finishClass, readKept } from './desk.ts';
import { type GradeFlags, type GradeSetup, gradeSetup, root, UsageError } from './grade-setup.ts';

/** A worker may need so much memory, MiB. */
const MEMORY = 1024;
/** Why a file is nobody's. */
const UNLISTED: Readonly<Record<Unfound, string>> = {
  nobody: 'whose it is, the roster does not say',
  several: 'several on the roster could have handed it in',
  contradiction: 'it fits two people on the roster, one by its number, one by its mark',
};
const COLUMNS = [
  'file',
  'learner',
  'name',
  'roster',
  'course',
  'exercise',
  'points',
  'of',
  'status',
  'problem',
  'detail',
  'saved',
  'received',
  'late',
  'override',
  'sha256',
];
const CHANGES = ['file', 'learner', 'name', 'exercise', 'kind', 'before', 'after', 'checks'];

/**
 * Grades all that lies in a folder or a zip, and writes what comes of it; with `against`, an earlier output folder, also what has changed since.
 * Answers the exit code: 0, 1 when something could not be graded, 2 for arguments that make no sense.
 */
export async function gradeFolder(given: string, flags: GradeFlags, against?: string): Promise<number> {
  const say = (text: string) => (flags.json ? process.stderr : process.stdout).write(text);
  let setup: GradeSetup;
  let before: readonly GradedFile[] | undefined;
  let handed: Generator<Handed>;
  let first: IteratorResult<Handed>;
  try {
    setup = gradeSetup(flags);
    before = against === undefined ? undefined : readKept(against).files;
    handed = collect(given);
    first = handed.next();
  } catch (error) {
    if (!isUsage(error)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
  const worked = await gradeAll(first, handed, flags, setup, say);
  const traces = new Map<string, Trace>();
  for (const { graded, trace } of worked) if (trace !== undefined) traces.set(graded.file, trace);
  const files = worked.map(({ graded }) => graded).sort((left, right) => (left.file < right.file ? -1 : 1));
  const settled = settle(files, setup.rules, exercisesOf(setup, files));
  const finished = finishClass(flags.out, {
    files: settled.files,
    traces,
    exercises: setup.work.exercises,
    course: setup.course,
    solutions: join(root, 'solutions'),
  });
  writeTables(flags.out, finished, settled, before);
  let incomplete = 0;
  for (const file of flags.fill ?? []) incomplete += fillIn(flags, file, say);
  if (flags.json) process.stdout.write(`${JSON.stringify(summaryOf(finished, settled))}\n`);
  return Math.max(incomplete, summarise(flags.out, finished, settled, before, say));
}

/** Fills in an export. What is wrong with it is said; it takes nothing away from the grading. Answers 1 when somebody should look at it. */
function fillIn({ out, column, exercise }: GradeFlags, file: string, say: (text: string) => void): 0 | 1 {
  try {
    const { homeless, unmatched, kept } = fillFrom(out, file, { column, exercise }, say);
    return homeless.length + unmatched.length + kept.length === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof FillError) && !isUsage(error)) throw error;
    say(`${error.message}\n`);
    return 1;
  }
}

/** Errors that say what is wrong with what was given, by their names: they come from many rooms. */
function isUsage(error: unknown): error is Error {
  const names = ['UsageError', 'CourseError', 'SheetError', 'OverrideError', 'LateRuleError', 'ExerciseError'];
  return (
    error instanceof UsageError ||
    error instanceof NothingHandedIn ||
    (error instanceof Error && names.includes(error.name))
  );
}

async function gradeAll(
  first: IteratorResult<Handed>,
  rest: Generator<Handed>,
  flags: GradeFlags,
  setup: GradeSetup,
  say: (text: string) => void,
): Promise<Worked[]> {
  const kept = new KeptResults(flags.out, setup.work, graderVersion(root));
  const pool = new Pool(setup.work, { workers: setup.workers, timeout: setup.timeout, memory: MEMORY });
  const results: (Worked | undefined)[] = [];
  const running: Promise<void>[] = [];
  let shown = 0;
  const took = (index: number, worked: Worked) => {
    results[index] = worked;
    // In the order of the files, whoever was ready first.
    for (let next = results[shown]; next !== undefined; next = results[shown]) {
      shown++;
      say(`${String(shown).padStart(4)}  ${line(next.graded)}\n`);
    }
  };
  try {
    let index = 0;
    for (let each = first; each.done !== true; each = rest.next()) {
      const { file, bytes, problem, detail } = each.value;
      const place = index++;
      const name = plainText(file);
      if (bytes === undefined) {
        const graded = { file: name, sha256: '', locale: setup.work.locale, problem, detail, timeline: [], flags: [] };
        took(place, { graded, depends: '' });
        continue;
      }
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const known = flags.resume === true ? kept.find(sha256, name) : undefined;
      if (known !== undefined) {
        took(place, known);
        continue;
      }
      // Waiting here keeps all but a few files out of memory.
      const seat = await pool.free();
      const job = { file: name, sha256, bytes };
      running.push(
        pool.work(seat, job).then((worked) => {
          kept.keep(worked);
          took(place, worked);
        }),
      );
    }
    await Promise.all(running);
  } finally {
    await pool.close();
  }
  return results.map((worked) => worked!);
}

/** The exercises that are graded: those that were named, else those that somebody handed in. */
function exercisesOf({ listed }: GradeSetup, files: readonly GradedFile[]): readonly string[] {
  if (listed.length > 0) return listed;
  return [
    ...new Set(
      files.flatMap(({ exercise, problem }) => (problem === undefined && exercise !== undefined ? [exercise] : [])),
    ),
  ].sort();
}

function line({ file, learner, problem, detail, report, hidden }: GradedFile): string {
  const who = learner === undefined ? '' : `  ${learner.name} (${learner.id})`;
  if (problem !== undefined) {
    const more = detail === undefined ? '' : ` [${detailIn(detail, 'en')}]`;
    return `${pc.red('✗')} ${file}${who}  ${describeProblem(problem, 'en')}${more}`;
  }
  const points = report!.points + (hidden?.points ?? 0);
  return `${pc.green('✓')} ${file}${who}  ${points}/${report!.of + (hidden?.of ?? 0)}`;
}

function writeTables(
  out: string,
  files: readonly GradedFile[],
  settled: Settled,
  before: readonly GradedFile[] | undefined,
): void {
  const rows = files.map((file) => ({
    file: file.file,
    learner: file.learner?.id ?? '',
    name: file.learner?.name ?? '',
    roster: file.rosterId ?? '',
    course: file.course ?? '',
    exercise: file.exercise ?? '',
    points: file.points ?? '',
    of: file.of ?? '',
    status: file.supersededBy !== undefined ? 'superseded' : file.points === undefined ? 'not graded' : 'graded',
    problem: file.problem ?? '',
    detail: detailOf(file),
    saved: file.savedAt ?? '',
    received: file.receivedAt ?? '',
    late: file.late === undefined ? '' : `${file.late.seconds} s × ${file.late.factor}`,
    override: file.override?.reason ?? '',
    sha256: file.sha256,
  }));
  const people = [
    ...settled.missing.map(({ row, exercise }) => ({
      id: row.id,
      name: row.name,
      exercise,
      state: 'nothing handed in',
      file: '',
    })),
    ...settled.unlisted.map(({ file, why }) => {
      const found = files.find((each) => each.file === file);
      return {
        id: found?.learner?.id ?? '',
        name: found?.learner?.name ?? '',
        exercise: found?.exercise ?? '',
        state: `not matched with the roster: ${why}`,
        file,
      };
    }),
  ];
  const tables = new Map([
    ['grades.csv', toCsv(rows, COLUMNS)],
    ['people.csv', toCsv(people, ['id', 'name', 'exercise', 'state', 'file'])],
  ]);
  if (before !== undefined)
    tables.set(
      'changes.csv',
      toCsv(
        changesBetween(before, files).map((each) => ({ ...each })),
        CHANGES,
      ),
    );
  writeAll(out, tables);
}

const JUDGED_BY = {
  earlier: 'judged by the version of the exercise that it was made with; it has changed since',
  mended: 'judged by checks that were mended since it was handed in',
} as const;

function detailOf({ problem, detail, supersededBy, judgedBy }: GradedFile): string {
  if (supersededBy !== undefined) return `another file counts: ${supersededBy}`;
  if (problem === undefined) return judgedBy === undefined ? '' : JUDGED_BY[judgedBy];
  return `${describeProblem(problem, 'en')}${detail === undefined ? '' : `: ${detailIn(detail, 'en')}`}`;
}

/** Files that need a person: they could not be graded, and nobody has decided about them. */
function bad(files: readonly GradedFile[]): GradedFile[] {
  return files.filter(({ problem, override }) => problem !== undefined && override === undefined);
}

function summaryOf(files: readonly GradedFile[], { missing, unlisted, unused }: Settled) {
  const notGraded = bad(files).map(({ file, problem, detail }) => ({ file, problem, detail }));
  return { graded: files.length - notGraded.length, notGraded, missing: missing.length, unlisted, unused };
}

function summarise(
  out: string,
  files: readonly GradedFile[],
  { missing, unlisted, unused }: Settled,
  before: readonly GradedFile[] | undefined,
  say: (text: string) => void,
): number {
  const wrong = bad(files);
  say(
    `\n${files.length - wrong.length} graded, ${wrong.length} not graded. See ${join(out, 'reports')} and ${join(out, 'grades.csv')}.\n`,
  );
  for (const { file, problem } of wrong) say(`  ${file}: ${describeProblem(problem!, 'en')}\n`);
  if (missing.length > 0)
    say(
      `${missing.length} missing: an exercise that someone on the roster has not handed in. See ${join(out, 'people.csv')}.\n`,
    );
  for (const { file, why } of unlisted) say(`  ${file}: ${UNLISTED[why]}\n`);
  for (const { learner, exercise } of unused)
    say(`  override for ${plainText(learner)}, ${plainText(exercise)}: there is no such file\n`);
  const older = files.filter(({ problem, judgedBy }) => problem === 'changed-exercise' || judgedBy === 'earlier');
  if (older.length > 0) {
    const ids = [...new Set(older.map(({ exercise = '' }) => exercise))].sort();
    say(
      `${older.length} made with an earlier version of the exercise. If its checks were mended, judge by them as they are now: ${ids.map((id) => `--mended ${id}`).join(' ')}\n`,
    );
  }
  if (before !== undefined) {
    const changes = changesBetween(before, files);
    say(`${changes.length} changed since; see ${join(out, 'changes.csv')}.\n`);
    for (const { file, kind, before: was, after } of changes)
      say(`  ${file} (${kind}): ${was || 'nothing'} → ${after || 'nothing'}\n`);
  }
  return wrong.length === 0 ? 0 : 1;
}
