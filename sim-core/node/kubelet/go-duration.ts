import { MILLISECOND, type Micros, SECOND } from '../../engine/index.ts';

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
