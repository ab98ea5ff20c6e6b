import { amountOf, type IdKind, idColumns, type Layout, titlesOf } from './layout.ts';
import type { Sheet } from './sheet.ts';

const IDS: Readonly<Record<string, IdKind>> = {
  student: 'name',
  lastname: 'family-name',
  firstname: 'given-name',
  'sis user id': 'id',
  'sis login id': 'login',
  'integration id': 'id',
};

/** What follows the columns of assignments: Canvas works these out itself. */
const COMPUTED = /(current|final) (points|score|grade)( \(.*\))?$|override (score|grade)$/i;

/**
 * Canvas's gradebook: the header, a row of posting policies now and then, the row `Points Possible` (which says of columns that they are read
 * only), people, and Canvas's own test student.
 */
export function canvas(sheet: Sheet): Layout | undefined {
  const titles = titlesOf(sheet);
  const header = sheet.rows[0] ?? [];
  const ids = idColumns(titles, IDS);
  const numbered = titles.indexOf('id');
  const possible = sheet.rows.findIndex((row, index) => index < 4 && row[0]?.text.trim() === 'Points Possible');
  if (numbered < 0 || possible < 0 || !(titles.includes('student') || titles.includes('lastname'))) return undefined;
  const section = titles.indexOf('section');
  const from = Math.max(section, numbered, ...ids.map(({ column }) => column)) + 1;
  const grades = header.flatMap((cell, column) => {
    const max = sheet.rows[possible]?.[column]?.text ?? '';
    // Notes that a teacher keeps in the gradebook have no points; computed columns say "(read only)", in the teacher's language.
    if (column < from || /^\(.+\)$/.test(max.trim()) || COMPUTED.test(cell.text.trim())) return [];
    return amountOf(max) === undefined ? [] : [{ column, title: cell.text, max: amountOf(max) }];
  });
  return {
    format: 'canvas',
    firstRow: possible + 1,
    ids,
    grades,
    skip: (row) => /^(Student, Test|Test Student)$/.test(row[0]?.text.trim() ?? ''),
    locked: (_row, { text }) => (/^(EX|N\/A)$/i.test(text.trim()) ? `it says ${text.trim()}` : undefined),
  };
}
