import { goQuote } from '../../api/go-format.ts';
import { HOUR, MILLISECOND, MINUTE, type Micros, SECOND } from '../../engine/index.ts';

/** A duration as Go's time.Duration prints it: `10s`, `1m20s`, `5m0s`, `1.234s`, `150ms`. */
export function goDuration(duration: Micros): string {
  if (duration === 0) return '0s';
  if (duration < MILLISECOND) return `${duration}µs`;
  if (duration < SECOND) return `${decimal(duration, MILLISECOND)}ms`;
  const seconds = Math.floor(duration / SECOND);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = `${decimal(duration - (hours * 3600 + minutes * 60) * SECOND, SECOND)}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}

function decimal(amount: number, unit: number): string {
  const whole = Math.floor(amount / unit);
  const fraction = amount - whole * unit;
  if (fraction === 0) return String(whole);
  return `${whole}.${String(fraction + unit)
    .slice(1)
    .replace(/0+$/, '')}`;
}

const UNITS: Readonly<Record<string, Micros>> = {
  ns: 0.001,
  us: 1,
  µs: 1,
  ms: MILLISECOND,
  s: SECOND,
  m: MINUTE,
  h: HOUR,
};

/** Reads what Go's time.ParseDuration reads: `1h30m`, `-1.5s`, `0`. Throws with its words. */
export function parseGoDuration(text: string): Micros {
  const invalid = () => new Error(`time: invalid duration ${goQuote(text)}`);
  const [, sign, rest = ''] = /^([+-]?)(.*)$/s.exec(text)!;
  if (rest === '0') return 0;
  if (rest === '') throw invalid();
  let total = 0;
  for (let left = rest; left !== ''; ) {
    const [, amount = '', unit = '', after = ''] = /^(\d+\.?\d*|\.\d+)([^.\d]*)(.*)$/s.exec(left) ?? [];
    if (amount === '') throw invalid();
    if (unit === '') throw new Error(`time: missing unit in duration ${goQuote(text)}`);
    if (!Object.hasOwn(UNITS, unit))
      throw new Error(`time: unknown unit ${goQuote(unit)} in duration ${goQuote(text)}`);
    total += Number(amount) * UNITS[unit]!;
    left = after;
  }
  return Math.round(sign === '-' ? -total : total);
}
