const RFC3339 = '2006-01-02T15:04:05Z07:00';
const RFC3339_MICRO = '2006-01-02T15:04:05.000000Z07:00';

/**
 * Reads a time as metav1.Time (or MicroTime) does and writes it as it does: in UTC, in whole seconds (or with six digits). The error is that
 * of Go's time.Parse.
 */
export function normalizeTime(text: string, micro: boolean): { text: string } | { error: string } {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  const layout = micro ? RFC3339_MICRO : RFC3339;
  if (match === null) return { error: explain(text, layout) };
  const [, year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = '', zone = ''] = match;
  if (micro && fraction.length !== 6) return { error: parseError(text, layout, text.slice(19), '.000000') };
  const range = (part: string): { error: string } => ({
    error: `parsing time ${JSON.stringify(text)}: ${part} out of range`,
  });
  if (Number(month) < 1 || Number(month) > 12) return range('month');
  if (Number(day) < 1 || Number(day) > daysIn(Number(year), Number(month))) return range('day');
  if (Number(hour) > 23) return range('hour');
  if (Number(minute) > 59) return range('minute');
  if (Number(second) > 59) return range('second');
  const digits = micro ? `.${fraction}` : '';
  if (zone === 'Z') return { text: `${text.slice(0, 19)}${digits}Z` };
  const offset = (zone[0] === '-' ? -60 : 60) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6)));
  const days = daysBeforeYear(Number(year)) + dayOfYear(Number(year), Number(month)) + Number(day) - 1;
  return {
    text: `${format(days * 86_400 + Number(hour) * 3600 + Number(minute) * 60 + Number(second) - offset)}${digits}Z`,
  };
}

const SECONDS_TO_1970 = 719_528 * 86_400;

/** A Unix time as metav1.Time writes it, or as MicroTime does when `micro` (0 … 999,999) is given. */
export function formatTime(unixSeconds: number, micro?: number): string {
  const digits = micro === undefined ? '' : `.${String(micro).padStart(6, '0')}`;
  return `${format(unixSeconds + SECONDS_TO_1970)}${digits}Z`;
}

/** Which part of the layout a text fails at, in Go's words. */
function explain(text: string, layout: string): string {
  const parts: [pattern: RegExp, name: string][] = [
    [/^\d{4}/, '2006'],
    [/^-/, '-'],
    [/^\d\d/, '01'],
    [/^-/, '-'],
    [/^\d\d/, '02'],
    [/^T/, 'T'],
    [/^\d\d/, '15'],
    [/^:/, ':'],
    [/^\d\d/, '04'],
    [/^:/, ':'],
    [/^\d\d/, '05'],
    [/^([.,]\d+)?(?:)/, '.000000'],
    [/^(Z|[+-]\d\d:\d\d)/, 'Z07:00'],
  ];
  let rest = text;
  for (const [pattern, name] of parts) {
    const match = pattern.exec(rest);
    if (match === null) return parseError(text, layout, rest, name);
    rest = rest.slice(match[0].length);
  }
  return `parsing time ${JSON.stringify(text)}: extra text: ${JSON.stringify(rest)}`;
}

const parseError = (text: string, layout: string, rest: string, part: string): string =>
  `parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(part)}`;

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const daysIn = (year: number, month: number): number => (month === 2 && isLeap(year) ? 29 : DAYS[month - 1]!);
/** Days from year 0 to the start of a year of the proleptic Gregorian calendar. */
const daysBeforeYear = (year: number): number =>
  year * 365 + Math.floor((year + 3) / 4) - Math.floor((year + 99) / 100) + Math.floor((year + 399) / 400);
function dayOfYear(year: number, month: number): number {
  let days = 0;
  for (let index = 1; index < month; index++) days += daysIn(year, index);
  return days;
}

/** Seconds since the start of year 0, as `2006-01-02T15:04:05`. */
function format(seconds: number): string {
  let days = Math.floor(seconds / 86_400);
  const rest = seconds - days * 86_400;
  let year = Math.floor(days / 365.2425);
  while (daysBeforeYear(year) > days) year--;
  while (daysBeforeYear(year + 1) <= days) year++;
  days -= daysBeforeYear(year);
  let month = 1;
  while (days >= daysIn(year, month)) days -= daysIn(year, month++);
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = `${two(Math.floor(rest / 3600))}:${two(Math.floor(rest / 60) % 60)}:${two(rest % 60)}`;
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(days + 1)}T${clock}`;
}
