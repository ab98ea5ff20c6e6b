import { keysOf, nameKey, namesOf } from '../formats/people.ts';
import { readSheet, SheetError } from '../formats/sheet.ts';
import { type LmsMark, lmsMark } from './lms.ts';

/** Somebody who is in the class. */
export interface RosterRow {
  /** As the roster writes it. */
  readonly id: string;
  readonly name: string;
  readonly login?: string;
  readonly email?: string;
  /** The LMS's number of them. */
  readonly number?: string;
}

/** Why a learner was not found: nobody fits, several do, or what is known of them fits different people. */
export type Unfound = 'nobody' | 'several' | 'contradiction';

/** How a learner was found, or why not. */
export type RosterMatch = { readonly row: RosterRow } | { readonly row: undefined; readonly why: Unfound };

/** Titles of columns, as LMSes and lecturers write them, without spaces. */
const TITLES: Readonly<Record<keyof RosterRow | 'family' | 'given', readonly string[]>> = {
  id: [
    'sisuserid',
    'studentid',
    'studentnumber',
    'idnumber',
    'student',
    '학번',
    '학생번호',
    '학번/사번',
    'id번호',
    '아이디번호',
  ],
  name: ['name', 'fullname', 'studentname', 'student', '이름', '성명', '학생명', '학생', '전체이름'],
  login: ['sisloginid', 'login', 'loginid', 'username', 'userid', '사용자아이디', '아이디', '사용자명', '로그인id'],
  email: ['email', 'emailaddress', 'e-mail', '이메일', '이메일주소', '전자우편'],
  number: ['identifier', 'id', '식별자', '참가자번호'],
  family: ['lastname', 'surname', 'familyname', '성'],
  given: ['firstname', 'givenname'],
};

/** The people of a class. */
export class Roster {
  readonly rows: readonly RosterRow[];
  private readonly byId = new Map<string, Set<RosterRow>>();
  private readonly byName = new Map<string, Set<RosterRow>>();
  private readonly byNumber = new Map<string, Set<RosterRow>>();

  constructor(rows: readonly RosterRow[]) {
    this.rows = rows;
    for (const row of rows) {
      for (const id of [row.id, row.login, row.email])
        if (id !== undefined) for (const key of keysOf(id)) add(this.byId, key, row);
      if (row.number !== undefined) add(this.byNumber, /(\d+)$/.exec(row.number)?.[1] ?? '', row);
      for (const name of namesOf([row.name])) add(this.byName, name, row);
    }
  }

  /**
   * The row of a learner. What the learner typed and what the LMS wrote into the path must agree; a name counts only when nothing better is
   * known.
   */
  find({ learner, file }: { learner?: { id: string; name: string }; file: string }): RosterMatch {
    const mark: LmsMark = lmsMark(file) ?? { lms: 'canvas' };
    const typed = learner === undefined ? [] : this.ids(learner.id);
    const marked = [
      ...(mark.number === undefined ? [] : (this.byNumber.get(mark.number) ?? [])),
      ...(mark.login === undefined ? [] : this.ids(mark.login)),
    ];
    const rows = new Set([...typed, ...marked]);
    if (rows.size > 1) return { row: undefined, why: typed.length > 1 ? 'several' : 'contradiction' };
    const [row] = rows;
    if (row !== undefined) return { row };
    const name = learner?.name ?? mark.name ?? '';
    const named = [...(this.byName.get(nameKey(name)) ?? [])];
    if (named.length === 1) return { row: named[0]! };
    return { row: undefined, why: named.length > 1 ? 'several' : 'nobody' };
  }

  private ids(id: string): RosterRow[] {
    const [exact = '', withoutZeros = ''] = keysOf(id);
    return [...(this.byId.get(exact) ?? this.byId.get(withoutZeros) ?? [])];
  }
}

/** Reads a roster: a table (CSV, in UTF-8, UTF-16 or CP949) with at least a column of ids. Throws a SheetError that says what was looked for. */
export function readRoster(bytes: Uint8Array): Roster {
  const { rows } = readSheet(bytes);
  const at = rows.findIndex((cells) => rosterColumns(cells.map(({ text }) => text)).id >= 0);
  if (at < 0 || at > 10) {
    const titles = (rows[0] ?? []).slice(0, 8).map(({ text }) => text.trim());
    throw new SheetError(
      `no column of student ids was found. Its columns are: ${titles.join(', ') || 'none'}. Known are, for example: Student ID, SIS User ID, ID number, Username, 학번`,
    );
  }
  const columns = rosterColumns(rows[at]!.map(({ text }) => text));
  const people = rows.slice(at + 1).flatMap(
    (cells) =>
      rosterRow(
        cells.map(({ text }) => text.trim()),
        columns,
      ) ?? [],
  );
  return new Roster(people);
}

/** In which columns of a table its rows say who somebody is; -1: in none. */
export type RosterColumns = Readonly<Record<keyof typeof TITLES, number>>;

/** The person of a row; undefined: it is nobody's. */
export function rosterRow(cells: readonly string[], columns: RosterColumns): RosterRow | undefined {
  const said = (column: number) => (column < 0 ? '' : (cells[column] ?? ''));
  const id = said(columns.id).replace(/^="?|"$/g, '');
  const name =
    said(columns.name) || [said(columns.family), said(columns.given)].filter((part) => part !== '').join(' ');
  if (id === '' || /^points possible$/i.test(name)) return undefined;
  const optional = (key: 'login' | 'email' | 'number') =>
    said(columns[key]) === '' ? {} : { [key]: said(columns[key]) };
  return { id, name, ...optional('login'), ...optional('email'), ...optional('number') };
}

/** A column's title as titles are compared. */
export function plainTitle(title: string): string {
  return title
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\s\ufeff_.]+/g, '');
}

export function rosterColumns(titles: readonly string[]): RosterColumns {
  const plain = titles.map(plainTitle);
  const find = (key: keyof typeof TITLES, taken = -1) => {
    for (const title of TITLES[key]) {
      const found = plain.findIndex((each, column) => each === title && column !== taken);
      if (found >= 0) return found;
    }
    return -1;
  };
  // Canvas calls names "Student"; of a roster of one's own that is the id. A column called ID is the id if no other is.
  const isCanvas = plain.includes('sisuserid');
  const named = isCanvas ? plain.indexOf('student') : find('name');
  const best = isCanvas ? plain.indexOf('sisuserid') : find('id', named);
  const id = best >= 0 ? best : plain.indexOf('id') >= 0 ? plain.indexOf('id') : find('login');
  const number = find('number', id);
  return {
    id,
    name: named === id ? -1 : named,
    login: find('login', id),
    email: find('email'),
    number,
    family: find('family'),
    given: find('given'),
  };
}

function add(map: Map<string, Set<RosterRow>>, key: string, row: RosterRow): void {
  if (key === '') return;
  map.set(key, (map.get(key) ?? new Set()).add(row));
}
