/**
 * Virtual time. All of sim-core counts microseconds since the Unix epoch in a plain number (exact until the year 2255);
 * the API writes them as RFC 3339 strings in UTC, which these functions do without the host's `Date`.
 */
export type Micros = number;

export const MICROSECOND = 1;
export const MILLISECOND = 1_000;
export const SECOND = 1_000_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A calendar date and time of day in UTC. */
export interface CivilTime {
  year: number;
  /** 1 to 12 */
  month: number;
  /** 1 to 31 */
  day: number;
  hour: number;
  minute: number;
  second: number;
  /** 0 to 999,999 */
  microsecond: number;
  /** 0 (Sunday) to 6 */
  weekday: number;
}

/** Days since 1970-01-01 of a date in the proleptic Gregorian calendar (Howard Hinnant's `days_from_civil`). */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The UTC calendar reading of an instant. */
export function civilTime(time: Micros): CivilTime {
  const days = Math.floor(time / DAY);
  let rest = time - days * DAY;
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const hour = Math.floor(rest / HOUR);
  rest -= hour * HOUR;
  const minute = Math.floor(rest / MINUTE);
  rest -= minute * MINUTE;
  const second = Math.floor(rest / SECOND);
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
    hour,
    minute,
    second,
    microsecond: rest - second * SECOND,
    weekday: (((days + 4) % 7) + 7) % 7,
  };
}

function pad(value: number, width: number): string {
  let text = String(value);
  while (text.length < width) text = `0${text}`;
  return text;
}

function dateAndTime(c: CivilTime): string {
  return `${pad(c.year, 4)}-${pad(c.month, 2)}-${pad(c.day, 2)}T${pad(c.hour, 2)}:${pad(c.minute, 2)}:${pad(c.second, 2)}`;
}

let lastSecond = -1;
let lastText = '';

/** metav1.Time: whole seconds, `2026-01-01T00:00:00Z`. */
export function formatTime(time: Micros): string {
  const second = Math.floor(time / SECOND);
  if (second !== lastSecond) {
    // Thousands of objects are stamped within one virtual second: remember its text.
    lastSecond = second;
    lastText = `${dateAndTime(civilTime(second * SECOND))}Z`;
  }
  return lastText;
}

/** metav1.MicroTime: `2026-01-01T00:00:00.000000Z`. */
export function formatMicroTime(time: Micros): string {
  const c = civilTime(time);
  return `${dateAndTime(c)}.${pad(c.microsecond, 6)}Z`;
}

/** Go's RFC3339Nano as container runtimes print it in log lines: nine digits of fraction. */
export function formatNanoTime(time: Micros): string {
  const c = civilTime(time);
  return `${dateAndTime(c)}.${pad(c.microsecond, 6)}000Z`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** Month of the year, 1 to 12, in three letters. */
export function monthName(month: number): string {
  return MONTHS[month - 1]!;
}

/** `Mon, 05 Jan 2026 09:05:00` */
function dayAndTime({ weekday, day, month, year, hour, minute, second }: CivilTime): string {
  const clock = `${pad(hour, 2)}:${pad(minute, 2)}:${pad(second, 2)}`;
  return `${WEEKDAYS[weekday]}, ${pad(day, 2)} ${monthName(month)} ${year} ${clock}`;
}

/** Go's time.RFC1123Z: `Mon, 05 Jan 2026 09:05:00 +0000`. */
export function formatRfc1123(time: Micros): string {
  return `${dayAndTime(civilTime(time))} +0000`;
}

/** Time as HTTP headers write it: `Thu, 01 Jan 2026 00:00:00 GMT`. */
export function formatHttpTime(time: Micros): string {
  return `${dayAndTime(civilTime(time))} GMT`;
}

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;
const DAYS_IN_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Reads an RFC 3339 time; `undefined` when it is not one. */
export function parseTime(text: string): Micros | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, sign, zoneHour, zoneMinute] = match;
  const m = Number(month);
  const d = Number(day);
  if (m < 1 || m > 12 || d < 1 || d > DAYS_IN_MONTH[m - 1]!) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const days = daysFromCivil(Number(year), m, d);
  const micros = fraction === undefined ? 0 : Number(`${fraction}000000`.slice(0, 6));
  const zone =
    sign === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(zoneHour) * HOUR + Number(zoneMinute) * MINUTE);
  return days * DAY + Number(hour) * HOUR + Number(minute) * MINUTE + Number(second) * SECOND + micros - zone;
}
