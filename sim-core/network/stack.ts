import { type Coroutine, type Micros, SECOND, suspend } from '../engine/index.ts';
import {
  type Connection,
  type HttpResponse,
  type Listener,
  NetworkError,
  type NetworkStack,
  type TlsServer,
} from '../images/process.ts';
import { datagram as content, showHandshake } from './capture.ts';
import { type DnsQuery, type DnsResponse, isResponse, type RecordType } from './dns/message.ts';
import { connect, HttpExchange, type OutgoingRequest } from './http-exchange.ts';
import { serveText } from './http-wire.ts';
import { formatIPv4, type IPv4, parseIPv4 } from './ipv4.ts';
import type { NetworkNamespace } from './namespace.ts';
import { type ProtocolNumber, TCP, UDP } from './packet.ts';
import type { Passage } from './passage.ts';
import { candidates, type ResolverConfig } from './resolver.ts';
import { failureOf, passes, refused, sendFirst, timedOut } from './send.ts';
import { type HttpHandler, type Service, Socket, type TcpHandler, type UdpHandler } from './socket.ts';
import { SocketOwner } from './socket-owner.ts';

/** Linux gives a connection up after about two minutes of sending its first packet again. */
const CONNECT_TIMEOUT: Micros = 127 * SECOND;

/**
 * The network as programs of one namespace see it. `forProcess` gives each process a stack of its own, whose sockets end with it.
 */
export class ProcessStack implements NetworkStack {
  readonly namespace: NetworkNamespace;
  readonly hostname: string;
  readonly resolver: ResolverConfig;
  private sockets: SocketOwner | undefined;
  private readonly user: number;

  constructor(namespace: NetworkNamespace, hostname: string, resolver: ResolverConfig, user = 0) {
    this.namespace = namespace;
    this.hostname = hostname;
    this.resolver = resolver;
    this.user = user;
  }

  /** Holds what is opened. A sandbox's stack never opens anything: the processes in it have stacks of their own. */
  private get owner(): SocketOwner {
    this.sockets ??= new SocketOwner(this.namespace.fabric.engine, this.namespace.name);
    return this.sockets;
  }

  get address(): string {
    return formatIPv4(this.namespace.address);
  }

  /** The same network for one process of a user: `release` closes what it has opened. */
  forProcess(user = 0): ProcessStack {
    return new ProcessStack(this.namespace, this.hostname, this.resolver, user);
  }

  /** The process has ended: its sockets close, its connections are reset. */
  release(): void {
    this.sockets?.release();
  }

  listen(port: number, handle: TcpHandler): Listener {
    return this.open(TCP, port, { kind: 'tcp', handle });
  }

  serveHttp(port: number, handle: HttpHandler, tls?: TlsServer, local?: boolean): Listener {
    return this.open(TCP, port, tls === undefined ? { kind: 'http', handle } : { kind: 'http', handle, tls }, local);
  }

  /** Serves UDP; what `handle` answers is sent back. Throws EADDRINUSE. */
  serveUdp(port: number, handle: UdpHandler): Listener {
    return this.open(UDP, port, { kind: 'udp', handle });
  }

  *connect(host: string, port: number, timeout: Micros = CONNECT_TIMEOUT): Coroutine<Connection> {
    const address = yield* this.addressOf(host);
    return yield* suspend<Connection>((resume, fail, engine) => {
      const sent = sendFirst(this.namespace, TCP, address, port, () => `connect ${host}:${port}`);
      const { journey, packet, cause, capture } = sent;
      if (capture !== undefined) {
        showHandshake(
          capture,
          journey,
          journey.namespace.socket(TCP, packet.destinationPort, packet.destination) !== undefined,
        );
        engine.background(timeout, () => {
          capture.over = true;
        });
      }
      const failure = journey.outcome === 'delivered' ? undefined : failureOf(sent);
      if (journey.outcome !== 'delivered' && (failure === undefined || failure.after > timeout)) {
        const timer = engine.background(timeout, () => fail(timedOut()));
        return () => engine.cancel(timer);
      }
      if (failure !== undefined) {
        const timer = engine.after(failure.after, () => fail(failure.error));
        return () => engine.cancel(timer);
      }
      let timer = engine.because(cause, () =>
        engine.after(2 * journey.latency, () => {
          if (!passes(journey)) {
            timer = engine.background(timeout, () => fail(timedOut()));
            return;
          }
          const socket = journey.namespace.socket(TCP, packet.destinationPort, packet.destination);
          if (socket === undefined) {
            fail(refused());
            return;
          }
          const [near, far] = connect(this.owner, this.namespace, socket, sent);
          const { service } = socket;
          resume(near);
          if (service.kind === 'http') socket.owner.run(serveText(far, service.handle), () => far.close());
          else if (service.kind === 'tcp') socket.owner.run(service.handle(far), () => far.close());
        }),
      );
      return () => engine.cancel(timer);
    });
  }

  *http(
    host: string,
    port: number,
    request: OutgoingRequest,
    timeout: Micros = CONNECT_TIMEOUT,
  ): Coroutine<HttpResponse> {
    const address = parseIPv4(host) ?? (yield* this.addressOf(host));
    const named =
      request.headers?.host === undefined
        ? { ...request, headers: { host: hostHeader(host, port, request), ...request.headers } }
        : request;
    return yield* suspend<HttpResponse>((resume, fail) => {
      const exchange = new HttpExchange(this.owner, this.namespace, address, port, named, timeout, resume, fail);
      return () => exchange.cancel();
    });
  }

  /**
   * One HTTP exchange for a kubelet's probe: a server that answers without waiting answers within this call, at no cost in virtual
   * time or events; else `done` hears later. Returns what gives it up. `passage` is told what the way depends on.
   */
  probeHttp(
    host: string,
    port: number,
    request: OutgoingRequest,
    timeout: Micros,
    done: (result: HttpResponse | NetworkError) => void,
    passage?: Passage,
  ): () => void {
    const address = parseIPv4(host);
    if (address === undefined) {
      done(notFound(host));
      return () => {};
    }
    const failed = (error: unknown) => done(error as NetworkError);
    const { owner, namespace } = this;
    const exchange = new HttpExchange(owner, namespace, address, port, request, timeout, done, failed, true, passage);
    return () => exchange.cancel();
  }

  /** Whether a TCP connection to an address can be made, for a kubelet's probe. Answers at once, if at all possible. */
  probeTcp(host: string, port: number, timeout: Micros, done: (error: NetworkError | undefined) => void): () => void {
    const address = parseIPv4(host);
    if (address === undefined) {
      done(notFound(host));
      return () => {};
    }
    const { engine } = this.owner;
    const sent = sendFirst(this.namespace, TCP, address, port, () => `connect ${host}:${port}`);
    const { journey, packet, capture } = sent;
    if (capture !== undefined) {
      showHandshake(
        capture,
        journey,
        journey.namespace.socket(TCP, packet.destinationPort, packet.destination) !== undefined,
      );
      capture.over = true;
    }
    if (journey.outcome === 'delivered' && passes(journey)) {
      done(
        journey.namespace.socket(TCP, packet.destinationPort, packet.destination) === undefined ? refused() : undefined,
      );
      return () => {};
    }
    const failure = journey.outcome === 'delivered' ? undefined : failureOf(sent);
    const late = failure === undefined || failure.after > timeout;
    if (!late && failure.after <= 2 * journey.latency) {
      done(failure.error);
      return () => {};
    }
    const timer = engine.background(late ? timeout : failure.after, () => done(late ? timedOut() : failure.error));
    return () => engine.cancel(timer);
  }

  /** Sends a datagram to an address and waits for the answer. Throws ETIMEDOUT when none comes, ECONNREFUSED for a closed port. */
  *exchangeUdp(
    address: string,
    port: number,
    payload: unknown,
    timeout: Micros,
    about: () => string = () => '',
  ): Coroutine<unknown> {
    const destination = parseIPv4(address);
    if (destination === undefined) throw notFound(address);
    return yield* suspend<unknown>((resume, fail, engine) => {
      const sent = sendFirst(this.namespace, UDP, destination, port, about);
      const { journey, packet, cause, capture } = sent;
      capture?.forth(content(payload, packet.sourcePort));
      const deadline = engine.now + timeout;
      let timer = engine.because(cause, () => engine.after(journey.latency, arrive));
      const wait = () => {
        timer = engine.background(deadline - engine.now, () => fail(timedOut()));
      };
      function arrive() {
        const failure = journey.outcome === 'delivered' ? undefined : failureOf(sent);
        if (journey.outcome !== 'delivered') {
          if (failure === undefined || failure.after >= timeout) wait();
          else timer = engine.after(Math.max(0, failure.after - journey.latency), () => fail(failure.error));
          return;
        }
        const socket = journey.namespace.socket(UDP, packet.destinationPort, packet.destination);
        if (!passes(journey)) wait();
        else if (socket?.service.kind !== 'udp') timer = engine.after(journey.latency, () => fail(refused()));
        else {
          const datagram = { remoteAddress: formatIPv4(packet.source), remotePort: packet.sourcePort, payload };
          let answered = false;
          socket.owner.run(socket.service.handle(datagram), (outcome) => {
            if (outcome.status !== 'returned' || outcome.value === undefined || !passes(journey)) return;
            answered = true;
            engine.cancel(timer);
            const { value } = outcome;
            capture?.back(content(value, packet.sourcePort), journey.latency);
            timer = engine.after(journey.latency, () => resume(value));
          });
          if (!answered) wait();
        }
      }
      return () => engine.cancel(timer);
    });
  }

  /** Asks the name servers one question, as `dig` does: the first server that answers. Throws ETIMEDOUT when none does. */
  *query(name: string, type: RecordType, server?: string): Coroutine<DnsResponse> {
    const { servers, timeout, attempts } = this.resolver;
    const query: DnsQuery = { kind: 'dns-query', name: name.endsWith('.') ? name : `${name}.`, type };
    let last: NetworkError = timedOut();
    for (let attempt = 0; attempt < attempts; attempt++) {
      for (const address of server === undefined ? servers : [server]) {
        try {
          const answer = yield* this.exchangeUdp(address, 53, query, timeout * SECOND, () => `${type} ${query.name}`);
          if (isResponse(answer)) return answer;
        } catch (error) {
          if (!(error instanceof NetworkError)) throw error;
          last = error;
        }
      }
    }
    throw last;
  }

  *resolve(name: string): Coroutine<string[]> {
    if (parseIPv4(name) !== undefined) return [name];
    const lower = name.toLowerCase();
    if (lower === 'localhost' || lower === 'localhost.') return ['127.0.0.1'];
    if (lower === this.hostname) return [this.address];
    const { hosts } = this.resolver;
    if (hosts !== undefined && Object.hasOwn(hosts, lower)) return [hosts[lower]!];
    if (!validName(lower) || this.resolver.servers.length === 0) throw notFound(name);
    for (const candidate of candidates(lower, this.resolver)) {
      let answer: DnsResponse;
      try {
        answer = yield* this.query(candidate, 'A');
      } catch (error) {
        if (!(error instanceof NetworkError)) throw error;
        // No server answers: the resolver gives up with EAI_AGAIN.
        throw new NetworkError('ETIMEDOUT', `${name}: Temporary failure in name resolution`);
      }
      if (answer.code === 'SERVFAIL' || answer.code === 'REFUSED') continue;
      const addresses = answer.answers.filter(({ type }) => type === 'A').map(({ data }) => data);
      if (addresses.length > 0) return addresses;
    }
    throw notFound(name);
  }

  private *addressOf(host: string): Coroutine<IPv4> {
    const direct = parseIPv4(host);
    if (direct !== undefined) return direct;
    const [first] = yield* this.resolve(host);
    const address = first === undefined ? undefined : parseIPv4(first);
    if (address === undefined) throw notFound(host);
    return address;
  }

  /** Whether a socket, or an end of a connection, is held through this. */
  holds({ owner }: { readonly owner: SocketOwner }): boolean {
    return owner === this.sockets;
  }

  private open(protocol: ProtocolNumber, port: number, service: Service, local?: boolean): Listener {
    if (this.user !== 0 && port < this.namespace.kernel.unprivilegedPorts) {
      throw new NetworkError('EACCES', 'Permission denied');
    }
    const socket = new Socket(this.namespace, protocol, port, service, this.owner, local);
    if (!this.namespace.alive || !this.namespace.bind(socket)) {
      throw new NetworkError('EADDRINUSE', 'Address already in use');
    }
    this.owner.opened(socket);
    return socket;
  }
}

function hostHeader(host: string, port: number, { tls }: OutgoingRequest): string {
  return port === (tls === undefined ? 80 : 443) ? host : `${host}:${port}`;
}

function validName(name: string): boolean {
  return name.length <= 253 && /^[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?$/.test(name);
}

function notFound(name: string): NetworkError {
  return new NetworkError('ENOTFOUND', `${name}: Name or service not known`);
}

/** The stack behind what a program is given, for programs that need more of the network than others (daemons, DNS). */
export function stackOf(network: NetworkStack): ProcessStack {
  if (network instanceof ProcessStack) return network;
  throw new TypeError('this program needs a network namespace of the simulated fabric');
}
