import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import pc from 'picocolors';
import { toCsv } from '../grading/csv.ts';
import { engineVersion } from '../grading/engine-version.ts';
import type { Exercise } from '../grading/format/exercise.ts';
import { describeProblem, type GradeOptions, type Grading, grade } from '../grading/grade.ts';
import { exerciseIds, loadExercise } from '../grading/load.ts';
import { feedbackText, plainText } from '../grading/report-text.ts';
import { SUBMISSION_LIMIT } from '../grading/submission.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const COLUMNS = [
  'file',
  'learner',
  'name',
  'course',
  'exercise',
  'points',
  'of',
  'status',
  'problem',
  'detail',
  'saved',
];

interface Graded {
  readonly file: string;
  readonly grading: Grading;
}

/** Grades every file of a folder; answers the exit code: 0, 1 when a submission could not be graded, 2 for arguments that make no sense. */
export async function gradeFolder(
  dir: string,
  { out, exercise: only }: { out: string; exercise?: string },
): Promise<number> {
  const files = submissionFiles(dir);
  if (typeof files === 'string') {
    process.stderr.write(`${files}\n`);
    return 2;
  }
  const exercises = new Map(exerciseIds(`${root}exercises`).map((id) => [id, loadExercise(`${root}exercises`, id)]));
  if (only !== undefined && !exercises.has(only)) {
    process.stderr.write(
      `--exercise: there is no exercise "${only}". There are: ${[...exercises.keys()].join(', ')}\n`,
    );
    return 2;
  }
  const options: GradeOptions = { exercises, engine: engineVersion(root), ...(only === undefined ? {} : { only }) };
  const graded: Graded[] = [];
  for (const [index, file] of files.entries()) {
    const grading = await gradeFile(join(dir, file), options);
    process.stdout.write(
      `${String(index + 1).padStart(String(files.length).length)}/${files.length}  ${line(file, grading)}\n`,
    );
    graded.push({ file, grading });
  }
  writeReports(out, graded, exercises);
  return summarise(out, graded);
}

/** The files of a folder, by relative path; a sentence when there is no such folder or nothing in it. */
function submissionFiles(dir: string): string[] | string {
  try {
    if (!statSync(dir).isDirectory()) return `${dir} is a file; give the folder that the submissions are in.`;
  } catch {
    return `There is no folder ${dir}.`;
  }
  const files = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)))
    .sort();
  return files.length === 0 ? `There are no files in ${dir}.` : files;
}

async function gradeFile(path: string, options: GradeOptions): Promise<Grading> {
  try {
    // A file that is too large is not read at all.
    if (statSync(path).size > SUBMISSION_LIMIT)
      return { submission: undefined, report: undefined, problem: 'too-large', detail: undefined };
    return await grade(readFileSync(path), options);
  } catch (error) {
    return {
      submission: undefined,
      report: undefined,
      problem: 'not-a-submission',
      detail: error instanceof Error ? error.message : String(error),
    };
  }
}

function line(file: string, { submission, report, problem, detail }: Grading): string {
  const who =
    submission === undefined ? '' : `  ${plainText(submission.learner.name)} (${plainText(submission.learner.id)})`;
  const name = plainText(file);
  if (problem === undefined) return `${pc.green('✓')} ${name}${who}  ${report!.points}/${report!.of}`;
  const more = detail === undefined ? '' : ` [${plainText(detail)}]`;
  return `${pc.red('✗')} ${name}${who}  ${describeProblem(problem, 'en')}${more}`;
}

function writeReports(out: string, graded: readonly Graded[], exercises: ReadonlyMap<string, Exercise>): void {
  const folder = join(out, 'feedback');
  mkdirSync(folder, { recursive: true });
  const rows = graded.map(({ file, grading }) => {
    const { submission, report, problem, detail } = grading;
    return {
      file,
      learner: plainText(submission?.learner.id ?? ''),
      name: plainText(submission?.learner.name ?? ''),
      course: plainText(submission?.course ?? ''),
      exercise: plainText(submission?.exercise ?? ''),
      points: problem === undefined ? report!.points : '',
      of: problem === undefined ? report!.of : '',
      status: problem === undefined ? 'graded' : 'not graded',
      problem: problem ?? '',
      detail:
        problem === undefined
          ? ''
          : `${describeProblem(problem, 'en')}${detail === undefined ? '' : `: ${plainText(detail)}`}`,
      saved: plainText(submission?.savedAt ?? ''),
    };
  });
  writeFileSync(join(out, 'grades.csv'), toCsv(rows, COLUMNS));
  for (const [index, { file, grading }] of graded.entries()) {
    // Names of files are the learners' own: only harmless characters go into ours, and the number keeps them apart.
    const safe = file.replace(/[^\p{L}\p{N}._-]+/gu, '_').slice(0, 80);
    const exercise = exercises.get(grading.submission?.exercise ?? '');
    writeFileSync(join(folder, `${String(index + 1).padStart(4, '0')}-${safe}.md`), feedbackText(grading, exercise));
  }
}

function summarise(out: string, graded: readonly Graded[]): number {
  const bad = graded.filter(({ grading }) => grading.problem !== undefined);
  const good = graded.length - bad.length;
  process.stdout.write(
    `\n${good} graded, ${bad.length} not graded. See ${join(out, 'grades.csv')} and ${join(out, 'feedback')}.\n`,
  );
  for (const { file, grading } of bad)
    process.stdout.write(`  ${plainText(file)}: ${describeProblem(grading.problem!, 'en')}\n`);
  return bad.length === 0 ? 0 : 1;
}
