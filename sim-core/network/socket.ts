import type { Coroutine } from '../engine/index.ts';
import type { Connection, HttpRequest, HttpResponse, Listener, TlsServer } from '../images/process.ts';
import type { NetworkNamespace } from './namespace.ts';
import type { ProtocolNumber } from './packet.ts';
import type { SocketOwner } from './socket-owner.ts';

/** A message over UDP, as its receiver sees it. What it carries is up to the protocol: DNS messages, or text. */
export interface Datagram {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly payload: unknown;
}

export type HttpHandler = (request: HttpRequest) => Coroutine<HttpResponse>;
export type TcpHandler = (connection: Connection) => Coroutine;
/** Answers a datagram; `undefined` is silence. */
export type UdpHandler = (datagram: Datagram) => Coroutine<unknown>;

export type Service =
  | { readonly kind: 'http'; readonly handle: HttpHandler; readonly tls?: TlsServer }
  | { readonly kind: 'tcp'; readonly handle: TcpHandler }
  | { readonly kind: 'udp'; readonly handle: UdpHandler };

/** A socket that waits for peers. */
export class Socket implements Listener {
  readonly namespace: NetworkNamespace;
  readonly protocol: ProtocolNumber;
  readonly port: number;
  readonly service: Service;
  readonly owner: SocketOwner;
  /** Bound to 127.0.0.1: nobody else's packets reach it. */
  readonly local: boolean;
  private closed = false;

  constructor(
    namespace: NetworkNamespace,
    protocol: ProtocolNumber,
    port: number,
    service: Service,
    owner: SocketOwner,
    local = false,
  ) {
    this.namespace = namespace;
    this.protocol = protocol;
    this.port = port;
    this.service = service;
    this.owner = owner;
    this.local = local;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.namespace.unbind(this);
    this.owner.closed(this);
  }
}
