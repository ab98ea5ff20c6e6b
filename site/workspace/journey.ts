import type {} from '../../sim-core/apiserver/request.ts';
import type { TraceEvent, TraceEventMap } from '../../sim-core/engine/index.ts';
import type { Frame, FrameChange } from '../../sim-core/host/door.ts';
import type { Speed } from '../../sim-core/host/pacer.ts';
import type {} from '../../sim-core/store/store.ts';

/** Where a dot can start and end. */
export type Place = 'you' | 'api' | 'etcd' | 'scheduler' | 'controllers' | `node/${string}`;

/** One leg of a request's way through the cluster, in presentation time (milliseconds of whatever clock the caller has). */
export interface Hop {
  readonly id: number;
  readonly from: Place;
  readonly to: Place;
  readonly start: number;
  readonly duration: number;
  /** `create pods`: what travels. */
  readonly verb: string;
  readonly resource: string;
  readonly name: string;
  readonly refused: boolean;
  /** How many requests travel as this dot. */
  count: number;
}

/** A change that the picture shows from then on. */
export interface Release {
  readonly at: number;
  readonly change: FrameChange;
}

/** Duration of a leg at ×1, milliseconds. */
const LEG = 260;
const STORE_LEG = 200;
/** The picture never lags further behind the cluster than this. */
const MOST_LAG = 5000;
/** Legs between the same places that start within this time travel as one dot. */
const TOGETHER = 90;

const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);
/** Writes that are the cluster's breathing, not its work. */
const QUIET: ReadonlySet<string> = new Set([
  'events',
  'events.events.k8s.io',
  'leases.coordination.k8s.io',
  'tokenreviews.authentication.k8s.io',
  'subjectaccessreviews.authorization.k8s.io',
]);

/** Programs that stand on the learner's side of the API. */
const YOUR_TOOLS: ReadonlySet<string> = new Set(['kubectl', 'jotasu', 'unknown']);

interface Known {
  /** When what the event tells has been shown. */
  end: number;
  /** The nearest watch event on the way here, whose leg is shown once somebody acts on it. */
  watch: number;
  shown: boolean;
}

/**
 * Turns what happened in a cluster into a play: legs that dots travel, and the moments at which the picture takes each change. A leg
 * starts where and when its cause ended, so the play follows the chain of causes. Pure but for its memory of recent events.
 */
export class Choreographer {
  private readonly known = new Map<number, Known>();
  private readonly lastRelease = new Map<string, number>();
  private readonly together = new Map<string, Hop>();
  private nextId = 1;
  /** With reduced motion nothing travels: changes show at once. */
  still = false;

  /** Plays a frame from `now` on. */
  take(frame: Pick<Frame, 'events' | 'changes' | 'speed'>, now: number): { hops: Hop[]; releases: Release[] } {
    const hops: Hop[] = [];
    const shownAt = new Map<number, number>();
    const pace = this.still ? 0 : 1 / speedFactor(frame.speed);
    for (const event of frame.events) {
      const known = this.place(event, now, pace, hops);
      this.known.set(event.id, known);
      if (event.kind === 'revision') shownAt.set((event as TraceEvent<'revision'>).data.revision, known.end);
    }
    const releases = frame.changes.map((change) => {
      const key = `${change.table} ${change.key}`;
      // The states of one object show in order, whatever ways their news took.
      const at = Math.max(shownAt.get(change.revision) ?? now, this.lastRelease.get(key) ?? now, now);
      this.lastRelease.set(key, at);
      return { at, change };
    });
    this.forget(now);
    return { hops, releases };
  }

  private place(event: TraceEvent, now: number, pace: number, hops: Hop[]): Known {
    const cause = this.known.get(event.cause);
    const base = Math.max(cause?.end ?? now, now);
    if (event.kind === 'watch') return { end: base, watch: event.id, shown: false };
    if (event.kind === 'revision') {
      if (cause?.shown !== true) return { end: base, watch: 0, shown: false };
      const duration = this.duration(STORE_LEG, base, now, pace);
      this.travel(hops, { from: 'api', to: 'etcd', start: base, duration, ...subjectOf(event) });
      return { end: base + duration, watch: 0, shown: true };
    }
    const watch = cause?.watch ?? 0;
    if (event.kind === 'request') {
      const { data } = event as TraceEvent<'request'>;
      const from = placeOf(event.actor);
      if (from !== undefined && isShown(data))
        return this.showRequest(event as TraceEvent<'request'>, from, base, watch, { now, pace, hops });
    }
    return { end: base, watch, shown: false };
  }

  private showRequest(
    event: TraceEvent<'request'>,
    from: Place,
    base: number,
    watch: number,
    { now, pace, hops }: { now: number; pace: number; hops: Hop[] },
  ): Known {
    const subject = subjectOf(event);
    let start = base;
    const heard = this.known.get(watch);
    if (from !== 'you' && heard !== undefined) {
      // The news that made somebody act travels first, once.
      if (!heard.shown) {
        const duration = this.duration(LEG, heard.end, now, pace);
        this.travel(hops, {
          from: 'api',
          to: from,
          start: Math.max(heard.end, now),
          duration,
          ...subject,
          verb: 'watch',
        });
        heard.end = Math.max(heard.end, now) + duration;
        heard.shown = true;
      }
      start = Math.max(base, heard.end);
    }
    const duration = this.duration(LEG, start, now, pace);
    this.travel(hops, { from, to: 'api', start, duration, ...subject });
    return { end: start + duration, watch: 0, shown: event.data.code < 400 };
  }

  /** The further the picture lags behind, the quicker it goes. */
  private duration(leg: number, start: number, now: number, pace: number): number {
    const lag = Math.max(0, start - now);
    return lag > MOST_LAG ? 0 : (leg * pace) / (1 + lag / 1600);
  }

  private travel(hops: Hop[], hop: Omit<Hop, 'id' | 'count'>): void {
    if (hop.duration < 8) return;
    const key = `${hop.from} ${hop.to} ${Math.round(hop.start / TOGETHER)}`;
    const same = this.together.get(key);
    if (same !== undefined) {
      same.count++;
      return;
    }
    const made: Hop = { ...hop, id: this.nextId++, count: 1 };
    this.together.set(key, made);
    hops.push(made);
  }

  private forget(now: number): void {
    if (this.known.size > 12_000) {
      const ids = [...this.known.keys()];
      for (const id of ids.slice(0, ids.length - 6000)) this.known.delete(id);
    }
    if (this.together.size > 500) this.together.clear();
    for (const [key, at] of this.lastRelease) if (at < now) this.lastRelease.delete(key);
  }
}

/** By how much the picture hurries with the cluster's clock. */
export function speedFactor(speed: Speed): number {
  return speed === 'max' ? 20 : Math.max(1, Math.min(speed, 20));
}

function isShown({ verb, resource, subresource }: TraceEventMap['request']): boolean {
  if (!WRITES.has(verb) || QUIET.has(resource)) return false;
  // Controllers write their counts down, nodes their health: true, and not what a learner follows.
  if (subresource === 'status') return resource === 'pods';
  return resource !== 'serviceaccounts' && resource !== 'nodes';
}

/** Where an actor of the trace stands in the picture; undefined when it stands nowhere. */
export function placeOf(actor: string): Place | undefined {
  const [program = '', rest = ''] = actor.split('/');
  if (program === 'kubelet' || program === 'kube-proxy' || program === 'containerd') return `node/${rest}`;
  if (program === 'kube-scheduler') return 'scheduler';
  if (program === 'kube-controller-manager') return 'controllers';
  return YOUR_TOOLS.has(program) ? 'you' : undefined;
}

function subjectOf(event: TraceEvent): Pick<Hop, 'verb' | 'resource' | 'name' | 'refused'> {
  if (event.kind === 'revision') {
    const { table, key, type } = (event as TraceEvent<'revision'>).data;
    return { verb: type, resource: table, name: key.slice(key.indexOf('/') + 1), refused: false };
  }
  const { verb, resource, subresource, name = '', code } = (event as TraceEvent<'request'>).data;
  return {
    verb,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    name,
    refused: code >= 400,
  };
}
