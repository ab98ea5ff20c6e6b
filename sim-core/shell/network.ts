import { decodeUtf8, encodeUtf8 } from '../api/utf8.ts';
import { CERTIFICATE_HEADER, machineHttpPath } from '../cluster/machine-access.ts';
import { type Coroutine, type Micros, suspend } from '../engine/index.ts';
import { Pipe } from '../images/pipe.ts';
import {
  type Certificate,
  type Connection,
  type HttpResponse,
  type Listener,
  NetworkError,
  type NetworkStack,
} from '../images/process.ts';
import type { HostConnection, HostPorts } from '../kubectl/environment.ts';
import { readResponse, requestText } from '../network/http-wire.ts';
import type { Pump } from './pump.ts';
import type { ShellHost } from './shell-host.ts';

type OutgoingRequest = Parameters<NetworkStack['http']>[2];

const FIRST_FREE_PORT = 40_000;
const LOCAL = /^(localhost|127(\.\d+){3}|0\.0\.0\.0|\[?::1\]?)$/;

/**
 * The network as the learner's computer sees it: what is local are the ports that `kubectl port-forward` and `proxy` hold open; all else
 * goes into the simulated network, from where the learner's machine stands in it.
 */
export class ComputerNetwork implements NetworkStack, HostPorts {
  readonly address = '198.51.100.7';
  readonly hostname = 'learner';
  private readonly pump: Pump;
  private readonly host: ShellHost;
  /** By address family and number: `tcp4:8080`. */
  private readonly ports = new Map<string, (connection: HostConnection) => void>();

  constructor(pump: Pump, host: ShellHost) {
    this.pump = pump;
    this.host = host;
  }

  listen(port: number, handle: (connection: Connection) => Coroutine): Listener;
  listen(
    address: string,
    port: number,
    accept: (connection: HostConnection) => void,
    signal: AbortSignal | undefined,
  ): Promise<number>;
  listen(
    first: number | string,
    second: number | ((connection: Connection) => Coroutine),
    accept?: (connection: HostConnection) => void,
    signal?: AbortSignal,
  ): Listener | Promise<number> {
    if (typeof first === 'number' || typeof second !== 'number')
      throw new NetworkError('EPERM', 'servers cannot be run on this computer');
    let port = second;
    const family = first.includes(':') ? 'tcp6' : 'tcp4';
    if (port === 0) for (port = FIRST_FREE_PORT; this.ports.has(`${family}:${port}`); ) port++;
    const key = `${family}:${port}`;
    if (this.ports.has(key))
      return Promise.reject(new Error(`listen ${family} ${first}:${port}: bind: address already in use`));
    this.ports.set(key, accept!);
    signal?.addEventListener('abort', () => this.ports.delete(key), { once: true });
    return Promise.resolve(port);
  }

  serveHttp(): Listener {
    throw new NetworkError('EPERM', 'servers cannot be run on this computer');
  }

  // biome-ignore lint/correctness/useYield: names are looked up where the request is made
  *resolve(name: string): Coroutine<string[]> {
    return [LOCAL.test(name) ? '127.0.0.1' : name];
  }

  /** Who listens on a local port, of the family that a host's name means: either, for `localhost`. */
  private heldOpen(host: string, port: number): ((connection: HostConnection) => void) | undefined {
    const six = this.ports.get(`tcp6:${port}`);
    if (host.includes(':')) return six;
    return this.ports.get(`tcp4:${port}`) ?? (host === 'localhost' ? six : undefined);
  }

  *connect(host: string, port: number): Coroutine<Connection> {
    const accept = LOCAL.test(host) ? this.heldOpen(host, port) : undefined;
    if (accept === undefined) throw new NetworkError('ECONNREFUSED', 'Connection refused');
    return yield* this.connectLocal(port, accept);
  }

  *http(host: string, port: number, request: OutgoingRequest, timeout?: Micros): Coroutine<HttpResponse> {
    if (!LOCAL.test(host)) return yield* this.remote(host, port, request, timeout);
    const accept = this.heldOpen(host, port);
    if (accept === undefined) throw new NetworkError('ECONNREFUSED', 'Connection refused');
    const connection = yield* this.connectLocal(port, accept);
    const headers = { ...request.headers, connection: 'close' };
    connection.write(requestText({ ...request, headers }, `${host}:${port}`));
    try {
      const response = yield* readResponse(connection, request.method ?? 'GET');
      if (response === undefined) throw new NetworkError('ECONNRESET', 'Connection reset by peer');
      return response;
    } finally {
      connection.close();
    }
  }

  private *remote(host: string, port: number, request: OutgoingRequest, timeout?: Micros): Coroutine<HttpResponse> {
    const client = this.host.client();
    if (client === undefined) throw new NetworkError('ENETUNREACH', 'Network is unreachable');
    const { method = 'GET', path, headers = {}, body = '', tls } = request;
    // The handshake is made where the computer stands in the network: a client that trusts nothing it knows of trusts nobody.
    const trust = tls?.trust ?? { insecure: false, authorities: '' };
    const secured = tls === undefined ? {} : { tls: { serverName: tls.serverName, ...trust } };
    const limit = timeout === undefined ? {} : { timeout };
    return yield* suspend<HttpResponse>((resume, fail) => {
      const stream = client.rest.stream(
        {
          method: 'POST',
          path: machineHttpPath('learner'),
          body: { host, port, method, path, headers, body, ...limit, ...secured },
        },
        {
          head: (answer) => {
            const code = answer.headers.error;
            if (answer.status === 0) fail(new NetworkError(code as NetworkError['code'], String(answer.body)));
            else {
              const { [CERTIFICATE_HEADER]: certificate, ...fields } = answer.headers;
              const shown = certificate === undefined ? {} : { certificate: JSON.parse(certificate) as Certificate };
              resume({ status: answer.status, headers: fields, body: String(answer.body), ...shown });
            }
            this.pump.poke();
          },
          chunk() {},
          end() {},
        },
      );
      return () => stream.close();
    });
  }

  /** Both ends of a connection to a port of this computer. */
  *connectLocal(port: number, accept: (connection: HostConnection) => void): Coroutine<Connection> {
    yield* [];
    const { pump } = this;
    const incoming = new Pipe();
    const early: Uint8Array[] = [];
    let onData: ((bytes: Uint8Array) => void) | undefined;
    let onEnd: (() => void) | undefined;
    let closed = false;
    accept({
      onData(listener) {
        onData = listener;
        for (const bytes of early.splice(0)) listener(bytes);
      },
      onEnd(listener) {
        onEnd = listener;
        if (closed) listener();
      },
      write(bytes) {
        incoming.write(decodeUtf8(bytes));
        pump.poke();
      },
      end() {
        incoming.close();
        pump.poke();
      },
    });
    return {
      remoteAddress: '127.0.0.1',
      remotePort: port,
      read: () => incoming.read(),
      write(text) {
        const bytes = encodeUtf8(text);
        if (onData === undefined) early.push(bytes);
        else onData(bytes);
      },
      close() {
        if (closed) return;
        closed = true;
        onEnd?.();
      },
    };
  }
}
