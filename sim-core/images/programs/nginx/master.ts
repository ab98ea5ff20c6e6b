import { type Coroutine, MILLISECOND, SmallMap, suspend } from '../../../engine/index.ts';
import { FileError, type HttpRequest, type Listener, NetworkError, type Process, type Signal } from '../../process.ts';
import { untilSignal } from '../server.ts';
import { handle } from './answers.ts';
import { type NginxConfig, NginxConfigError } from './config.ts';
import { ERRNO, logTime, WORKER } from './error-log.ts';
import { type ConfigSource, checkedConfig, checkUpstreams, loadConfig } from './load-config.ts';
import { ServerState } from './server-state.ts';

const MASTER_MEMORY = 3 * 1024 * 1024;
const WORKER_MEMORY = 1024 * 1024;
const SIGNALS: readonly Signal[] = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP'];

/**
 * nginx as a server: master process and workers in one coroutine. It waits most of its life, and keeps little meanwhile. `listening`
 * hears when it has come so far.
 */
export function* serve(
  process: Process,
  version: string,
  source: ConfigSource,
  listening?: () => void,
): Coroutine<number> {
  const master = yield* started(process, version, source);
  if (master === undefined) return 1;
  listening?.();
  for (;;) {
    const signal = yield* untilSignal(process, SIGNALS);
    if (signal !== 'SIGHUP') return yield* master.stop(signal);
    yield* master.reload();
  }
}

/** A master that listens; `undefined`: it has said why it cannot. */
function* started(process: Process, version: string, source: ConfigSource): Coroutine<Master | undefined> {
  const config = yield* checkedConfig(process, source);
  if (config === undefined) return undefined;
  const master = new Master(process, version, source, config);
  const failure = unwritable(process) ?? master.open();
  if (failure !== undefined) {
    const { pid } = process;
    process.stderr.write(`${logTime(process.now())} [emerg] ${pid}#${pid}: ${failure}\nnginx: [emerg] ${failure}\n`);
    return undefined;
  }
  process.use({ memory: MASTER_MEMORY + process.machine.cpus * WORKER_MEMORY });
  process.stderr.write(startText(process, version));
  process.argv = [`nginx: master process ${process.argv.join(' ')}`];
  return master;
}

/** Why it cannot write where it must. */
function unwritable({ files }: Process): string | undefined {
  for (const path of ['/var/cache/nginx/client_temp', '/run/nginx.pid']) {
    try {
      files.checkWritable(path);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      const call = path.endsWith('.pid') ? 'open()' : 'mkdir()';
      return `${call} "${path}" failed (${ERRNO[error.code] ?? error.message})`;
    }
  }
  return undefined;
}

class Master {
  private readonly process: Process;
  private readonly version: string;
  private readonly source: ConfigSource;
  private readonly state: ServerState;
  private readonly listeners = new SmallMap<number, Listener>();

  constructor(process: Process, version: string, source: ConfigSource, config: NginxConfig) {
    this.process = process;
    this.version = version;
    this.source = source;
    this.state = new ServerState(config);
  }

  /** Listens where its configuration says, for the first time. Answers why it cannot. */
  open(): string | undefined {
    try {
      this.listen();
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      this.close();
      const { servers } = this.state.config;
      const port = servers.flatMap((server) => server.ports).find((one) => !this.listeners.has(one));
      const reason = error.code === 'EADDRINUSE' ? '98: Address already in use' : '13: Permission denied';
      return `bind() to 0.0.0.0:${port} failed (${reason})`;
    }
    return undefined;
  }

  /** SIGHUP: goes by its configuration as it is now, if that is good. */
  *reload(): Coroutine {
    const { process, source } = this;
    this.notice('signal 1 (SIGHUP) received, reconfiguring');
    try {
      const next = loadConfig(process, source);
      yield* checkUpstreams(process, next);
      this.state.config = next;
      this.listen();
      this.notice('reconfiguring');
    } catch (error) {
      if (!(error instanceof NginxConfigError)) throw error;
      const { pid } = process;
      process.stderr.write(`${logTime(process.now())} [emerg] ${pid}#${pid}: ${error.message}\n`);
    }
  }

  *stop(signal: Signal): Coroutine<number> {
    this.close();
    if (signal === 'SIGQUIT') {
      this.notice('signal 3 (SIGQUIT) received, shutting down');
      this.notice('gracefully shutting down', WORKER);
      // Requests under way are answered first.
      while (this.state.active > 0) yield* pause(50 * MILLISECOND);
    } else this.notice(`signal ${signal === 'SIGTERM' ? '15 (SIGTERM)' : '2 (SIGINT)'} received, exiting`);
    this.notice('exiting', WORKER);
    this.notice('exit', WORKER);
    this.notice(`signal 17 (SIGCHLD) received from ${WORKER}`);
    this.notice(`worker process ${WORKER} exited with code 0`);
    this.notice('exit');
    return 0;
  }

  private listen(): void {
    const { state, listeners } = this;
    const ports = new Set(state.config.servers.flatMap((server) => server.ports));
    for (const [port, listener] of listeners) {
      if (ports.has(port)) continue;
      listener.close();
      listeners.delete(port);
    }
    for (const port of ports) if (!listeners.has(port)) listeners.set(port, this.listenAt(port));
  }

  private listenAt(port: number): Listener {
    const answer = (request: HttpRequest) => handle(this.process, this.version, this.state, port, request);
    return this.process.network.serveHttp(port, answer);
  }

  private close(): void {
    for (const listener of this.listeners.values()) listener.close();
  }

  private notice(text: string, by = this.process.pid): void {
    const { process } = this;
    process.stderr.write(`${logTime(process.now())} [notice] ${by}#${by}: ${text}\n`);
  }
}

function pause(duration: number): Coroutine {
  return suspend<void>((resume, _fail, engine) => {
    const timer = engine.after(duration, resume);
    return () => engine.cancel(timer);
  });
}

let startKey = '';
let startLines = '';

function startText(process: Process, version: string): string {
  const time = logTime(process.now());
  const { pid, machine } = process;
  const key = `${time} ${pid} ${version} ${machine.cpus} ${machine.kernel}`;
  if (key !== startKey) {
    const line = (text: string) => `${time} [notice] ${pid}#${pid}: ${text}\n`;
    startKey = key;
    startLines = [
      'using the "epoll" event method',
      `nginx/${version}`,
      'built by gcc 12.2.0 (Debian 12.2.0-14+deb12u1) ',
      `OS: Linux ${machine.kernel}`,
      'getrlimit(RLIMIT_NOFILE): 1048576:1048576',
      'start worker processes',
      ...Array.from({ length: machine.cpus }, (_, index) => `start worker process ${WORKER + index}`),
    ]
      .map(line)
      .join('');
  }
  return startLines;
}
