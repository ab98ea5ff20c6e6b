import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { TLSSocket } from 'node:tls';

/** A request, whichever version of HTTP it came in: Node's two kinds are alike in what is used here. */
export type HttpRequest = IncomingMessage | Http2ServerRequest;

/** What both of Node's kinds of response can do. */
export interface HttpResponse {
  readonly headersSent: boolean;
  writeHead(status: number, headers: OutgoingHttpHeaders): unknown;
  flushHeaders(): void;
  write(chunk: string | Uint8Array): unknown;
  end(chunk?: string | Uint8Array): unknown;
  on(event: 'close', listener: () => void): unknown;
}

/** The headers without HTTP/2's own (`:path` and its like); what it calls `:authority` is the `host`. */
export function headersOf({ httpVersionMajor, headers }: HttpRequest): IncomingHttpHeaders {
  if (httpVersionMajor === 1) return headers;
  const plain: IncomingHttpHeaders = { host: headers[':authority'] as string | undefined };
  for (const [name, value] of Object.entries(headers)) if (!name.startsWith(':')) plain[name] = value;
  return plain;
}

/** Each value of a header that came more than once; its name in lower case. */
export function valuesOf({ rawHeaders }: HttpRequest, name: string): string[] {
  const values: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]!.toLowerCase() === name) values.push(rawHeaders[at + 1]!);
  }
  return values;
}

/** The connection, to ask whom its certificate names. */
export const connectionOf = (request: HttpRequest): TLSSocket => request.socket as TLSSocket;

/** Breaks the whole connection off, as a server does that is no longer there: in HTTP/2 other requests are on it, too. */
export function hangUp(request: HttpRequest): void {
  if ('stream' in request) request.stream.session?.destroy();
  else request.socket.destroy();
}
