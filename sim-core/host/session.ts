import type { Status } from '../api/status.ts';
import { waitForAccount } from '../apiserver/account-wait.ts';
import type { RestRequest, RestResponse, RestStream, StreamChunk, StreamHandler } from '../client/rest.ts';
import {
  type Cluster,
  type ClusterOptions,
  createCluster,
  credentialsOf,
  type Fault,
  type OutsideRequest,
  type OutsideResponse,
  type OutsideTarget,
} from '../cluster/cluster.ts';
import { isMachinePath } from '../cluster/machine-access.ts';
import type { Micros } from '../engine/index.ts';
import { loadedSandbox, loadSandbox } from './load-sandbox.ts';

/** A message that crosses the host's door into the cluster. */
export type Input =
  | { readonly type: 'request'; readonly id: number; readonly request: RestRequest }
  /** A request that goes on: watch, logs, exec, attach, port-forward. */
  | { readonly type: 'open'; readonly id: number; readonly request: RestRequest }
  | { readonly type: 'send'; readonly id: number; readonly channel: number; readonly data: string }
  | { readonly type: 'close-input'; readonly id: number }
  | { readonly type: 'close'; readonly id: number }
  | { readonly type: 'fault'; readonly fault: Fault }
  /**
   * A learner's TypeScript takes the place of a component (`replicaset-controller`, `kube-scheduler`, `scheduler-plugin/NodeAffinity`), or
   * comes beside them under a name of its own; null: what was there before comes back. `file` names it in messages.
   */
  | { readonly type: 'component'; readonly name: string; readonly source: string | null; readonly file?: string }
  /** An HTTP request from outside to a node port, or to what `to` names; it takes virtual time. */
  | {
      readonly type: 'outside';
      readonly id: number;
      readonly port: number;
      readonly request: OutsideRequest;
      readonly to?: OutsideTarget;
    }
  /** A file of the learner's; null: deleted. Files are not part of the cluster, but of what is handed in. */
  | { readonly type: 'file'; readonly path: string; readonly content: string | null }
  /** A remark for whoever reads the log: the command line that the messages after it came from. Replay ignores it. */
  | { readonly type: 'note'; readonly text: string };

/** A message that crosses the door outwards. */
export type Output =
  | { readonly type: 'response'; readonly id: number; readonly response: RestResponse }
  | { readonly type: 'head'; readonly id: number; readonly response: RestResponse }
  | { readonly type: 'chunk'; readonly id: number; readonly chunk: StreamChunk }
  | { readonly type: 'end'; readonly id: number }
  | {
      readonly type: 'outside';
      readonly id: number;
      readonly response: OutsideResponse | { readonly error: string };
    };

/** An input, with its exact place in the order of things: after `executed` events, at virtual time `time`. */
export interface LogEntry {
  readonly time: Micros;
  readonly executed: number;
  readonly input: Input;
  /** What the host's clock said, milliseconds since 1970: a remark, on which nothing in the cluster depends. */
  readonly wall?: number;
}

/** Everything that a cluster's whole history follows from, besides the engine's code. */
export interface SessionLog {
  readonly cluster: ClusterOptions;
  readonly entries: readonly LogEntry[];
  /** Virtual time at which the log ends. */
  readonly until: { readonly time: Micros; readonly executed: number };
}

/**
 * A cluster with its door: takes inputs one at a time, between two events, and keeps the log from which the same cluster can be
 * made again, byte for byte.
 */
export class Session {
  readonly cluster: Cluster;
  private readonly options: ClusterOptions;
  private readonly entries: LogEntry[] = [];
  private readonly streams = new Map<number, RestStream>();
  private readonly fileContents = new Map<string, string>();
  private readonly output: (output: Output) => void;
  /** Hears of each input that is logged, before it is taken. */
  before: ((input: Input) => void) | undefined;

  constructor(options: ClusterOptions, output: (output: Output) => void = () => {}) {
    this.options = options;
    this.output = output;
    this.cluster = createCluster(options);
  }

  /** The learner's files, as last written. */
  get files(): ReadonlyMap<string, string> {
    return this.fileContents;
  }

  /**
   * Takes an input now, and logs it if the cluster's history could depend on it. Plain reads change nothing: they are not logged. `wall`: what
   * the host's clock says, milliseconds since 1970.
   */
  apply(input: Input, wall?: number): void {
    if (input.type !== 'request' || input.request.method !== 'GET') {
      this.before?.(input);
      const { now, executed } = this.cluster.engine;
      this.entries.push({ time: now, executed, input, ...(wall === undefined ? {} : { wall }) });
    }
    this.take(input);
  }

  /** The log up to now. */
  log(): SessionLog {
    const { now, executed } = this.cluster.engine;
    return { cluster: this.options, entries: [...this.entries], until: { time: now, executed } };
  }

  /** The answer to a request, for which time passes where the server waits before it answers. */
  private answer(request: RestRequest): RestResponse {
    const { cluster } = this;
    let response: RestResponse | undefined;
    let answered = false;
    const attempt = () => {
      response = cluster.answer(request);
      return response.status === 403 ? (response.body as Status) : undefined;
    };
    waitForAccount(cluster.engine, attempt, () => {
      answered = true;
    });
    while (!answered) cluster.engine.step();
    return response!;
  }

  private take(input: Input): void {
    const { rest, engine } = this.cluster;
    switch (input.type) {
      case 'request':
        this.output({ type: 'response', id: input.id, response: this.answer(input.request) });
        break;
      case 'open': {
        const { id } = input;
        let ended = false;
        const handler: StreamHandler = {
          head: (response) => this.output({ type: 'head', id, response }),
          chunk: (chunk) => this.output({ type: 'chunk', id, chunk }),
          end: () => {
            ended = true;
            this.streams.delete(id);
            this.output({ type: 'end', id });
          },
        };
        const stream = isMachinePath(input.request.path)
          ? this.cluster.openMachine(input.request, handler)
          : rest.stream(input.request, credentialsOf(input.request, this.cluster.engine.now), handler);
        if (!ended) this.streams.set(id, stream);
        break;
      }
      case 'send':
        this.streams.get(input.id)?.send(input.channel, input.data);
        break;
      case 'close-input':
        this.streams.get(input.id)?.closeInput();
        break;
      case 'close':
        this.streams.get(input.id)?.close();
        break;
      case 'fault':
        engine.because(engine.emit('input', 'user', { type: 'fault', summary: JSON.stringify(input.fault) }), () =>
          this.cluster.inject(input.fault),
        );
        break;
      case 'component': {
        const { name, source, file } = input;
        const { components } = this.cluster;
        components.sandboxes ??= loadedSandbox();
        const summary = source === null ? `${name} as it was` : `${name} from ${file ?? 'source'}`;
        engine.because(engine.emit('input', 'user', { type: 'component', summary }), () =>
          components.set(name, source, file),
        );
        break;
      }
      case 'outside':
        this.output({
          type: 'outside',
          id: input.id,
          response: this.cluster.outside(input.port, input.request, input.to),
        });
        break;
      case 'file':
        if (input.content === null) this.fileContents.delete(input.path);
        else this.fileContents.set(input.path, input.content);
        break;
      case 'note':
        engine.emit('input', 'user', { type: 'note', summary: input.text });
        break;
    }
  }
}

/**
 * Runs a cluster's events up to a place in the order of things, and leaves the clock there. A place that cannot be reached (no log of this
 * cluster's could name it) is not run after: the clock stays where the way ended.
 */
export function runTo(cluster: Cluster, place: { time: Micros; executed: number }): void {
  const { engine } = cluster;
  while (engine.executed < place.executed) {
    const next = engine.nextTime();
    if (next === undefined || next > place.time) return;
    engine.step();
  }
  if (place.time > engine.now) engine.now = place.time;
}

/** Whether a log's cluster has had components of a learner's: `loadSandbox()` must have been waited for before such a log is replayed. */
export function hasComponents(log: SessionLog): boolean {
  return log.entries.some(({ input }) => input.type === 'component' && input.source !== null);
}

/** Loads what a log's cluster needs beside the engine. Wait for it before `replay`. */
export async function prepareReplay(log: SessionLog): Promise<void> {
  if (hasComponents(log)) await loadSandbox();
}

/**
 * Makes a logged cluster again, in the state in which its log ends. Throws when the log cannot be one of this engine's. `begun` is given the
 * session before anything happens in it, to listen.
 */
export function replay(
  log: SessionLog,
  output: (output: Output) => void = () => {},
  begun: (session: Session) => void = () => {},
): Session {
  const session = new Session(log.cluster, output);
  begun(session);
  for (const entry of log.entries) {
    runTo(session.cluster, entry);
    const { now, executed } = session.cluster.engine;
    if (now !== entry.time || executed !== entry.executed) throw new ReplayError(entry, { now, executed });
    session.apply(entry.input, entry.wall);
  }
  runTo(session.cluster, log.until);
  const { now, executed } = session.cluster.engine;
  if (now !== log.until.time || executed !== log.until.executed) throw new ReplayError(log.until, { now, executed });
  return session;
}

/** The log does not fit the cluster that it makes: edited, cut, or from another engine. */
export class ReplayError extends Error {
  override readonly name = 'ReplayError';

  constructor(entry: { time: Micros; executed: number }, found: { now: Micros; executed: number }) {
    super(
      `the log places something at time ${entry.time} after ${entry.executed} events, but the replayed cluster stands at time ${found.now} after ${found.executed} events`,
    );
  }
}
