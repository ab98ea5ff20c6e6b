import { civilTime, DAY, daysFromCivil, HOUR, MINUTE, type Micros, SECOND } from '../engine/index.ts';
import { type TimeZone, timeZone, utcOf } from './time-zone.ts';

/** A schedule that cannot be read; `message` says why, as robfig/cron words it. */
export class ScheduleError extends Error {
  override readonly name = 'ScheduleError';
}

/** When something is due. Times are microseconds. */
export interface Schedule {
  /** The first time after `time` at which it is due; undefined when there is none within five years. */
  next(time: Micros): Micros | undefined;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const FIELDS = [
  { min: 0, max: 59, names: [] },
  { min: 0, max: 23, names: [] },
  { min: 1, max: 31, names: [] },
  { min: 1, max: 12, names: MONTHS },
  { min: 0, max: 6, names: WEEKDAYS },
] as const;
const MACROS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
const YEARS = 5;

interface Field {
  readonly values: ReadonlySet<number>;
  /** Written as `*` or `?`: then the other of the two day fields decides alone. */
  readonly any: boolean;
}

/** Reads five fields, a macro (`@daily`) or an interval (`@every 90m`), as cron.ParseStandard does. Throws a ScheduleError. */
export function parseSchedule(text: string, zone: TimeZone = timeZone(undefined)!): Schedule {
  if (text === '') throw new ScheduleError('empty spec string');
  if (text.startsWith('@every ')) return every(text.slice('@every '.length));
  if (text.startsWith('@') && !Object.hasOwn(MACROS, text)) {
    throw new ScheduleError(`unrecognized descriptor: ${text}`);
  }
  const fields = (Object.hasOwn(MACROS, text) ? MACROS[text]! : text).trim().split(/\s+/);
  if (fields.length !== 5) {
    throw new ScheduleError(`expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`);
  }
  const [minutes, hours, days, months, weekdays] = fields.map((field, index) => parseField(field, FIELDS[index]!));
  return new FieldSchedule(minutes!, hours!, days!, months!, weekdays!, zone);
}

function parseField(text: string, bounds: (typeof FIELDS)[number]): Field {
  const values = new Set<number>();
  let any = false;
  for (const part of text.split(',')) {
    const [range = '', step, ...more] = part.split('/');
    if (more.length > 0) throw new ScheduleError(`too many slashes: ${part}`);
    const [first = '', last, ...rest] = range.split('-');
    if (rest.length > 0) throw new ScheduleError(`too many hyphens: ${part}`);
    const star = first === '*' || first === '?';
    let start: number = bounds.min;
    let end: number = bounds.max;
    if (!star) {
      start = parseValue(first, bounds.names);
      end = last === undefined ? start : parseValue(last, bounds.names);
      // `n/step` means from n on.
      if (last === undefined && step !== undefined) end = bounds.max;
    }
    const by = step === undefined ? 1 : parseValue(step, []);
    if (start < bounds.min)
      throw new ScheduleError(`beginning of range (${start}) below minimum (${bounds.min}): ${part}`);
    if (end > bounds.max) throw new ScheduleError(`end of range (${end}) above maximum (${bounds.max}): ${part}`);
    if (start > end) throw new ScheduleError(`beginning of range (${start}) beyond end of range (${end}): ${part}`);
    if (by === 0) throw new ScheduleError(`step of range should be a positive number: ${part}`);
    for (let value = start; value <= end; value += by) values.add(value);
    any ||= star && by === 1;
  }
  return { values, any };
}

function parseValue(text: string, names: readonly string[]): number {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return names === MONTHS ? named + 1 : named;
  if (/^-\d+$/.test(text)) throw new ScheduleError(`negative number (${text}) not allowed: ${text}`);
  if (!/^\d{1,9}$/.test(text)) {
    throw new ScheduleError(`failed to parse int from ${text}: strconv.Atoi: parsing "${text}": invalid syntax`);
  }
  return Number(text);
}

/** `@every 1h30m`: whole seconds, at least one, from the time asked. */
function every(text: string): Schedule {
  const units: Readonly<Record<string, Micros>> = { h: HOUR, m: MINUTE, s: SECOND, ms: 1000 };
  let total = 0;
  let rest = text;
  for (;;) {
    const match = /^(\d+(?:\.\d+)?)(ms|h|m|s)/.exec(rest);
    if (match === null) break;
    total += Number(match[1]) * units[match[2]!]!;
    rest = rest.slice(match[0].length);
  }
  if (rest !== '' || total === 0) {
    throw new ScheduleError(`failed to parse duration @every ${text}: time: invalid duration "${text}"`);
  }
  const period = Math.max(SECOND, Math.floor(total / SECOND) * SECOND);
  return { next: (time) => Math.floor(time / SECOND) * SECOND + period };
}

class FieldSchedule implements Schedule {
  private readonly minutes: Field;
  private readonly hours: Field;
  private readonly days: Field;
  private readonly months: Field;
  private readonly weekdays: Field;
  private readonly zone: TimeZone;

  constructor(minutes: Field, hours: Field, days: Field, months: Field, weekdays: Field, zone: TimeZone) {
    this.minutes = minutes;
    this.hours = hours;
    this.days = days;
    this.months = months;
    this.weekdays = weekdays;
    this.zone = zone;
  }

  /** Goes forward by the largest unit that does not fit: months, then days, hours, minutes. */
  next(time: Micros): Micros | undefined {
    let local = Math.floor((time + this.zone.offsetAt(time)) / MINUTE) * MINUTE + MINUTE;
    const last = civilTime(local).year + YEARS;
    for (;;) {
      const { year, month, day, hour, minute, weekday } = civilTime(local);
      if (year > last) return undefined;
      if (!this.months.values.has(month)) {
        local = (month === 12 ? daysFromCivil(year + 1, 1, 1) : daysFromCivil(year, month + 1, 1)) * DAY;
      } else if (!this.dayMatches(day, weekday)) local = (Math.floor(local / DAY) + 1) * DAY;
      else if (!this.hours.values.has(hour)) local = (Math.floor(local / HOUR) + 1) * HOUR;
      else if (!this.minutes.values.has(minute)) local += MINUTE;
      else {
        const utc = utcOf(local, this.zone, time);
        if (utc !== undefined) return utc;
        // The clocks skip this time when summer time begins.
        local += MINUTE;
      }
    }
  }

  /** Days of month and of week: both must match if one is `*`; otherwise either is enough. */
  private dayMatches(day: number, weekday: number): boolean {
    const byDay = this.days.values.has(day);
    const byWeekday = this.weekdays.values.has(weekday);
    return this.days.any || this.weekdays.any ? byDay && byWeekday : byDay || byWeekday;
  }
}
