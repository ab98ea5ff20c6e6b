import { isTimezone, parseMoment } from '../course/moment.ts';
import { readSheet, SheetError } from '../formats/sheet.ts';
import { lmsMark } from './lms.ts';
import { plainTitle, Roster, rosterColumns, rosterRow } from './roster.ts';

/** Titles of the column that says when somebody handed in, as LMSes and lecturers write them, without spaces. */
const TIMES = [
  'received',
  'receivedat',
  'submitted',
  'submittedat',
  'submissiontime',
  'submissiondate',
  'lastmodified(submission)',
  '마지막수정됨(제출)',
  '마지막수정(제출)',
  '제출시각',
  '제출시간',
  '제출일시',
  '제출일',
];
const EXERCISES = ['exercise', '실습'];
/** Everybody's row of the exercises that are not named. */
const ALL = '';

/** When submissions came in, by a clock that is not the learner's. */
export class Received {
  private readonly timezone: string;
  private readonly people = new Map<string, Roster>();
  private readonly moments = new Map<object, number>();

  /** `bytes`: a table, or none; clocks that name no zone are those of `timezone`. Throws a SheetError that says what was looked for. */
  constructor(timezone: string, bytes?: Uint8Array) {
    this.timezone = isTimezone(timezone) ? timezone : 'UTC';
    if (bytes !== undefined) this.read(bytes);
  }

  /** When a file was handed in, milliseconds since 1970: as the table has it, else as the LMS wrote it into the file's name. Undefined: nobody but the learner says. */
  of(file: {
    readonly learner?: { id: string; name: string };
    readonly file: string;
    readonly exercise?: string;
  }): number | undefined {
    for (const exercise of [file.exercise ?? ALL, ALL]) {
      const found = this.people.get(exercise)?.find(file).row;
      if (found !== undefined) return this.moments.get(found);
    }
    const { at } = lmsMark(file.file) ?? {};
    return at === undefined ? undefined : readMoment(at, this.timezone);
  }

  private read(bytes: Uint8Array): void {
    const rows = readSheet(bytes).rows.map((cells) => cells.map(({ text }) => text.trim()));
    const at = rows.slice(0, 10).findIndex((cells) => cells.some((title) => TIMES.includes(plainTitle(title))));
    const titles = rows[at]?.map(plainTitle) ?? [];
    const columns = rosterColumns(rows[at] ?? []);
    if (at < 0 || columns.id < 0) {
      throw new SheetError(
        `no columns of ids and of times were found. Its columns are: ${(rows[0] ?? []).slice(0, 8).join(', ')}. Known are, for example: Student ID, 학번 and Received, Last modified (submission), 제출 시각; with a column Exercise, times hold for that exercise`,
      );
    }
    const time = titles.findIndex((title) => TIMES.includes(title));
    const exercise = titles.findIndex((title) => EXERCISES.includes(title));
    const groups = new Map<string, NonNullable<ReturnType<typeof rosterRow>>[]>();
    for (const [index, cells] of rows.entries()) {
      const text = cells[time] ?? '';
      const row = rosterRow(cells, columns);
      if (index <= at || row === undefined || /^[-–]?$/.test(text)) continue;
      const moment = readMoment(text, this.timezone);
      if (moment === undefined)
        throw new SheetError(
          `line ${index + 1}: "${text}" is no time; write 2026-03-09 23:59 or 2026-03-09T23:59+09:00`,
        );
      this.moments.set(row, moment);
      const key = exercise < 0 ? ALL : (cells[exercise] ?? ALL);
      groups.set(key, [...(groups.get(key) ?? []), row]);
    }
    for (const [key, people] of groups) this.people.set(key, new Roster(people));
  }
}

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const KOREAN =
  /(\d{4})년\s*(\d{1,2})월\s*(\d{1,2})일\D*?(오전|오후)?\s*(\d{1,2}):(\d{2})(?::\d{2})?\s*(오전|오후|AM|PM)?/i;
const ENGLISH = /(\d{1,2})\s+([A-Za-z]{3})[a-z]*\s+(\d{4}),?\s+(\d{1,2}):(\d{2})(?::\d{2})?\s*(AM|PM)?/i;

/** Reads ISO 8601 and what Moodle writes: `Sunday, 8 March 2026, 3:04 PM`, `2026년 3월 8일(일) 오후 3:04`. */
function readMoment(text: string, timezone: string): number | undefined {
  const iso = parseMoment(text.replace(/\.\d+(?=Z|[+-]|$)/, '').replace(/ UTC$/, 'Z'), timezone, true);
  if (iso !== undefined) return Date.parse(iso.at);
  const korean = KOREAN.exec(text);
  const english = ENGLISH.exec(text);
  let moment: string | undefined;
  if (korean !== null) {
    const [, year, month, day, before, hour, minute, after] = korean;
    moment = clockTime(year, month, day, hour, minute, before ?? after);
  } else if (english !== null) {
    const [, day, month = '', year, hour, minute, half] = english;
    moment = clockTime(year, String(MONTHS.indexOf(month.toLowerCase()) + 1), day, hour, minute, half);
  }
  const parsed = moment === undefined ? undefined : parseMoment(moment, timezone, true);
  return parsed === undefined ? undefined : Date.parse(parsed.at);
}

function clockTime(year = '', month = '', day = '', hour = '', minute = '', half?: string): string {
  const afternoon = /^(오후|pm)$/i.test(half ?? '');
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (afternoon ? 12 : 0);
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')} ${String(hours).padStart(2, '0')}:${minute}`;
}
