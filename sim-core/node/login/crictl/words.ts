import { formatMicroTime, type Micros, SECOND } from '../../../engine/index.ts';

/** How crictl words times and sizes. */

const TWO_DAYS = 48 * 3600;

/** Ages: `5 minutes ago`. */
export function ago(now: Micros, then: Micros): string {
  const seconds = Math.floor((now - then) / SECOND);
  if (seconds < 1) return 'Less than a second ago';
  if (seconds < 60) return `${seconds} ${seconds === 1 ? 'second' : 'seconds'} ago`;
  const minutes = Math.floor(seconds / 60);
  if (minutes === 1) return 'About a minute ago';
  if (minutes < 60) return `${minutes} minutes ago`;
  const hours = Math.floor(minutes / 60);
  if (hours === 1) return 'About an hour ago';
  return seconds < TWO_DAYS ? `${hours} hours ago` : `${Math.floor(hours / 24)} days ago`;
}

/** A size, counted in thousands, with so many digits (docker's units). */
export function size(bytes: number, digits: number): string {
  let value = bytes;
  for (const unit of ['B', 'kB', 'MB', 'GB']) {
    if (value < 1000 || unit === 'GB') return `${Number(value.toPrecision(digits))}${unit}`;
    value /= 1000;
  }
  return `${bytes}B`;
}

/** A moment as Go's RFC3339Nano; 0 is none. */
export function moment(time: Micros): string {
  if (time === 0) return '0001-01-01T00:00:00Z';
  return formatMicroTime(time).replace(/\.?0+Z$/, 'Z');
}

/** A moment as protobuf's JSON has it: nanoseconds, in quotes. */
export function nanoseconds(time: Micros): string {
  return time === 0 ? '0' : `${time}000`;
}

export const STATES: Readonly<Record<string, string>> = {
  CONTAINER_CREATED: 'Created',
  CONTAINER_RUNNING: 'Running',
  CONTAINER_EXITED: 'Exited',
  CONTAINER_UNKNOWN: 'Unknown',
  SANDBOX_READY: 'Ready',
  SANDBOX_NOTREADY: 'NotReady',
};
