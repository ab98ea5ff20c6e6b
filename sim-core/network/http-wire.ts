import { utf8Length } from '../api/utf8.ts';
import type { Coroutine } from '../engine/index.ts';
import type { Connection, HttpResponse } from '../images/process.ts';
import { statusText } from '../images/programs/http.ts';
import type { OutgoingRequest } from './http-exchange.ts';
import type { HttpHandler } from './socket.ts';

/** HTTP/1.1 as text, where one side of an exchange speaks TCP itself: port-forwarding, `nc`, a shell's server. */

const MAX_HEAD = 64 * 1024;

function title(name: string): string {
  return name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

export function requestText({ method = 'GET', path, headers = {}, body = '' }: OutgoingRequest, host: string): string {
  const all: Record<string, string> = { host, ...headers };
  if (body !== '' && all['content-length'] === undefined) all['content-length'] = String(utf8Length(body));
  const lines = Object.entries(all).map(([name, value]) => `${title(name)}: ${value}`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`;
}

export function responseText({ status, headers, body }: HttpResponse, method: string): string {
  const all: Record<string, string> = { ...headers };
  if (all['content-length'] === undefined && status !== 204 && status !== 304) {
    all['content-length'] = String(utf8Length(body));
  }
  const lines = Object.entries(all).map(([name, value]) => `${title(name)}: ${value}`);
  const content = method === 'HEAD' ? '' : body;
  return `HTTP/1.1 ${status} ${statusText(status)}\r\n${lines.join('\r\n')}\r\n\r\n${content}`;
}

interface Message {
  readonly first: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Reads one message. `undefined` when the connection ends before its head does. `toEnd`: without a length, all that comes is body. */
function* readMessage(
  connection: Connection,
  pending: { text: string },
  toEnd: boolean,
): Coroutine<Message | undefined> {
  let text = pending.text;
  let head = headEnd(text);
  while (head < 0) {
    if (text.length > MAX_HEAD) return undefined;
    const piece = yield* connection.read();
    if (piece === undefined) return undefined;
    text += piece;
    head = headEnd(text);
  }
  const [first = '', ...lines] = text.slice(0, head).split(/\r?\n/);
  const headers: Record<string, string> = Object.create(null);
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon > 0) headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  let body = text.slice(head).replace(/^\r?\n\r?\n/, '');
  const length = headers['content-length'];
  if (length !== undefined && /^\d+$/.test(length)) {
    while (utf8Length(body) < Number(length)) {
      const piece = yield* connection.read();
      if (piece === undefined) break;
      body += piece;
    }
    const whole = takeBytes(body, Number(length));
    pending.text = body.slice(whole.length);
    return { first, headers, body: whole };
  }
  pending.text = '';
  if (toEnd) {
    for (let piece = yield* connection.read(); piece !== undefined; piece = yield* connection.read()) body += piece;
  } else {
    pending.text = body;
    body = '';
  }
  return { first, headers, body };
}

function headEnd(text: string): number {
  const match = /\r?\n\r?\n/.exec(text);
  return match === null ? -1 : match.index;
}

function takeBytes(text: string, bytes: number): string {
  if (text.length <= bytes && utf8Length(text) <= bytes) return text;
  let count = 0;
  let end = 0;
  for (const character of text) {
    count += utf8Length(character);
    if (count > bytes) break;
    end += character.length;
  }
  return text.slice(0, end);
}

/** Reads an answer; `undefined` when the server closes the connection without one. */
export function* readResponse(connection: Connection, method: string): Coroutine<HttpResponse | undefined> {
  const message = yield* readMessage(connection, { text: '' }, method !== 'HEAD');
  const status = /^HTTP\/\d(?:\.\d)? (\d{3})/.exec(message?.first ?? '')?.[1];
  if (message === undefined || status === undefined) return undefined;
  return { status: Number(status), headers: message.headers, body: message.body };
}

/** Serves HTTP on a connection whose other end writes text: one request after the other, until it closes. */
export function* serveText(connection: Connection, handle: HttpHandler): Coroutine {
  const pending = { text: '' };
  try {
    for (;;) {
      const message = yield* readMessage(connection, pending, false);
      if (message === undefined) return;
      const match = /^([A-Z]+) (\S+)(?: HTTP\/(\d\.\d))?$/.exec(message.first);
      if (match === null) {
        connection.write(responseText({ status: 400, headers: { connection: 'close' }, body: '' }, 'GET'));
        return;
      }
      const [, method = 'GET', path = '/', version = '0.9'] = match;
      const { headers, body } = message;
      const { remoteAddress, remotePort } = connection;
      const response = yield* handle({ method, path, headers, body, remoteAddress, remotePort });
      connection.write(responseText(response, method));
      const persistent = version === '1.1' ? headers.connection !== 'close' : headers.connection === 'keep-alive';
      if (!persistent || response.headers.connection === 'close') return;
    }
  } finally {
    connection.close();
  }
}
