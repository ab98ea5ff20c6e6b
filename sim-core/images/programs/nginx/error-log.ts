import { civilTime, SECOND } from '../../../engine/index.ts';

/** PID that the first worker bears in the log: the entrypoint's scripts have used up the lower ones. */
export const WORKER = 29;

export const ERRNO: Readonly<Record<string, string>> = {
  ENOENT: '2: No such file or directory',
  EACCES: '13: Permission denied',
  EISDIR: '21: Is a directory',
  EROFS: '30: Read-only file system',
};

let loggedSecond = -1;
let loggedTime = '';

/** nginx's own time format, `2026/01/01 00:00:00`; a thousand servers start in one second. */
export function logTime(now: number): string {
  const second = Math.floor(now / SECOND);
  if (second !== loggedSecond) {
    const t = civilTime(now);
    const two = (value: number) => String(value).padStart(2, '0');
    loggedSecond = second;
    loggedTime = `${t.year}/${two(t.month)}/${two(t.day)} ${two(t.hour)}:${two(t.minute)}:${two(t.second)}`;
  }
  return loggedTime;
}
