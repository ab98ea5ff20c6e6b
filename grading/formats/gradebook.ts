import { toCsv } from '../csv.ts';
import type { Locale } from '../format/exercise.ts';
import { plainText } from '../report-text.ts';
import { round, type Score, totalsOf, type Weighed } from './scores.ts';

const WORDS = {
  id: { en: 'ID', ko: '학번' },
  name: { en: 'Name', ko: '이름' },
  total: { en: 'Total (of 100)', ko: '총점(100점 만점)' },
  of: { en: 'of', ko: '만점' },
} as const;

/** A table for people: a row for each learner, a column for each exercise, the total by weight. UTF-8 with BOM, as Excel in Korea wants it. */
export function gradebookCsv(scores: readonly Score[], course: readonly Weighed[], locale: Locale): string {
  const totals = totalsOf(scores, course);
  const most = new Map(scores.map(({ exercise, of }) => [exercise, of]));
  const label = ({ exercise, title }: Weighed) =>
    `${title[locale]} [${exercise}] (${WORDS.of[locale]} ${most.get(exercise) ?? '-'})`;
  const columns = [WORDS.id[locale], WORDS.name[locale], ...course.map(label), WORDS.total[locale]];
  const rows = totals.map((total) => {
    const own = scores.filter((score) => (score.rosterId ?? score.learner.id) === (total.rosterId ?? total.learner.id));
    const row: [string, string | number][] = [
      [columns[0]!, plainText(total.rosterId ?? total.learner.id)],
      [columns[1]!, plainText(total.learner.name)],
      ...course.map((each): [string, string | number] => {
        const score = own.find(({ exercise }) => exercise === each.exercise);
        return [label(each), score === undefined ? '' : round(score.points)];
      }),
      [columns.at(-1)!, total.points],
    ];
    return Object.fromEntries(row);
  });
  const key = (row: Readonly<Record<string, string | number>>) => String(row[columns[0]!]);
  return toCsv(
    rows.sort((left, right) => (key(left) < key(right) ? -1 : 1)),
    columns,
  );
}
