import { amountOf, type IdKind, idColumns, type Layout, titlesOf } from './layout.ts';
import { MOODLE_IDS } from './moodle-titles.ts';
import type { Sheet } from './sheet.ts';

const IDS: Readonly<Record<string, IdKind>> = {
  ...MOODLE_IDS,
  identifier: 'participant',
  식별자: 'participant',
  이름: 'name',
};
const GRADE = ['grade', '성적'];
const MAXIMUM = ['maximum grade', '최대 성적', '최고 성적', '최대성적'];
const CHANGEABLE = ['grade can be changed', '성적 변경 가능', '성적을 변경할 수 있음', '성적이 변경될 수 있음'];

/**
 * Moodle's worksheet of one assignment ("Download grading worksheet"), in English or Korean. Moodle reads the grade back, and compares the time
 * of the last change to see whether somebody has graded since: that column stays as it is.
 */
export function moodleWorksheet(sheet: Sheet): Layout | undefined {
  const titles = titlesOf(sheet);
  const ids = idColumns(titles, IDS);
  const grade = titles.findIndex((title) => GRADE.includes(title));
  if (grade < 0 || !ids.some(({ kind }) => kind === 'participant')) return undefined;
  const maxColumn = titles.findIndex((title) => MAXIMUM.includes(title));
  const changeable = titles.findIndex((title) => CHANGEABLE.includes(title));
  const max = amountOf(sheet.rows[1]?.[maxColumn]?.text);
  return {
    format: 'moodle-worksheet',
    firstRow: 1,
    ids,
    grades: [{ column: grade, title: sheet.rows[0]![grade]!.text, max, ...(maxColumn < 0 ? {} : { maxColumn }) }],
    locked: (row) => {
      const says = changeable < 0 ? '' : (row[changeable]?.text.trim() ?? '');
      return /^(no|아니오|아니요)$/i.test(says) ? 'Moodle says that this grade cannot be changed' : undefined;
    },
  };
}
