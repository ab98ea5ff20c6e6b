import type { Client } from '../../client/index.ts';
import { type Coroutine, type Engine, SECOND, suspend } from '../../engine/index.ts';
import { FileError, type Listener, type Process, type Program } from '../../images/process.ts';
import { stackOf } from '../stack.ts';
import { CorefileError, parseCorefile, type ServerBlock } from './corefile.ts';
import { DnsServer } from './dns-server.ts';
import { isQuery } from './message.ts';

const RELOAD_INTERVAL = 30 * SECOND;
const LAMEDUCK = 5 * SECOND;
const MEMORY = 15 * 1024 * 1024;

/**
 * CoreDNS, as a program of an image. `connect` gives it a client to the API server under its pod's service account.
 * It reads its Corefile (`-conf`), reads it again when it changes, and ends after five seconds of lame duck when told to.
 */
export function corednsProgram(version: string, engine: Engine, connect: (process: Process) => Client): Program {
  return function* coredns(process) {
    const at = process.argv.indexOf('-conf');
    const file = at < 0 ? 'Corefile' : (process.argv[at + 1] ?? 'Corefile');
    const stack = stackOf(process.network);
    const client = connect(process);
    const log = (line: string) => process.stdout.write(`${line}\n`);
    let text: string;
    let blocks: ServerBlock[];
    try {
      text = process.files.read(file);
      blocks = parseCorefile(text, file);
    } catch (error) {
      if (!(error instanceof CorefileError || error instanceof FileError)) throw error;
      const why = error instanceof FileError ? `open ${file}: no such file or directory` : error.message;
      process.stderr.write(`${why}\n`);
      return 1;
    }
    const start = (list: readonly ServerBlock[]) => new DnsServer({ engine, stack, client, blocks: list, log });
    let server = start(blocks);
    const listeners: Listener[] = [];
    for (const port of new Set(blocks.map((block) => block.port))) {
      listeners.push(
        stack.serveUdp(port, function* answer({ payload, remoteAddress, remotePort }) {
          return isQuery(payload) ? yield* server.answer(payload, `${remoteAddress}:${remotePort}`) : undefined;
        }),
      );
    }
    const plugins = new Set(blocks.flatMap(({ directives }) => directives.map(({ name }) => name)));
    let dying = false;
    if (plugins.has('health'))
      listeners.push(stack.serveHttp(8080, () => plain(dying ? 503 : 200, dying ? 'shutting down' : 'OK')));
    if (plugins.has('ready'))
      listeners.push(stack.serveHttp(8181, () => plain(server.ready ? 200 : 503, server.ready ? 'OK' : 'kubernetes')));
    if (plugins.has('prometheus'))
      listeners.push(stack.serveHttp(9153, () => plain(200, '# HELP coredns_build_info\n')));
    process.use({ memory: MEMORY });
    log(blocks.flatMap(({ zones, port }) => zones.map((zone) => `${zone}:${port}`)).join('\n'));
    log(`CoreDNS-${version}\nlinux/${process.machine.architecture}, go1.23.3, 51e11f1`);
    let told: 'SIGTERM' | 'SIGINT' | undefined;
    let wake: (() => void) | undefined;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.onSignal(signal, () => {
        told = signal;
        wake?.();
      });
    }
    while (told === undefined) {
      yield* waitFor(RELOAD_INTERVAL, (resume) => {
        wake = resume;
      });
      if (told !== undefined || !plugins.has('reload')) continue;
      try {
        const now = process.files.read(file);
        if (now === text) continue;
        text = now;
        const next = parseCorefile(now, file);
        log('[INFO] Reloading');
        server.stop();
        server = start(next);
        log('[INFO] Reloading complete');
      } catch (error) {
        if (!(error instanceof CorefileError || error instanceof FileError)) throw error;
        log(`[ERROR] Restart failed: ${error.message}`);
        log(`[ERROR] plugin/reload: Corefile changed but reload failed: ${error.message}`);
      }
    }
    log(`[INFO] ${told}: Shutting down servers then terminating`);
    if (plugins.has('health')) {
      dying = true;
      log('[INFO] plugin/health: Going into lameduck mode for 5s');
      yield* waitFor(LAMEDUCK, () => {});
    }
    for (const listener of listeners) listener.close();
    server.stop();
    return 0;
  };
}

function* waitFor(time: number, also: (resume: () => void) => void): Coroutine {
  yield* suspend<void>((resume, _fail, engine) => {
    const timer = engine.background(time, resume);
    also(resume);
    return () => engine.cancel(timer);
  });
}

function* plain(status: number, body: string) {
  yield* [];
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}
