import { utf8Length } from '../../../api/utf8.ts';
import { type Coroutine, SECOND } from '../../../engine/index.ts';
import { absolutePath } from '../../absolute-path.ts';
import { FileError, type HttpRequest, type HttpResponse, NetworkError, type Process } from '../../process.ts';
import { TimedLine } from '../../timed-line.ts';
import { commonLogTime, decodePath, httpTime, mimeType } from '../http.ts';
import { findLocation, type Location, type Server } from './config.ts';
import { ERRNO, logTime, WORKER } from './error-log.ts';
import { nginxAnswer, nginxPage } from './pages.ts';
import type { ServerState } from './server-state.ts';
import { standingAnswer } from './standing.ts';

export function* handle(
  process: Process,
  version: string,
  state: ServerState,
  port: number,
  request: HttpRequest,
): Coroutine<HttpResponse> {
  state.connected();
  state.active++;
  try {
    const servers = state.config.servers.filter((server) => server.ports.includes(port));
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    const server = servers.find((one) => one.names.includes(host)) ?? servers[0]!;
    const response = yield* respond(process, version, state, server, request, request.path, 0);
    const line = server.accessLog ? accessLine(request, response) : undefined;
    if (line !== undefined) writeAccess(process, line, request.recurring === true);
    if (request.recurring !== true || response.status !== 200) return response;
    const standing = standingAnswer(process, state, server, routed(server, request.path).location, line);
    return standing === undefined ? response : { ...response, standing };
  } finally {
    state.active--;
  }
}

/** A line of the access log, in the format `main`. */
function accessLine(request: HttpRequest, { status, body }: HttpResponse): TimedLine {
  const { headers, method, path, remoteAddress, recurring } = request;
  const size = method === 'HEAD' ? 0 : utf8Length(body);
  const forwarded = headers['x-forwarded-for'] ?? '-';
  const before = `${remoteAddress} - - [`;
  const after = `] "${method} ${path} HTTP/1.1" ${status} ${size} "${headers.referer ?? '-'}" "${headers['user-agent'] ?? '-'}" "${forwarded}"\n`;
  return recurring === true ? TimedLine.of(before, commonLogTime, after) : new TimedLine(before, commonLogTime, after);
}

/** Lines that are written again and again are kept once. */
function writeAccess(process: Process, line: TimedLine, recurring: boolean): void {
  const { stdout } = process;
  if (recurring && stdout.writeTimed !== undefined) stdout.writeTimed(line);
  else stdout.write(line.at(process.now()));
}

/** The path that a request asks for, and the location that answers for it. */
function routed(server: Server, target: string): { readonly path: string; readonly location: Location | undefined } {
  const question = target.indexOf('?');
  const absolute = absolutePath('/', decodePath(question < 0 ? target : target.slice(0, question)));
  const path = target.endsWith('/') && absolute !== '/' ? `${absolute}/` : absolute;
  return { path, location: server.answer === undefined ? findLocation(server.locations, path) : undefined };
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
  const { path: full, location } = routed(server, target);
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
