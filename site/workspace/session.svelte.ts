import type { Exercise } from '../../grading/format/exercise.ts';
import type { ClusterOptions } from '../../sim-core/cluster/cluster.ts';
import type { TraceEvent } from '../../sim-core/engine/index.ts';
import type { ClockAction, Frame, FrameChange, FromHost } from '../../sim-core/host/door.ts';
import { DoorClient } from '../../sim-core/host/door-client.ts';
import type { Speed } from '../../sim-core/host/pacer.ts';
import type { SessionLog } from '../../sim-core/host/session.ts';
import { type Flight, Flights } from './flights.ts';
import { Choreographer, type Hop, type Release } from './journey.ts';
import { Mirror } from './mirror.ts';
import { nextTask } from './next-task.ts';
import { NotLoaded, patiently, unlessLoaded } from './patiently.ts';
import type { FromClusterWorker, Report, ToClusterWorker } from './protocol.ts';
import { takeWorker } from './spare-worker.ts';
import { isTyping } from './typing.ts';
import { type ClusterView, clusterView } from './view.ts';

interface StartOptions {
  readonly exercise?: Exercise | undefined;
  readonly log?: SessionLog | undefined;
  readonly at?: number | undefined;
  /** The address of an older simulator's Worker. */
  readonly engine?: string | undefined;
}

/** A command line that was sent, as the trace knows it. */
interface Note {
  readonly id: number;
  readonly text: string;
}

const EMPTY = clusterView(new Mirror());
/** A view of very many objects is not made anew for every frame of the screen. */
const LARGE = 250;
const LARGE_EVERY = 60;
/** How much of the past a page remembers for its lenses. */
const MOST_CHANGES = 3000;
const MOST_EVENTS = 4000;

function isBreathing(table: string): boolean {
  return table === 'leases.coordination.k8s.io' || table === 'events';
}

/**
 * A cluster in a Worker, as a page shows it: what it holds (`truth`), what the picture shows of it so far (`view`, a little later, since
 * dots need time to travel), its clock, and the outcome of its plain checks.
 */
export class ClusterSession {
  status = $state<'idle' | 'starting' | 'running' | 'failed'>('idle');
  failure = $state('');
  /** Whether it failed because the network did: what the cluster is made of could not be fetched. */
  notLoaded = $state(false);
  view = $state.raw<ClusterView>(EMPTY);
  hops = $state.raw<readonly Hop[]>([]);
  /** Packets on their way between pods. */
  flights = $state.raw<readonly Flight[]>([]);
  /** Presentation time, milliseconds; it moves while something travels. */
  time = $state(0);
  speed = $state<Speed>(1);
  paused = $state(false);
  settled = $state(false);
  /** Virtual microseconds and wall milliseconds that belong together. */
  anchor = $state.raw({ now: 0, wall: 0 });
  report = $state.raw<Report | undefined>(undefined);
  /** The moment that is looked back to; undefined: now. */
  past = $state.raw<{ revision: number; time: number } | undefined>(undefined);
  /** The latest revision. */
  revision = $state(0);
  /** Counts changes of `truth`, so that what reads it knows when to look again. */
  version = $state(0);
  truth = new Mirror();
  client: DoorClient | undefined;
  /** What the lenses look at: the latest changes and trace events, oldest first. */
  changes: FrameChange[] = [];
  trace: TraceEvent[] = [];
  private pastMirror: Mirror | undefined;
  private pastAt = 0;
  private wanted: number | undefined;
  private looking = false;
  /** Whether time stood still before the learner looked back. */
  private wasPaused = false;
  private shown = new Mirror();
  private director = new Choreographer();
  private sky = new Flights();
  private releases: Release[] = [];
  private notes: Note[] = [];
  private frameRequest = 0;
  private lastView = 0;
  private dirty = false;
  private readonly frameListeners = new Set<(frame: Frame) => void>();
  private readonly heard = new WeakSet<DoorClient>();
  private readonly awaiting: (() => void)[] = [];
  /** Counts clusters: who starts one slowly learns by it that another is wanted by now. */
  private turn = 0;
  private send: (message: ToClusterWorker) => void = () => {};
  private mayLoadRest = false;

  /** Whether dots travel. */
  get still(): boolean {
    return this.director.still;
  }

  set still(still: boolean) {
    this.director.still = still;
    this.sky.still = still;
  }

  /**
   * Starts a cluster, or goes on with a logged one. Answers whether it runs: a second call ends the first one's cluster, even while that is
   * being made.
   */
  async start(cluster: ClusterOptions, { exercise, log, at, engine }: StartOptions = {}): Promise<boolean> {
    this.stop();
    this.status = 'starting';
    this.failure = '';
    this.notLoaded = false;
    const { turn } = this;
    const isPassing = (error: unknown) => error instanceof NotLoaded && turn === this.turn;
    try {
      return await patiently(() => this.startOnce(turn, cluster, { exercise, log, at, engine }), isPassing);
    } catch (error) {
      if (turn !== this.turn) return false;
      this.notLoaded = error instanceof NotLoaded;
      this.fail(error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  private async startOnce(
    turn: number,
    cluster: ClusterOptions,
    { exercise, log, at, engine }: StartOptions,
  ): Promise<boolean> {
    if (turn !== this.turn) return false;
    // That of an attempt before has not begun: it has nothing to say.
    const { client: before } = this;
    this.client = undefined;
    before?.close();
    const worker = engine === undefined ? takeWorker() : new Worker(engine, { type: 'module', name: 'cluster' });
    const send = (message: ToClusterWorker) => worker.postMessage(message);
    this.send = send;
    if (this.mayLoadRest) send({ type: 'load-rest' });
    const client = new DoorClient({
      postMessage: send,
      onMessage: (listener) =>
        worker.addEventListener('message', ({ data }: MessageEvent<FromClusterWorker>) => {
          if (data.type === 'live-report') this.report = data.report;
          else if (data.type === 'not-loaded') this.notLoaded = true;
          else listener(data as FromHost);
        }),
      close: () => worker.terminate(),
    });
    this.listen(client);
    const lost = unlessLoaded(worker);
    worker.addEventListener('error', ({ message }) => {
      if (message && this.client === client) this.fail(message);
    });
    if (exercise !== undefined) send({ type: 'exercise', exercise });
    const boot = client.boot({ cluster, speed: this.speed, ...(log === undefined ? {} : { log, at }) });
    const first = await Promise.race([boot, lost]);
    if (this.client !== client) return false;
    this.takeFirst(client, first);
    // The picture is a task of its own, so that a phone does not stand still for both.
    await nextTask();
    if (this.client !== client || this.status !== 'starting') return false;
    this.show();
    return true;
  }

  /** The page has what it needs first: its cluster's Worker may load the rest of the simulator. */
  loadRest(): void {
    this.mayLoadRest = true;
    this.send({ type: 'load-rest' });
  }

  /**
   * Goes on with a cluster that runs elsewhere, as soon as `boot` has made it there; until then the one before is shown, and it stays when
   * that fails.
   */
  async adopt(client: DoorClient, boot: () => Promise<Frame>): Promise<void> {
    const early: Frame[] = [];
    const stop = client.onFrame((frame) => early.push(frame));
    let first: Frame;
    try {
      first = await boot();
    } finally {
      stop();
    }
    // A cluster that is made anew behind the same door keeps its door.
    if (this.client === client) this.client = undefined;
    this.stop();
    this.listen(client);
    this.takeFirst(client, first);
    this.show();
    for (const frame of early) this.takeFrame(frame);
  }

  /** The objects as they are, or as they were at the moment looked back to. */
  get mirror(): Mirror {
    return (this.past === undefined ? undefined : this.pastMirror) ?? this.truth;
  }

  /**
   * Looks back to a past revision, or on again; undefined: to now. Time stands still meanwhile. While one revision is on its way, of those
   * asked for only the last is fetched. Answers whether that past is still known.
   */
  async lookAt(revision: number | undefined): Promise<boolean> {
    const { client } = this;
    if (client === undefined) return false;
    if (revision === undefined) {
      this.wanted = undefined;
      if (this.past !== undefined && !this.wasPaused) this.clock({ type: 'resume' });
      this.past = undefined;
      this.pastMirror = undefined;
      this.view = clusterView(this.shown);
      this.version++;
      return true;
    }
    if (this.past === undefined && this.wanted === undefined) {
      this.wasPaused = this.paused;
      this.clock({ type: 'pause' });
    }
    this.wanted = revision;
    if (this.looking) return true;
    this.looking = true;
    try {
      while (this.wanted !== undefined && this.client === client) {
        const to: number = this.wanted;
        if (this.pastMirror === undefined) {
          this.pastMirror = this.truth.clone();
          this.pastAt = this.revision;
        }
        const found = await client.lookBack(this.pastAt, to);
        if (this.wanted === undefined || this.client !== client) return true;
        if (found === undefined) return false;
        for (const change of found.changes) this.pastMirror.apply(change);
        this.pastAt = to;
        this.past = { revision: to, time: found.time };
        this.view = clusterView(this.pastMirror);
        this.version++;
        if (this.wanted === to) break;
      }
      return true;
    } finally {
      this.looking = false;
    }
  }

  /** Waits for a cluster that is to come; not for one that has failed. */
  whenUp(): Promise<void> {
    if (this.status === 'running' || this.status === 'failed') return Promise.resolve();
    return new Promise((resolve) => this.awaiting.push(resolve));
  }

  private tellUp(): void {
    for (const resolve of this.awaiting.splice(0)) resolve();
  }

  /** Ends the cluster. */
  stop(): void {
    this.turn++;
    this.client?.close();
    this.client = undefined;
    this.truth = new Mirror();
    this.shown = new Mirror();
    this.director = Object.assign(new Choreographer(), { still: this.director.still });
    this.sky = Object.assign(new Flights(), { still: this.director.still });
    this.flights = [];
    this.releases = [];
    this.hops = [];
    this.notes = [];
    this.changes = [];
    this.trace = [];
    this.past = undefined;
    this.pastMirror = undefined;
    this.wanted = undefined;
    this.report = undefined;
    this.paused = false;
    cancelAnimationFrame(this.frameRequest);
    this.frameRequest = 0;
    this.status = 'idle';
  }

  clock(action: ClockAction): void {
    this.client?.clock(action);
  }

  /** Hears of every frame, with the cluster's own state at once. */
  onFrame(listener: (frame: Frame) => void): () => void {
    this.frameListeners.add(listener);
    return () => this.frameListeners.delete(listener);
  }

  /** Virtual time now, microseconds since the epoch, between two frames too. */
  now(wall = performance.now()): number {
    const { anchor, speed, paused, settled } = this;
    if (paused || (speed === 'max' && settled)) return anchor.now;
    return anchor.now + Math.max(0, wall - anchor.wall) * 1000 * (speed === 'max' ? 1 : speed);
  }

  /** The command line from which a request of the learner's came: the last one noted before it. */
  commandBefore(id: number): string | undefined {
    return this.notes.findLast((note) => note.id < id)?.text;
  }

  private listen(client: DoorClient): void {
    this.client = client;
    if (this.heard.has(client)) return;
    this.heard.add(client);
    client.onFailure((message) => {
      if (this.client === client) this.fail(message);
    });
    client.onFrame((frame) => {
      if (this.client === client) this.takeFrame(frame);
    });
  }

  private takeFirst(client: DoorClient, first: Frame): void {
    for (const change of first.changes) {
      this.truth.apply(change);
      this.shown.apply(change);
    }
    this.changes = [...client.past];
    this.rememberTrace(first.events);
    this.rememberNotes(first.events);
    this.takeHead(first);
  }

  /** Shows a cluster from its first frame on. */
  private show(): void {
    this.status = 'running';
    this.tellUp();
    this.version++;
    this.view = clusterView(this.shown);
  }

  private fail(message: string): void {
    this.failure = message;
    this.status = 'failed';
    this.tellUp();
  }

  private takeHead(frame: Frame): void {
    this.revision = frame.revision;
    this.speed = frame.speed;
    this.paused = frame.paused;
    this.settled = frame.settled;
    this.anchor = { now: frame.now, wall: performance.now() };
  }

  private rememberNotes(events: readonly TraceEvent[]): void {
    for (const event of events) {
      if (event.kind !== 'input') continue;
      const { type, summary } = (event as TraceEvent<'input'>).data;
      if (type === 'note') this.notes.push({ id: event.id, text: summary });
    }
  }

  private rememberTrace(events: readonly TraceEvent[]): void {
    for (const event of events) if (event.kind !== 'podSync' && event.kind !== 'cri') this.trace.push(event);
    if (this.trace.length <= 2 * MOST_EVENTS) return;
    // What has befallen the cluster is told to the end.
    const incidents = this.trace.slice(0, -MOST_EVENTS).filter(({ kind }) => kind === 'incident');
    this.trace = [...incidents, ...this.trace.slice(-MOST_EVENTS)];
  }

  private takeFrame(frame: Frame): void {
    this.takeHead(frame);
    this.rememberNotes(frame.events);
    this.rememberTrace(frame.events);
    for (const change of frame.changes) {
      this.truth.apply(change);
      if (!isBreathing(change.table)) this.changes.push(change);
    }
    if (this.changes.length > 2 * MOST_CHANGES) this.changes = this.changes.slice(-MOST_CHANGES);
    if (frame.changes.length > 0 || frame.events.length > 0) this.version++;
    const now = performance.now();
    const { hops, releases } = this.director.take(frame, now);
    if (hops.length > 0) this.hops = [...this.hops, ...hops];
    const flights = this.sky.take(frame, this.truth, now);
    if (flights.length > 0) this.flights = [...this.flights, ...flights];
    this.releases.push(...releases);
    for (const listener of this.frameListeners) listener(frame);
    if (this.frameRequest === 0) this.play();
  }

  /** Shows what is due, and comes back while more is to come. */
  private readonly play = (): void => {
    this.frameRequest = 0;
    const now = performance.now();
    if (isTyping(now)) {
      this.frameRequest = requestAnimationFrame(this.play);
      return;
    }
    this.time = now;
    const later: Release[] = [];
    for (const release of this.releases) {
      if (release.at <= now) {
        this.shown.apply(release.change);
        this.dirty = true;
      } else later.push(release);
    }
    this.releases = later;
    if (this.dirty && (this.shown.count('pods') < LARGE || now - this.lastView > LARGE_EVERY || later.length === 0)) {
      if (this.past === undefined) this.view = clusterView(this.shown);
      this.lastView = now;
      this.dirty = false;
    }
    if (this.hops.some((hop) => hop.start + hop.duration <= now)) {
      this.hops = this.hops.filter((hop) => hop.start + hop.duration > now);
    }
    if (this.flights.some(({ end }) => end <= now)) this.flights = this.flights.filter(({ end }) => end > now);
    const moves = this.hops.length > 0 || this.flights.length > 0;
    if (later.length > 0 || moves || this.dirty) this.frameRequest = requestAnimationFrame(this.play);
  };
}
