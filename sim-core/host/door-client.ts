import {
  ConnectionError,
  type RestClient,
  type RestRequest,
  type RestResponse,
  type RestStream,
  type StreamHandler,
} from '../client/rest.ts';
import type { ClusterOptions, OutsideRequest, OutsideResponse, OutsideTarget } from '../cluster/cluster.ts';
import type { TraceEvent } from '../engine/index.ts';
import type { SchedulingExplanation } from '../scheduler/explain.ts';
import type { ClockAction, Frame, FrameChange, FromHost, Timeline, ToHost } from './door.ts';
import type { Speed } from './pacer.ts';
import type { Input, SessionLog } from './session.ts';

/** A door's outer side: how messages get to a host and back. A Worker is one as it is. */
export interface Port {
  postMessage(message: ToHost): void;
  onMessage(listener: (message: FromHost) => void): void;
  /** Ends the host. */
  close(): void;
}

export interface BootOptions {
  readonly cluster: ClusterOptions;
  /** A log to go on from, instead of a fresh cluster. */
  readonly log?: SessionLog;
  /** Virtual time at which the logged cluster is taken up, instead of its end. */
  readonly at?: number;
  readonly speed?: Speed;
  /** Let a fresh cluster come up before it is shown. Default true. */
  readonly settle?: boolean;
}

/**
 * A cluster behind a door, from outside: the API as a RestClient, the clock, and frames of what happens. All that it sends goes through
 * one ordered channel, so what is sent first arrives first.
 */
export class DoorClient implements RestClient {
  server = 'https://10.0.0.10:6443';
  /** The administrator's bearer token, once booted. */
  token = '';
  /** The latest changes before the first frame. */
  past: readonly FrameChange[] = [];
  private readonly port: Port;
  private nextId = 1;
  private readonly waiting = new Map<number, { resolve(value: never): void; reject(error: unknown): void }>();
  private readonly streams = new Map<number, StreamHandler>();
  private readonly frameListeners = new Set<(frame: Frame) => void>();
  private readonly failureListeners = new Set<(message: string) => void>();
  private booting: { resolve(frame: Frame): void; reject(error: unknown): void } | undefined;
  private dead: string | undefined;

  constructor(port: Port) {
    this.port = port;
    port.onMessage((message) => this.receive(message));
  }

  /** Makes the cluster. Resolves with its first frame. Rejects when the host fails (a log of another engine, say). */
  boot({ cluster, log, at, speed = 1, settle = true }: BootOptions): Promise<Frame> {
    return new Promise((resolve, reject) => {
      this.booting = { resolve, reject };
      this.port.postMessage({
        type: 'boot',
        options: cluster,
        speed,
        settle,
        ...(log === undefined ? {} : { log, at }),
      });
    });
  }

  request(request: RestRequest, signal?: AbortSignal): Promise<RestResponse> {
    const id = this.nextId++;
    return this.ask<RestResponse>(id, { type: 'input', input: { type: 'request', id, request } }, signal);
  }

  stream(request: RestRequest, handler: StreamHandler): RestStream {
    const id = this.nextId++;
    this.streams.set(id, handler);
    this.input({ type: 'open', id, request });
    return {
      send: (channel, data) => this.input({ type: 'send', id, channel, data }),
      closeInput: () => this.input({ type: 'close-input', id }),
      close: () => this.input({ type: 'close', id }),
    };
  }

  /** Sends an input that has no answer: a file written, a fault, a note. */
  input(input: Input): void {
    this.port.postMessage({ type: 'input', input });
  }

  clock(action: ClockAction): void {
    this.port.postMessage({ type: 'clock', action });
  }

  /** Whether frames are wanted. */
  watch(on: boolean): void {
    this.port.postMessage({ type: 'watch', on });
  }

  log(): Promise<SessionLog> {
    const id = this.nextId++;
    return this.ask<SessionLog>(id, { type: 'log', id });
  }

  /**
   * Sends an HTTP request from outside the cluster, as the learner's browser would: to a node port, or to what `to` names. It takes virtual
   * time. Never rejects for what the network does: that is in `error`.
   */
  outside(
    port: number,
    request: OutsideRequest,
    to?: OutsideTarget,
  ): Promise<OutsideResponse | { readonly error: string }> {
    const id = this.nextId++;
    const input = { type: 'outside', id, port, request, ...(to === undefined ? {} : { to }) } as const;
    return this.ask(id, { type: 'input', input });
  }

  /** What leads from the objects at one revision to those at another; undefined when that is forgotten. */
  lookBack(from: number, to: number): Promise<{ time: number; changes: readonly FrameChange[] } | undefined> {
    const id = this.nextId++;
    return this.ask(id, { type: 'look-back', id, from, to });
  }

  /** How far one can look back, and what happened when. */
  timeline(): Promise<Timeline> {
    const id = this.nextId++;
    return this.ask(id, { type: 'timeline', id });
  }

  /** What the scheduler thinks of a pod (`namespace/name`), on every node; undefined when there is no such pod. */
  explain(pod: string): Promise<SchedulingExplanation | undefined> {
    const id = this.nextId++;
    return this.ask(id, { type: 'explain', id, pod });
  }

  /** Why an object exists, nearest cause first. */
  why(uid: string): Promise<readonly TraceEvent[]> {
    const id = this.nextId++;
    return this.ask(id, { type: 'why', id, uid });
  }

  onFrame(listener: (frame: Frame) => void): () => void {
    this.frameListeners.add(listener);
    return () => this.frameListeners.delete(listener);
  }

  /** Hears when the host has failed. */
  onFailure(listener: (message: string) => void): () => void {
    this.failureListeners.add(listener);
    return () => this.failureListeners.delete(listener);
  }

  close(): void {
    this.fail('the cluster was closed');
    this.port.close();
  }

  private ask<T>(id: number, message: ToHost, signal?: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.dead !== undefined) {
        reject(new ConnectionError(this.dead));
        return;
      }
      signal?.addEventListener('abort', () => {
        if (this.waiting.delete(id)) reject(signal.reason);
      });
      this.waiting.set(id, { resolve: resolve as (value: never) => void, reject });
      this.port.postMessage(message);
    });
  }

  private settle(id: number, value: unknown): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    waiting?.resolve(value as never);
  }

  private receive(message: FromHost): void {
    switch (message.type) {
      case 'booted':
        this.server = message.server;
        this.token = message.token;
        this.past = message.past;
        this.booting?.resolve(message.frame);
        this.booting = undefined;
        break;
      case 'frame':
        for (const listener of this.frameListeners) listener(message.frame);
        break;
      case 'log':
        this.settle(message.id, message.log);
        break;
      case 'look-back':
        this.settle(message.id, message.past);
        break;
      case 'timeline':
        this.settle(message.id, message.timeline);
        break;
      case 'explain':
        this.settle(message.id, message.explanation);
        break;
      case 'why':
        this.settle(message.id, message.chain);
        break;
      case 'failed':
        this.fail(message.message);
        break;
      case 'output':
        this.output(message.output);
        break;
    }
  }

  private output(output: Extract<FromHost, { type: 'output' }>['output']): void {
    if (output.type === 'response') {
      const { response } = output;
      if (response.status === 0) this.waiting.get(output.id)?.reject(new ConnectionError(String(response.body)));
      else this.settle(output.id, response);
      this.waiting.delete(output.id);
      return;
    }
    if (output.type === 'outside') {
      this.settle(output.id, output.response);
      return;
    }
    const handler = this.streams.get(output.id);
    if (output.type === 'head') handler?.head(output.response);
    else if (output.type === 'chunk') handler?.chunk(output.chunk);
    else {
      this.streams.delete(output.id);
      handler?.end();
    }
  }

  private fail(message: string): void {
    this.dead = message;
    this.booting?.reject(new Error(message));
    this.booting = undefined;
    for (const { reject } of this.waiting.values()) reject(new ConnectionError(message));
    this.waiting.clear();
    for (const listener of this.failureListeners) listener(message);
  }
}

/** A Worker as a port. */
export function workerPort(worker: Worker): Port {
  return {
    postMessage: (message) => worker.postMessage(message),
    onMessage: (listener) =>
      worker.addEventListener('message', (event: MessageEvent<FromHost>) => listener(event.data)),
    close: () => worker.terminate(),
  };
}
