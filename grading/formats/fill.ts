import { blackboard } from './blackboard.ts';
import { canvas } from './canvas.ts';
import { amountOf, type GradeColumn, type Layout, plainTitle } from './layout.ts';
import { moodleGrades } from './moodle-grades.ts';
import { moodleWorksheet } from './moodle-worksheet.ts';
import { nameOfRow, People } from './people.ts';
import { round, type Score, TOTAL } from './scores.ts';
import { type Cell, type Sheet, SheetError, withCells } from './sheet.ts';

export interface FillOptions {
  /** Which column takes which exercise's points, by exercise (or `total`): a title, a part of one, or the LMS's number. */
  readonly columns?: Readonly<Record<string, string>>;
  /** The same, as the course says it: where there is no such column, it is looked for by the exercise's title. */
  readonly hints?: Readonly<Record<string, string>>;
  /** The only exercise to fill in. */
  readonly only?: string;
}

export interface Filled {
  readonly bytes: Uint8Array;
  readonly layout: Layout;
  /** Which column each exercise went to. */
  readonly columns: readonly { readonly exercise: string; readonly title: string; readonly max: number | undefined }[];
  readonly written: readonly {
    readonly row: number;
    readonly who: string;
    readonly exercise: string;
    readonly value: string;
  }[];
  /** Found by nothing better than their name: worth a look. */
  readonly byName: readonly string[];
  /** Graded, and not in the file. */
  readonly unmatched: readonly { readonly score: Score; readonly why: string }[];
  /** Cells that stay as they are although there are points for them. */
  readonly kept: readonly { readonly who: string; readonly exercise: string; readonly why: string }[];
  /** Exercises that no column takes. */
  readonly homeless: readonly string[];
}

/** What kind of export a table is. Throws a SheetError that says what was looked for. */
export function layoutOf(sheet: Sheet): Layout {
  const layout = canvas(sheet) ?? blackboard(sheet) ?? moodleWorksheet(sheet) ?? moodleGrades(sheet);
  if (layout !== undefined) return layout;
  const titles = (sheet.rows[0] ?? []).slice(0, 8).map(({ text }) => text.trim());
  throw new SheetError(
    `this is no export that Jotasu knows. Its columns are: ${titles.join(', ') || 'none'}. Known are: Canvas (Student, ID, …, and a row "Points Possible"), Moodle worksheets (Identifier or 식별자, and Grade or 성적), Moodle gradebooks (names, and an email address or ID number), Blackboard (Username, and columns such as "Quiz [Total Pts: 10] |12345")`,
  );
}

const WHY = {
  nobody: 'nobody in the file has this id or name',
  several: 'several people in the file have this id or name',
  contradiction: 'the folder is one person’s, and the submission names another',
} as const;

/** Writes points into an LMS's own export. No row is added, and no cell but those of the points changes by a byte. */
export function fill(sheet: Sheet, scores: readonly Score[], options: FillOptions = {}): Filled {
  const layout = layoutOf(sheet);
  const people = new People(sheet, layout);
  const wanted = scores.filter(({ exercise }) => options.only === undefined || exercise === options.only);
  const places = placesOf(layout, wanted, options);
  const changes = new Map<Cell, string>();
  const written: Filled['written'][number][] = [];
  const kept: Filled['kept'][number][] = [];
  const unmatched: Filled['unmatched'][number][] = [];
  const byName = new Set<string>();
  const claims = new Map<string, Score[]>();
  for (const score of wanted) {
    if (!places.has(score.exercise)) continue;
    const match = people.find(score);
    if (match.row === undefined) {
      unmatched.push({ score, why: WHY[match.why] });
      continue;
    }
    if (match.by === 'name') byName.add(score.learner.name);
    const key = `${match.row} ${score.exercise}`;
    claims.set(key, [...(claims.get(key) ?? []), score]);
  }
  for (const [key, own] of claims) {
    const row = Number(key.split(' ')[0]);
    const [score] = own as [Score, ...Score[]];
    const place = places.get(score.exercise)!;
    const cells = sheet.rows[row]!;
    const cell = cells[place.column];
    const who = nameOfRow(layout, cells);
    const why =
      own.length > 1
        ? `${own.length} submissions claim it: ${own.map(({ learner }) => learner.id).join(', ')}`
        : cell === undefined
          ? 'the row is too short'
          : layout.locked?.(cells, cell);
    if (why !== undefined || cell === undefined) kept.push({ who, exercise: score.exercise, why: why ?? '' });
    else {
      const value = pointsText(score, place, cells);
      changes.set(cell, value);
      written.push({ row, who, exercise: score.exercise, value });
    }
  }
  return {
    bytes: withCells(sheet, changes),
    layout,
    columns: [...places].map(([exercise, { title, max }]) => ({ exercise, title, max })),
    written,
    byName: [...byName],
    unmatched,
    kept,
    homeless: [...new Set(wanted.map(({ exercise }) => exercise))].filter((id) => !places.has(id) && id !== TOTAL),
  };
}

/** The points on the column's scale. The decimal sign is the one that the file itself uses for the most points. */
function pointsText({ points, of }: Score, { max, maxColumn }: GradeColumn, cells: readonly Cell[]): string {
  const own = maxColumn === undefined ? undefined : cells[maxColumn]?.text;
  const most = amountOf(own) ?? max;
  const value = round(most === undefined || most === of || of === 0 ? points : (points / of) * most);
  return own?.includes(',') === true ? String(value).replace('.', ',') : String(value);
}

function placesOf(
  { grades }: Layout,
  scores: readonly Score[],
  { columns = {}, hints = {} }: FillOptions,
): Map<string, GradeColumn> {
  const places = new Map<string, GradeColumn>();
  const exercises = new Map(scores.map((score) => [score.exercise, score]));
  for (const [exercise, score] of exercises) {
    const wanted = Object.hasOwn(columns, exercise) ? columns[exercise] : undefined;
    if (wanted !== undefined) {
      const found = columnCalled(grades, wanted);
      if (found === undefined) throw new SheetError(noColumn(exercise, wanted, grades));
      places.set(exercise, found);
    } else if (exercise !== TOTAL) {
      const hint = Object.hasOwn(hints, exercise) ? hints[exercise] : undefined;
      const names = [exercise, score.title.en, score.title.ko, exercise.split('/').at(-1)!];
      const found = (hint === undefined ? undefined : columnCalled(grades, hint)) ?? columnCalled(grades, ...names);
      if (found !== undefined) places.set(exercise, found);
    }
  }
  const single = [...exercises.keys()].filter((exercise) => exercise !== TOTAL);
  // One column and one exercise: there is nothing to choose.
  if (places.size === 0 && grades.length === 1 && single.length === 1) places.set(single[0]!, grades[0]!);
  const twice = [...places].find(([exercise, { column }]) =>
    [...places].some(([other, place]) => other !== exercise && place.column === column),
  );
  if (twice !== undefined)
    throw new SheetError(`two exercises would go to the column "${twice[1].title}"; say which with --column`);
  return places;
}

/** The one column that has one of these names, or, of those that contain it, the only one. */
function columnCalled(grades: readonly GradeColumn[], ...names: readonly string[]): GradeColumn | undefined {
  for (const fits of [
    (title: string, name: string) => bare(title) === name,
    (title: string, name: string) => /\((\d+)\)$/.exec(title)?.[1] === name,
    (title: string, name: string) => plainTitle(title).includes(name),
  ]) {
    for (const name of names.map(plainTitle)) {
      const found = grades.filter(({ title }) => fits(title.trim(), name));
      if (found.length === 1) return found[0];
    }
  }
  return undefined;
}

/** A column's title without what the LMS adds: `Assignment: Web (Real)`, `과제: Web (실수)`, `Web (1234)`. */
function bare(title: string): string {
  return plainTitle(title)
    .replace(/^(assignment|과제|quiz|퀴즈|external tool|외부 도구)\s*:\s*/, '')
    .replace(/\s*\((\d+|real|실수|실점수|점수)\)$/, '');
}

function noColumn(exercise: string, wanted: string, grades: readonly GradeColumn[]): string {
  const titles = grades.map(({ title }) => `"${title}"`).join(', ');
  return `--column ${exercise}=${wanted}: there is not one column like that. There are: ${titles || 'none that can be written'}`;
}
