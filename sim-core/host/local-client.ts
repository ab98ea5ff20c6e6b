import './programs.ts';
import {
  ConnectionError,
  type RestClient,
  type RestRequest,
  type RestResponse,
  type RestStream,
  type StreamHandler,
} from '../client/rest.ts';
import type { ClusterOptions } from '../cluster/cluster.ts';
import { MILLISECOND, type Micros } from '../engine/index.ts';
import { type Output, replay, Session, type SessionLog } from './session.ts';
import { aWhile, nextTurn } from './turns.ts';

/** Events run between two looks at whether what is waited for has come. */
const SLICE = 64;

/** Turns that a program beside others may take over its own affairs, without asking the cluster, before their time goes on. */
const TURNS_OF_QUIET = 300;

/** Turns of the host's loop that a client may take over its own affairs (loading code, say) before it counts as stuck. */
const PATIENCE = 60_000;
const PATIENCE_BEFORE_ALARM = 2_000;

/**
 * A session and a client for it in one place, without any door between: for tests, graders and tools. Virtual time passes only while
 * something is waited for: see `drive`.
 */
export class LocalCluster implements RestClient {
  readonly session: Session;
  readonly server = 'https://10.0.0.10:6443';
  private nextId = 1;
  private readonly answers = new Map<number, RestResponse>();
  private readonly streams = new Map<number, StreamHandler>();
  /** Whether a program is at work that waits for nothing of the cluster's: the time of those beside it stands still meanwhile. */
  busy: () => boolean = () => false;
  private quiet = 0;
  private sleepers = 0;
  private readonly alarms = new Set<{ readonly time: Micros; readonly ring: () => void }>();
  /** Something came that someone waits for: they go on before more time passes. */
  private woken = false;

  /** A cluster that begins, or one that goes on where a log ends; `begun` is given that one before anything happens in it. */
  constructor(from: ClusterOptions | SessionLog, begun?: (session: Session) => void) {
    const output = (each: Output) => this.take(each);
    if (!('entries' in from)) {
      this.session = new Session(from, output);
      begun?.(this.session);
      return;
    }
    this.session = replay(from, output, begun);
    for (const { input } of from.entries) if ('id' in input) this.nextId = Math.max(this.nextId, input.id + 1);
    this.answers.clear();
  }

  log(): SessionLog {
    return this.session.log();
  }

  request(request: RestRequest): Promise<RestResponse> {
    this.quiet = 0;
    const id = this.nextId++;
    this.session.apply({ type: 'request', id, request });
    const response = this.answers.get(id)!;
    this.answers.delete(id);
    if (response.status === 0) return Promise.reject(new ConnectionError(String(response.body)));
    return Promise.resolve(response);
  }

  stream(request: RestRequest, handler: StreamHandler): RestStream {
    this.quiet = 0;
    const id = this.nextId++;
    this.streams.set(id, handler);
    const input = (
      rest: { type: 'close' } | { type: 'close-input' } | { type: 'send'; channel: number; data: string },
    ) => this.session.apply({ id, ...rest });
    this.session.apply({ type: 'open', id, request });
    return {
      send: (channel, data) => input({ type: 'send', channel, data }),
      closeInput: () => input({ type: 'close-input' }),
      close: () => {
        input({ type: 'close' });
        this.streams.delete(id);
      },
    };
  }

  /** Waits in virtual time. */
  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    let over = false;
    const cancel = this.alarm(this.session.cluster.engine.now + Math.ceil(milliseconds * MILLISECOND), () => {
      over = true;
    });
    this.sleepers += 1;
    while (!over && signal?.aborted !== true) await nextTurn();
    this.sleepers -= 1;
    cancel();
  }

  /**
   * Calls back at a virtual time, while something is driven. It is no event of the cluster's: what a client waits for must leave no mark in
   * the order of things that the log counts. Returns what prevents it.
   */
  alarm(time: Micros, ring: () => void): () => void {
    const alarm = { time, ring };
    this.alarms.add(alarm);
    return () => this.alarms.delete(alarm);
  }

  /**
   * Waits for a promise, and lets virtual time pass while its maker waits for the cluster: in `sleep`, or at an open stream. While it is
   * busy with itself the cluster stands still, so that how long the host takes to load a module leaves no mark in the log.
   * Rejects when nothing is left that could settle it, or after `limit` virtual µs.
   */
  async drive<T>(promise: Promise<T>, limit = 3_600_000_000): Promise<T> {
    const { engine } = this.session.cluster;
    const end = engine.now + limit;
    const stuck = () => new Error('nothing came of it within the time allowed');
    let pending = true;
    const done = () => {
      pending = false;
    };
    promise.then(done, done);
    let idle = 0;
    while (pending) {
      // Everything that could go on at once goes on first: promises are not part of virtual time.
      const turn = idle === 0 && this.quiet === 0 ? nextTurn : aWhile;
      for (let turns = 0; turns < 8 && pending; turns++) await turn();
      if (!pending) break;
      if (this.sleepers === 0 && this.streams.size === 0) {
        idle++;
        const due = this.firstAlarm();
        if (due !== undefined && idle * 8 > PATIENCE_BEFORE_ALARM) {
          engine.runUntil(due.time);
          this.alarms.delete(due);
          due.ring();
        } else if (idle * 8 > PATIENCE) throw stuck();
        continue;
      }
      if (this.busy() && this.quiet < TURNS_OF_QUIET) {
        this.quiet += 8;
        continue;
      }
      idle = 0;
      for (let count = 0; count < SLICE; count++) {
        const next = engine.nextTime() ?? Number.POSITIVE_INFINITY;
        const due = this.firstAlarm();
        if (Math.min(next, due?.time ?? next) > end) throw stuck();
        if (due !== undefined && due.time < next) {
          engine.now = Math.max(engine.now, due.time);
          this.alarms.delete(due);
          due.ring();
          break;
        }
        engine.step();
        if (!this.woken) continue;
        this.woken = false;
        break;
      }
    }
    return promise;
  }

  private firstAlarm(): { readonly time: Micros; readonly ring: () => void } | undefined {
    let first: { readonly time: Micros; readonly ring: () => void } | undefined;
    for (const alarm of this.alarms) if (first === undefined || alarm.time < first.time) first = alarm;
    return first;
  }

  private take(output: Output): void {
    if (output.type === 'response') {
      this.answers.set(output.id, output.response);
      return;
    }
    this.woken = true;
    const handler = this.streams.get(output.id);
    if (output.type === 'head') handler?.head(output.response);
    else if (output.type === 'chunk') handler?.chunk(output.chunk);
    else {
      this.streams.delete(output.id);
      handler?.end();
    }
  }
}
