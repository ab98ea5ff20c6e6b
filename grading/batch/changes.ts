import type { GradedFile } from './graded.ts';

/** What is otherwise about a file than it was at an earlier grading. */
export interface Change {
  readonly file: string;
  readonly learner: string;
  readonly name: string;
  readonly exercise: string;
  readonly kind: 'new' | 'gone' | 'points' | 'problem' | 'counts';
  readonly before: string;
  readonly after: string;
  /** Checks whose result is another one. */
  readonly checks: string;
}

/** Compares two gradings of a class, file by file. Files are the same when their paths are, or, if they were moved, their bytes. */
export function changesBetween(before: readonly GradedFile[], after: readonly GradedFile[]): Change[] {
  const byPath = new Map(before.map((file) => [file.file, file]));
  const bySum = new Map(before.map((file) => [file.sha256, file]));
  const seen = new Set<GradedFile>();
  const changes: Change[] = [];
  for (const file of after) {
    const old = byPath.get(file.file) ?? bySum.get(file.sha256);
    if (old !== undefined) seen.add(old);
    const change = old === undefined ? changeOf('new', file, '', outcomeOf(file)) : compare(old, file);
    if (change !== undefined) changes.push(change);
  }
  for (const file of before) if (!seen.has(file)) changes.push(changeOf('gone', file, outcomeOf(file), ''));
  return changes;
}

function compare(old: GradedFile, now: GradedFile): Change | undefined {
  const [before, after] = [outcomeOf(old), outcomeOf(now)];
  const checks = checksThatChanged(old, now);
  if (old.problem !== now.problem) return changeOf('problem', now, before, after, checks);
  if (before !== after || checks !== '') return changeOf('points', now, before, after, checks);
  if ((old.supersededBy === undefined) === (now.supersededBy === undefined)) return undefined;
  const counts = (file: GradedFile) => (file.supersededBy === undefined ? 'counts' : 'does not count');
  return changeOf('counts', now, counts(old), counts(now));
}

function changeOf(kind: Change['kind'], file: GradedFile, before: string, after: string, checks = ''): Change {
  const { learner, rosterId, exercise = '' } = file;
  const id = rosterId ?? learner?.id ?? '';
  return { file: file.file, learner: id, name: learner?.name ?? '', exercise, kind, before, after, checks };
}

function outcomeOf({ problem, points, of }: GradedFile): string {
  return points === undefined ? (problem ?? '') : `${points}/${of}`;
}

function checksThatChanged(old: GradedFile, now: GradedFile): string {
  const results = (file: GradedFile) => [...(file.report?.results ?? []), ...(file.hidden?.results ?? [])];
  const was = new Map(results(old).map((result) => [result.id, result]));
  if (was.size === 0) return '';
  return results(now)
    .filter(({ id, status, points }) => was.get(id)?.status !== status || was.get(id)?.points !== points)
    .map(({ id, status }) => `${id}: ${was.get(id)?.status ?? 'none'} → ${status}`)
    .join(', ');
}
