import { base64OfBytes } from '../api/base64.ts';
import { encodeUtf8 } from '../api/utf8.ts';
import type { RestClient, RestRequest, RestResponse, RestStream, RestWatchEvent, StreamChunk } from '../client/rest.ts';
import { ConnectionError } from '../client/rest.ts';
import type { KubectlEnvironment } from './environment.ts';
import { ExitError, type Status, StatusError, UrlError } from './errors.ts';
import type { ClusterConnection } from './kubeconfig.ts';

export const USER_AGENT = 'kubectl/v1.33.1 (linux/amd64) kubernetes/8adc0f0';

/** An object of unknown kind, as the wire has it. */
export interface ApiObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name?: string;
    generateName?: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    generation?: number;
    creationTimestamp?: string | null;
    deletionTimestamp?: string;
    deletionGracePeriodSeconds?: number;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    finalizers?: string[];
    ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string; controller?: boolean }[];
    managedFields?: unknown[];
    continue?: string;
    remainingItemCount?: number;
    [key: string]: unknown;
  };
  [key: string]: unknown;
}

export interface RequestOptions {
  query?: Record<string, string | number | boolean | undefined | readonly string[]>;
  body?: unknown;
  contentType?: string;
  accept?: string;
  headers?: Record<string, string>;
}

/** `?a=b&c=d` in the order of the keys, as Go's url.Values.Encode writes it. */
export function encodeQuery(query: RequestOptions['query']): string {
  const parts: string[] = [];
  for (const key of Object.keys(query ?? {}).sort()) {
    const value = query![key];
    if (value === undefined || value === '') continue;
    for (const item of Array.isArray(value) ? (value as readonly string[]) : [String(value)])
      parts.push(`${encode(key)}=${encode(item)}`);
  }
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

function encode(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%20/g, '+');
}

/** A JSON value with the keys of its maps sorted, as Go encodes maps. */
function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (typeof value !== 'object' || value === null) return value;
  const record = value as Record<string, unknown>;
  const sorted: [string, unknown][] = [];
  for (const key of Object.keys(record).sort())
    if (record[key] !== undefined) sorted.push([key, sortedKeys(record[key])]);
  return Object.fromEntries(sorted);
}

const GENERIC: Record<number, [string, string]> = {
  400: ['BadRequest', 'the server rejected our request for an unknown reason'],
  401: ['Unauthorized', 'the server has asked for the client to provide credentials'],
  403: ['Forbidden', 'the server does not allow access to the requested resource'],
  404: ['NotFound', 'the server could not find the requested resource'],
  405: ['MethodNotAllowed', 'the server does not allow this method on the requested resource'],
  406: ['NotAcceptable', 'the server was unable to respond with a content type that the client supports'],
  409: ['Conflict', 'the server reported a conflict'],
  410: ['Gone', 'the server no longer has the requested resource'],
  415: ['UnsupportedMediaType', 'the server was unable to understand the content type of the request'],
  422: ['Invalid', 'the server rejected our request due to an error in our request'],
  429: ['TooManyRequests', 'the server has received too many requests and has asked us to try again later'],
  500: ['InternalError', 'an error on the server has prevented the request from succeeding'],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
  504: [
    'Timeout',
    'the server was unable to return a response in the time allotted, but may still be processing the request',
  ],
};

/** Turns an answer that is not a success into a StatusError (client-go's transformResponse). */
export function statusErrorOf(response: RestResponse, request?: { method: string; path: string }): StatusError {
  const { body, status } = response;
  if (typeof body === 'object' && body !== null && (body as { kind?: unknown }).kind === 'Status')
    return new StatusError(body as Status);
  const [reason, base] = GENERIC[status] ?? [
    '',
    `the server responded with the status code ${status} but did not return more information`,
  ];
  const text = typeof body === 'string' ? body.trim() : '';
  let message = base;
  if (text !== '' && (status >= 500 || status === 403))
    message = status >= 500 ? `${base.replace(/$/, '')} (${quoteShort(text)})` : text;
  if (status >= 500 && text !== '')
    message = `an error on the server (${JSON.stringify(text)}) has prevented the request from succeeding`;
  if (request !== undefined && text === '404 page not found') message += requestWords(request);
  return new StatusError({ status: 'Failure', code: status, reason, message });
}

/** ` (get pods.metrics.k8s.io web)`: what was asked for, where the answer itself says nothing (apierrors.NewGenericServerResponse). */
function requestWords({ method, path }: { method: string; path: string }): string {
  const parts = (path.split('?')[0] ?? '').split('/').filter((part) => part !== '');
  const group = parts[0] === 'apis' ? (parts[1] ?? '') : '';
  const rest = parts.slice(parts[0] === 'apis' ? 3 : 2);
  const [resource, name] = rest[0] === 'namespaces' && rest.length > 2 ? rest.slice(2) : rest;
  if (resource === undefined) return '';
  const what = group === '' ? resource : `${resource}.${group}`;
  return ` (${method.toLowerCase()} ${what}${name === undefined ? '' : ` ${name}`})`;
}

function quoteShort(text: string): string {
  return JSON.stringify(text);
}

/** Requests as kubectl makes them: credentials, warnings, errors as exceptions. */
export class Api {
  readonly rest: RestClient;
  readonly #env: KubectlEnvironment;
  readonly #headers: Record<string, string>;
  readonly #warned = new Set<string>();
  /** How many different warnings the server sent (--warnings-as-errors). */
  warnings = 0;

  constructor(env: KubectlEnvironment, rest: RestClient, connection: ClusterConnection) {
    this.#env = env;
    this.rest = rest;
    const headers: Record<string, string> = { 'user-agent': USER_AGENT };
    if (connection.token !== undefined) headers.authorization = `Bearer ${connection.token}`;
    else if (connection.username !== undefined)
      headers.authorization = `Basic ${base64OfBytes(encodeUtf8(`${connection.username}:${connection.password ?? ''}`))}`;
    const impersonate = connection.impersonate;
    if (impersonate !== undefined) {
      headers['impersonate-user'] = impersonate.user;
      if (impersonate.uid !== undefined) headers['impersonate-uid'] = impersonate.uid;
      if (impersonate.groups.length > 0) headers['impersonate-group'] = impersonate.groups.join('\n');
      for (const [key, values] of impersonate.extra)
        if (values.length > 0)
          headers[`impersonate-extra-${encodeURIComponent(key).toLowerCase()}`] = values.join('\n');
    }
    this.#headers = headers;
  }

  #build(method: RestRequest['method'], path: string, options: RequestOptions): RestRequest {
    const headers: Record<string, string> = {
      ...this.#headers,
      accept: options.accept ?? 'application/json',
      ...options.headers,
    };
    if (options.body !== undefined) headers['content-type'] = options.contentType ?? 'application/json';
    return { method, path: path + encodeQuery(options.query), headers, body: sortedKeys(options.body) };
  }

  #warn(response: RestResponse): void {
    const header = response.headers.warning;
    if (header === undefined) return;
    for (const match of header.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)) {
      const message = match[1]!.replace(/\\(.)/g, '$1');
      if (this.#warned.has(message)) continue;
      this.#warned.add(message);
      this.warnings++;
      const label = this.#env.stderr.isTerminal ? '\x1b[33;1mWarning:\x1b[0m' : 'Warning:';
      this.#env.stderr.write(`${label} ${message}\n`);
    }
  }

  /** The answer whatever its status. Throws a UrlError where the server cannot be reached. */
  async raw(method: RestRequest['method'], path: string, options: RequestOptions = {}): Promise<RestResponse> {
    const request = this.#build(method, path, options);
    try {
      const response = await this.rest.request(request, this.#env.signal);
      this.#warn(response);
      return response;
    } catch (error) {
      if (this.#env.signal?.aborted === true) throw new ExitError(130);
      if (error instanceof ConnectionError) {
        const verb = method.charAt(0) + method.slice(1).toLowerCase();
        throw new UrlError(verb, `${this.rest.server}${request.path}`, error.message);
      }
      throw error;
    }
  }

  /** The body of a successful answer; throws a StatusError for any other. */
  async request<T = ApiObject>(method: RestRequest['method'], path: string, options: RequestOptions = {}): Promise<T> {
    const response = await this.raw(method, path, options);
    // A request of --raw names no resource that an answer could be about.
    const named = options.accept === '*/*' ? undefined : { method, path };
    if (response.status < 200 || response.status > 299) throw statusErrorOf(response, named);
    return response.body as T;
  }

  get<T = ApiObject>(path: string, options: RequestOptions = {}): Promise<T> {
    return this.request<T>('GET', path, options);
  }

  /** Opens a long-running request. The first head that is not a success rejects `opened`. */
  open(
    method: RestRequest['method'],
    path: string,
    options: RequestOptions,
    onChunk: (chunk: StreamChunk) => void,
  ): { stream: RestStream; opened: Promise<RestResponse>; ended: Promise<void> } {
    const request = this.#build(method, path, options);
    let resolveOpened: (response: RestResponse) => void = () => {};
    let rejectOpened: (error: Error) => void = () => {};
    let resolveEnded: () => void = () => {};
    const opened = new Promise<RestResponse>((resolve, reject) => {
      resolveOpened = resolve;
      rejectOpened = reject;
    });
    const ended = new Promise<void>((resolve) => {
      resolveEnded = resolve;
    });
    const stream = this.rest.stream(request, {
      head: (response) => {
        this.#warn(response);
        if (response.status < 200 && response.status !== 101) rejectOpened(statusErrorOf(response));
        else if (response.status > 299) rejectOpened(statusErrorOf(response));
        else resolveOpened(response);
      },
      chunk: onChunk,
      end: () => {
        rejectOpened(new UrlError('Get', `${this.rest.server}${request.path}`, 'EOF'));
        resolveEnded();
      },
    });
    const signal = this.#env.signal;
    const abort = () => stream.close();
    if (signal !== undefined) {
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
      void ended.then(() => signal.removeEventListener('abort', abort));
    }
    opened.catch(() => {});
    return { stream, opened, ended };
  }

  /** Calls `onEvent` for each event of a watch until it answers true, the watch ends, or `signal` stops it. */
  async watch(
    path: string,
    options: RequestOptions,
    onEvent: (event: RestWatchEvent) => boolean | undefined,
    signal?: AbortSignal,
  ): Promise<'done' | 'ended'> {
    let done = false;
    const { stream, opened, ended } = this.open('GET', path, options, (chunk) => {
      if (done || chunk.kind !== 'watch') return;
      if (onEvent(chunk.event) === true) {
        done = true;
        stream.close();
      }
    });
    const abort = () => stream.close();
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted === true) abort();
    try {
      await opened.catch((error) => {
        if (!(error instanceof UrlError) || !done) throw error;
      });
      await ended;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
    return done ? 'done' : 'ended';
  }
}
