import { civilTime, DAY, daysFromCivil, HOUR, type Micros } from '../engine/index.ts';

/** A time zone: how far its clocks are ahead of UTC, which depends on the time where there is summer time. */
export interface TimeZone {
  /** Microseconds to add to a UTC time to have the local one. */
  offsetAt(utc: Micros): Micros;
}

/** When summer time begins and ends: the n-th Sunday (-1: the last) of a month at an hour, in UTC or on the clocks before the change. */
interface SummerTime {
  readonly begin: Change;
  readonly end: Change;
  readonly utc: boolean;
}
type Change = readonly [month: number, nth: number, hour: number];

const EU: SummerTime = { begin: [3, -1, 1], end: [10, -1, 1], utc: true };
const US: SummerTime = { begin: [3, 2, 2], end: [11, 1, 2], utc: false };
const AU: SummerTime = { begin: [10, 1, 2], end: [4, 1, 3], utc: false };
const NZ: SummerTime = { begin: [9, -1, 2], end: [4, 1, 3], utc: false };

/** Hours ahead of UTC in winter, and the rule of summer. As they have been since 2023, before any cluster's time. */
const ZONES: readonly (readonly [hours: number, rule: SummerTime | undefined, names: string])[] = [
  [0, EU, 'Europe/London Europe/Dublin Europe/Lisbon GB WET'],
  [
    1,
    EU,
    'Europe/Berlin Europe/Paris Europe/Madrid Europe/Rome Europe/Amsterdam Europe/Brussels Europe/Vienna Europe/Zurich Europe/Stockholm Europe/Oslo Europe/Copenhagen Europe/Prague Europe/Warsaw Europe/Budapest Europe/Belgrade CET',
  ],
  [2, EU, 'Europe/Athens Europe/Helsinki Europe/Kyiv Europe/Kiev Europe/Bucharest Europe/Sofia EET'],
  [3, undefined, 'Europe/Istanbul Europe/Moscow Europe/Minsk Asia/Riyadh Asia/Baghdad Africa/Nairobi'],
  [2, undefined, 'Africa/Johannesburg Africa/Cairo'],
  [1, undefined, 'Africa/Lagos'],
  [0, undefined, 'Africa/Abidjan Africa/Accra Atlantic/Reykjavik'],
  [-5, US, 'America/New_York America/Toronto America/Detroit US/Eastern EST5EDT'],
  [-6, US, 'America/Chicago US/Central CST6CDT'],
  [-7, US, 'America/Denver US/Mountain MST7MDT'],
  [-8, US, 'America/Los_Angeles America/Vancouver US/Pacific PST8PDT'],
  [-9, US, 'America/Anchorage US/Alaska'],
  [-4, US, 'America/Halifax'],
  [-3.5, US, 'America/St_Johns'],
  [-7, undefined, 'America/Phoenix MST'],
  [-10, undefined, 'Pacific/Honolulu HST'],
  [-6, undefined, 'America/Mexico_City America/Costa_Rica'],
  [-5, undefined, 'America/Bogota America/Lima America/Panama EST'],
  [-4, undefined, 'America/Caracas America/La_Paz America/Puerto_Rico'],
  [-3, undefined, 'America/Sao_Paulo America/Argentina/Buenos_Aires America/Buenos_Aires America/Montevideo'],
  [3.5, undefined, 'Asia/Tehran'],
  [4, undefined, 'Asia/Dubai Asia/Tbilisi'],
  [4.5, undefined, 'Asia/Kabul'],
  [5, undefined, 'Asia/Karachi Asia/Tashkent Asia/Almaty'],
  [5.5, undefined, 'Asia/Kolkata Asia/Calcutta Asia/Colombo'],
  [5.75, undefined, 'Asia/Kathmandu'],
  [6, undefined, 'Asia/Dhaka'],
  [6.5, undefined, 'Asia/Yangon'],
  [7, undefined, 'Asia/Bangkok Asia/Jakarta Asia/Ho_Chi_Minh'],
  [
    8,
    undefined,
    'Asia/Shanghai Asia/Hong_Kong Asia/Taipei Asia/Singapore Asia/Manila Asia/Kuala_Lumpur Australia/Perth PRC ROC Singapore Hongkong',
  ],
  [9, undefined, 'Asia/Seoul Asia/Tokyo Asia/Pyongyang Japan ROK'],
  [9.5, undefined, 'Australia/Darwin'],
  [10, undefined, 'Australia/Brisbane'],
  [9.5, AU, 'Australia/Adelaide'],
  [10, AU, 'Australia/Sydney Australia/Melbourne Australia/Hobart Australia/Canberra'],
  [12, NZ, 'Pacific/Auckland NZ'],
];

const known = new Map<string, TimeZone>();
for (const [hours, rule, names] of ZONES)
  for (const name of names.split(' ')) known.set(name, zone(hours * HOUR, rule));

const UTC = zone(0, undefined);

/** The time zone of a name of the IANA database; UTC without a name; undefined when it is not one of those that ship. */
export function timeZone(name: string | undefined): TimeZone | undefined {
  if (name === undefined || /^(UTC|Etc\/UTC|GMT|Etc\/GMT|Zulu|UCT|Universal|Greenwich)$/i.test(name)) return UTC;
  // `Etc/GMT-9` is nine hours AHEAD of UTC.
  const match = /^Etc\/GMT([+-])(\d{1,2})$/i.exec(name);
  if (match !== null && Number(match[2]) <= 14) {
    return zone((match[1] === '-' ? 1 : -1) * Number(match[2]) * HOUR, undefined);
  }
  return known.get(name);
}

function zone(standard: Micros, rule: SummerTime | undefined): TimeZone {
  if (rule === undefined) return { offsetAt: () => standard };
  return {
    offsetAt(utc) {
      const { year } = civilTime(utc + standard);
      const begin = changeTime(year, rule.begin) - (rule.utc ? 0 : standard);
      const end = changeTime(year, rule.end) - (rule.utc ? 0 : standard + HOUR);
      const summer = begin < end ? utc >= begin && utc < end : utc >= begin || utc < end;
      return summer ? standard + HOUR : standard;
    },
  };
}

function changeTime(year: number, [month, nth, hour]: Change): Micros {
  const first = daysFromCivil(nth > 0 ? year : month === 12 ? year + 1 : year, nth > 0 ? month : (month % 12) + 1, 1);
  const { weekday } = civilTime(first * DAY);
  // From the first of a month on to a Sunday, or from the first of the next back to one.
  const day = nth > 0 ? first + ((7 - weekday) % 7) + 7 * (nth - 1) : first - (weekday === 0 ? 7 : weekday);
  return day * DAY + hour * HOUR;
}

/** The UTC time after `after` at which the clocks of a zone show a time; undefined when they skip it. */
export function utcOf(local: Micros, { offsetAt }: TimeZone, after: Micros): Micros | undefined {
  const near = [offsetAt(local - 14 * HOUR), offsetAt(local + 14 * HOUR)];
  const times = near.map((offset) => local - offset).filter((utc) => utc > after && utc + offsetAt(utc) === local);
  return times.length === 0 ? undefined : Math.min(...times);
}
