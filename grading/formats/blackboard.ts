import { amountOf, type IdKind, idColumns, type Layout, titlesOf } from './layout.ts';
import type { Sheet } from './sheet.ts';

const IDS: Readonly<Record<string, IdKind>> = {
  'last name': 'family-name',
  성: 'family-name',
  'first name': 'given-name',
  이름: 'given-name',
  username: 'login',
  '사용자 이름': 'login',
  사용자이름: 'login',
  'student id': 'id',
  '학생 id': 'id',
  학번: 'id',
};
/** `Quiz 3 [Total Pts: 10 Score] |664617`: the number after the bar is how Blackboard knows the column again. */
const COLUMN = /^(.*?)\s*(?:\[[^\]]*?(\d+(?:[.,]\d+)?)[^\]]*\])?\s*\|\s*(\d+)$/;
const COMPUTED = /^(weighted total|total|overall grade|가중 총점|총점|전체 성적)\b/i;

/** Blackboard's "Work offline" file: tab-delimited UTF-16 by default, with its name ending in .xls, or CSV. */
export function blackboard(sheet: Sheet): Layout | undefined {
  const titles = titlesOf(sheet);
  const ids = idColumns(titles, IDS);
  const header = sheet.rows[0] ?? [];
  const columns = header.flatMap(({ text }, column) => {
    const match = COLUMN.exec(text.trim());
    return match === null ? [] : [{ column, title: match[1]!, max: amountOf(match[2]) }];
  });
  if (columns.length === 0 || !ids.some(({ kind }) => kind === 'login' || kind === 'id')) return undefined;
  return {
    format: 'blackboard',
    firstRow: 1,
    ids,
    grades: columns.filter(({ title }) => !COMPUTED.test(title)),
    locked: (_row, { text }) =>
      /^(in progress|진행 중)/i.test(text.trim()) ? 'the attempt is in progress' : undefined,
  };
}
