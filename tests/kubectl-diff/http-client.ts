import http from 'node:http';
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
} from '../../sim-core/client/rest.ts';
import type { ClusterConnection } from '../../sim-core/kubectl/kubeconfig.ts';

/** A `RestClient` over HTTP, so that our kubectl can talk to the server that the real one talks to. */
export class HttpClient implements RestClient {
  readonly server: string;
  readonly #agent: http.Agent;
  readonly #options: https.RequestOptions;

  constructor({
    server,
    certificateAuthority,
    clientCertificate,
    clientKey,
    insecureSkipTlsVerify,
  }: ClusterConnection) {
    this.server = server;
    this.#agent = server.startsWith('https')
      ? new https.Agent({ keepAlive: true })
      : new http.Agent({ keepAlive: true });
    this.#options = {
      agent: this.#agent,
      ca: certificateAuthority,
      cert: clientCertificate,
      key: clientKey,
      rejectUnauthorized: !insecureSkipTlsVerify,
    };
  }

  /** Closes its idle connections. */
  close(): void {
    this.#agent.destroy();
  }

  #send({ method, path, headers, body }: RestRequest): http.ClientRequest {
    const url = new URL(this.server + path);
    const module = url.protocol === 'https:' ? https : http;
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const length = text === undefined ? {} : { 'content-length': String(Buffer.byteLength(text)) };
    const request = module.request(url, { ...this.#options, method, headers: { ...lines(headers), ...length } });
    request.end(text);
    return request;
  }

  request(request: RestRequest, signal?: AbortSignal): Promise<RestResponse> {
    return new Promise((resolve, reject) => {
      const sent = this.#send(request);
      const abort = () => sent.destroy(new Error('aborted'));
      signal?.addEventListener('abort', abort, { once: true });
      sent.on('error', (error) => reject(connectionError(error)));
      sent.on('response', (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', (error) => reject(connectionError(error)));
        response.on('end', () => {
          signal?.removeEventListener('abort', abort);
          const bytes = Buffer.concat(parts);
          // `--raw` prints what came.
          const raw = request.headers?.accept === '*/*' && (response.statusCode ?? 0) < 300;
          resolve({ ...head(response), body: raw ? bytes.toString('utf8') : parse(response, bytes) });
        });
      });
    });
  }

  stream(request: RestRequest, handler: StreamHandler): RestStream {
    return /\/(exec|attach|portforward)\?/.test(request.path)
      ? this.#channels(request, handler)
      : this.#lines(request, handler);
  }

  /** Watches, a JSON object a line, and logs, bytes as they come. */
  #lines(request: RestRequest, handler: StreamHandler): RestStream {
    const sent = this.#send(request);
    let over = false;
    const end = () => {
      if (!over) handler.end();
      over = true;
    };
    sent.on('error', end);
    sent.on('response', (response) => {
      const watch = /[?&]watch=true/.test(request.path);
      const bad = (response.statusCode ?? 0) > 299;
      if (!bad) handler.head({ ...head(response), body: undefined });
      let text = '';
      response.on('data', (part: Buffer) => {
        if (bad) text += part.toString('utf8');
        else if (!watch) handler.chunk({ kind: 'data', channel: 1, data: part.toString('latin1') });
        else {
          text += part.toString('utf8');
          for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n')) {
            const line = text.slice(0, at);
            text = text.slice(at + 1);
            if (line !== '' && !over) handler.chunk({ kind: 'watch', event: JSON.parse(line) as RestWatchEvent });
          }
        }
      });
      response.on('error', end);
      response.on('close', end);
      response.on('end', () => {
        if (bad) handler.head({ ...head(response), body: parse(response, Buffer.from(text)) });
        end();
      });
    });
    const close = () => {
      sent.destroy();
      end();
    };
    return { send: () => {}, closeInput: () => {}, close };
  }

  #channels({ path, headers }: RestRequest, handler: StreamHandler): RestStream {
    const { ca, cert, key, rejectUnauthorized } = this.#options;
    const { authorization } = headers ?? {};
    const socket = new WebSocket(this.server.replace(/^http/, 'ws') + path, 'v5.channel.k8s.io', {
      ca: ca as string,
      cert: cert as string,
      key: key as string,
      rejectUnauthorized,
      headers: authorization === undefined ? {} : { authorization },
    });
    const waiting: Buffer[] = [];
    const send = (bytes: Buffer) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(bytes);
      else waiting.push(bytes);
    };
    socket.on('open', () => {
      handler.head({ status: 101, headers: {}, body: undefined });
      for (const bytes of waiting) socket.send(bytes);
    });
    socket.on('unexpected-response', (_, response) => {
      let text = '';
      response.on('data', (part: Buffer) => {
        text += part.toString();
      });
      response.on('end', () => {
        handler.head({ ...head(response), body: parse(response, Buffer.from(text)) });
        handler.end();
      });
    });
    socket.on('message', (data: Buffer) => {
      if (data.length > 1) handler.chunk({ kind: 'data', channel: data[0]!, data: data.toString('latin1', 1) });
    });
    socket.on('error', () => {});
    socket.on('close', () => handler.end());
    return {
      send: (channel, data) => send(Buffer.concat([Buffer.from([channel]), Buffer.from(data, 'latin1')])),
      closeInput: () => send(Buffer.from([255, 0])),
      close: () => socket.close(),
    };
  }
}

/** A header with several values has them in lines of its own (impersonate-group). */
function lines(headers: Readonly<Record<string, string>> = {}): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value.includes('\n') ? value.split('\n') : value]),
  );
}

function head(response: http.IncomingMessage): { status: number; headers: Record<string, string> } {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers))
    headers[name] = Array.isArray(value) ? value.join(', ') : (value ?? '');
  return { status: response.statusCode ?? 0, headers };
}

function parse(response: http.IncomingMessage, bytes: Buffer): unknown {
  const text = bytes.toString('utf8');
  if (!(response.headers['content-type'] ?? '').includes('json') || text === '') return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function connectionError(error: Error): ConnectionError {
  const { code, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  if (code === 'ECONNREFUSED')
    return new ConnectionError(`dial tcp ${address ?? ''}:${port ?? ''}: connect: connection refused`);
  return new ConnectionError(error.message);
}
