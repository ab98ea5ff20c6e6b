import type { Unfound } from '../intake/roster.ts';
import type { IdKind, Layout } from './layout.ts';
import type { Score } from './scores.ts';
import type { Cell, Sheet } from './sheet.ts';

/** How a learner was found in the file, or why not. */
export type Match =
  | { readonly row: number; readonly by: 'id' | 'folder' | 'name' }
  | { readonly row: undefined; readonly why: Unfound };

/** The people of an LMS's file, by all that it says of them. */
export class People {
  private readonly byId = new Map<string, Set<number>>();
  private readonly byName = new Map<string, Set<number>>();
  private readonly byNumber = new Map<string, Set<number>>();

  constructor(sheet: Sheet, layout: Layout) {
    const numbered = layout.format === 'canvas' ? sheet.rows[0]!.findIndex(({ text }) => text.trim() === 'ID') : -1;
    for (let row = layout.firstRow; row < sheet.rows.length; row++) {
      const cells = sheet.rows[row]!;
      if (layout.skip?.(cells) === true) continue;
      const said = (kind: IdKind) =>
        layout.ids.filter((id) => id.kind === kind).map(({ column }) => cells[column]?.text.trim() ?? '');
      for (const id of [...said('id'), ...said('login'), ...said('email')])
        for (const key of keysOf(id)) add(this.byId, key, row);
      for (const text of said('participant')) add(this.byNumber, /(\d+)$/.exec(text)?.[1] ?? '', row);
      if (numbered >= 0) add(this.byNumber, cells[numbered]?.text.trim() ?? '', row);
      for (const name of namesOf(said('name'), said('family-name')[0], said('given-name')[0]))
        add(this.byName, name, row);
    }
  }

  /** The row of a learner. What the LMS wrote into the names of folders counts as much as what the learner typed; both must agree. */
  find({ learner, rosterId, file }: Pick<Score, 'learner' | 'rosterId' | 'file'>): Match {
    const typed = this.ids(learner.id);
    const roster = rosterId === undefined ? [] : this.ids(rosterId);
    const folder = lmsNumbers(file).flatMap((number) => [...(this.byNumber.get(number) ?? [])]);
    const rows = new Set([...typed, ...roster, ...folder]);
    if (rows.size > 1) return { row: undefined, why: typed.length > 1 ? 'several' : 'contradiction' };
    const [row] = rows;
    if (row !== undefined) return { row, by: typed.length + roster.length > 0 ? 'id' : 'folder' };
    const named = [...(this.byName.get(nameKey(learner.name)) ?? [])];
    if (named.length === 1) return { row: named[0]!, by: 'name' };
    return { row: undefined, why: named.length > 1 ? 'several' : 'nobody' };
  }

  private ids(id: string): number[] {
    const exact = this.byId.get(plainId(id));
    if (exact !== undefined) return [...exact];
    // Spreadsheets take zeros away from the front of numbers.
    return [...(this.byId.get(withoutZeros(plainId(id))) ?? [])];
  }
}

function add(map: Map<string, Set<number>>, key: string, row: number): void {
  if (key === '') return;
  const rows = map.get(key) ?? new Set();
  rows.add(row);
  map.set(key, rows);
}

function plainId(id: string): string {
  return id.normalize('NFC').trim().toLowerCase();
}

function withoutZeros(id: string): string {
  return /^0+\d+$/.test(id) ? id.replace(/^0+/, '') : id;
}

/** An id, without leading zeros, and what stands before the @ of an address. */
export function keysOf(id: string): string[] {
  const plain = plainId(id);
  const at = plain.indexOf('@');
  return [...new Set([plain, withoutZeros(plain), at > 0 ? plain.slice(0, at) : ''])];
}

export function nameKey(name: string): string {
  return name
    .normalize('NFC')
    .replace(/[\s,.]+/g, '')
    .toLowerCase();
}

/** A name in the orders in which it may be written: `Kim, Haneul`, `Haneul Kim`, `김하늘`. */
export function namesOf(whole: readonly string[], family = '', given = ''): string[] {
  const names = whole.flatMap((name) => {
    const [last = '', first] = name.split(',').map((part) => part.trim());
    return first === undefined ? [name] : [last + first, first + last];
  });
  if (family !== '' || given !== '') names.push(family + given, given + family);
  return [...new Set(names.map(nameKey))];
}

/**
 * The numbers and names by which LMSes tell files apart when all are downloaded: Moodle's `Kim_12345_assignsubmission_file`, Canvas's
 * `kimhaneul_LATE_678_9012_x.json`.
 */
export function lmsNumbers(file: string): string[] {
  return file.split('/').flatMap((part) => {
    const moodle = /_(\d+)_assignsubmission_/.exec(part);
    if (moodle !== null) return [moodle[1]!];
    const canvas = /^[^_]+_(?:LATE_)?(\d+)_\d+_/.exec(part);
    return canvas === null ? [] : [canvas[1]!];
  });
}

/** A row's name, for messages. */
export function nameOfRow(layout: Layout, cells: readonly Cell[]): string {
  const said = (kinds: readonly IdKind[]) =>
    layout.ids.filter(({ kind }) => kinds.includes(kind)).map(({ column }) => cells[column]?.text.trim() ?? '');
  return said(['name', 'family-name', 'given-name'])
    .filter((text) => text !== '')
    .join(' ');
}
