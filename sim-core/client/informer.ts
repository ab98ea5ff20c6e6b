import { type KubeObject, objectKey } from '../api/objects.ts';
import { isStatus, StatusError } from '../api/status.ts';
import { type Engine, MILLISECOND, SECOND, type Timer } from '../engine/index.ts';
import type { ResourceDefinition } from '../resources/resource.ts';
import { type Client, type ListOptions, type ObjectEvent, Unreachable, type WatchHandle } from './client.ts';

export interface EventHandler<T> {
  added?(object: T): void;
  updated?(object: T, old: T): void;
  deleted?(object: T): void;
}

/** Reads index values off an object; an object may have several. */
export type IndexFunction<T> = (object: T) => readonly string[];

/** First and longest pause between attempts to list again (client-go's reflector: 800 ms doubling to 30 s). */
const FIRST_BACKOFF = 800 * MILLISECOND;
const LONGEST_BACKOFF = 30 * SECOND;

/**
 * A local copy of the objects of one resource, kept current by one list and a watch, which tells its handlers of every change.
 * Components read from it instead of asking the API server (client-go's shared informer, reflector and indexer in one).
 */
export class Informer<T extends KubeObject> {
  private readonly engine: Engine;
  private readonly client: Client;
  private readonly resource: ResourceDefinition<T>;
  private readonly options: ListOptions;
  private readonly objects = new Map<string, T>();
  private readonly indexes = new Map<string, { read: IndexFunction<T>; values: Map<string, Map<string, T>> }>();
  private readonly handlers: EventHandler<T>[] = [];
  private watch: WatchHandle | undefined;
  private retry: Timer | undefined;
  private backoff = FIRST_BACKOFF;
  private listed = false;
  private stopped = true;

  constructor(engine: Engine, client: Client, resource: ResourceDefinition<T>, options: ListOptions = {}) {
    this.engine = engine;
    this.client = client;
    this.resource = resource;
    this.options = options;
  }

  /** Whether the first list has been taken in. */
  get synced(): boolean {
    return this.listed;
  }

  get size(): number {
    return this.objects.size;
  }

  /** The object, as last seen. */
  get(namespace: string | undefined, name: string): T | undefined {
    return this.objects.get(namespace === undefined ? name : `${namespace}/${name}`);
  }

  getByKey(key: string): T | undefined {
    return this.objects.get(key);
  }

  /** All objects, in the order in which they were first seen. */
  list(): Iterable<T> {
    return this.objects.values();
  }

  /** Adds an index; before `start`. */
  addIndex(name: string, read: IndexFunction<T>): void {
    if (!this.indexes.has(name)) this.indexes.set(name, { read, values: new Map() });
  }

  /** Objects whose index of that name has that value. */
  byIndex(name: string, value: string): T[] {
    const found = this.indexes.get(name)?.values.get(value);
    return found === undefined ? [] : [...found.values()];
  }

  /** Tells `handler` of changes from now on, and of what is already there as added. */
  addHandler(handler: EventHandler<T>): void {
    this.handlers.push(handler);
    if (handler.added !== undefined) for (const object of this.objects.values()) handler.added(object);
  }

  /** Starts listing and watching. */
  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    this.relist();
  }

  /** Stops for good: its component has ended. */
  stop(): void {
    this.stopped = true;
    this.engine.cancel(this.retry);
    this.watch?.close();
    this.watch = undefined;
  }

  private relist(): void {
    if (this.stopped) return;
    try {
      const { items, resourceVersion } = this.client.list(this.resource, this.options);
      this.replace(items);
      this.follow(resourceVersion);
      this.backoff = FIRST_BACKOFF;
    } catch (error) {
      // Refused or unreachable: nothing to do but to try again, as the reflector does.
      if (!(error instanceof StatusError || error instanceof Unreachable)) throw error;
      this.retryLater();
    }
  }

  private retryLater(): void {
    this.retry = this.engine.background(this.backoff, () => this.engine.asWork(() => this.relist()));
    this.backoff = Math.min(2 * this.backoff, LONGEST_BACKOFF);
  }

  private follow(resourceVersion: string): void {
    let last = resourceVersion;
    this.watch = this.client.watch(
      this.resource,
      { ...this.options, resourceVersion },
      (event, revision) => {
        last = String(revision);
        this.apply(event);
      },
      () => {
        this.watch = undefined;
        if (!this.stopped) this.engine.background(0, () => this.resume(last));
      },
    );
  }

  /** A watch ended: go on from where it was, or list anew when that is too long ago. */
  private resume(resourceVersion: string): void {
    if (this.stopped) return;
    try {
      this.follow(resourceVersion);
    } catch (error) {
      if (isStatus(error, 'Expired')) this.relist();
      else this.retryLater();
    }
  }

  /** Takes a whole list as the new state, and tells handlers the difference. */
  private replace(items: readonly T[]): void {
    const gone = new Map(this.objects);
    for (const object of items) {
      gone.delete(objectKey(object));
      this.store(object);
    }
    for (const object of gone.values()) this.remove(object);
    this.listed = true;
  }

  private apply(event: ObjectEvent<T>): void {
    if (event.type === 'DELETED') this.remove(event.object);
    else this.store(event.object);
  }

  private store(object: T): void {
    const key = objectKey(object);
    const old = this.objects.get(key);
    if (old === object) return;
    this.objects.set(key, object);
    if (this.indexes.size > 0) this.reindex(key, old, object);
    if (old === undefined) for (const handler of this.handlers) handler.added?.(object);
    else if (old.metadata.resourceVersion !== object.metadata.resourceVersion) {
      for (const handler of this.handlers) handler.updated?.(object, old);
    }
  }

  private remove(object: T): void {
    const key = objectKey(object);
    const old = this.objects.get(key);
    if (old === undefined) return;
    this.objects.delete(key);
    if (this.indexes.size > 0) this.reindex(key, old, undefined);
    for (const handler of this.handlers) handler.deleted?.(object);
  }

  private reindex(key: string, old: T | undefined, object: T | undefined): void {
    for (const { read, values } of this.indexes.values()) {
      const before = old === undefined ? [] : read(old);
      const after = object === undefined ? [] : read(object);
      for (const value of before) {
        if (after.includes(value)) continue;
        const group = values.get(value);
        group?.delete(key);
        if (group?.size === 0) values.delete(value);
      }
      for (const value of after) {
        let group = values.get(value);
        if (group === undefined) {
          group = new Map();
          values.set(value, group);
        }
        group.set(key, object!);
      }
    }
  }
}

/** The informers that the parts of one process share, one per resource and selection. */
export class InformerFactory {
  private readonly engine: Engine;
  private readonly client: Client;
  private readonly informers = new Map<string, Informer<KubeObject>>();

  constructor(engine: Engine, client: Client) {
    this.engine = engine;
    this.client = client;
  }

  /** The informer of a resource, made at its first use. Call `start` when all handlers have been added. */
  for<T extends KubeObject>(resource: ResourceDefinition<T>, options: ListOptions = {}): Informer<T> {
    const { namespace = '', labelSelector = '', fieldSelector = '' } = options;
    const key = `${resource.group}/${resource.plural}?${namespace}&${labelSelector}&${fieldSelector}`;
    let informer = this.informers.get(key);
    if (informer === undefined) {
      informer = new Informer(this.engine, this.client, resource, options) as unknown as Informer<KubeObject>;
      this.informers.set(key, informer);
    }
    return informer as unknown as Informer<T>;
  }

  /** Starts those informers that have not been started. */
  start(): void {
    for (const informer of this.informers.values()) informer.start();
  }

  /** Whether every informer has taken in its first list. */
  get synced(): boolean {
    for (const informer of this.informers.values()) if (!informer.synced) return false;
    return true;
  }

  stop(): void {
    for (const informer of this.informers.values()) informer.stop();
  }
}
