import { utf8Length } from '../../api/utf8.ts';
import { type Coroutine, civilTime, MILLISECOND, SECOND, suspend } from '../../engine/index.ts';
import { absolutePath } from '../file-system.ts';
import {
  FileError,
  type HttpRequest,
  type HttpResponse,
  type Listener,
  NetworkError,
  type Process,
  type Program,
} from '../process.ts';
import { commonLogTime, decodePath, httpTime, mimeType } from './http.ts';
import {
  findLocation,
  type Location,
  type NginxConfig,
  NginxConfigError,
  parseDirectives,
  readConfig,
  type Server,
} from './nginx-config.ts';
import { nginxAnswer, nginxPage } from './nginx-pages.ts';

const CONFIG_FILE = '/etc/nginx/nginx.conf';
/** PID that the first worker bears in the log: the entrypoint's scripts have used up the lower ones. */
const WORKER = 29;
const MASTER_MEMORY = 3 * 1024 * 1024;
const WORKER_MEMORY = 1024 * 1024;
const ERRNO: Readonly<Record<string, string>> = {
  ENOENT: '2: No such file or directory',
  EACCES: '13: Permission denied',
  EISDIR: '21: Is a directory',
  EROFS: '30: Read-only file system',
};

let loggedSecond = -1;
let loggedTime = '';

/** nginx's own time format, `2026/01/01 00:00:00`; a thousand servers start in one second. */
function logTime(now: number): string {
  const second = Math.floor(now / SECOND);
  if (second !== loggedSecond) {
    const t = civilTime(now);
    const two = (value: number) => String(value).padStart(2, '0');
    loggedSecond = second;
    loggedTime = `${t.year}/${two(t.month)}/${two(t.day)} ${two(t.hour)}:${two(t.minute)}:${two(t.second)}`;
  }
  return loggedTime;
}

const ENTRYPOINT = '/docker-entrypoint.sh';
const ENTRYPOINT_LOG = `${ENTRYPOINT}: /docker-entrypoint.d/ is not empty, will attempt to perform configuration
${ENTRYPOINT}: Looking for shell scripts in /docker-entrypoint.d/
${ENTRYPOINT}: Launching /docker-entrypoint.d/10-listen-on-ipv6-by-default.sh
10-listen-on-ipv6-by-default.sh: info: Getting the checksum of /etc/nginx/conf.d/default.conf
`;
const ENTRYPOINT_LOG_END = `${ENTRYPOINT}: Sourcing /docker-entrypoint.d/15-local-resolvers.envsh
${ENTRYPOINT}: Launching /docker-entrypoint.d/20-envsubst-on-templates.sh
${ENTRYPOINT}: Launching /docker-entrypoint.d/30-tune-worker-processes.sh
${ENTRYPOINT}: Configuration complete; ready for start up
`;
const UNCHANGED_LOG = `${ENTRYPOINT_LOG}10-listen-on-ipv6-by-default.sh: info: Enabled listen on IPv6 in /etc/nginx/conf.d/default.conf
${ENTRYPOINT_LOG_END}`;
const TEMPLATES = '/etc/nginx/templates';

/** /docker-entrypoint.sh of the official image: prepares the configuration, then becomes its command. */
export function nginxEntrypoint(version: string, defaultConf: string): Program {
  const server = nginx(version);
  return function* entrypoint(process) {
    const argv = process.argv.slice(1);
    if (argv[0] !== 'nginx') return yield* process.exec({ argv });
    prepare(process, defaultConf);
    return yield* process.exec({ argv, program: server });
  };
}

function prepare(process: Process, defaultConf: string): void {
  const { files } = process;
  const conf = '/etc/nginx/conf.d/default.conf';
  const info = '10-listen-on-ipv6-by-default.sh: info:';
  if (files.stat(conf) === undefined) {
    process.stdout.write(
      `${ENTRYPOINT_LOG.slice(0, ENTRYPOINT_LOG.lastIndexOf(info))}${info} ${conf} is not a file or does not exist\n${ENTRYPOINT_LOG_END}`,
    );
  } else {
    let outcome: string | undefined;
    try {
      files.checkWritable(conf);
      if (files.read(conf) !== defaultConf) outcome = `${info} ${conf} differs from the packaged version`;
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      outcome = `${info} can not modify ${conf} (read-only file system?)`;
    }
    if (outcome === undefined) process.stdout.write(UNCHANGED_LOG);
    else {
      const head = outcome.includes('can not')
        ? ENTRYPOINT_LOG.slice(0, ENTRYPOINT_LOG.lastIndexOf(info))
        : ENTRYPOINT_LOG;
      process.stdout.write(`${head}${outcome}\n${ENTRYPOINT_LOG_END}`);
    }
  }
  if (files.stat(TEMPLATES)?.kind !== 'directory') return;
  for (const name of files.list(TEMPLATES)) {
    if (!name.endsWith('.template')) continue;
    const output = `/etc/nginx/conf.d/${name.slice(0, -'.template'.length)}`;
    const text = files.read(`${TEMPLATES}/${name}`);
    // envsubst is told the variables that are set: others stay as they are.
    files.write(
      output,
      text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (whole, braced, bare) => process.env[braced ?? bare] ?? whole),
    );
  }
}

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
    .find((other) => other.pid !== process.pid && (other.argv[0] ?? '').endsWith('nginx'));
  if (master === undefined) {
    process.stderr.write('nginx: [error] open() "/var/run/nginx.pid" failed (2: No such file or directory)\n');
    return 1;
  }
  process.kill(master.pid, signals[name as keyof typeof signals]);
  process.stderr.write(`${logTime(process.now())} [notice] ${process.pid}#${process.pid}: signal process started\n`);
  return 0;
}

const parsed = new Map<string, NginxConfig>();
const MAX_PARSED = 64;

/** Reads the configuration with all it includes. The same text is parsed once. Throws `NginxConfigError`. */
function loadConfig(process: Process, file: string): NginxConfig {
  const { files } = process;
  const read = (path: string, from: string | undefined): string => {
    try {
      return files.read(path);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      const where = from === undefined ? '' : ` in ${from}`;
      throw new NginxConfigError(`open() "${path}" failed (${ERRNO[error.code] ?? error.message})${where}`);
    }
  };
  const include = (pattern: string): { file: string; text: string }[] => {
    const path = absolutePath('/etc/nginx', pattern);
    if (!path.includes('*')) return [{ file: path, text: read(path, file) }];
    const slash = path.lastIndexOf('/');
    const directory = path.slice(0, slash);
    const [before = '', after = ''] = path.slice(slash + 1).split('*');
    if (files.stat(directory)?.kind !== 'directory') return [];
    return files
      .list(directory)
      .filter((name) => name.startsWith(before) && name.endsWith(after) && !name.startsWith('.'))
      .map((name) => ({ file: `${directory}/${name}`, text: read(`${directory}/${name}`, file) }));
  };
  const main = read(file, undefined);
  const key = [main, ...include('conf.d/*.conf').map((other) => `${other.file}\n${other.text}`)].join('\0');
  const reusable = main.match(/^\s*include\s/gm)?.length === 2 && main.includes('include /etc/nginx/conf.d/*.conf;');
  const known = reusable ? parsed.get(key) : undefined;
  if (known !== undefined) return known;
  const config = readConfig(parseDirectives(file, main, include));
  if (reusable) {
    if (parsed.size >= MAX_PARSED) parsed.clear();
    parsed.set(key, config);
  }
  return config;
}

/** nginx looks its upstreams' names up once, as it starts, and will not start without. */
function* checkUpstreams(process: Process, config: NginxConfig): Coroutine {
  const hosts = new Set<string>();
  for (const members of config.upstreams.values()) for (const { host } of members) hosts.add(host);
  for (const server of config.servers) {
    for (const { proxy } of server.locations) {
      if (proxy !== undefined && !config.upstreams.has(proxy.host) && !proxy.host.includes('$')) hosts.add(proxy.host);
    }
  }
  for (const host of hosts) {
    try {
      yield* process.network.resolve(host);
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      throw new NginxConfigError(`host not found in upstream "${host}"`);
    }
  }
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
  const state: ServerState = { config: first, connections: 0, active: 0 };
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

interface ServerState {
  config: NginxConfig;
  connections: number;
  active: number;
}

function* handle(
  process: Process,
  version: string,
  state: ServerState,
  port: number,
  request: HttpRequest,
): Coroutine<HttpResponse> {
  state.connections++;
  state.active++;
  try {
    const servers = state.config.servers.filter((server) => server.ports.includes(port));
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    const server = servers.find((one) => one.names.includes(host)) ?? servers[0]!;
    const response = yield* respond(process, version, state, server, request, request.path, 0);
    if (server.accessLog) logAccess(process, request, response);
    return response;
  } finally {
    state.active--;
  }
}

function logAccess(process: Process, request: HttpRequest, response: HttpResponse): void {
  const { headers } = request;
  const size = request.method === 'HEAD' ? 0 : utf8Length(response.body);
  process.stdout.write(
    `${request.remoteAddress} - - [${commonLogTime(process.now())}] "${request.method} ${request.path} HTTP/1.1" ${response.status} ${size} "${headers.referer ?? '-'}" "${headers['user-agent'] ?? '-'}" "${headers['x-forwarded-for'] ?? '-'}"\n`,
  );
}

const MAX_INTERNAL_REDIRECTS = 10;

function* respond(
  process: Process,
  version: string,
  state: ServerState,
  server: Server,
  request: HttpRequest,
  target: string,
  redirects: number,
): Coroutine<HttpResponse> {
  const question = target.indexOf('?');
  const path = absolutePath('/', decodePath(question < 0 ? target : target.slice(0, question)));
  const full = target.endsWith('/') && path !== '/' ? `${path}/` : path;
  const location = server.answer === undefined ? findLocation(server.locations, full) : undefined;
  const extra = [...server.headers, ...(location?.headers ?? [])];
  const page = (status: number) => errorPage(process, version, status);
  const answer = server.answer ?? location?.answer;
  if (answer !== undefined) return returned(process, version, server, request, answer, extra, location?.type);
  if (location?.stub === true) {
    const body = `Active connections: ${state.active} \nserver accepts handled requests\n ${state.connections} ${state.connections} ${state.connections} \nReading: 0 Writing: 1 Waiting: 0 \n`;
    return answered(process, version, 200, 'text/plain', body, extra);
  }
  if (location?.proxy !== undefined) return yield* proxied(process, version, state, location, request, full);
  if (request.method !== 'GET' && request.method !== 'HEAD') return page(405);
  if (redirects > MAX_INTERNAL_REDIRECTS) return page(500);
  const root = location?.root ?? server.root;
  const onDisk = (name: string) =>
    location?.alias !== undefined
      ? absolutePath('/', `${location.alias}/${name.slice(location.path.length)}`)
      : absolutePath('/', `${root}/${name}`);
  if (location?.tryFiles !== undefined) {
    const choices = location.tryFiles.map((choice) => choice.replaceAll('$uri', full).replaceAll('$args', ''));
    for (const choice of choices.slice(0, -1)) {
      const stat = process.files.stat(onDisk(choice));
      if (stat !== undefined && (stat.kind === 'directory') === choice.endsWith('/')) {
        return file(process, version, server, location, request, onDisk(choice), choice, extra);
      }
    }
    const last = choices.at(-1) ?? '';
    if (last.startsWith('=')) return page(Number(last.slice(1)));
    return yield* respond(process, version, state, server, request, last, redirects + 1);
  }
  return file(process, version, server, location, request, onDisk(full), full, extra);
}

function file(
  process: Process,
  version: string,
  server: Server,
  location: Location | undefined,
  request: HttpRequest,
  path: string,
  uri: string,
  extra: readonly (readonly [string, string])[],
): HttpResponse {
  const { files } = process;
  const complain = (text: string) =>
    process.stderr.write(
      `${logTime(process.now())} [error] ${WORKER}#${WORKER}: *1 ${text}, client: ${request.remoteAddress}, server: ${server.names[0]}, request: "${request.method} ${request.path} HTTP/1.1", host: "${request.headers.host ?? ''}"\n`,
    );
  const stat = files.stat(path);
  if (stat?.kind === 'directory') {
    if (!uri.endsWith('/')) {
      const where = `http://${request.headers.host ?? server.names[0]}${uri}/`;
      return redirect(process, version, 301, where);
    }
    const index = (location?.index ?? server.index)
      .map((name) => `${path}/${name}`)
      .find((name) => files.stat(name) !== undefined);
    if (index === undefined) {
      complain(`directory index of "${path}/" is forbidden`);
      return errorPage(process, version, 403);
    }
    return file(process, version, server, location, request, index, `${uri}index`, extra);
  }
  try {
    const body = files.read(path);
    return answered(process, version, 200, mimeType(path) ?? location?.type ?? 'application/octet-stream', body, [
      ['last-modified', httpTime(stat?.modified ?? 0)],
      ...extra,
    ]);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    complain(`open() "${path}" failed (${ERRNO[error.code] ?? error.message})`);
    return errorPage(process, version, error.code === 'EACCES' ? 403 : 404);
  }
}

function* proxied(
  process: Process,
  version: string,
  state: ServerState,
  location: Location,
  request: HttpRequest,
  path: string,
): Coroutine<HttpResponse> {
  const { host, port, path: to } = location.proxy!;
  const members = state.config.upstreams.get(host) ?? [{ host, port }];
  const query = request.path.includes('?') ? request.path.slice(request.path.indexOf('?')) : '';
  const target = (to === '' ? path : to + path.slice(location.path.length)) + query;
  const shift = state.connections % Math.max(1, members.length);
  let last: NetworkError | undefined;
  for (let index = 0; index < members.length; index++) {
    const member = members[(index + shift) % members.length]!;
    try {
      const headers = { ...request.headers, host, connection: 'close' };
      return yield* process.network.http(
        member.host,
        member.port,
        { method: request.method, path: target, headers, body: request.body },
        60 * SECOND,
      );
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      last = error;
      const reason =
        error.code === 'ECONNREFUSED'
          ? 'connect() failed (111: Connection refused)'
          : 'upstream timed out (110: Connection timed out)';
      process.stderr.write(
        `${logTime(process.now())} [error] ${WORKER}#${WORKER}: *${state.connections} ${reason} while connecting to upstream, client: ${request.remoteAddress}, request: "${request.method} ${request.path} HTTP/1.1", upstream: "http://${member.host}:${member.port}${target}"\n`,
      );
    }
  }
  return errorPage(process, version, last?.code === 'ETIMEDOUT' ? 504 : 502);
}

function returned(
  process: Process,
  version: string,
  server: Server,
  request: HttpRequest,
  { status, text }: { status: number; text: string },
  extra: readonly (readonly [string, string])[],
  type: string | undefined,
): HttpResponse {
  const value = text.replace(/\$(\w+|\{\w+\})/g, (whole, name: string) => {
    switch (name.replace(/[{}]/g, '')) {
      case 'hostname':
        return process.network.hostname;
      case 'host':
        return (request.headers.host ?? '').replace(/:\d+$/, '');
      case 'request_uri':
        return request.path;
      case 'uri':
        return request.path.replace(/\?.*$/, '');
      case 'remote_addr':
        return request.remoteAddress;
      case 'server_addr':
        return process.network.address;
      case 'server_name':
        return server.names[0] ?? '';
      case 'scheme':
        return 'http';
      case 'nginx_version':
        return version;
      default:
        return whole;
    }
  });
  if (status >= 300 && status < 309 && status !== 304) return redirect(process, version, status, value);
  if (value === '' && status >= 400) return errorPage(process, version, status);
  return answered(process, version, status, type ?? 'application/octet-stream', value, extra);
}

function answered(
  process: Process,
  version: string,
  status: number,
  type: string,
  body: string,
  extra: readonly (readonly [string, string])[] = [],
): HttpResponse {
  return nginxAnswer(process.now(), `nginx/${version}`, status, type, body, extra);
}

function redirect(process: Process, version: string, status: number, location: string): HttpResponse {
  const page = errorPage(process, version, status);
  return { ...page, headers: { ...page.headers, location } };
}

function errorPage(process: Process, version: string, status: number): HttpResponse {
  return nginxPage(process.now(), `nginx/${version}`, status);
}
