import { civilTime, type Micros } from '../../engine/index.ts';

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Go's time.RFC1123Z: `Mon, 05 Jan 2026 09:05:00 +0000`. */
export function rfc1123(time: Micros): string {
  const { weekday, day, month, year, hour, minute, second } = civilTime(time);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${WEEKDAYS[weekday]}, ${two(day)} ${MONTHS[month - 1]} ${year} ${two(hour)}:${two(minute)}:${two(second)} +0000`;
}
