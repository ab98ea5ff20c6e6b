import type { Micros } from './time.ts';

/**
 * What can be traced. Data is plain JSON; the field names are those of the thing traced. Rooms above the engine add
 * their kinds by declaration merging, beside the code that emits them.
 */
export interface TraceEventMap {
  /** Something came in through the host's door: a learner's request, a fault, a clock action. */
  input: { readonly type: string; readonly summary: string };
  /** A component's own code failed: a defect, not something that happens to clusters. */
  fault: { readonly message: string };
}

export type TraceKind = keyof TraceEventMap;

export interface TraceEvent<K extends TraceKind = TraceKind> {
  /** 1, 2, 3 … in the order things happened. */
  readonly id: number;
  readonly time: Micros;
  /** The event that led to this one; 0 when it came from nowhere (boot, a clock). */
  readonly cause: number;
  readonly kind: K;
  /** Who did it: `kube-scheduler`, `kubelet/worker-1`, `user/kubernetes-admin` … */
  readonly actor: string;
  readonly data: TraceEventMap[K];
}

/** `off` records nothing; `sampled` one in 16 of the most frequent kinds; `full` everything. */
export type TraceLevel = 'off' | 'sampled' | 'full';

export interface TraceOptions {
  level?: TraceLevel;
  /** The most events kept beside those that explain living objects. Default 20,000. */
  limit?: number;
}

const SAMPLE = 16;
const DEFAULT_LIMIT = 20_000;

/**
 * The record of what happened and why. An observer only: no component reads it, and the cluster is the same at every level.
 *
 * It is bounded: when it holds twice its limit, the older half goes, but for the events that explain objects still alive
 * (their creation and, link by link, its causes).
 */
export class Trace {
  readonly level: TraceLevel;
  private readonly limit: number;
  private events: TraceEvent[] = [];
  private nextId = 1;
  /** Number of events at which the next clearing comes; it grows with what must be kept, so that clearing stays cheap. */
  private forgetAt: number;
  private readonly seen: Partial<Record<TraceKind, number>> = {};
  private readonly frequent = new Set<TraceKind>();
  private readonly origins = new Map<string, number>();

  constructor(options: TraceOptions = {}) {
    this.level = options.level ?? 'full';
    this.limit = options.limit ?? DEFAULT_LIMIT;
    this.forgetAt = 2 * this.limit;
  }

  /** Id of the latest event; 0 before the first. */
  get lastId(): number {
    return this.nextId - 1;
  }

  get enabled(): boolean {
    return this.level !== 'off';
  }

  /** Marks a kind as frequent: at level `sampled` only one in 16 of its events is kept. */
  sample(kind: TraceKind): void {
    this.frequent.add(kind);
  }

  /** Records an event and returns its id, or `cause` itself when the event is not kept, so that chains stay linked. */
  emit<K extends TraceKind>(kind: K, time: Micros, cause: number, actor: string, data: TraceEventMap[K]): number {
    if (this.level === 'off') return 0;
    if (this.level === 'sampled' && this.frequent.has(kind)) {
      const count = this.seen[kind] ?? 0;
      this.seen[kind] = count + 1;
      if (count % SAMPLE !== 0) return cause;
    }
    const event: TraceEvent<K> = { id: this.nextId++, time, cause, kind, actor, data };
    this.events.push(event);
    if (this.events.length > this.forgetAt) this.forget();
    return event.id;
  }

  /** Says that event `id` is why the object `uid` exists; its chain of causes is kept while the object lives. */
  explain(uid: string, id: number): void {
    if (id !== 0) this.origins.set(uid, id);
  }

  /** The object is gone: its explanation may be forgotten. */
  unexplain(uid: string): void {
    this.origins.delete(uid);
  }

  /** Events kept with ids above `after`, oldest first. */
  since(after: number): TraceEvent[] {
    return this.events.slice(this.indexAfter(after));
  }

  get(id: number): TraceEvent | undefined {
    const event = this.events[this.indexAfter(id - 1)];
    return event?.id === id ? event : undefined;
  }

  /** The chain of causes of an event, nearest first, ending where it came from. */
  chain(id: number): TraceEvent[] {
    const chain: TraceEvent[] = [];
    for (let event = this.get(id); event !== undefined; event = this.get(event.cause)) chain.push(event);
    return chain;
  }

  /** Why an object exists: the chain of causes of its creation, nearest first. */
  why(uid: string): TraceEvent[] {
    return this.chain(this.origins.get(uid) ?? 0);
  }

  /** Index of the first event whose id is above `id`. */
  private indexAfter(id: number): number {
    let low = 0;
    let high = this.events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.events[middle]!.id <= id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private forget(): void {
    const keep = new Set<number>();
    for (const origin of this.origins.values()) {
      for (let id = origin; id !== 0 && !keep.has(id); id = this.get(id)?.cause ?? 0) keep.add(id);
    }
    const firstKept = this.events.length - this.limit;
    this.events = this.events.filter((event, index) => index >= firstKept || keep.has(event.id));
    this.forgetAt = Math.max(2 * this.limit, 2 * this.events.length);
  }
}
