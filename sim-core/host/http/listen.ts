import { createServer, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { CLUSTER_AUTHORITY } from '../../cluster/authority.ts';
import type { ServingCertificates } from './certificates.ts';
import type { HttpRequest, HttpResponse } from './exchange.ts';

export interface Listeners {
  request(request: HttpRequest, response: HttpResponse): void;
  /** Exec, attach and port-forward: only HTTP/1.1 knows upgrades, and clients ask for them in it. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** How many requests one connection carries at a time (the API server's default for `--http2-max-streams-per-connection`). */
const STREAMS = 100;

/**
 * A server that does not listen yet. With certificates it speaks HTTP/2 and, to whom asks for that, HTTP/1.1, as the API server does; clients
 * can tell: over HTTP/1.1 the end of a watch races with its timeout, and kubectl warns of watches that were too short. Without, HTTP/1.1.
 */
export async function makeServer(certificates: ServingCertificates | undefined, listeners: Listeners) {
  const server = certificates === undefined ? createServer() : await secureServer(certificates);
  // Watches last for an hour, and connections are kept for the next request.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 120_000;
  server.on('request', listeners.request);
  server.on('upgrade', listeners.upgrade);
  server.on('connection', (socket: Socket) => socket.setNoDelay(true));
  return server;
}

/** HTTP/2 is loaded when it is needed: where a WebContainer runs the cluster, nobody has it. */
async function secureServer({ certificate, key, authority }: ServingCertificates) {
  const { createSecureServer } = await import('node:http2');
  const server = createSecureServer({
    allowHTTP1: true,
    settings: { maxConcurrentStreams: STREAMS },
    cert: certificate,
    key,
    // Its own, and that in whose name the cluster issues certificates.
    ca: [authority, CLUSTER_AUTHORITY],
    requestCert: true,
    // Who brings no certificate, or an unknown one, is told so by the API server.
    rejectUnauthorized: false,
  });
  // Fields of the server for HTTP/1.1, which Node has and its types leave out.
  return server as typeof server & { requestTimeout: number; keepAliveTimeout: number };
}
