import { utf8Length } from '../../api/utf8.ts';
import { type Coroutine, SECOND } from '../../engine/index.ts';
import { absolutePath } from '../../images/absolute-path.ts';
import { type HttpRequest, type HttpResponse, NetworkError, type Process } from '../../images/process.ts';
import { commonLogTime, decodePath } from '../../images/programs/http.ts';
import { nginxPage } from '../../images/programs/nginx/pages.ts';
import { contains, parseIPv4 } from '../ipv4.ts';
import type { Annotations } from './annotations.ts';
import { type Backend, type IngressServer, type Location, locationFor, serverFor } from './routes.ts';

/** proxy_next_upstream_tries */
const TRIES = 3;
const CONNECT_TIMEOUT = 5 * SECOND;
const HSTS = 'max-age=31536000; includeSubDomains';

/** What an upstream was asked and said, for the access log. */
interface Upstream {
  name: string;
  alternative: string;
  readonly addresses: string[];
  readonly lengths: string[];
  readonly times: string[];
  readonly statuses: string[];
}

/** The nginx inside an Ingress controller: answers requests by the servers it was last given. */
export class IngressProxy {
  servers: ReadonlyMap<string, IngressServer>;
  /** Requests under way. */
  active = 0;
  private readonly process: Process;
  /** Whose turn it is, by backend: nginx goes round. */
  private readonly turns = new Map<string, number>();

  constructor(process: Process, servers: ReadonlyMap<string, IngressServer>) {
    this.process = process;
    this.servers = servers;
  }

  *handle(request: HttpRequest, secure: boolean): Coroutine<HttpResponse> {
    const started = this.process.now();
    const upstream: Upstream = { name: '-', alternative: '', addresses: [], lengths: [], times: [], statuses: [] };
    const id = this.process.random.hex(32);
    this.active++;
    try {
      const response = yield* this.respond(request, secure, upstream, id);
      this.log(request, response, upstream, started, id);
      return response;
    } finally {
      this.active--;
    }
  }

  private page(status: number, headers: Record<string, string> = {}): HttpResponse {
    const page = nginxPage(this.process.now(), 'nginx', status);
    return { ...page, headers: { ...page.headers, ...headers } };
  }

  private *respond(request: HttpRequest, secure: boolean, upstream: Upstream, id: string): Coroutine<HttpResponse> {
    if (secure && request.tls === undefined) {
      return nginxPage(this.process.now(), 'nginx', 400, 'The plain HTTP request was sent to HTTPS port');
    }
    const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
    const server = serverFor(this.servers, host);
    const question = request.path.indexOf('?');
    const raw = question < 0 ? request.path : request.path.slice(0, question);
    const clean = absolutePath('/', decodePath(raw));
    const path = raw.endsWith('/') && clean !== '/' ? `${clean}/` : clean;
    const location = locationFor(server, path);
    if (location === undefined) {
      upstream.name = 'upstream-default-backend';
      return this.page(404);
    }
    const { annotations } = location;
    upstream.name = location.backend.name;
    if (annotations.allowed.length > 0) {
      const client = parseIPv4(request.remoteAddress) ?? 0;
      if (!annotations.allowed.some((range) => contains(range, client))) return this.page(403);
    }
    if (!secure && (annotations.forceSslRedirect || (annotations.sslRedirect && server.certificate !== undefined))) {
      return this.page(308, { location: `https://${host}${request.path}` });
    }
    if (annotations.permanentRedirect !== '') return this.page(301, { location: annotations.permanentRedirect });
    const backend = this.chosen(location, request, upstream);
    const query = question < 0 ? '' : request.path.slice(question);
    const target = rewritten(location, annotations, path, raw) + query;
    const response = yield* this.pass(backend, request, target, secure, id, upstream, annotations.readTimeout);
    return secure ? { ...response, headers: { ...response.headers, 'strict-transport-security': HSTS } } : response;
  }

  /** The backend, or a canary in its place (balancer.lua). */
  private chosen({ backend, canaries }: Location, request: HttpRequest, upstream: Upstream): Backend {
    for (const { annotations, backend: other } of canaries) {
      const { weight, header, headerValue } = annotations.canary!;
      const sent = header === '' ? undefined : request.headers[header];
      const take = () => {
        upstream.alternative = other.name;
        return other;
      };
      if (sent !== undefined && headerValue !== '' && sent === headerValue) return take();
      if (sent === 'always' && headerValue === '') return take();
      if (sent === 'never' && headerValue === '') continue;
      if (weight > 0 && this.process.random.fraction() * 100 < weight) return take();
    }
    return backend;
  }

  private *pass(
    backend: Backend,
    request: HttpRequest,
    path: string,
    secure: boolean,
    id: string,
    upstream: Upstream,
    readTimeout: number,
  ): Coroutine<HttpResponse> {
    const { process } = this;
    const { endpoints } = backend;
    if (endpoints.length === 0) return this.page(503);
    const turn = this.turns.get(backend.name) ?? 0;
    this.turns.set(backend.name, turn + 1);
    let last: NetworkError | undefined;
    for (let attempt = 0; attempt < Math.min(TRIES, Math.max(endpoints.length, 1)); attempt++) {
      const { host, port } = endpoints[(turn + attempt) % endpoints.length]!;
      const started = process.now();
      upstream.addresses.push(`${host}:${port}`);
      const seconds = () => ((process.now() - started) / SECOND).toFixed(3);
      try {
        const response = yield* process.network.http(
          host,
          port,
          {
            method: request.method,
            path,
            headers: forwarded(request, secure, id),
            body: request.body,
            ...(backend.secure ? { tls: { serverName: host, verify: () => undefined } } : {}),
          },
          Math.max(readTimeout * SECOND, CONNECT_TIMEOUT),
        );
        upstream.lengths.push(String(utf8Length(response.body)));
        upstream.times.push(seconds());
        upstream.statuses.push(String(response.status));
        const { server: _, ...headers } = response.headers;
        return { status: response.status, headers, body: response.body };
      } catch (error) {
        if (!(error instanceof NetworkError)) throw error;
        last = error;
        upstream.lengths.push('0');
        upstream.times.push(seconds());
        upstream.statuses.push(error.code === 'ETIMEDOUT' ? '504' : '502');
        this.complain(error, request, `http${backend.secure ? 's' : ''}://${host}:${port}${path}`);
      }
    }
    return this.page(last?.code === 'ETIMEDOUT' ? 504 : 502);
  }

  private complain(error: NetworkError, { remoteAddress, method, path, headers }: HttpRequest, upstream: string): void {
    const reasons: Partial<Record<NetworkError['code'], string>> = {
      ECONNREFUSED: 'connect() failed (111: Connection refused) while connecting to upstream',
      EHOSTUNREACH: 'connect() failed (113: Host is unreachable) while connecting to upstream',
      ECONNRESET: 'upstream prematurely closed connection while reading response header from upstream',
      ETIMEDOUT: 'upstream timed out (110: Operation timed out) while connecting to upstream',
      EPROTO:
        'SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number) while SSL handshaking to upstream',
    };
    const time = commonLogTime(this.process.now());
    const reason = reasons[error.code] ?? error.message;
    this.process.stderr.write(
      `${time} [error] 29#29: *1 ${reason}, client: ${remoteAddress}, server: ${headers.host ?? '_'}, request: "${method} ${path} HTTP/1.1", upstream: "${upstream}", host: "${headers.host ?? ''}"\n`,
    );
  }

  /** A line in ingress-nginx's own format (log-format-upstream). */
  private log(request: HttpRequest, response: HttpResponse, upstream: Upstream, started: number, id: string): void {
    const { headers, method, path, body, remoteAddress } = request;
    const now = this.process.now();
    const list = (items: readonly string[]) => (items.length === 0 ? '-' : items.join(', '));
    const size = method === 'HEAD' ? 0 : utf8Length(response.body);
    const length = utf8Length(`${method} ${path} HTTP/1.1\r\n\r\n`) + utf8Length(body) + headersLength(headers);
    const spent = ((now - started) / SECOND).toFixed(3);
    this.process.stdout.write(
      `${remoteAddress} - - [${commonLogTime(now)}] "${method} ${path} HTTP/1.1" ${response.status} ${size} "${headers.referer ?? '-'}" "${headers['user-agent'] ?? '-'}" ${length} ${spent} [${upstream.name}] [${upstream.alternative}] ${list(upstream.addresses)} ${list(upstream.lengths)} ${list(upstream.times)} ${list(upstream.statuses)} ${id}\n`,
    );
  }
}

function headersLength(headers: HttpRequest['headers']): number {
  let length = 0;
  for (const [name, value] of Object.entries(headers)) length += name.length + value.length + 4;
  return length;
}

/** With rewrite-target, the whole path becomes the target, groups of the location's pattern filled in. */
function rewritten({ match }: Location, { rewriteTarget }: Annotations, path: string, raw: string): string {
  if (rewriteTarget === '' || match === 'exact' || match === 'prefix') return raw === '' ? '/' : raw;
  const groups = match.exec(path) ?? [];
  const target = rewriteTarget.replace(/\$(\d)/g, (_whole, digit: string) => groups[Number(digit)] ?? '');
  return target.startsWith('/') ? target : `/${target}`;
}

/** What nginx tells a backend of who asked it, and for what. */
function forwarded(request: HttpRequest, secure: boolean, id: string): Record<string, string> {
  const host = request.headers.host ?? '';
  const scheme = secure ? 'https' : 'http';
  return {
    ...request.headers,
    host,
    'x-request-id': id,
    'x-real-ip': request.remoteAddress,
    'x-forwarded-for': request.remoteAddress,
    'x-forwarded-host': host,
    'x-forwarded-port': secure ? '443' : '80',
    'x-forwarded-proto': scheme,
    'x-forwarded-scheme': scheme,
    'x-scheme': scheme,
  };
}
