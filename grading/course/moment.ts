import type { Locale } from '../format/exercise.ts';

/** A moment of a course: in UTC, to compare, and as clocks in the course's place show it. */
export interface Moment {
  /** `2026-03-09T14:59:00Z`: moments of this form stand in the order of their texts. */
  readonly at: string;
  /** `2026-03-09T23:59`. */
  readonly local: string;
}

const MINUTE = 60_000;
const FORM = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{1,2}:\d{2})(?::(\d{2}))?)?\s*(Z|[+-]\d{2}:\d{2})?$/;

/** Whether the clocks of a place can be looked up. */
export function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/**
 * Reads `2026-03-09`, `2026-03-09 23:59` or ISO 8601 with an offset. A day without a time is its end for a deadline, else its beginning.
 * Undefined: it is none of these, or no day of the calendar.
 */
export function parseMoment(text: string, timezone: string, end: boolean): Moment | undefined {
  const match = FORM.exec(text.trim());
  if (match === null) return undefined;
  const [, day = '', time, seconds = end ? '59' : '00', offset] = match;
  const clock = (time ?? (end ? '23:59' : '00:00')).padStart(5, '0');
  const wall = Date.parse(`${day}T${clock}:${time === undefined || match[3] !== undefined ? seconds : '00'}Z`);
  if (Number.isNaN(wall) || new Date(wall).toISOString().slice(0, 10) !== day) return undefined;
  const at = offset === undefined ? toUtc(wall, timezone) : wall - offsetOf(offset) * MINUTE;
  const local = new Date(at + offsetAt(at, timezone) * MINUTE).toISOString().slice(0, 16);
  return { at: utc(at), local };
}

/** ISO 8601 in UTC, to the second. */
export function utc(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** A wall time as UTC. When clocks are set back an hour happens twice: the first is meant. */
function toUtc(wall: number, timezone: string): number {
  const guess = wall - offsetAt(wall, timezone) * MINUTE;
  return wall - offsetAt(guess, timezone) * MINUTE;
}

function offsetOf(text: string): number {
  if (text === 'Z') return 0;
  const [hours = 0, minutes = 0] = text.slice(1).split(':').map(Number);
  return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

/** Minutes by which clocks in a place are ahead of UTC. */
function offsetAt(at: number, timezone: string): number {
  const parts = new Intl.DateTimeFormat('en', { timeZone: timezone, timeZoneName: 'longOffset' }).formatToParts(at);
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
  return name === 'GMT' ? 0 : offsetOf(name.slice(3));
}

const DAYS = { en: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'], ko: ['일', '월', '화', '수', '목', '금', '토'] };
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A local time in words: `Mon 9 Mar 2026, 23:59`, `2026년 3월 9일(월) 23:59`. The same on every machine. */
export function sayMoment({ local }: Moment, locale: Locale): string {
  const date = new Date(`${local}Z`);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  const weekday = DAYS[locale][date.getUTCDay()]!;
  const clock = local.slice(11, 16);
  return locale === 'ko'
    ? `${year}년 ${month + 1}월 ${day}일(${weekday}) ${clock}`
    : `${weekday} ${day} ${MONTHS[month]} ${year}, ${clock}`;
}

/** A moment in UTC as clocks in a place show it. Undefined: the text is no moment. */
export function momentIn(text: string | undefined, timezone: string): Moment | undefined {
  const at = Date.parse(text ?? '');
  if (Number.isNaN(at)) return undefined;
  return { at: utc(at), local: new Date(at + offsetAt(at, timezone) * MINUTE).toISOString().slice(0, 16) };
}
