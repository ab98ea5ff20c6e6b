import { parseJson } from '../api/json.ts';
import type { RestRequest, RestStream, StreamHandler } from '../client/rest.ts';
import { type Engine, type Micros, SECOND, Task } from '../engine/index.ts';
import { NetworkError, type NetworkStack, type TlsClient, type Trust } from '../images/process.ts';
import type { StreamRequest, StreamSession } from '../node/cri/stream.ts';
import { fromByteString, toByteString } from '../node/kubelet/byte-string.ts';

/** Channel on which the exit code of a command comes, as decimal digits. The others are those of exec: 0 stdin, 1 stdout, 2 stderr, 4 size. */
export const EXIT_CODE_CHANNEL = 3;

const PREFIX = '/machines/';
const NETWORK_TIMEOUT: Micros = 127 * SECOND;

/** A machine that people can log in to. */
export interface LoginMachine {
  readonly stack: NetworkStack;
  /** Puts the operating system's files on its disk, if nobody has looked there yet. */
  furnish(): void;
  /** Why nobody gets through to it; `undefined` when it answers. */
  unreachable(): string | undefined;
  /** The client's side of a TLS handshake from here. */
  tls(serverName: string, trust: Trust): TlsClient;
  /** Runs a command (none: a login shell). Throws nothing: what cannot be run ends with 127 and a message. */
  run(command: readonly string[], streams: StreamRequest): StreamSession;
}

export interface RemoteOptions {
  readonly command: readonly string[];
  readonly tty: boolean;
  readonly stdin: boolean;
}

/** Where a command on a machine is asked for. */
export function machinePath(machine: string, { command, tty, stdin }: RemoteOptions): string {
  const words = command.map((word) => `command=${encodeURIComponent(word)}`);
  return `${PREFIX}${encodeURIComponent(machine)}/exec?${[`tty=${tty}`, `stdin=${stdin}`, ...words].join('&')}`;
}

/** Where an HTTP exchange from a machine is asked for; the request is the body. */
export function machineHttpPath(machine: string): string {
  return `${PREFIX}${encodeURIComponent(machine)}/http`;
}

/** What is asked for at `machineHttpPath`. */
export interface MachineHttpRequest {
  readonly host: string;
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeout?: Micros;
  /** Over TLS, to a server of that name. Its certificate comes back in the head of the answer. */
  readonly tls?: Trust & { readonly serverName: string };
}

/** Header of the answer to `machineHttpPath` that bears the server's certificate, as JSON. */
export const CERTIFICATE_HEADER = 'jotasu-certificate';

export function isMachinePath(path: string): boolean {
  return path.startsWith(PREFIX);
}

/** Opens a stream to a machine, as `ssh` would: not through the API server, which may be down. */
export function openMachine(
  engine: Engine,
  find: (name: string) => LoginMachine | undefined,
  request: RestRequest,
  handler: StreamHandler,
): RestStream {
  const [path = '', query = ''] = request.path.slice(PREFIX.length).split('?', 2);
  const [name = '', action] = path.split('/').map(decodeText);
  const machine = find(name);
  const refused =
    machine === undefined
      ? `ssh: Could not resolve hostname ${name}: Name or service not known`
      : machine.unreachable();
  if (machine === undefined || refused !== undefined) {
    handler.head({ status: 502, headers: {}, body: refused });
    handler.end();
    return CLOSED;
  }
  return action === 'http' ? openHttp(engine, machine, request, handler) : openExec(machine, query, handler);
}

const CLOSED: RestStream = { send() {}, closeInput() {}, close() {} };

function openExec(machine: LoginMachine, query: string, handler: StreamHandler): RestStream {
  const command: string[] = [];
  let tty = false;
  let stdin = false;
  for (const part of query.split('&')) {
    const equals = part.indexOf('=');
    const value = decodeText(part.slice(equals + 1));
    if (part.startsWith('command=')) command.push(value);
    else if (part.startsWith('tty=')) tty = value === 'true';
    else if (part.startsWith('stdin=')) stdin = value === 'true';
  }
  const output = (channel: number) => ({
    write: (text: string) => {
      if (text !== '') handler.chunk({ kind: 'data', channel, data: toByteString(text) });
    },
  });
  handler.head({ status: 101, headers: {}, body: '' });
  const session = machine.run(command, {
    tty,
    stdin,
    stdout: output(1),
    stderr: output(2),
    onEnd(end) {
      if ('exitCode' in end) handler.chunk({ kind: 'data', channel: EXIT_CODE_CHANNEL, data: String(end.exitCode) });
      handler.end();
    },
  });
  return {
    send(channel, data) {
      if (channel === 0) session.write(fromByteString(data));
      else if (channel === 4) {
        const size = parseJson(data).value as { Width?: unknown; Height?: unknown } | null;
        if (typeof size?.Width === 'number' && typeof size.Height === 'number') session.resize(size.Width, size.Height);
      }
    },
    closeInput: () => session.closeInput(),
    close: () => session.close(),
  };
}

function openHttp(engine: Engine, machine: LoginMachine, { body }: RestRequest, handler: StreamHandler): RestStream {
  if (!isHttpRequest(body)) {
    handler.head({ status: 400, headers: {}, body: 'not an HTTP request' });
    handler.end();
    return CLOSED;
  }
  const { host, port, method, path, headers, body: content, timeout, tls } = body;
  const secured = tls === undefined ? {} : { tls: machine.tls(tls.serverName, tls) };
  const request = { method, path, headers, body: content, ...secured };
  const exchange = machine.stack.http(host, port, request, timeout ?? NETWORK_TIMEOUT);
  const task = new Task(engine, exchange, (outcome) => {
    if (outcome.status === 'cancelled') return;
    if (outcome.status === 'returned') {
      const { status, headers: fields, body: text, certificate } = outcome.value;
      const seen =
        certificate === undefined ? fields : { ...fields, [CERTIFICATE_HEADER]: JSON.stringify(certificate) };
      handler.head({ status, headers: seen, body: text });
    } else if (outcome.error instanceof NetworkError)
      handler.head({ status: 0, headers: { error: outcome.error.code }, body: outcome.error.message });
    else throw outcome.error;
    handler.end();
  });
  return { ...CLOSED, close: () => task.cancel() };
}

function isHttpRequest(value: unknown): value is MachineHttpRequest {
  if (typeof value !== 'object' || value === null) return false;
  const { host, port, method, path, headers, body, timeout, tls } = value as Partial<
    Record<keyof MachineHttpRequest, unknown>
  >;
  return (
    [host, method, path, body].every((text) => typeof text === 'string') &&
    typeof port === 'number' &&
    (timeout === undefined || typeof timeout === 'number') &&
    (tls === undefined || isTls(tls)) &&
    typeof headers === 'object' &&
    headers !== null &&
    Object.values(headers).every((text) => typeof text === 'string')
  );
}

function isTls(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { serverName, insecure, authorities } = value as Record<string, unknown>;
  return typeof serverName === 'string' && typeof insecure === 'boolean' && typeof authorities === 'string';
}

function decodeText(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
