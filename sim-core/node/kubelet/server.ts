import { goQuote } from '../../api/go-format.ts';
import type { Pod } from '../../api/objects.ts';
import { badRequest, notFound, StatusError } from '../../api/status.ts';
import type { ConnectionInput, ConnectionOutput } from '../../apiserver/connect.ts';
import { type Coroutine, Task } from '../../engine/index.ts';
import { type Connection, NetworkError } from '../../images/process.ts';
import { CriError } from '../cri/error.ts';
import type { StreamEnd, StreamRequest, StreamSession } from '../cri/stream.ts';
import { fromByteString, toByteString } from './byte-string.ts';
import { sendLogs } from './container-logs.ts';
import type { Kubelet } from './kubelet.ts';
import type { PodWorker } from './pod-worker.ts';
import { isRunning, latest } from './runtime-view.ts';
import { type StatsSummary, statsSummary } from './stats-summary.ts';
import { viewOf } from './sync-pod.ts';

type Query = ReadonlyMap<string, readonly string[]>;

const STDOUT = 1;
const STDERR = 2;
const ERROR = 3;
const STDIN = 0;
const RESIZE = 4;

/** What a kubelet serves on port 10250, for the API server's subresources `log`, `exec`, `attach` and `portforward`. */
export class KubeletServer {
  private readonly kubelet: Kubelet;

  constructor(kubelet: Kubelet) {
    this.kubelet = kubelet;
  }

  /** Opens a connection for a subresource of a pod. Throws a StatusError when it cannot be. */
  connect(pod: Pod, subresource: string, query: Query, output: ConnectionOutput): ConnectionInput {
    const worker = this.worker(pod);
    switch (subresource) {
      case 'log':
        return this.log(worker, query, output);
      case 'exec':
        return this.exec(worker, query, output);
      case 'attach':
        return this.attach(worker, query, output);
      case 'portforward':
        return this.portForward(worker, query, output);
      default:
        throw new StatusError(404, 'NotFound', '404 page not found');
    }
  }

  /** The answer to `/stats/summary`. */
  summary(): StatsSummary {
    const { kubelet } = this;
    return statsSummary(kubelet, kubelet.workers(), kubelet.disk, kubelet.memoryInUse());
  }

  /** Opens a connection to a port of a pod. Throws `CriError`. */
  *dial(pod: Pod, port: number): Coroutine<Connection> {
    return yield* this.kubelet.runtime.portForward(this.sandbox(this.worker(pod)), port);
  }

  private worker(pod: Pod): PodWorker {
    const { name, namespace = '' } = pod.metadata;
    const worker = this.kubelet.find(namespace, name);
    if (worker === undefined) throw notFound({ group: '', plural: 'pods' }, `${namespace}/${name}`);
    return worker;
  }

  private log(worker: PodWorker, query: Query, output: ConnectionOutput): ConnectionInput {
    const number = (name: string) => {
      const text = one(query, name);
      if (text === '') return undefined;
      const value = Number(text);
      if (!Number.isInteger(value)) throw badRequest(`strconv.ParseInt: parsing ${goQuote(text)}: invalid syntax`);
      return value;
    };
    const sinceTime = one(query, 'sinceTime');
    const options = {
      container: this.containerName(worker, query),
      follow: flag(query, 'follow'),
      previous: flag(query, 'previous'),
      timestamps: flag(query, 'timestamps'),
      sinceSeconds: number('sinceSeconds'),
      tailLines: number('tailLines'),
      limitBytes: number('limitBytes'),
      ...(sinceTime === '' ? {} : { sinceTime }),
    };
    const stop = sendLogs(
      this.kubelet,
      worker,
      options,
      (bytes) => output.data(STDOUT, bytes),
      () => output.end(),
    );
    return { send: () => {}, closeInput: () => {}, close: stop };
  }

  private exec(worker: PodWorker, query: Query, output: ConnectionOutput): ConnectionInput {
    const id = this.runningContainer(worker, query);
    const command = query.get('command') ?? [];
    return this.stream(query, output, 'executing command in container', (request) =>
      this.kubelet.runtime.exec(id, command, request),
    );
  }

  private attach(worker: PodWorker, query: Query, output: ConnectionOutput): ConnectionInput {
    const id = this.runningContainer(worker, query);
    return this.stream(query, output, 'attaching to container', (request) => this.kubelet.runtime.attach(id, request));
  }

  /** Joins a connection's channels to a process in a container. */
  private stream(
    query: Query,
    output: ConnectionOutput,
    doing: string,
    open: (request: StreamRequest) => StreamSession,
  ): ConnectionInput {
    const tty = flag(query, 'tty');
    const sink = (channel: number) => ({ write: (text: string) => output.data(channel, toByteString(text)) });
    const finish = (status: object) => {
      output.data(ERROR, JSON.stringify(status));
      output.end();
    };
    const request: StreamRequest = {
      tty,
      stdin: flag(query, 'stdin'),
      ...(flag(query, 'stdout') ? { stdout: sink(STDOUT) } : {}),
      ...(flag(query, 'stderr') && !tty ? { stderr: sink(STDERR) } : {}),
      onEnd: (end) => finish(endStatus(end, doing)),
    };
    let session: StreamSession;
    try {
      session = open(request);
    } catch (error) {
      if (!(error instanceof CriError)) throw error;
      finish(endStatus({ error }, doing));
      return { send: () => {}, closeInput: () => {}, close: () => {} };
    }
    const decoder = new Utf8Stream();
    return {
      send(channel, data) {
        if (channel === STDIN) session.write(decoder.push(data));
        else if (channel === RESIZE) resize(session, data);
      },
      closeInput: () => session.closeInput(),
      close: () => session.close(),
    };
  }

  /**
   * Forwards ports on pairs of channels, as `v4.channel.k8s.io` has it: data on 2n, errors on 2n+1; each channel of a pair
   * begins with the port as two bytes, the low one first.
   */
  private portForward(worker: PodWorker, query: Query, output: ConnectionOutput): ConnectionInput {
    // Over SPDY a port is named with each pair of streams, and a request of its own is made here for each.
    if (!query.has('ports')) return { send: () => {}, closeInput: () => {}, close: () => {} };
    const ports = (query.get('ports') ?? []).flatMap((list) => list.split(',')).map(Number);
    if (ports.length === 0 || ports.some((port) => !Number.isInteger(port) || port < 1 || port > 65_535)) {
      throw badRequest('query parameter "ports" is required');
    }
    const { engine, runtime } = this.kubelet;
    const sandbox = this.sandbox(worker);
    const connections: (Connection | undefined)[] = [];
    const waiting: string[][] = ports.map(() => []);
    const tasks = ports.map((port, index) => {
      const bytes = String.fromCharCode(port & 255, port >> 8);
      output.data(2 * index, bytes);
      output.data(2 * index + 1, bytes);
      const body = function* (): Coroutine {
        try {
          const connection = yield* runtime.portForward(sandbox, port);
          connections[index] = connection;
          for (const text of waiting[index]!) connection.write(text);
          for (let piece = yield* connection.read(); piece !== undefined; piece = yield* connection.read()) {
            output.data(2 * index, toByteString(piece));
          }
          output.end();
        } catch (error) {
          if (!(error instanceof CriError || error instanceof NetworkError)) throw error;
          const text = error instanceof CriError ? error.description : error.message;
          output.data(2 * index + 1, toByteString(`error forwarding port ${port} to pod ${sandbox}: ${text}`));
          output.end();
        }
      };
      return new Task(engine, body());
    });
    const decoders = ports.map(() => new Utf8Stream());
    return {
      send(channel, data) {
        const index = channel >> 1;
        if ((channel & 1) === 1 || index >= ports.length) return;
        const text = decoders[index]!.push(data);
        const connection = connections[index];
        if (connection === undefined) waiting[index]!.push(text);
        else connection.write(text);
      },
      closeInput: () => {},
      close: () => {
        for (const task of tasks) task.cancel();
        for (const connection of connections) connection?.close();
      },
    };
  }

  private containerName({ pod }: PodWorker, query: Query): string {
    return one(query, 'container') || (pod.spec.containers[0]?.name ?? '');
  }

  private runningContainer(worker: PodWorker, query: Query): string {
    const name = this.containerName(worker, query);
    const status = latest(viewOf(this.kubelet, worker), name);
    if (isRunning(status)) return status!.id;
    throw new StatusError(500, 'InternalError', `unable to upgrade connection: container not found ("${name}")`);
  }

  private sandbox({ sandboxes, pod }: PodWorker): string {
    const id = sandboxes.at(-1);
    if (id !== undefined) return id;
    const { name, namespace } = pod.metadata;
    throw new StatusError(500, 'InternalError', `sandbox not found for pod ${namespace}/${name}`);
  }
}

function one(query: Query, name: string): string {
  return query.get(name)?.[0] ?? '';
}

function flag(query: Query, name: string): boolean {
  const value = one(query, name);
  return value === 'true' || value === '1';
}

/** The Status that ends a stream (remotecommand.v4WriteStatusFunc). */
function endStatus(end: StreamEnd, doing: string): object {
  const status = { metadata: {}, status: 'Success' };
  if ('error' in end) {
    const message = `Internal error occurred: error ${doing}: ${end.error.description}`;
    const details = { causes: [{ message: `error ${doing}: ${end.error.description}` }] };
    return { ...status, status: 'Failure', message, reason: 'InternalError', details, code: 500 };
  }
  const { exitCode } = end;
  if (exitCode === 0) return status;
  return {
    ...status,
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ message: String(exitCode), reason: 'ExitCode' }] },
  };
}

function resize(session: StreamSession, json: string): void {
  try {
    const size: unknown = JSON.parse(json);
    if (typeof size !== 'object' || size === null) return;
    const { Width, Height } = size as { Width?: unknown; Height?: unknown };
    if (typeof Width === 'number' && typeof Height === 'number') session.resize(Width, Height);
  } catch {
    // Whatever it is, it is no size: a terminal keeps the one it has.
  }
}

/** Reads text out of pieces of UTF-8 that may be cut anywhere. */
class Utf8Stream {
  private rest = '';

  push(bytes: string): string {
    const all = this.rest + bytes;
    let end = all.length;
    // A sequence that is not complete yet waits for its other bytes.
    for (let back = 1; back <= 3 && back <= all.length; back++) {
      const code = all.charCodeAt(all.length - back);
      if (code < 0x80) break;
      if (code >= 0xc0) {
        const length = code >= 0xf0 ? 4 : code >= 0xe0 ? 3 : 2;
        if (length > back) end = all.length - back;
        break;
      }
    }
    this.rest = all.slice(end);
    return fromByteString(all.slice(0, end));
  }
}
