import { civilTime, SECOND } from './time.ts';

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const two = (value: number) => String(value).padStart(2, '0');

/** A time in strftime's format, in UTC. */
export function formatDate(format: string, now: number): string {
  const t = civilTime(now);
  return format.replace(/%(-?)([a-zA-Z%])/g, (whole, flag: string, letter: string) => {
    const pad = (value: number) => (flag === '-' ? String(value) : two(value));
    switch (letter) {
      case 'Y':
        return String(t.year);
      case 'y':
        return pad(t.year % 100);
      case 'm':
        return pad(t.month);
      case 'd':
        return pad(t.day);
      case 'e':
        return String(t.day).padStart(2);
      case 'H':
        return pad(t.hour);
      case 'I':
        return pad(t.hour % 12 === 0 ? 12 : t.hour % 12);
      case 'M':
        return pad(t.minute);
      case 'S':
        return pad(t.second);
      case 'N':
        return `${String(t.microsecond).padStart(6, '0')}000`;
      case 'p':
        return t.hour < 12 ? 'AM' : 'PM';
      case 's':
        return String(Math.floor(now / SECOND));
      case 'a':
        return DAYS[t.weekday]!.slice(0, 3);
      case 'A':
        return DAYS[t.weekday]!;
      case 'b':
      case 'h':
        return MONTHS[t.month - 1]!.slice(0, 3);
      case 'B':
        return MONTHS[t.month - 1]!;
      case 'u':
        return String(t.weekday === 0 ? 7 : t.weekday);
      case 'w':
        return String(t.weekday);
      case 'Z':
        return 'UTC';
      case 'z':
        return '+0000';
      case 'F':
        return `${t.year}-${two(t.month)}-${two(t.day)}`;
      case 'T':
        return `${two(t.hour)}:${two(t.minute)}:${two(t.second)}`;
      case 'R':
        return `${two(t.hour)}:${two(t.minute)}`;
      case 'D':
        return `${two(t.month)}/${two(t.day)}/${two(t.year % 100)}`;
      case 'n':
        return '\n';
      case 't':
        return '\t';
      case '%':
        return '%';
      default:
        return whole;
    }
  });
}
