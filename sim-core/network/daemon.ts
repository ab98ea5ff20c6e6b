import { decodeBase64, isBase64 } from '../api/base64.ts';
import { type Coroutine, civilTime, suspend } from '../engine/index.ts';
import { FileError, type Process } from '../images/process.ts';
import { stackOf } from './stack.ts';

/** What programs that watch the API server have in common. */

const pad = (value: number, width = 2) => String(value).padStart(width, '0');

/** The head of a line as klog writes it: `I0105 09:00:01.000000       1 server_linux.go:63]`. */
export function klog(process: Process, level: 'I' | 'W' | 'E' | 'F', where: string): string {
  const { month, day, hour, minute, second, microsecond } = civilTime(process.now());
  const time = `${pad(month)}${pad(day)} ${pad(hour)}:${pad(minute)}:${pad(second)}.${pad(microsecond, 6)}`;
  return `${level}${time} ${String(process.pid).padStart(7)} ${where}]`;
}

/** Name of the machine that a process runs on, whichever namespace it is in. */
export function nodeOf(process: Process): string {
  return stackOf(process.network).namespace.machine.name;
}

const TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/**
 * The user whom the service account's token in a process's files stands for; `undefined` when there is no token (rest.InClusterConfig finds
 * none). The API server gives tokens; nobody has them but whom they are for.
 */
export function accountOf(process: Process): string | undefined {
  try {
    const [, payload = ''] = process.files.read(TOKEN).split('.');
    const text = payload.replaceAll('-', '+').replaceAll('_', '/');
    const padded = text.padEnd(Math.ceil(text.length / 4) * 4, '=');
    return isBase64(padded) ? /"sub":"([^"]+)"/.exec(decodeBase64(padded))?.[1] : undefined;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return undefined;
  }
}

/** Does something for as long as the process runs, however it ends. */
export function* untilTerminated(process: Process, start: () => () => void): Coroutine<number> {
  const stop = start();
  try {
    return yield* suspend<number>((resume) => {
      process.onSignal('SIGTERM', () => resume(0));
      process.onSignal('SIGINT', () => resume(0));
      return undefined;
    });
  } finally {
    stop();
  }
}
