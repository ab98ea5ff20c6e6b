import type { Container, Probe } from 'kubernetes-types/core/v1';
import type { Coroutine } from '../../engine/index.ts';
import { SECOND } from '../../engine/index.ts';
import { type HttpResponse, NetworkError, type NetworkStack } from '../../images/process.ts';
import { CriError } from '../cri/error.ts';
import type { RuntimeService } from '../cri/runtime-service.ts';
import { resolvePort } from './container-port.ts';
import { dialError, getError, joinHostPort } from './go-network.ts';

/** `unknown`: the probe itself could not be done; it says nothing of the container. */
export interface ProbeOutcome {
  readonly result: 'success' | 'failure' | 'warning' | 'unknown';
  readonly output: string;
}

const SUCCESS: ProbeOutcome = Object.freeze({ result: 'success', output: '' });
const USER_AGENT = 'kube-probe/1.33';
/** What an HTTP probe says of itself. */
export const PROBE_HEADERS: Readonly<Record<string, string>> = Object.freeze({
  'user-agent': USER_AGENT,
  accept: '*/*',
  connection: 'close',
});
const MAX_OUTPUT = 10 * 1024;
const MAX_REDIRECTS = 10;

/** What a probe is done to. */
export interface ProbeTarget {
  readonly container: Container;
  readonly containerId: string;
  readonly podIp: string;
}

/** Does a probe once (prober.runProbe). */
export function* runProbe(
  runtime: RuntimeService,
  network: NetworkStack,
  probe: Probe,
  target: ProbeTarget,
): Coroutine<ProbeOutcome> {
  const timeout = probe.timeoutSeconds ?? 1;
  if (probe.exec !== undefined) return yield* execProbe(runtime, probe.exec.command ?? [], target.containerId, timeout);
  try {
    if (probe.httpGet !== undefined) return yield* httpProbe(network, probe.httpGet, target, timeout);
    if (probe.tcpSocket !== undefined) return yield* tcpProbe(network, probe.tcpSocket, target, timeout);
    if (probe.grpc !== undefined) return yield* grpcProbe(network, probe.grpc, target, timeout);
  } catch (error) {
    if (error instanceof Error && !(error instanceof NetworkError)) {
      // A port that has no number, say.
      return { result: 'unknown', output: error.message };
    }
    throw error;
  }
  return { result: 'unknown', output: `missing probe handler for ${target.container.name}` };
}

function* execProbe(
  runtime: RuntimeService,
  command: readonly string[],
  containerId: string,
  timeout: number,
): Coroutine<ProbeOutcome> {
  try {
    const { stdout, stderr, exitCode } = yield* runtime.execSync(containerId, command, timeout);
    const output = (stdout + stderr).slice(0, MAX_OUTPUT);
    return { result: exitCode === 0 ? 'success' : 'failure', output };
  } catch (error) {
    if (!(error instanceof CriError)) throw error;
    if (error.code === 'DeadlineExceeded') {
      return { result: 'failure', output: `command "${command.join(' ')}" timed out` };
    }
    return { result: 'unknown', output: error.message };
  }
}

function* httpProbe(
  network: NetworkStack,
  action: NonNullable<Probe['httpGet']>,
  { container, podIp }: ProbeTarget,
  timeout: number,
): Coroutine<ProbeOutcome> {
  const { path = '/', host = '', scheme = 'HTTP', httpHeaders = [] } = action;
  const port = resolvePort(action.port, container);
  const target = host === '' ? podIp : host;
  const base = `${scheme.toLowerCase()}://${joinHostPort(target, port)}`;
  const headers: Record<string, string> = { ...PROBE_HEADERS };
  for (const { name, value } of httpHeaders) {
    if (name.toLowerCase() !== '__proto__') headers[name.toLowerCase()] = value;
  }
  let at = path.startsWith('/') ? path : `/${path}`;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    let response: HttpResponse;
    try {
      const tls = scheme === 'HTTPS' ? { tls: { serverName: target, verify: () => undefined } } : {};
      response = yield* network.http(target, port, { method: 'GET', path: at, headers, ...tls }, timeout * SECOND);
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      return { result: 'failure', output: getError(error, `${base}${at}`, target, port) };
    }
    const { status, body } = response;
    const location = response.headers.location;
    if (status >= 300 && status < 400 && location !== undefined) {
      const next = location.startsWith(base) ? location.slice(base.length) || '/' : location;
      if (!next.startsWith('/')) {
        return { result: 'warning', output: `Probe terminated redirects, Response body: ${body}` };
      }
      at = next;
      continue;
    }
    if (status >= 200 && status < 400) return SUCCESS;
    return { result: 'failure', output: `HTTP probe failed with statuscode: ${status}` };
  }
  return { result: 'failure', output: `Get "${at}": stopped after 10 redirects` };
}

function* tcpProbe(
  network: NetworkStack,
  action: NonNullable<Probe['tcpSocket']>,
  { container, podIp }: ProbeTarget,
  timeout: number,
): Coroutine<ProbeOutcome> {
  const port = resolvePort(action.port, container);
  const host = action.host === undefined || action.host === '' ? podIp : action.host;
  try {
    const connection = yield* network.connect(host, port, timeout * SECOND);
    connection.close();
    return SUCCESS;
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    return { result: 'failure', output: dialError(error, host, port) };
  }
}

/**
 * The gRPC health check. Programs serve it as the HTTP request that gRPC is made of, with JSON in the place of protobuf:
 * `POST /grpc.health.v1.Health/Check`.
 */
function* grpcProbe(
  network: NetworkStack,
  { port, service = '' }: NonNullable<Probe['grpc']>,
  { podIp }: ProbeTarget,
  timeout: number,
): Coroutine<ProbeOutcome> {
  const address = joinHostPort(podIp, port);
  const headers = { 'content-type': 'application/grpc', 'user-agent': USER_AGENT };
  const request = { method: 'POST', path: '/grpc.health.v1.Health/Check', headers, body: JSON.stringify({ service }) };
  let response: HttpResponse | undefined;
  try {
    response = yield* network.http(podIp, port, request, timeout * SECOND);
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
  }
  const code = response?.headers['grpc-status'];
  if (response === undefined || code === undefined) {
    // Nobody listens, or one who does not speak HTTP/2: the client dials again and again until its time is over.
    const text = `timeout: failed to connect service "${address}" within ${timeout}s: context deadline exceeded`;
    return { result: 'failure', output: text };
  }
  if (code === '12') {
    const text = `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${response.headers['grpc-message'] ?? 'unknown service grpc.health.v1.Health'}`;
    return { result: 'failure', output: text };
  }
  if (code !== '0') {
    const text = `error: health rpc probe failed: rpc error: code = NotFound desc = ${response.headers['grpc-message'] ?? 'unknown service'}`;
    return { result: 'failure', output: text };
  }
  const status = /"status"\s*:\s*"([A-Z_]+)"/.exec(response.body)?.[1] ?? 'UNKNOWN';
  if (status === 'SERVING') return SUCCESS;
  return { result: 'failure', output: `service unhealthy (responded with "${status}")` };
}
