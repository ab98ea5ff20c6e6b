import { formatTime, parseTime, SECOND } from '../../../engine/index.ts';
import { JqError } from './values.ts';

/** Seconds since 1970 as `2026-01-05T09:00:00Z`. */
export function isoDate(seconds: number): string {
  return formatTime(Math.floor(seconds) * SECOND);
}

/** Seconds since 1970 of such a text. Throws `JqError`. */
export function dateOf(text: string): number {
  const time = parseTime(text);
  if (time === undefined) throw new JqError(`date "${text}" does not match format "%Y-%m-%dT%H:%M:%SZ"`);
  return Math.floor(time / SECOND);
}
