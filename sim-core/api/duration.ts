import { type Micros, parseTime, SECOND } from '../engine/index.ts';

/** The age of a timestamp as the server prints it (translateTimestampSince): `5m`, `2d`, `<unknown>`. */
export function ageOf(timestamp: string | undefined | null, now: Micros): string {
  const time = timestamp === undefined || timestamp === null ? undefined : parseTime(timestamp);
  return time === undefined ? '<unknown>' : humanDuration(now - time);
}

/** A duration in the one or two units that matter (duration.HumanDuration). */
export function humanDuration(duration: Micros): string {
  const seconds = Math.trunc(duration / SECOND);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) {
    const rest = seconds % 60;
    return rest === 0 ? `${minutes}m` : `${minutes}m${rest}s`;
  }
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) {
    const rest = minutes % 60;
    return rest === 0 ? `${hours}h` : `${hours}h${rest}m`;
  }
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (hours < 192) {
    const rest = hours % 24;
    return rest === 0 ? `${days}d` : `${days}d${rest}h`;
  }
  if (days < 730) return `${days}d`;
  const years = Math.floor(days / 365);
  if (days < 8 * 365) {
    const rest = days % 365;
    return rest === 0 ? `${years}y` : `${years}y${rest}d`;
  }
  return `${years}y`;
}
