import { type Coroutine, MILLISECOND, suspend } from '../../../engine/index.ts';
import { FileError, type Listener, NetworkError, type Process, type Program } from '../../process.ts';
import { handle } from './answers.ts';
import { type NginxConfig, NginxConfigError } from './config.ts';
import { ERRNO, logTime, WORKER } from './error-log.ts';
import { checkUpstreams, loadConfig } from './load-config.ts';
import { ServerState } from './server-state.ts';

const CONFIG_FILE = '/etc/nginx/nginx.conf';
const MASTER_MEMORY = 3 * 1024 * 1024;
const WORKER_MEMORY = 1024 * 1024;

/** nginx: master process and workers in one coroutine. */
export function nginx(version: string): Program {
  return function* main(process) {
    const options = readOptions(process.argv);
    if (typeof options === 'string') {
      process.stderr.write(`nginx: ${options}\n`);
      return 1;
    }
    if (options.version) {
      process.stderr.write(`nginx version: nginx/${version}\n`);
      return 0;
    }
    if (options.signal !== undefined) return signalMaster(process, options.signal);
    const file = options.config ?? CONFIG_FILE;
    let config: NginxConfig;
    try {
      config = loadConfig(process, file);
      yield* checkUpstreams(process, config);
    } catch (error) {
      if (!(error instanceof NginxConfigError)) throw error;
      process.stderr.write(
        `${logTime(process.now())} [emerg] ${process.pid}#${process.pid}: ${error.message}\nnginx: [emerg] ${error.message}\n`,
      );
      if (options.test) process.stderr.write(`nginx: configuration file ${file} test failed\n`);
      return 1;
    }
    if (options.test) {
      process.stderr.write(
        `nginx: the configuration file ${file} syntax is ok\nnginx: configuration file ${file} test is successful\n`,
      );
      return 0;
    }
    return yield* serve(process, version, file, config);
  };
}

interface Options {
  config?: string;
  test?: boolean;
  version?: boolean;
  signal?: string;
}

function readOptions(argv: readonly string[]): Options | string {
  const options: Options = {};
  for (let index = 1; index < argv.length; index++) {
    const arg = argv[index]!;
    if (arg === '-g') index++;
    else if (arg === '-c') options.config = argv[++index] ?? '';
    else if (arg === '-t' || arg === '-T') options.test = true;
    else if (arg === '-v' || arg === '-V') options.version = true;
    else if (arg === '-s') options.signal = argv[++index] ?? '';
    else if (arg.startsWith('-')) return `invalid option: "${arg.slice(1)}"`;
    else return `invalid option: "${arg}"`;
  }
  return options;
}

function signalMaster(process: Process, name: string): number {
  const signals = { stop: 'SIGTERM', quit: 'SIGQUIT', reload: 'SIGHUP', reopen: 'SIGUSR1' } as const;
  if (!Object.hasOwn(signals, name)) {
    process.stderr.write(`nginx: invalid option: "-s ${name}"\n`);
    return 1;
  }
  const master = process
    .processes()
    .find((other) => other.pid !== process.pid && /nginx$|^nginx: master/.test(other.argv[0] ?? ''));
  if (master === undefined) {
    process.stderr.write('nginx: [error] open() "/var/run/nginx.pid" failed (2: No such file or directory)\n');
    return 1;
  }
  process.kill(master.pid, signals[name as keyof typeof signals]);
  process.stderr.write(`${logTime(process.now())} [notice] ${process.pid}#${process.pid}: signal process started\n`);
  return 0;
}

function* serve(process: Process, version: string, file: string, first: NginxConfig): Coroutine<number> {
  const pid = process.pid;
  const notice = (text: string, by = pid) =>
    process.stderr.write(`${logTime(process.now())} [notice] ${by}#${by}: ${text}\n`);
  const emergency = (text: string) => {
    process.stderr.write(`${logTime(process.now())} [emerg] ${pid}#${pid}: ${text}\nnginx: [emerg] ${text}\n`);
    return 1;
  };
  for (const path of ['/var/cache/nginx/client_temp', '/run/nginx.pid']) {
    try {
      process.files.checkWritable(path);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      const call = path.endsWith('.pid') ? 'open()' : 'mkdir()';
      return emergency(`${call} "${path}" failed (${ERRNO[error.code] ?? error.message})`);
    }
  }
  const state = new ServerState(first);
  const listeners = new Map<number, Listener>();
  const listen = () => {
    const ports = new Set(state.config.servers.flatMap((server) => server.ports));
    for (const [port, listener] of listeners) {
      if (ports.has(port)) continue;
      listener.close();
      listeners.delete(port);
    }
    for (const port of ports) {
      if (!listeners.has(port))
        listeners.set(
          port,
          process.network.serveHttp(port, (request) => handle(process, version, state, port, request)),
        );
    }
  };
  try {
    listen();
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    for (const listener of listeners.values()) listener.close();
    const port = state.config.servers.flatMap((server) => server.ports).find((one) => !listeners.has(one));
    const reason = error.code === 'EADDRINUSE' ? '98: Address already in use' : '13: Permission denied';
    return emergency(`bind() to 0.0.0.0:${port} failed (${reason})`);
  }
  process.use({ memory: MASTER_MEMORY + process.machine.cpus * WORKER_MEMORY });
  process.stderr.write(startText(process, version));
  process.argv = [`nginx: master process ${process.argv.join(' ')}`];
  for (;;) {
    const signal = yield* suspend<'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'SIGHUP'>((resume) => {
      process.onSignal('SIGTERM', () => resume('SIGTERM'));
      process.onSignal('SIGINT', () => resume('SIGINT'));
      process.onSignal('SIGQUIT', () => resume('SIGQUIT'));
      process.onSignal('SIGHUP', () => resume('SIGHUP'));
      return undefined;
    });
    if (signal === 'SIGHUP') {
      notice('signal 1 (SIGHUP) received, reconfiguring');
      try {
        const next = loadConfig(process, file);
        yield* checkUpstreams(process, next);
        state.config = next;
        listen();
        notice('reconfiguring');
      } catch (error) {
        if (!(error instanceof NginxConfigError)) throw error;
        process.stderr.write(`${logTime(process.now())} [emerg] ${pid}#${pid}: ${error.message}\n`);
      }
      continue;
    }
    for (const listener of listeners.values()) listener.close();
    if (signal === 'SIGQUIT') {
      notice('signal 3 (SIGQUIT) received, shutting down');
      notice('gracefully shutting down', WORKER);
      // Requests under way are answered first.
      while (state.active > 0) yield* pause(50 * MILLISECOND);
    } else notice(`signal ${signal === 'SIGTERM' ? '15 (SIGTERM)' : '2 (SIGINT)'} received, exiting`);
    notice('exiting', WORKER);
    notice('exit', WORKER);
    notice(`signal 17 (SIGCHLD) received from ${WORKER}`);
    notice(`worker process ${WORKER} exited with code 0`);
    notice('exit');
    return 0;
  }
}

function* pause(duration: number): Coroutine {
  yield* suspend<void>((resume, _fail, engine) => {
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
