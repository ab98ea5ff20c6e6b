import type { Micros } from '../../engine/index.ts';

/** A text that is no duration; `message` says what one looks like. */
export class DurationError extends Error {
  override readonly name = 'DurationError';
}

const UNITS: Readonly<Record<string, number>> = {
  us: 1,
  ms: 1_000,
  s: 1_000_000,
  m: 60_000_000,
  h: 3_600_000_000,
  d: 86_400_000_000,
};
const LONGEST: Micros = 366 * UNITS.d!;

/** Reads `90s`, `10m`, `1h30m`, `2d` as microseconds. Throws a DurationError. */
export function parseDuration(text: string): Micros {
  if (!/^(\d+(\.\d+)?(us|ms|s|m|h|d))+$/.test(text)) {
    throw new DurationError(`"${text}" is no duration: write it like 30s, 10m, 1h30m or 2d`);
  }
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(us|ms|s|m|h|d)/g))
    total += Number(amount) * UNITS[unit!]!;
  if (total > LONGEST) throw new DurationError(`"${text}" is more than a year: advance in smaller steps`);
  return Math.round(total);
}
