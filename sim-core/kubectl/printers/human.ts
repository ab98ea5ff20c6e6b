import { formatRfc1123, formatTime, MILLISECOND, parseTime as parseMicros } from '../../engine/time.ts';

/** Ages and times in the forms that kubectl prints. */

/** duration.HumanDuration of milliseconds: `5s`, `2m3s`, `4h`, `3d`, `2y35d`. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  if (hours < 48) return `${hours}h`;
  if (hours < 192) return hours % 24 === 0 ? `${Math.trunc(hours / 24)}d` : `${Math.trunc(hours / 24)}d${hours % 24}h`;
  if (hours < 24 * 365 * 2) return `${Math.trunc(hours / 24)}d`;
  if (hours < 24 * 365 * 8) {
    const days = Math.trunc(hours / 24) % 365;
    const years = Math.trunc(hours / 24 / 365);
    return days === 0 ? `${years}y` : `${years}y${days}d`;
  }
  return `${Math.trunc(hours / 24 / 365)}y`;
}

/** Microseconds since 1970 of an RFC 3339 time; undefined where it is not one. */
function microsOf(text: unknown): number | undefined {
  return typeof text === 'string' ? parseMicros(text) : undefined;
}

/** Milliseconds since 1970 of an RFC 3339 time; undefined where it is not one. */
export function parseTime(text: unknown): number | undefined {
  const time = microsOf(text);
  return time === undefined ? undefined : time / MILLISECOND;
}

/** RFC 1123 with a numeric zone, in UTC: `Mon, 02 Jan 2006 15:04:05 +0000`. */
export function rfc1123z(text: unknown): string {
  const time = microsOf(text);
  return time === undefined ? 'Mon, 01 Jan 0001 00:00:00 +0000' : formatRfc1123(time);
}

/** `2006-01-02T15:04:05Z` of milliseconds since 1970. */
export function rfc3339(milliseconds: number): string {
  return formatTime(milliseconds * MILLISECOND);
}

/** The age of a time: `<unknown>` without one (printers.translateTimestampSince). */
export function ageSince(text: unknown, now: number): string {
  const time = parseTime(text);
  return time === undefined ? '<unknown>' : humanDuration(now - time);
}
