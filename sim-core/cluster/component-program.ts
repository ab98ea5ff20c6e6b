import { type Coroutine, suspend } from '../engine/index.ts';
import {
  type Certificate,
  type HttpRequest,
  type HttpResponse,
  NetworkError,
  type Process,
  type Program,
} from '../images/process.ts';
import { componentCertificate } from './authority.ts';
import { logCommandFailed } from './component-logs.ts';

/** What a component serves, and by which certificate; without one, in plain HTTP. */
export interface Serve {
  readonly certificate?: Certificate;
  handle(request: HttpRequest): Coroutine<HttpResponse>;
}

const OK: HttpResponse = { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'ok' };

// biome-ignore lint/correctness/useYield: answers at once
function* healthy(): Coroutine<HttpResponse> {
  return OK;
}

/** Health over TLS, with a certificate that the component has signed itself. */
export function secureHealth(name: string): Serve {
  const { notBefore, notAfter } = componentCertificate(name, []);
  return {
    certificate: { subject: `CN=${name}@1`, issuer: `CN=${name}-ca@1`, names: ['localhost'], notBefore, notAfter },
    handle: healthy,
  };
}

/**
 * A program that is a component of the control plane: it starts with the process and stops with it, whatever ends the process. Its health
 * endpoint answers as long as it runs. One that will not start answers its exit code. `footprint` is what it uses in a small cluster: MiB, and
 * thousandths of a core.
 */
export function component(
  port: number,
  footprint: { readonly memory: number; readonly milliCpu: number },
  start: (process: Process) => Coroutine<((killed: boolean) => void) | number>,
  serve: Serve = { handle: healthy },
): Program {
  return function* run(process) {
    const ended = suspend<number>((resume) => {
      process.onSignal('SIGTERM', () => resume(0));
      process.onSignal('SIGINT', () => resume(0));
      return undefined;
    });
    process.use({ memory: footprint.memory * 1024 * 1024, milliCpu: footprint.milliCpu });
    // The API server listens when it can answer, the others before they begin.
    const early = port !== 6443;
    if (early && !listens(process, securePort(process, port), serve, early)) return 1;
    const stop = yield* start(process);
    if (typeof stop === 'number') return stop;
    let killed = true;
    try {
      if (!early && !listens(process, port, serve, early)) return 1;
      const code = yield* ended;
      killed = false;
      return code;
    } finally {
      stop(killed);
    }
  };
}

/** The port that `--secure-port` names. */
export function securePort({ argv }: Process, usual: number): number {
  const flag = '--secure-port=';
  const given = argv.find((word) => word.startsWith(flag))?.slice(flag.length);
  return given !== undefined && /^\d{1,5}$/.test(given) ? Number(given) : usual;
}

/** Opens a component's port, on 127.0.0.1 alone or on all addresses; its log says so when somebody has it already. */
function listens(process: Process, port: number, { certificate, handle }: Serve, local: boolean): boolean {
  try {
    process.network.serveHttp(port, handle, certificate && (() => certificate), local);
    return true;
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    const at = `${local ? '127.0.0.1' : '0.0.0.0'}:${port}`;
    const why = `failed to create listener: failed to listen on ${at}: listen tcp ${at}: bind: ${error.message.toLowerCase()}`;
    logCommandFailed(process, why);
    return false;
  }
}
