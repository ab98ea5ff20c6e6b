import '../programs.ts';
import { apiDocuments } from '../../apiserver/rest/documents.ts';
import type { RestRequest, RestResponse, RestStream, StreamHandler } from '../../client/rest.ts';
import type { ClusterOptions, OutsideRequest, OutsideResponse } from '../../cluster/cluster.ts';
import { createCluster } from '../../cluster/cluster.ts';
import { type Micros, SECOND } from '../../engine/index.ts';
import type { ClockAction } from '../door.ts';
import { Pacer, type Speed } from '../pacer.ts';
import { type Output, Session, type SessionLog } from '../session.ts';
import { type ClockState, type HttpCluster, wallTime } from './http-cluster.ts';

export { wallTime };

export interface ServedClusterOptions {
  /** Without an epoch it is switched on so long ago that it has just come to rest now. */
  readonly cluster: ClusterOptions;
  readonly speed: Speed;
  /** Hears of errors in the simulator itself. */
  readonly report: (actor: string, error: unknown) => void;
}

/** The longest that the cluster computes before connections are looked at again, milliseconds. */
const BUSY_TIME = 8;
const SETTLE_LIMIT: Micros = 600 * SECOND;

/** A cluster whose time follows the wall clock of a Node process, and which takes requests in between. */
export class ServedCluster implements HttpCluster {
  readonly session: Session;
  private readonly pacer: Pacer;
  private readonly answers = new Map<number, RestResponse>();
  private readonly outside = new Map<number, OutsideResponse | { readonly error: string }>();
  private readonly streams = new Map<number, StreamHandler>();
  private nextId = 1;
  private timer: NodeJS.Timeout | undefined;
  private immediate: NodeJS.Immediate | undefined;
  private closed = false;

  constructor({ cluster, speed, report }: ServedClusterOptions) {
    // Whole seconds, as everything that the API writes down: a node that became ready now must not do so in the future.
    const epoch = cluster.epoch ?? Math.floor((wallTime() - timeToRise(cluster)) / SECOND) * SECOND;
    this.session = new Session({ ...cluster, epoch }, (output) => this.take(output));
    const { engine, meta } = this.session.cluster;
    Object.assign(meta, apiDocuments());
    engine.onFault = report;
    engine.settle({ limit: SETTLE_LIMIT });
    if (cluster.epoch === undefined && wallTime() > engine.now) engine.runUntil(wallTime());
    this.pacer = new Pacer(engine, wallTime(), speed);
    this.tickSoon(0);
  }

  /** Answers a request other than a stream. Undefined: nobody is there (the API server is down). */
  request(request: RestRequest): RestResponse | undefined {
    const id = this.nextId++;
    this.catchUp();
    this.session.apply({ type: 'request', id, request });
    const response = this.answers.get(id)!;
    this.answers.delete(id);
    this.tickSoon(0);
    return response.status === 0 ? undefined : response;
  }

  stream(request: RestRequest, handler: StreamHandler): RestStream {
    const id = this.nextId++;
    this.catchUp();
    this.streams.set(id, handler);
    this.session.apply({ type: 'open', id, request });
    this.tickSoon(0);
    const gone = () => !this.streams.has(id);
    return {
      send: (channel, data) => {
        if (gone()) return;
        this.session.apply({ type: 'send', id, channel, data });
        this.tickSoon(0);
      },
      closeInput: () => {
        if (gone()) return;
        this.session.apply({ type: 'close-input', id });
        this.tickSoon(0);
      },
      close: () => {
        if (gone()) return;
        this.session.apply({ type: 'close', id });
        this.streams.delete(id);
        this.tickSoon(0);
      },
    };
  }

  /** An HTTP request to a node port; virtual time runs until it is answered. */
  askNodePort(port: number, request: OutsideRequest): OutsideResponse | { readonly error: string } {
    const id = this.nextId++;
    this.catchUp();
    this.session.apply({ type: 'outside', id, port, request });
    const response = this.outside.get(id)!;
    this.outside.delete(id);
    this.tickSoon(0);
    return response;
  }

  /** Steers the clock; answers how it stands, and for `settle` whether the cluster came to rest. */
  clock(action: ClockAction | undefined): ClockState & { readonly outcome?: 'settled' | 'limit' } {
    const { pacer } = this;
    const { engine } = this.session.cluster;
    const wall = wallTime();
    let outcome: 'settled' | 'limit' | undefined;
    this.catchUp();
    switch (action?.type) {
      case 'pause':
        pacer.pause(wall);
        break;
      case 'resume':
        pacer.resume(wall);
        break;
      case 'speed':
        pacer.setSpeed(action.speed, wall);
        break;
      case 'advance':
        engine.runUntil(engine.now + Math.round(action.by));
        pacer.reanchor(wallTime());
        break;
      case 'settle':
        outcome = engine.settle(action.limit === undefined ? {} : { limit: action.limit });
        pacer.reanchor(wallTime());
        break;
      case 'step':
        pacer.pause(wall);
        engine.step();
        break;
    }
    this.tickSoon(0);
    const { paused, speed } = pacer;
    const state = { now: engine.now, ahead: engine.now - wallTime(), paused, speed, settled: engine.settled };
    return outcome === undefined ? state : { ...state, outcome };
  }

  log(): SessionLog {
    return this.session.log();
  }

  /** Stops the clock and ends every stream. */
  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    clearImmediate(this.immediate);
    for (const handler of [...this.streams.values()]) handler.end();
    this.streams.clear();
  }

  /** Requests arrive at the time that the wall clock shows, not at that of the last tick. */
  private catchUp(): void {
    if (this.pacer.speed !== 'max') this.pacer.tick(wallTime());
  }

  private take(output: Output): void {
    switch (output.type) {
      case 'response':
        this.answers.set(output.id, output.response);
        break;
      case 'outside':
        this.outside.set(output.id, output.response);
        break;
      case 'head':
        this.streams.get(output.id)?.head(output.response);
        break;
      case 'chunk':
        this.streams.get(output.id)?.chunk(output.chunk);
        break;
      case 'end': {
        const handler = this.streams.get(output.id);
        this.streams.delete(output.id);
        handler?.end();
        break;
      }
    }
  }

  private tickSoon(milliseconds: number): void {
    if (this.closed) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    if (milliseconds > 0) {
      this.timer = setTimeout(() => this.tick(), milliseconds);
      return;
    }
    this.immediate ??= setImmediate(() => {
      this.immediate = undefined;
      this.tick();
    });
  }

  private tick(): void {
    const { pacer } = this;
    const end = performance.now() + BUSY_TIME;
    let more = pacer.tick(wallTime());
    while (more && performance.now() < end) more = pacer.tick(wallTime());
    const next = more ? 0 : pacer.untilNext(wallTime());
    if (next !== undefined) this.tickSoon(Math.min(Math.ceil(next / 1000), 1000));
  }
}

/** How long a cluster takes from being switched on until it is at rest. */
function timeToRise(options: ClusterOptions): Micros {
  const { engine } = createCluster({ ...options, trace: { level: 'off' } });
  engine.settle({ limit: SETTLE_LIMIT });
  return engine.now - engine.epoch;
}
