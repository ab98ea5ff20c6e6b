import type { AddressInfo, Socket } from 'node:net';
import { methodNotSupported, StatusError } from '../../api/status.ts';
import type { RestRequest, RestResponse, RestStream } from '../../client/rest.ts';
import { stringifyYaml } from '../../kubectl/printers/yaml.ts';
import { answerText, eventText } from './answer-text.ts';
import type { ServingCertificates } from './certificates.ts';
import { connectionOf, type HttpRequest, type HttpResponse, hangUp, headersOf, valuesOf } from './exchange.ts';
import type { HttpCluster } from './http-cluster.ts';
import { makeServer } from './listen.ts';
import { answerOwn, type OwnEndpoints } from './own-endpoints.ts';
import { readRequestBody } from './request-body.ts';
import { refusedSite } from './same-site.ts';
import { upgrade } from './upgrade.ts';

export interface HttpDoorOptions {
  readonly cluster: HttpCluster;
  /** The administrator's token. */
  readonly token: string;
  /** Left out: plain HTTP, on which clients send no credentials: everyone is the administrator. */
  readonly certificates?: ServingCertificates;
}

export interface HttpDoor {
  readonly url: string;
  readonly port: number;
  /** Ends all connections and frees the port. */
  close(): Promise<void>;
}

/** Opens the cluster's API on loopback. Rejects with Node's error when the port cannot be had. */
export async function openHttpDoor(options: HttpDoorOptions, port: number): Promise<HttpDoor> {
  const { certificates } = options;
  const server = await makeServer(certificates, {
    request: (request, response) => void answer(options, request, response),
    upgrade(request, socket, head) {
      const refused = refusedSite(request.headers);
      if (refused === undefined) upgrade(options.cluster, restRequest(options, request), request, socket, head);
      else socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    },
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      const actual = (server.address() as AddressInfo).port;
      resolve({
        url: `${certificates === undefined ? 'http' : 'https'}://127.0.0.1:${actual}`,
        port: actual,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            for (const socket of sockets) socket.destroy();
          }),
      });
    });
  });
}

/** The request without its body, as the API server's face takes it. */
function restRequest({ certificates, token }: HttpDoorOptions, request: HttpRequest): RestRequest {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(headersOf(request))) {
    if (value === undefined) continue;
    // Whom a client acts as is said in one header for each value, and a value may hold a comma.
    if (/^impersonate-(group|extra-.+)$/.test(name)) headers[name] = valuesOf(request, name).join('\n');
    else headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  if (certificates === undefined) headers.authorization ??= `Bearer ${token}`;
  const certificate = certificates === undefined ? undefined : clientOf(connectionOf(request));
  return {
    method: (request.method === 'HEAD' ? 'GET' : request.method) as RestRequest['method'],
    path: withoutWatchPath(request.url ?? '/'),
    headers,
    ...(certificate === undefined ? {} : { certificate }),
  };
}

/** `/api/v1/watch/pods` is how watches were asked for once, and is served still. */
function withoutWatchPath(url: string): string {
  const [, root, rest = '', name, query] =
    /^(\/(?:api|apis\/[^/?]+)\/[^/?]+)\/watch(\/(?:namespaces\/[^/?]+\/)?[^/?]+)(?:\/([^/?]+))?(?:\?(.*))?$/.exec(
      url,
    ) ?? [];
  if (root === undefined) return url;
  const selected = name === undefined ? '' : `&fieldSelector=metadata.name%3D${name}`;
  return `${root}${rest}?watch=true${selected}${query === undefined ? '' : `&${query}`}`;
}

/** Who a verified client certificate names. */
function clientOf(socket: ReturnType<typeof connectionOf>): RestRequest['certificate'] {
  const { subject } = socket.getPeerCertificate();
  if (subject?.CN === undefined) return undefined;
  if (!socket.authorized) return 'rejected';
  const organizations = subject.O === undefined ? [] : ([] as string[]).concat(subject.O);
  return { commonName: ([] as string[]).concat(subject.CN)[0]!, organizations };
}

async function answer(options: HttpDoorOptions, request: HttpRequest, response: HttpResponse): Promise<void> {
  const { cluster } = options;
  try {
    const refused = refusedSite(headersOf(request));
    if (refused !== undefined) throw new StatusError(403, 'Forbidden', refused, undefined);
    const rest = restRequest(options, request);
    const { body, type } = await readRequestBody(request);
    const whole: RestRequest = {
      ...rest,
      ...(type === undefined ? {} : { headers: { ...rest.headers, 'content-type': type } }),
      ...(body === undefined ? {} : { body }),
    };
    if (whole.path.startsWith('/__jotasu/')) {
      const own: OwnEndpoints = { cluster, token: options.token };
      return send(request, response, answerOwn(own, whole));
    }
    if (!METHODS.has(whole.method)) return send(request, response, METHOD_NOT_ALLOWED);
    if (isStream(whole)) return stream(cluster, whole, request, response);
    const answered = cluster.request(whole);
    // What a client sees when nobody listens on the port.
    if (answered === undefined) hangUp(request);
    else send(request, response, answered);
  } catch (error) {
    if (response.headersSent || request.socket.destroyed) return;
    if (!(error instanceof StatusError)) throw error;
    send(request, response, { status: error.code, headers: JSON_TYPE, body: error.status });
  }
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
const JSON_TYPE = { 'content-type': 'application/json' };
const METHOD_NOT_ALLOWED: RestResponse = { status: 405, headers: JSON_TYPE, body: methodNotSupported().status };

const CONNECTION = /^\/api\/v1\/namespaces\/[^/]+\/pods\/[^/]+\/(log|exec|attach|portforward)\/?$/;

/** Whether a request's answer goes on: watches and logs. */
function isStream({ method, path }: RestRequest): boolean {
  if (method !== 'GET') return false;
  const [pathname = '', query = ''] = path.split('?', 2);
  return CONNECTION.exec(pathname)?.[1] === 'log' || /(^|&)watch(=(?!(false|0)(&|$))[^&]*)?(&|$)/i.test(query);
}

function send(request: HttpRequest, response: HttpResponse, { status, headers, body }: RestResponse): void {
  const bytes = encode(request, headers['content-type'] ?? '', body);
  response.writeHead(status, {
    ...wireHeaders(headers),
    ...(bytes.type === undefined ? {} : { 'content-type': bytes.type }),
    'content-length': Buffer.byteLength(bytes.data),
  });
  response.end(request.method === 'HEAD' ? undefined : bytes.data);
}

function encode(request: HttpRequest, type: string, body: unknown): { data: Buffer | string; type?: string } {
  if (body === undefined) return { data: '' };
  if (body instanceof Uint8Array) return { data: Buffer.from(body.buffer, body.byteOffset, body.length) };
  if (typeof body === 'string' && !type.startsWith('application/json')) return { data: body };
  if (request.headers.accept?.startsWith('application/yaml') === true) {
    return { data: stringifyYaml(JSON.parse(answerText(body))), type: 'application/yaml' };
  }
  // The version is printed for people, whoever asks (version.go's handler).
  if (request.url === '/version') return { data: JSON.stringify(body, null, 2) };
  const text = answerText(body);
  // A text goes out in one piece with its head.
  return { data: `${isPretty(request) ? JSON.stringify(JSON.parse(text), null, 2) : text}\n` };
}

/** Whether a person is going to read the answer (negotiation.isPrettyPrint). */
function isPretty({ headers, url = '' }: HttpRequest): boolean {
  const asked = /[?&]pretty=([^&]*)/.exec(url)?.[1];
  if (asked !== undefined) return asked === 'true' || asked === '1';
  return /^(curl|Wget|Mozilla\/5\.0)/.test(headers['user-agent'] ?? '');
}

/** Header values as bytes of UTF-8, without line ends. */
function wireHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const wire: Record<string, string> = { 'cache-control': 'no-cache, private' };
  for (const [name, value] of Object.entries(headers)) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be in a header.
    wire[name] = Buffer.from(value.replace(/[\u0000-\u001f\u007f]/g, ' '), 'utf8').toString('latin1');
  }
  return wire;
}

function stream(cluster: HttpCluster, rest: RestRequest, request: HttpRequest, response: HttpResponse): void {
  let open = false;
  let running: RestStream | undefined = undefined as RestStream | undefined;
  running = cluster.stream(rest, {
    head(head) {
      if (head.status === 0) {
        hangUp(request);
        return;
      }
      if (head.status !== 200) {
        send(request, response, head);
        return;
      }
      open = true;
      response.writeHead(200, wireHeaders(head.headers));
      response.flushHeaders();
    },
    chunk(chunk) {
      if (!open) return;
      if (chunk.kind === 'watch') response.write(`${eventText(chunk.event)}\n`);
      else response.write(Buffer.from(chunk.data, 'latin1'));
    },
    end() {
      if (open) response.end();
    },
  });
  response.on('close', () => running?.close());
}
