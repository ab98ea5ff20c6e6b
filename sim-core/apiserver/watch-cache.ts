import type { AnyObject } from '../api/objects.ts';
import type { Engine, Timer, TimerKind } from '../engine/index.ts';
import { MILLISECOND } from '../engine/index.ts';
import type { Change, Store } from '../store/store.ts';

declare module '../engine/trace.ts' {
  interface TraceEventMap {
    /** A watcher was told of a revision. */
    watch: {
      readonly revision: number;
      readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
      readonly table: string;
      readonly key: string;
    };
  }
}

/** What a watcher is told. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: AnyObject;
}

export interface WatchFilter {
  readonly namespace?: string;
  /** A field and the one value it must have, for which watches are indexed: `metadata.name`, `spec.nodeName`. */
  readonly exact?: { readonly field: string; readonly value: string; read(object: AnyObject): string };
  /** Everything else that selectors ask for. */
  matches?(object: AnyObject): boolean;
}

export interface Watcher {
  readonly table: string;
  readonly filter: WatchFilter;
  /** Who watches, for the trace. */
  readonly actor: string;
  /** The revision up to which the watcher knows everything. */
  readonly since: number;
  handle(event: WatchEvent, revision: number): void;
}

/** How long a change takes from the store to those who watch. */
const DELIVERY_TIME = MILLISECOND;

/** Watchers of one table, by what they ask for, so that a change meets those it may concern and no others. */
interface TableWatchers {
  /** No exact field: everyone, or everyone in a namespace. */
  readonly broad: Set<Watcher>;
  /** field → value → watchers */
  readonly exact: Map<string, Map<string, Set<Watcher>>>;
}

/**
 * Hands the store's changes to watchers, in revision order, a moment after they happen: the API server's watch cache.
 * One engine event delivers all that waits for all watchers.
 */
export class WatchCache {
  private readonly engine: Engine;
  private readonly store: Store;
  private readonly tables = new Map<string, TableWatchers>();
  private pending: Change[] = [];
  private timer: Timer | undefined;
  private delivered: number;

  constructor(engine: Engine, store: Store) {
    this.engine = engine;
    this.store = store;
    this.delivered = store.revision;
    engine.trace.sample('watch');
  }

  /** The last revision that watchers have been told of. */
  get deliveredRevision(): number {
    return this.delivered;
  }

  /** The store changed. */
  add(change: Change): void {
    this.pending.push(change);
    this.schedule(change.kind);
  }

  /**
   * Starts telling `watcher` of changes after its revision `since`, first those that others have been told of already.
   * Returns what ends the watch. Throws the store's `compacted` when those are forgotten.
   */
  watch(watcher: Watcher): () => void {
    const { since } = watcher;
    const set = this.setFor(watcher);
    let ended = false;
    const start = () => {
      if (ended) return;
      for (const change of this.store.changesSince(since)) {
        if (change.revision > this.delivered) break;
        if (change.table === watcher.table) this.tell(watcher, change);
      }
      if (!ended) set.add(watcher);
    };
    if (since >= this.delivered) set.add(watcher);
    else {
      this.store.changesSince(since);
      this.engine.after(0, start);
    }
    return () => {
      ended = true;
      set.delete(watcher);
      this.drop(watcher);
    };
  }

  private setFor(watcher: Watcher): Set<Watcher> {
    let table = this.tables.get(watcher.table);
    if (table === undefined) {
      table = { broad: new Set(), exact: new Map() };
      this.tables.set(watcher.table, table);
    }
    const { exact } = watcher.filter;
    if (exact === undefined) return table.broad;
    let values = table.exact.get(exact.field);
    if (values === undefined) {
      values = new Map();
      table.exact.set(exact.field, values);
    }
    let set = values.get(exact.value);
    if (set === undefined) {
      set = new Set();
      values.set(exact.value, set);
    }
    return set;
  }

  /** Removes an index entry that has lost its last watcher. */
  private drop(watcher: Watcher): void {
    const { exact } = watcher.filter;
    if (exact === undefined) return;
    const values = this.tables.get(watcher.table)?.exact.get(exact.field);
    if (values?.get(exact.value)?.size === 0) values.delete(exact.value);
  }

  private schedule(kind: TimerKind): void {
    if (this.timer !== undefined) {
      if (kind === 'background' || this.timer.kind === 'work') return;
      this.engine.cancel(this.timer);
    }
    // The batch's events have causes of their own: the timer's must not pass for theirs.
    this.timer = this.engine.because(0, () => this.engine.after(DELIVERY_TIME, () => this.deliver(), kind));
  }

  private deliver(): void {
    this.timer = undefined;
    const batch = this.pending;
    this.pending = [];
    for (const change of batch) {
      this.delivered = change.revision;
      const table = this.tables.get(change.table);
      if (table === undefined) continue;
      this.engine.as(change.kind, () => this.fanOut(table, change));
    }
  }

  private fanOut(table: TableWatchers, change: Change): void {
    for (const watcher of table.broad) this.tell(watcher, change);
    for (const values of table.exact.values()) {
      const told = this.exactWatchers(values, change);
      for (const watcher of told) this.tell(watcher, change);
    }
  }

  /** Watchers that ask for the field's value now or before. */
  private exactWatchers(values: Map<string, Set<Watcher>>, change: Change): Iterable<Watcher> {
    const sample = values.values().next().value?.values().next().value;
    const read = sample?.filter.exact?.read;
    if (read === undefined) return [];
    const now = values.get(read(change.object));
    const before = change.previous === undefined ? undefined : values.get(read(change.previous));
    if (now === undefined) return before ?? [];
    if (before === undefined || before === now) return now;
    return [...before, ...now];
  }

  /** Tells a watcher what the change is to it: an object that comes to match is ADDED, one that ceases to is DELETED. */
  private tell(watcher: Watcher, change: Change): void {
    if (change.revision <= watcher.since) return;
    const { filter } = watcher;
    const { namespace } = change.object.metadata;
    if (filter.namespace !== undefined && filter.namespace !== namespace) return;
    const before = change.previous !== undefined && accepts(filter, change.previous);
    const after = change.type !== 'DELETED' && accepts(filter, change.object);
    if (!before && !after) return;
    const type = before ? (after ? 'MODIFIED' : 'DELETED') : 'ADDED';
    // An object that leaves the selection is shown as it last was in it, at the revision at which it left.
    const object =
      type === 'DELETED' && change.type !== 'DELETED'
        ? { ...change.previous!, metadata: { ...change.previous!.metadata, resourceVersion: String(change.revision) } }
        : change.object;
    const { engine } = this;
    const outer = engine.cause;
    engine.cause = change.cause;
    if (engine.trace.enabled) {
      const { revision, table, key } = change;
      engine.cause = engine.emit('watch', watcher.actor, { revision, type, table, key });
    }
    watcher.handle({ type, object }, change.revision);
    engine.cause = outer;
  }
}

function accepts(filter: WatchFilter, object: AnyObject): boolean {
  const { exact } = filter;
  if (exact !== undefined && exact.read(object) !== exact.value) return false;
  return filter.matches === undefined || filter.matches(object);
}
