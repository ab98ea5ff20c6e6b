/** What comes after grading: evidence, reports, and the files that LMSes take. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { GradedFile } from '../grading/batch/graded.ts';
import type { Course } from '../grading/course/course.ts';
import type { Exercise, Text } from '../grading/format/exercise.ts';
import { type Filled, fill } from '../grading/formats/fill.ts';
import { gradebookCsv } from '../grading/formats/gradebook.ts';
import { gradescopeResults } from '../grading/formats/gradescope.ts';
import { junitXml } from '../grading/formats/junit.ts';
import { FORMAT_NAMES } from '../grading/formats/layout.ts';
import { counts, type Score, scoresOf, totalsOf, type Weighed } from '../grading/formats/scores.ts';
import { encodingName, readSheet } from '../grading/formats/sheet.ts';
import { integrity } from '../grading/integrity/integrity.ts';
import type { Trace } from '../grading/integrity/trace.ts';
import { ExerciseError, loadWalkthroughs } from '../grading/load.ts';
import { plainText } from '../grading/report-text.ts';
import { type Book, exercisesOf, feedbackName } from '../grading/reports/book.ts';
import { reportPages, writeAll } from '../grading/reports/write.ts';

export interface Graded {
  readonly files: readonly GradedFile[];
  /** By file: what is compared of it (`traceOf`). */
  readonly traces: ReadonlyMap<string, Trace>;
  readonly exercises: ReadonlyMap<string, Exercise>;
  readonly course?: Course;
  /** Folder of the solutions: what is done as they do it is no evidence of anything. */
  readonly solutions: string;
}

/** Adds the evidence and writes all that a class's grading leaves behind. The same class makes the same bytes. */
export function finishClass(out: string, { files, traces, exercises, course, solutions }: Graded): GradedFile[] {
  const sorted = [...files].sort((left, right) => (left.file < right.file ? -1 : 1));
  const flags = integrity({ files: sorted, traces, exercises, ways: (id) => waysOf(solutions, id), course });
  const flagged = sorted.map((file) => ({ ...file, flags: flags.get(file.file) ?? [] }));
  const book: Book = { files: flagged, exercises, course };
  const outputs = new Map<string, string>(reportPages(book));
  const { scores, weighed } = gradesOf(flagged, exercises, course);
  outputs.set('gradebook.csv', gradebookCsv(scores, weighed, 'en'));
  outputs.set('gradebook.ko.csv', gradebookCsv(scores, weighed, 'ko'));
  outputs.set('junit.xml', junitXml(flagged));
  for (const file of flagged) {
    if (counts(file) || file.problem !== undefined)
      outputs.set(`gradescope/${feedbackName(file).replace(/\.html$/, '')}/results.json`, gradescopeResults(file));
  }
  outputs.set('graded.json', json(keptOf(flagged, weighed, course)));
  const evidence = flagged.filter((file) => file.flags.length > 0);
  outputs.set(
    'integrity.json',
    json(
      evidence.map(({ file, learner, rosterId, exercise, flags: found }) => ({
        file,
        learner,
        rosterId,
        exercise,
        flags: found,
      })),
    ),
  );
  writeAll(out, outputs);
  return flagged;
}

/** What `jotasu fill` and later gradings need to know again. */
interface Kept {
  readonly format: 'jotasu-graded/1';
  readonly course?: string;
  readonly exercises: readonly (Weighed & { readonly column?: string })[];
  readonly files: readonly GradedFile[];
}

function keptOf(files: readonly GradedFile[], weighed: readonly Weighed[], course: Course | undefined): Kept {
  const column = (id: string) => course?.exercises.find(({ exercise }) => exercise === id)?.column;
  return {
    format: 'jotasu-graded/1',
    course: course?.id,
    exercises: weighed.map((each) => ({ ...each, column: column(each.exercise) })),
    files,
  };
}

function waysOf(solutions: string, exercise: string) {
  try {
    return loadWalkthroughs(solutions, exercise);
  } catch (error) {
    if (error instanceof ExerciseError) return [];
    throw error;
  }
}

function gradesOf(files: readonly GradedFile[], exercises: ReadonlyMap<string, Exercise>, course: Course | undefined) {
  const weighed = exercisesOf({ files, exercises, course });
  const titles = new Map<string, Text>(weighed.map(({ exercise, title }) => [exercise, title]));
  return { scores: scoresOf(files, titles), weighed };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 1)}\n`;
}

/** Arguments of filling in that make no sense; the message says which, and what would. */
export class FillError extends Error {
  override readonly name = 'FillError';
}

export interface FillFlags {
  /** `EXERCISE=COLUMN`, or `total=COLUMN`. */
  readonly column?: readonly string[];
  readonly exercise?: string;
}

/** Fills in an export by what lies in an output folder; says what was done. Throws a FillError or a SheetError. */
export function fillFrom(
  out: string,
  file: string,
  { column = [], exercise }: FillFlags,
  say: (text: string) => void = (text) => process.stdout.write(text),
): Filled {
  const kept = readKept(out);
  const titles = new Map(kept.exercises.map((each) => [each.exercise, each.title]));
  const scores: Score[] = scoresOf(kept.files, titles);
  const columns: Record<string, string> = {};
  const hints = Object.fromEntries(
    kept.exercises.flatMap((each) => (each.column === undefined ? [] : [[each.exercise, each.column]])),
  );
  for (const given of column) {
    const at = given.indexOf('=');
    const id = given.slice(0, at);
    if (at < 1 || !(id === 'total' || titles.has(id)))
      throw new FillError(
        `--column ${given}: write EXERCISE=COLUMN, where EXERCISE is total or one of ${[...titles.keys()].join(', ')}`,
      );
    columns[id] = given.slice(at + 1);
  }
  if (exercise !== undefined && exercise !== 'total' && !titles.has(exercise))
    throw new FillError(
      `--exercise ${exercise}: nothing of it was graded; there are: ${[...titles.keys()].join(', ')}`,
    );
  const wanted = 'total' in columns || exercise === 'total' ? [...scores, ...totalsOf(scores, kept.exercises)] : scores;
  const sheet = readSheet(readBytes(file));
  const filled = fill(sheet, wanted, { columns, hints, only: exercise });
  const target = `filled/${basename(file)}`;
  writeAll(out, new Map([[target, filled.bytes]]));
  const name = FORMAT_NAMES[filled.layout.format];
  say(`${plainText(basename(file))} is ${name}, ${encodingName(sheet)}.\n`);
  for (const { exercise: id, title, max } of filled.columns)
    say(`  ${id} → “${plainText(title)}”${max === undefined ? '' : `, of ${max}`}\n`);
  for (const line of linesOf(filled)) say(`  ${plainText(line)}\n`);
  say(`${filled.written.length} cells filled in: ${join(out, target)}\n`);
  return filled;
}

/** What a person should look at after filling in. */
function linesOf({ homeless, byName, unmatched, kept, layout, written }: Filled): string[] {
  const titles = layout.grades.map(({ title }) => `“${title}”`).join(', ');
  return [
    ...homeless.map((id) => `No column for ${id}. Say which: --column '${id}=…'. There are: ${titles}`),
    ...byName.map((name) => `Matched by name alone: ${name}`),
    ...unmatched.map(
      ({ score, why }) => `Not filled in: ${score.learner.name} (${score.learner.id}), ${score.exercise}: ${why}`,
    ),
    ...kept.map(({ who, exercise, why }) => `Left as it was: ${who}, ${exercise}: ${why}`),
    ...(written.length === 0 && homeless.length === 0 ? ['Nobody in this file was graded.'] : []),
  ];
}

export function readKept(out: string): Kept {
  const file = join(out, 'graded.json');
  if (!existsSync(file)) throw new FillError(`${out} is not a folder that jotasu grade wrote: there is no ${file}`);
  const kept = JSON.parse(readFileSync(file, 'utf8')) as Kept;
  if (kept.format !== 'jotasu-graded/1') throw new FillError(`${file} is of another version of Jotasu; grade again`);
  return kept;
}

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch {
    throw new FillError(`There is no file ${file}.`);
  }
}
