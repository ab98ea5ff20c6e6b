import type { Pod } from '../api/objects.ts';
import { adminToken, type Cluster } from '../cluster/cluster.ts';
import { type Micros, SECOND } from '../engine/index.ts';
import { explainScheduling } from '../scheduler/explain.ts';
import type { Change } from '../store/store.ts';
import type { ClockAction, Frame, FrameChange, FromHost, ToHost } from './door.ts';
import { fork, goOn } from './fork.ts';
import { loadedSandbox, loadSandbox } from './load-sandbox.ts';
import { changesBetween, isForgotten, timelineMarks, timeOf } from './look-back.ts';
import { Pacer, type Speed } from './pacer.ts';
import { hasComponents, type Output, replay, Session, type SessionLog } from './session.ts';

/** What a host's platform gives: a way out, a clock, and a way to be called again. */
export interface Platform {
  post(message: FromHost): void;
  /** Wall time in microseconds, from any origin. */
  wall(): Micros;
  /** What the learner's clock says, milliseconds since 1970: noted beside what they do. Absent: nothing is noted. */
  date?(): number;
  /** Calls back after so many wall milliseconds; returns what prevents it. */
  after(milliseconds: number, run: () => void): () => void;
  /** Where errors of the simulator itself go. */
  report(error: unknown): void;
}

/** Where a cluster stands, and what has been told of it. */
export interface Moment {
  readonly log: SessionLog | undefined;
  readonly sent: { readonly revision: number; readonly event: number; readonly state: string; readonly frame: number };
  readonly watching: boolean;
}

/** Frames are sent at most this often: a screen shows no more. */
const FRAME_TIME = 16;
/** How long the cluster may compute before inputs are looked at again. */
const BUSY_TIME = 8_000;
/** How many events of the past a page is told of when it comes to a cluster. */
const EVENTS_AT_BOOT = 1500;
const CHANGES_AT_BOOT = 400;
/** The cluster's breathing, which no picture of its past shows. */
const QUIET_TABLES: ReadonlySet<string> = new Set(['leases.coordination.k8s.io', 'events', 'events.events.k8s.io']);
const SETTLE_LIMIT: Micros = 600 * SECOND;

/** Runs a cluster behind a door: takes messages, paces the clock, and tells what happens in frames. */
export class DoorHost {
  private readonly platform: Platform;
  /** The cluster with its log, once booted: for other doors beside this one. */
  session: Session | undefined;
  /** A copy that may be asked for. */
  private prepared: Session | undefined;
  private pacer: Pacer | undefined;
  private cancelTick: (() => void) | undefined;
  private watching = true;
  private lastFrame = Number.NEGATIVE_INFINITY;
  private sentRevision = 0;
  private sentEvent = 0;
  /** Messages that wait for the sandbox to be loaded. */
  private held: ToHost[] | undefined;
  private sentState = '';

  constructor(platform: Platform) {
    this.platform = platform;
  }

  /** The cluster, once booted: for those who watch it from beside the door. */
  get cluster(): Cluster | undefined {
    return this.session?.cluster;
  }

  /** How the clock stands. Throws before the cluster is booted. */
  pace(): Pick<Frame, 'now' | 'settled' | 'paused' | 'speed'> {
    const { now, settled, paused, speed } = this.head();
    return { now, settled, paused, speed };
  }

  /** Takes a message. Errors of the simulator become `failed`: nothing is thrown at the platform. */
  receive(message: ToHost): void {
    if (this.held !== undefined) {
      this.held.push(message);
      return;
    }
    if (needsSandbox(message)) {
      this.held = [message];
      void this.release();
      return;
    }
    try {
      this.take(message);
    } catch (error) {
      this.platform.report(error);
      this.platform.post({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
    }
  }

  /** Loads what learners' components run in, and takes the messages that have waited for it, in their order. */
  private async release(): Promise<void> {
    try {
      await loadSandbox();
    } catch (error) {
      this.platform.report(error);
    }
    const { held = [] } = this;
    this.held = undefined;
    const [first, ...rest] = held;
    if (first !== undefined && needsSandbox(first)) {
      this.platform.post({ type: 'failed', message: "what learners' components run in could not be loaded" });
      for (const message of rest) if (!needsSandbox(message)) this.receive(message);
      return;
    }
    for (const message of held) this.receive(message);
  }

  /** Where the cluster stands now. */
  moment(): Moment {
    const { sentRevision: revision, sentEvent: event, sentState: state, lastFrame: frame, watching } = this;
    return { log: this.session?.log(), sent: { revision, event, state, frame }, watching };
  }

  /** Makes the cluster again as it stood at a moment. Those who watch it do not notice: what they have been told is not said again. */
  returnTo({ log, sent, watching }: Moment): void {
    this.cancelTick?.();
    this.session = undefined;
    const { pacer } = this;
    if (log === undefined || pacer === undefined) return;
    let told = true;
    const session = replay(log, (output) => {
      if (!told) this.output(output);
    });
    told = false;
    this.begin(session, pacer.speed);
    this.sentRevision = sent.revision;
    this.sentEvent = sent.event;
    this.sentState = sent.state;
    this.lastFrame = sent.frame;
    this.watching = watching;
    this.tickSoon(0);
  }

  private begin(session: Session, speed: Speed, settle = false): void {
    const { engine } = session.cluster;
    engine.onFault = (_actor, error) => this.platform.report(error);
    if (settle) engine.settle({ limit: SETTLE_LIMIT });
    this.session = session;
    this.pacer = new Pacer(engine, this.platform.wall(), speed);
  }

  private take(message: ToHost): void {
    if (message.type === 'boot') {
      this.boot(message);
      return;
    }
    if (message.type === 'prepare') {
      this.prepared = fork(message.log, message.at, this.output);
      return;
    }
    const { session } = this;
    if (session === undefined) return;
    const { cluster } = session;
    switch (message.type) {
      case 'input':
        session.apply(message.input, this.platform.date?.());
        this.tickSoon(0);
        break;
      case 'clock':
        this.clock(message.action);
        break;
      case 'watch':
        this.watching = message.on;
        this.tickSoon(0);
        break;
      case 'log':
        this.platform.post({ type: 'log', id: message.id, log: session.log() });
        break;
      case 'look-back':
        this.platform.post({ type: 'look-back', id: message.id, past: this.lookBack(message.from, message.to) });
        break;
      case 'timeline': {
        const { store, engine } = cluster;
        const marks = timelineMarks(store, session.log().entries);
        const timeline = { oldest: store.oldestRevision, revision: store.revision, now: engine.now, marks };
        this.platform.post({ type: 'timeline', id: message.id, timeline });
        break;
      }
      case 'explain':
        this.platform.post({ type: 'explain', id: message.id, explanation: explainPod(cluster, message.pod) });
        break;
      case 'why':
        this.platform.post({ type: 'why', id: message.id, chain: cluster.engine.trace.why(message.uid) });
        break;
    }
  }

  private readonly output = (output: Output): void => this.platform.post({ type: 'output', output });

  private boot({ options, log, at, speed, settle }: Extract<ToHost, { type: 'boot' }>): void {
    this.cancelTick?.();
    const { prepared, output } = this;
    this.prepared = undefined;
    const session =
      log === undefined
        ? new Session(options, output)
        : at === undefined
          ? replay(log, output)
          : prepared !== undefined && goOn(prepared, log, at)
            ? prepared
            : fork(log, at, output);
    this.begin(session, speed, log === undefined && settle === true);
    this.sentRevision = 0;
    this.sentEvent = 0;
    this.platform.post({
      type: 'booted',
      server: 'https://10.0.0.10:6443',
      token: adminToken(session.cluster.engine.seed),
      frame: this.wholeFrame(),
      past: this.recentPast(),
    });
    this.tickSoon(0);
  }

  private clock(action: ClockAction): void {
    const { session, pacer, platform } = this;
    if (session === undefined || pacer === undefined) return;
    const { engine } = session.cluster;
    const wall = platform.wall();
    switch (action.type) {
      case 'pause':
        pacer.pause(wall);
        break;
      case 'resume':
        pacer.resume(wall);
        break;
      case 'speed':
        pacer.setSpeed(action.speed, wall);
        break;
      case 'step':
        pacer.pause(wall);
        engine.step();
        break;
      case 'step-change':
        pacer.pause(wall);
        this.stepToChange();
        break;
      case 'advance':
        engine.runUntil(engine.now + action.by);
        pacer.reanchor(wall);
        break;
      case 'settle':
        engine.settle(action.limit === undefined ? {} : { limit: action.limit });
        pacer.reanchor(wall);
        break;
    }
    this.sendFrame(true);
    this.tickSoon(0);
  }

  /** Runs to the next change that is not background noise. */
  private stepToChange(): void {
    const { engine, store } = this.session!.cluster;
    const limit = engine.now + SETTLE_LIMIT;
    while ((engine.nextTime() ?? Number.POSITIVE_INFINITY) <= limit) {
      const before = store.revision;
      engine.step();
      if (store.revision > before && store.changesSince(before).some(({ kind }) => kind === 'work')) return;
    }
  }

  private tickSoon(milliseconds: number): void {
    this.cancelTick?.();
    this.cancelTick = this.platform.after(milliseconds, () => {
      try {
        this.tick();
      } catch (error) {
        this.platform.report(error);
        this.platform.post({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
      }
    });
  }

  private tick(): void {
    const { pacer, platform } = this;
    if (pacer === undefined) return;
    const start = platform.wall();
    let more = pacer.tick(start);
    while (more && platform.wall() - start < BUSY_TIME) more = pacer.tick(platform.wall());
    this.sendFrame(false);
    const wall = platform.wall();
    const next = more ? 0 : pacer.untilNext(wall);
    if (next !== undefined) this.tickSoon(Math.min(Math.ceil(next / 1000), 1000));
    else if (this.unsent()) this.tickSoon(FRAME_TIME);
  }

  private unsent(): boolean {
    const { store, engine } = this.session!.cluster;
    return (
      this.watching &&
      (store.revision > this.sentRevision || engine.trace.lastId > this.sentEvent || this.state() !== this.sentState)
    );
  }

  private state(): string {
    const { engine } = this.session!.cluster;
    return `${this.pacer!.paused} ${this.pacer!.speed} ${engine.settled}`;
  }

  private sendFrame(now: boolean): void {
    if (!this.watching || !this.unsent()) return;
    const wall = this.platform.wall() / 1000;
    if (!now && wall - this.lastFrame < FRAME_TIME) {
      this.tickSoon(FRAME_TIME);
      return;
    }
    this.lastFrame = wall;
    const { store, engine } = this.session!.cluster;
    const changes = store.changesSince(Math.max(this.sentRevision, store.compactedRevision));
    const events = engine.trace.since(this.sentEvent);
    this.sent();
    this.platform.post({
      type: 'frame',
      frame: {
        ...this.head(),
        changes: changes.map(frameChange),
        events,
      },
    });
  }

  /** The cluster as it is, as if all of it had just been added. */
  private wholeFrame(): Frame {
    const { store, engine } = this.session!.cluster;
    const changes = store.tableNames().flatMap((table) =>
      store.list(table).map((object) => ({
        revision: Number(object.metadata.resourceVersion),
        time: engine.now,
        type: 'ADDED' as const,
        table,
        key:
          object.metadata.namespace === undefined
            ? object.metadata.name
            : `${object.metadata.namespace}/${object.metadata.name}`,
        object,
      })),
    );
    this.sent();
    return { ...this.head(), changes, events: engine.trace.since(engine.trace.lastId - EVENTS_AT_BOOT) };
  }

  private recentPast(): FrameChange[] {
    const { store } = this.session!.cluster;
    return store
      .history(store.oldestRevision, store.revision)
      .filter(({ table }) => !QUIET_TABLES.has(table))
      .slice(-CHANGES_AT_BOOT)
      .map(frameChange);
  }

  private sent(): void {
    const { store, engine } = this.session!.cluster;
    this.sentRevision = store.revision;
    this.sentEvent = engine.trace.lastId;
    this.sentState = this.state();
  }

  private head(): Omit<Frame, 'changes' | 'events'> {
    const { engine, store } = this.session!.cluster;
    const { paused, speed } = this.pacer!;
    return { now: engine.now, revision: store.revision, settled: engine.settled, paused, speed };
  }

  private lookBack(from: number, to: number) {
    const { store } = this.session!.cluster;
    try {
      return { time: timeOf(store, to), changes: changesBetween(store, from, to) };
    } catch (error) {
      if (isForgotten(error)) return undefined;
      throw error;
    }
  }
}

function frameChange({ revision, time, type, table, key, object }: Change): FrameChange {
  return { revision, time, type, table, key, object };
}

/** What the scheduler thinks of a pod (`namespace/name`); undefined when there is no such pod. */
export function explainPod({ store }: Cluster, key: string) {
  const pod = store.get('pods', key) as unknown as Pod | undefined;
  if (pod === undefined) return undefined;
  const list = <T>({ group, plural }: { group: string; plural: string }) =>
    store.list(group === '' ? plural : `${plural}.${group}`) as unknown as T[];
  return explainScheduling({ list }, pod);
}

/** Whether a message brings a learner's component, and what that runs in is not there yet. */
function needsSandbox(message: ToHost): boolean {
  if (loadedSandbox() !== undefined) return false;
  if (message.type === 'boot' || message.type === 'prepare')
    return message.log !== undefined && hasComponents(message.log);
  return message.type === 'input' && message.input.type === 'component' && message.input.source !== null;
}
