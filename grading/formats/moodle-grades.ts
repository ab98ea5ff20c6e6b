import { type IdKind, idColumns, type Layout, titlesOf } from './layout.ts';
import { MOODLE_IDS } from './moodle-titles.ts';
import type { Sheet } from './sheet.ts';

const IDS: Readonly<Record<string, IdKind>> = {
  ...MOODLE_IDS,
  'first name': 'given-name',
  surname: 'family-name',
  'last name': 'family-name',
  이름: 'given-name',
  성: 'family-name',
};
/** What a gradebook says of its people besides. */
const OTHERS =
  /^(institution|department|기관|부서|소속|학과|last downloaded from this course|last downloaded.*|이 강좌에서 마지막으로 다운로드.*|.*마지막.*다운로드.*)$/;
const TOTAL = /^(course|category) total\b|총점|총계|합계/;
const OTHER_FORM = /\((feedback|피드백|percentage|퍼센트|백분율|letter|문자)\)$/;

/** Moodle's gradebook as CSV ("Export", "Plain text file"), which "Import" takes back: people, then a column for each grade item. */
export function moodleGrades(sheet: Sheet): Layout | undefined {
  const titles = titlesOf(sheet);
  const ids = idColumns(titles, IDS);
  const known = ids.filter(({ kind }) => kind === 'email' || kind === 'id' || kind === 'login');
  if (known.length === 0 || !ids.some(({ kind }) => kind === 'name' || kind === 'given-name' || kind === 'family-name'))
    return undefined;
  const people = new Set(ids.map(({ column }) => column));
  const grades = titles.flatMap((title, column) =>
    people.has(column) || title === '' || OTHERS.test(title) || TOTAL.test(title) || OTHER_FORM.test(title)
      ? []
      : [{ column, title: sheet.rows[0]![column]!.text, max: undefined }],
  );
  return { format: 'moodle-grades', firstRow: 1, ids, grades };
}
