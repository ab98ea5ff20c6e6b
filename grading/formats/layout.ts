import type { Cell, Sheet } from './sheet.ts';

/** What a column says about the person of its row. */
export type IdKind = 'id' | 'login' | 'email' | 'name' | 'family-name' | 'given-name' | 'participant';

export interface GradeColumn {
  readonly column: number;
  readonly title: string;
  /** The most points that the LMS takes; undefined: as many as the exercise gives. It may differ by row. */
  readonly max: number | undefined;
  readonly maxColumn?: number;
}

/** What a file of an LMS is, and where things are in it. */
export interface Layout {
  readonly format: FormatId;
  /** Where people begin. */
  readonly firstRow: number;
  readonly ids: readonly { readonly column: number; readonly kind: IdKind }[];
  /** Columns that may be written. */
  readonly grades: readonly GradeColumn[];
  /** Rows that are no learner's, such as Canvas's test student. */
  readonly skip?: (row: readonly Cell[]) => boolean;
  /** Why a cell may not be written; undefined: it may. */
  readonly locked?: (row: readonly Cell[], cell: Cell) => string | undefined;
}

export type FormatId = 'canvas' | 'moodle-worksheet' | 'moodle-grades' | 'blackboard';

export const FORMAT_NAMES: Readonly<Record<FormatId, string>> = {
  canvas: 'a Canvas gradebook',
  'moodle-worksheet': 'a Moodle offline grading worksheet',
  'moodle-grades': 'a Moodle gradebook export',
  blackboard: 'a Blackboard grade centre file',
};

/** A title of a column as titles are compared: no spaces around, one form of Hangul, lower case. */
export function plainTitle(text: string): string {
  return text
    .normalize('NFC')
    .replace(/^\ufeff/, '')
    .trim()
    .replace(/\s+/g, ' ')
    .toLowerCase();
}

export function titlesOf(sheet: Sheet): string[] {
  return (sheet.rows[0] ?? []).map(({ text }) => plainTitle(text));
}

/** Reads an amount as LMSes write it, with a point or a comma; undefined for anything else. */
export function amountOf(text: string | undefined): number | undefined {
  const trimmed = (text ?? '').trim();
  return /^\d+([.,]\d+)?$/.test(trimmed) ? Number(trimmed.replace(',', '.')) : undefined;
}

/** Columns whose titles are among those given, with what they say. */
export function idColumns(titles: readonly string[], known: Readonly<Record<string, IdKind>>): Layout['ids'] {
  return titles.flatMap((title, column) => (Object.hasOwn(known, title) ? [{ column, kind: known[title]! }] : []));
}
