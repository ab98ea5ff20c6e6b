import { utf8Length } from '../../api/utf8.ts';
import { type Coroutine, suspend } from '../../engine/index.ts';
import {
  type HttpRequest,
  type HttpResponse,
  type Listener,
  NetworkError,
  type Process,
  type Signal,
} from '../process.ts';
import { httpTime } from './http.ts';

/** A plain-text answer. */
export function answer(
  process: Process,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return {
    status,
    headers: {
      date: httpTime(process.now()),
      'content-length': String(utf8Length(body)),
      'content-type': 'text/plain; charset=utf-8',
      ...headers,
    },
    body,
  };
}

/**
 * Serves HTTP until a signal asks to stop, as a small Go server does. Answers the exit code: 1 when the port is taken, else what
 * `stopped` says of the signal.
 */
export function* serveUntilSignal(
  process: Process,
  port: number,
  handle: (request: HttpRequest) => Coroutine<HttpResponse>,
  stopped: (signal: Signal) => number,
): Coroutine<number> {
  let listener: Listener;
  try {
    listener = process.network.serveHttp(port, handle);
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    process.stderr.write(`listen tcp :${port}: bind: address already in use\n`);
    return 1;
  }
  const signal = yield* untilSignal(process, ['SIGTERM', 'SIGINT']);
  listener.close();
  return stopped(signal);
}

/** Waits for one of some signals. */
export function untilSignal(process: Process, signals: readonly Signal[]): Coroutine<Signal> {
  return suspend<Signal>((resume) => {
    for (const signal of signals) process.onSignal(signal, resume);
    return undefined;
  });
}

/** Value of a flag in Go's or GNU's form: `-port 80`, `--port=80`; `undefined` when it is not given. */
export function flag(argv: readonly string[], name: string): string | undefined {
  for (const [index, arg] of argv.entries()) {
    if (arg === `-${name}` || arg === `--${name}`) return argv[index + 1] ?? '';
    if (arg.startsWith(`-${name}=`) || arg.startsWith(`--${name}=`)) return arg.slice(arg.indexOf('=') + 1);
  }
  return undefined;
}
