import { type LateRule, lateFactor } from '../course/course.ts';
import { type Check, type Exercise, pointsOf } from '../format/exercise.ts';
import { round } from '../formats/scores.ts';
import type { Roster, RosterRow, Unfound } from '../intake/roster.ts';
import type { GradedFile } from './graded.ts';
import { type Override, overrideFor } from './overrides.ts';

/** What is due when, and what being late costs. */
export interface Due {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Absent: being late is noted, and costs nothing. */
  readonly late?: LateRule;
}

export interface ClassRules {
  /** By exercise. */
  readonly due: (exercise: string) => Due | undefined;
  /** Of several files of a learner for an exercise: the last one before it was due (else the last), or the one with most points. */
  readonly attempts: 'last' | 'best';
  readonly overrides: readonly Override[];
  readonly roster?: Roster;
  readonly exercises: ReadonlyMap<string, Exercise>;
  readonly hidden?: ReadonlyMap<string, readonly Check[]>;
  /** What was done later was not graded: what had been done by then was handed in by then. */
  readonly asOf?: (exercise: string) => number | undefined;
  /** When a file came in, by a clock that is not the learner's; milliseconds since 1970. */
  readonly received?: (file: GradedFile) => number | undefined;
}

/** What there is to say about a class beside its files. */
export interface Settled {
  readonly files: readonly GradedFile[];
  /** On the roster, with no file that could be read, by exercise; of all exercises that are graded. */
  readonly missing: readonly { readonly row: RosterRow; readonly exercise: string }[];
  /** Files of nobody on the roster. */
  readonly unlisted: readonly { readonly file: string; readonly why: Unfound }[];
  /** Overrides that no file took. */
  readonly unused: readonly Override[];
}

/** Makes a class of files that were graded one by one: whose they are, which of them counts, what lateness costs, what somebody decided. */
export function settle(worked: readonly GradedFile[], rules: ClassRules, listed: readonly string[]): Settled {
  const unlisted: Settled['unlisted'][number][] = [];
  const rowOf = new Map<string, RosterRow>();
  const files = worked.map((each) => {
    const file = received(each, rules);
    const match = rules.roster?.find(file);
    if (match !== undefined && match.row === undefined) unlisted.push({ file: file.file, why: match.why });
    const row = match?.row;
    if (row === undefined) return withPoints(file, rules);
    rowOf.set(file.file, row);
    return withPoints({ ...file, rosterId: row.id }, rules);
  });
  const { files: decided, unused } = withOverrides(superseded(files, rules), rowOf, rules);
  return {
    files: decided,
    missing: missingOf(decided, rules.roster, listed),
    unlisted,
    unused,
  };
}

/** When a file was handed in: as it was received, else as the learner's machine had it. */
export function handedIn({ receivedAt, savedAt, exercise }: GradedFile, { asOf }: ClassRules): number {
  const moment = Date.parse(receivedAt ?? savedAt ?? '');
  return Math.min(moment, asOf?.(exercise ?? '') ?? Number.POSITIVE_INFINITY);
}

/** With the moment at which it came in, where somebody but the learner knows it. */
function received(file: GradedFile, rules: ClassRules): GradedFile {
  const at = rules.received?.(file);
  return at === undefined ? file : { ...file, receivedAt: new Date(at).toISOString() };
}

function withPoints(file: GradedFile, rules: ClassRules): GradedFile {
  const { report, hidden, problem, exercise = '' } = file;
  if (problem !== undefined || report === undefined) return file;
  const of = report.of + (hidden?.of ?? 0);
  const earned = report.points + (hidden?.points ?? 0);
  const due = rules.due(exercise);
  const seconds = due === undefined ? 0 : Math.floor((handedIn(file, rules) - due.at) / 1000);
  if (due === undefined || !(seconds > 0)) return { ...file, points: round(earned), of };
  const factor = due.late === undefined ? 1 : lateFactor(due.late, seconds);
  return { ...file, points: round(earned * factor), of, late: { seconds, factor } };
}

/** Points that somebody decided on go to the file that counts; if none could be graded, to the last of them. */
function withOverrides(
  files: readonly GradedFile[],
  rowOf: ReadonlyMap<string, RosterRow>,
  { overrides, exercises, hidden }: ClassRules,
): Pick<Settled, 'files' | 'unused'> {
  const taken = new Map<GradedFile, Override>();
  const used = new Set<Override>();
  for (const file of files) {
    if (file.supersededBy !== undefined) continue;
    const row = rowOf.get(file.file);
    const found = overrideFor(overrides, [file.learner?.id, row?.id, row?.login, row?.email], file.exercise);
    if (found === undefined) continue;
    const before = [...taken].find(([, each]) => each === found)?.[0];
    if (before !== undefined && before.problem === undefined) continue;
    if (before !== undefined) taken.delete(before);
    taken.set(file, found);
    used.add(found);
  }
  const decided = files.map((file) => {
    const found = taken.get(file);
    if (found === undefined) return file;
    const { points, reason } = found;
    const exercise = exercises.get(found.exercise);
    const unseen = (hidden?.get(found.exercise) ?? []).reduce((sum, each) => sum + each.points, 0);
    const of = file.of ?? (exercise === undefined ? points : pointsOf(exercise) + unseen);
    return { ...file, points, of, override: { points, reason } };
  });
  return { files: decided, unused: overrides.filter((each) => !used.has(each)) };
}

/** Marks those of several files that do not count. */
function superseded(files: readonly GradedFile[], rules: ClassRules): GradedFile[] {
  const groups = new Map<string, GradedFile[]>();
  for (const file of files) {
    const who = file.rosterId ?? file.learner?.id;
    if (who === undefined || file.exercise === undefined || file.points === undefined) continue;
    const key = JSON.stringify([who, file.exercise]);
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  const counts = new Map<GradedFile, GradedFile>();
  for (const group of groups.values()) {
    const best = group.reduce((left, right) => (goesBefore(right, left, rules) ? right : left));
    for (const file of group) if (file !== best) counts.set(file, best);
  }
  return files.map((file) => {
    const by = counts.get(file);
    return by === undefined ? file : { ...file, supersededBy: by.file };
  });
}

/** Whether the one counts before the other. Between equals, the path decides, so that every run decides alike. */
function goesBefore(one: GradedFile, other: GradedFile, rules: ClassRules): boolean {
  const keys = (file: GradedFile): (number | string)[] => {
    const moment = handedIn(file, rules);
    const sound = file.problem === undefined ? 1 : 0;
    const inTime = (file.late?.seconds ?? 0) === 0 ? 1 : 0;
    return rules.attempts === 'best'
      ? [sound, file.points ?? 0, -moment, file.file]
      : [sound, inTime, moment, file.file];
  };
  const [left, right] = [keys(one), keys(other)];
  for (const [index, key] of left.entries()) {
    const opposite = right[index]!;
    if (key !== opposite) return key > opposite;
  }
  return false;
}

function missingOf(
  files: readonly GradedFile[],
  roster: Roster | undefined,
  listed: readonly string[],
): Settled['missing'] {
  if (roster === undefined) return [];
  const found = new Set(files.map(({ rosterId, exercise }) => JSON.stringify([rosterId, exercise])));
  return roster.rows.flatMap((row) =>
    listed.filter((exercise) => !found.has(JSON.stringify([row.id, exercise]))).map((exercise) => ({ row, exercise })),
  );
}
