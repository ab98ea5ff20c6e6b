import type { Engine, Micros, Timer } from '../engine/index.ts';
import {
  type Certificate,
  type Headers,
  type HttpRequest,
  type HttpResponse,
  NetworkError,
  type TlsClient,
} from '../images/process.ts';
import { type Capture, showHandshake, showPiece } from './capture.ts';
import { readResponse, requestText, responseText } from './http-wire.ts';
import { formatIPv4, type IPv4 } from './ipv4.ts';
import type { NetworkNamespace } from './namespace.ts';
import { TCP } from './packet.ts';
import type { Passage } from './passage.ts';
import { failureOf, passes, refused, reset, type Sent, sendFirst, timedOut } from './send.ts';
import type { Service, Socket } from './socket.ts';
import type { SocketOwner } from './socket-owner.ts';
import { TcpConnection } from './tcp.ts';

export interface OutgoingRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Headers;
  readonly body?: string;
  /** Given: over TLS. */
  readonly tls?: TlsClient;
  /** As `HttpRequest.recurring`. */
  readonly recurring?: boolean;
}

/**
 * One HTTP exchange over a connection of its own: handshake, request, answer. When all goes well it costs two events: the request
 * arrives (one and a half round trips after the first packet), the answer arrives.
 */
export class HttpExchange {
  private readonly engine: Engine;
  private readonly namespace: NetworkNamespace;
  private readonly owner: SocketOwner;
  private readonly request: OutgoingRequest;
  private readonly sent: Sent;
  private readonly deadline: Micros;
  private readonly resume: (response: HttpResponse) => void;
  private readonly fail: (error: unknown) => void;
  private readonly immediate: boolean;
  private timer: Timer | undefined;
  private finished = false;

  /**
   * Starts it. `immediate` lets a server that answers without waiting answer at once, taking no virtual time: for probes, whose
   * number is great and whose timing nobody looks at. `passage` is told what the way depends on.
   */
  constructor(
    owner: SocketOwner,
    namespace: NetworkNamespace,
    address: IPv4,
    port: number,
    request: OutgoingRequest,
    timeout: Micros,
    resume: (response: HttpResponse) => void,
    fail: (error: unknown) => void,
    immediate = false,
    passage?: Passage,
  ) {
    this.engine = owner.engine;
    this.owner = owner;
    this.namespace = namespace;
    this.request = request;
    this.deadline = owner.engine.now + timeout;
    this.resume = resume;
    this.fail = fail;
    this.immediate = immediate;
    const about = () => `${request.method ?? 'GET'} ${request.path}`;
    this.sent = sendFirst(namespace, TCP, address, port, about, undefined, passage);
    const { journey, cause, capture } = this.sent;
    if (capture !== undefined) this.showBegin(capture);
    if (journey.outcome !== 'delivered') this.undelivered();
    else if (immediate) this.engine.because(cause, () => this.arrive());
    else {
      const before = this.engine.cause;
      this.engine.cause = cause;
      this.timer = this.engine.after(3 * journey.latency, () => this.arrive());
      this.engine.cause = before;
    }
  }

  /** The asker no longer waits. */
  cancel(): void {
    this.finished = true;
    if (this.sent.capture !== undefined) this.sent.capture.over = true;
    this.engine.cancel(this.timer);
  }

  /** Shows the handshake and the request to those who watch. What TLS carries is nobody's to read. */
  private showBegin(capture: Capture): void {
    const { journey, packet } = this.sent;
    const listener = journey.namespace.socket(TCP, packet.destinationPort, packet.destination);
    showHandshake(capture, journey, listener !== undefined);
    if (journey.outcome !== 'delivered' || listener?.service.kind !== 'http') return;
    const text = requestText(this.request, formatIPv4(packet.destination));
    showPiece(capture, 'forth', this.seal(text), journey.latency, 2 * journey.latency);
  }

  /** Shows the answer, and the end of the connection. */
  private showEnd(capture: Capture, response: HttpResponse): void {
    const { latency } = this.sent.journey;
    const text = responseText(response, this.request.method ?? 'GET');
    showPiece(capture, 'back', this.seal(text), latency);
    showPiece(capture, 'forth', '', latency, latency);
    showPiece(capture, 'back', '', latency, 2 * latency);
  }

  private seal(text: string): string {
    return this.request.tls === undefined ? text : '\0'.repeat(text.length + 22);
  }

  private undelivered(): void {
    const failure = failureOf(this.sent);
    if (failure === undefined || this.engine.now + failure.after > this.deadline) this.awaitDeadline();
    else if (this.immediate && failure.after <= 2 * this.sent.journey.latency)
      this.finish(() => this.fail(failure.error));
    else this.timer = this.engine.after(failure.after, () => this.finish(() => this.fail(failure.error)));
  }

  /** Nothing comes: waiting for it is a deadline, which a settled cluster may have. */
  private awaitDeadline(): void {
    this.engine.cancel(this.timer);
    this.timer = this.engine.background(this.deadline - this.engine.now, () =>
      this.finish(() => this.fail(timedOut())),
    );
  }

  private arrive(): void {
    const { journey, packet } = this.sent;
    if (this.engine.now >= this.deadline && !this.immediate) {
      this.finish(() => this.fail(timedOut()));
      return;
    }
    if (!passes(journey)) {
      this.awaitDeadline();
      return;
    }
    const socket = journey.namespace.socket(TCP, packet.destinationPort, packet.destination);
    if (socket === undefined) this.finish(() => this.fail(refused()));
    else if (socket.service.kind === 'http') this.serve(socket, socket.service);
    else if (this.request.tls === undefined) this.overTcp(socket);
    else this.finish(() => this.fail(notTls()));
  }

  private serve(socket: Socket, { handle, tls: server }: HttpService): void {
    const { packet } = this.sent;
    const { method = 'GET', path, headers, body = '', tls: client, recurring } = this.request;
    let certificate: Certificate | undefined;
    if (client !== undefined) {
      certificate = server?.(client.serverName);
      const problem = certificate === undefined ? notTls() : client.verify(certificate);
      if (problem !== undefined) {
        this.finish(() => this.fail(problem));
        return;
      }
    }
    const request: HttpRequest = {
      method,
      path,
      headers: headers?.host === undefined ? { host: formatIPv4(packet.destination), ...headers } : headers,
      body,
      remoteAddress: formatIPv4(packet.source),
      remotePort: packet.sourcePort,
      ...(client === undefined ? {} : { tls: { serverName: client.serverName } }),
      ...(recurring === true ? { recurring } : {}),
    };
    let answered = false;
    socket.owner.run(handle(request), (outcome) => {
      answered = true;
      if (outcome.status === 'returned') this.answer(certificate ? { ...outcome.value, certificate } : outcome.value);
      else this.answer(undefined);
    });
    if (!answered) this.awaitDeadline();
  }

  /** The server has answered, or closed the connection without an answer. */
  private answer(response: HttpResponse | undefined): void {
    if (this.finished) return;
    const { capture } = this.sent;
    if (capture !== undefined && response !== undefined) this.showEnd(capture, response);
    const done = () => this.finish(() => (response === undefined ? this.fail(reset()) : this.resume(response)));
    if (this.immediate && this.timer === undefined) {
      done();
      return;
    }
    const { journey } = this.sent;
    if (!passes(journey) || this.engine.now + journey.latency > this.deadline) this.awaitDeadline();
    else {
      this.engine.cancel(this.timer);
      this.timer = this.engine.after(journey.latency, done);
    }
  }

  /** The server reads and writes the connection itself: the request goes as text, and the answer is read from text. */
  private overTcp(socket: Socket): void {
    const { packet } = this.sent;
    const [near, far] = connect(this.owner, this.namespace, socket, this.sent);
    const { handle } = socket.service as Extract<Socket['service'], { kind: 'tcp' }>;
    this.awaitDeadline();
    socket.owner.run(handle(far), () => far.close());
    near.write(requestText(this.request, formatIPv4(packet.destination)));
    this.owner.run(readResponse(near, this.request.method ?? 'GET'), (outcome) => {
      near.close();
      if (this.finished) return;
      const value = outcome.status === 'returned' ? outcome.value : undefined;
      this.finish(() => (value === undefined ? this.fail(reset()) : this.resume(value)));
    });
  }

  private finish(tell: () => void): void {
    if (this.finished) return;
    this.finished = true;
    this.engine.cancel(this.timer);
    if (this.sent.capture !== undefined) this.sent.capture.over = true;
    tell();
  }
}

type HttpService = Extract<Service, { kind: 'http' }>;

/** The server does not speak TLS: it answers the handshake with plain text. */
function notTls(): NetworkError {
  return new NetworkError('EPROTO', 'wrong version number');
}

/** Both ends of a connection whose first packet has arrived at a socket. */
export function connect(
  owner: SocketOwner,
  namespace: NetworkNamespace,
  socket: Socket,
  { packet, journey, capture }: Sent,
): [TcpConnection, TcpConnection] {
  // The near end sees the address it asked for only if nothing rewrote it; what it sees is what ss shows on the far side.
  const near = {
    namespace,
    owner,
    address: namespace.address,
    port: packet.sourcePort,
    remoteAddress: packet.destination,
    remotePort: packet.destinationPort,
  };
  const far = {
    namespace: journey.namespace,
    owner: socket.owner,
    address: packet.destination,
    port: packet.destinationPort,
    remoteAddress: packet.source,
    remotePort: packet.sourcePort,
  };
  return TcpConnection.pair(near, far, journey.latency, journey.machines, capture);
}
