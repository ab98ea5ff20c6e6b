import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import { WebSocket } from 'ws';
import {
  ConnectionError,
  type RestClient,
  type RestRequest,
  type RestResponse,
  type RestStream,
  type RestWatchEvent,
  type StreamHandler,
} from '../../client/rest.ts';

/** Where a server is, and how to speak to it. Certificates and keys are PEM texts. */
export interface NodeConnection {
  /** `https://127.0.0.1:6443` */
  readonly server: string;
  readonly token?: string;
  readonly username?: string;
  readonly password?: string;
  readonly certificateAuthority?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly tlsServerName?: string;
}

const UPGRADED = /\/(exec|attach|portforward)(\?|$)/;
const CLOSE_CHANNEL = 255;

/** A RestClient over HTTP(S) and WebSocket: for kubectl and other tools that run as Node programs. */
export class NodeRestClient implements RestClient {
  readonly server: string;
  private readonly base: URL;
  private readonly connection: NodeConnection;
  private readonly agent: http.Agent;

  constructor(connection: NodeConnection) {
    this.connection = connection;
    this.server = connection.server;
    this.base = new URL(connection.server);
    this.agent =
      this.base.protocol === 'https:' ? new https.Agent({ keepAlive: true }) : new http.Agent({ keepAlive: true });
  }

  /** Frees the connections that are kept for later requests. */
  close(): void {
    this.agent.destroy();
  }

  async request(request: RestRequest, signal?: AbortSignal): Promise<RestResponse> {
    const response = await this.answered(this.begin(request, signal), request, signal);
    return {
      status: response.statusCode ?? 0,
      headers: flat(response),
      body: decode(response, await textOf(response)),
    };
  }

  stream(request: RestRequest, handler: StreamHandler): RestStream {
    return UPGRADED.test(request.path) ? this.upgraded(request, handler) : this.download(request, handler);
  }

  private download(request: RestRequest, handler: StreamHandler): RestStream {
    const outgoing = this.begin(request);
    const closed = { value: false };
    const run = async () => {
      const response = await this.answered(outgoing, request);
      const status = response.statusCode ?? 0;
      if (status !== 200) {
        handler.head({ status, headers: flat(response), body: decode(response, await textOf(response)) });
        return;
      }
      handler.head({ status, headers: flat(response), body: undefined });
      if (/[?&]watch=(true|1)/.test(request.path)) await watchLines(response, handler);
      else {
        response.setEncoding('latin1');
        for await (const data of response) handler.chunk({ kind: 'data', channel: 1, data: data as string });
      }
    };
    run()
      .catch((error: unknown) => {
        if (closed.value) return;
        handler.head({ status: 0, headers: {}, body: error instanceof Error ? error.message : String(error) });
      })
      .finally(() => handler.end());
    return {
      send() {},
      closeInput() {},
      close() {
        closed.value = true;
        outgoing.destroy();
      },
    };
  }

  private upgraded(request: RestRequest, handler: StreamHandler): RestStream {
    const url = `${this.server.replace(/^http/, 'ws')}${request.path}`;
    const socket = new WebSocket(url, ['v5.channel.k8s.io', 'v4.channel.k8s.io'], {
      headers: this.headers(request),
      ...this.tls(),
    });
    const waiting: Buffer[] = [];
    const send = (message: Buffer) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(message);
      else if (socket.readyState === WebSocket.CONNECTING) waiting.push(message);
    };
    let ended = false;
    const end = () => {
      if (!ended) handler.end();
      ended = true;
    };
    socket.on('open', () => {
      handler.head({ status: 101, headers: {}, body: undefined });
      for (const message of waiting) socket.send(message);
    });
    socket.on('message', (data: Buffer) => {
      if (data.length > 1) handler.chunk({ kind: 'data', channel: data[0]!, data: data.toString('latin1', 1) });
    });
    socket.on('unexpected-response', (_outgoing, response: IncomingMessage) => {
      void textOf(response).then((text) => {
        handler.head({ status: response.statusCode ?? 0, headers: flat(response), body: decode(response, text) });
        end();
      });
    });
    socket.on('error', (error) => {
      if (!ended) handler.head({ status: 0, headers: {}, body: error.message });
      end();
    });
    socket.on('close', end);
    return {
      send: (channel, data) => send(Buffer.concat([Buffer.of(channel), Buffer.from(data, 'latin1')])),
      closeInput: () => send(Buffer.of(CLOSE_CHANNEL, 0)),
      close: () => socket.close(),
    };
  }

  private begin(request: RestRequest, signal?: AbortSignal): ClientRequest {
    const { body } = request;
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const options: RequestOptions & https.RequestOptions = {
      method: request.method,
      path: `${this.base.pathname.replace(/\/$/, '')}${request.path}`,
      hostname: this.base.hostname.replace(/^\[|\]$/g, ''),
      port: this.base.port === '' ? undefined : this.base.port,
      headers: {
        ...(text === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        ...this.headers(request),
      },
      agent: this.agent,
      ...(signal === undefined ? {} : { signal }),
      ...this.tls(),
    };
    const outgoing = (this.base.protocol === 'https:' ? https : http).request(options);
    outgoing.end(text);
    return outgoing;
  }

  /** A header of several lines is sent as several headers. */
  private headers({ headers = {} }: RestRequest): Record<string, string | string[]> {
    const { token, username, password } = this.connection;
    // As client-go: credentials are for servers that have proved who they are.
    const secure = this.base.protocol === 'https:';
    const basic = `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}`;
    const authorization =
      token !== undefined && secure ? `Bearer ${token}` : username !== undefined && secure ? basic : undefined;
    const lines = Object.entries(headers).map(([name, value]) => {
      return [name, value.includes('\n') ? value.split('\n') : value];
    });
    return { ...(authorization === undefined ? {} : { authorization }), ...Object.fromEntries(lines) };
  }

  private tls(): https.RequestOptions {
    const { certificateAuthority, clientCertificate, clientKey, insecureSkipTlsVerify, tlsServerName } =
      this.connection;
    return {
      ...(certificateAuthority === undefined ? {} : { ca: certificateAuthority }),
      ...(clientCertificate === undefined ? {} : { cert: clientCertificate }),
      ...(clientKey === undefined ? {} : { key: clientKey }),
      ...(insecureSkipTlsVerify === true ? { rejectUnauthorized: false } : {}),
      ...(tlsServerName === undefined ? {} : { servername: tlsServerName }),
    };
  }

  private answered(
    outgoing: ClientRequest,
    { method, path }: RestRequest,
    signal?: AbortSignal,
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      outgoing.on('response', resolve);
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        if (signal?.aborted === true) reject(signal.reason);
        else reject(new ConnectionError(`${verb(method)} "${this.server}${path}": ${inGoWords(error, this.base)}`));
      });
    });
  }
}

const verb = (method: string): string => method.charAt(0) + method.slice(1).toLowerCase();

/** What Go's net package would say. */
function inGoWords(error: NodeJS.ErrnoException, { hostname, port, protocol }: URL): string {
  const address = `${hostname}:${port === '' ? (protocol === 'https:' ? '443' : '80') : port}`;
  switch (error.code) {
    case 'ECONNREFUSED':
      return `dial tcp ${address}: connect: connection refused`;
    case 'ENOTFOUND':
      return `dial tcp: lookup ${hostname}: no such host`;
    case 'ETIMEDOUT':
      return `dial tcp ${address}: i/o timeout`;
    case 'ECONNRESET':
      return 'EOF';
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
    default:
      return error.message;
  }
}

function flat({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
}

async function textOf(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  for await (const part of response) text += part as string;
  return text;
}

function decode({ headers }: IncomingMessage, text: string): unknown {
  if (headers['content-type']?.startsWith('application/json') !== true) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

async function watchLines(response: IncomingMessage, handler: StreamHandler): Promise<void> {
  response.setEncoding('utf8');
  let rest = '';
  for await (const part of response) {
    const lines = (rest + (part as string)).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      if (line !== '') handler.chunk({ kind: 'watch', event: JSON.parse(line) as RestWatchEvent });
    }
  }
}
