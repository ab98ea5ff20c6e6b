import type { AnyObject } from '../../api/objects.ts';
import { type Micros, SECOND } from '../../engine/index.ts';
import type { Change, Store } from '../../store/store.ts';
import type { Etcd } from './etcd.ts';
import { etcdKey, locate } from './keys.ts';
import { objectOfValue } from './object-value.ts';

/** The store's table for keys that are nobody's objects: what a person has put there. */
export const OWN_KEYS = 'etcd';

/** A refusal in etcd's words; clients print it after `etcdserver: `. */
export class EtcdError extends Error {
  override readonly name = 'EtcdError';
}

export interface KeyValue {
  readonly key: string;
  /** Of an object of the API server its JSON. */
  readonly value: string;
  readonly modRevision: number;
  /** 0: none. */
  readonly lease: number;
}

export interface EtcdEvent {
  readonly type: 'PUT' | 'DELETE';
  readonly key: string;
  readonly value: string;
  readonly previous: string | undefined;
  readonly revision: number;
}

/** From `start` on, up to and without `end`; without an end, `start` alone. */
export interface KeyRange {
  readonly start: string;
  readonly end?: string;
}

export interface Lease {
  readonly id: number;
  /** Seconds. */
  readonly ttl: number;
  readonly expires: Micros;
}

interface OwnKey extends AnyObject {
  readonly value: string;
  readonly lease?: number;
}

/**
 * What etcd's clients see of the cluster's memory: keys below /registry are the API server's objects, as JSON; all others are a person's own.
 * Both share one row of revisions (etcd's mvcc).
 */
export class EtcdDatabase {
  readonly etcd: Etcd;
  readonly store: Store;
  private readonly leases = new Map<number, Lease>();
  private granted = 0;

  constructor(etcd: Etcd) {
    this.etcd = etcd;
    this.store = etcd.store;
  }

  get revision(): number {
    return this.store.revision;
  }

  /** The keys of a range as they are, or were at `revision`, in order. Throws for one that is compacted, or not yet there. */
  range(range: KeyRange, revision = 0): KeyValue[] {
    const { store } = this;
    if (revision > store.revision) throw new EtcdError('mvcc: required revision is a future revision');
    if (revision > 0 && revision < Math.max(store.compactedRevision, store.oldestRevision))
      throw new EtcdError('mvcc: required revision has been compacted');
    const found: KeyValue[] = [];
    for (const table of store.tableNames()) {
      for (const object of revision > 0 ? store.listAt(table, revision) : store.list(table)) {
        const key = keyOf(table, object);
        if (inRange(range, key))
          found.push({
            key,
            value: valueText(table, object),
            modRevision: Number(object.metadata.resourceVersion),
            lease: table === OWN_KEYS ? ((object as OwnKey).lease ?? 0) : 0,
          });
      }
    }
    return found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Writes a key. Below /registry the value is the JSON of an object of that name. Answers what was there. */
  put(key: string, value: string, lease = 0): string | undefined {
    if (key === '') throw new EtcdError('key is not provided');
    if (lease !== 0 && !this.leases.has(lease)) throw new EtcdError('requested lease not found');
    const { store } = this;
    const place = locate(store.tableNames(), key);
    const table = place?.table ?? OWN_KEYS;
    const at = place?.key ?? key;
    const previous = store.get(table, at);
    const object = place === undefined ? ownKey(key, value, lease) : this.objectOf(key, at, value, previous);
    if (previous === undefined) store.create(table, at, object);
    else store.update(table, at, previous, object);
    return previous === undefined ? undefined : valueText(table, previous);
  }

  /** Removes the keys of a range; answers them. */
  delete(range: KeyRange): KeyValue[] {
    const gone = this.range(range);
    for (const { key } of gone) {
      const place = locate(this.store.tableNames(), key) ?? { table: OWN_KEYS, key };
      this.store.delete(place.table, place.key, this.store.get(place.table, place.key)!);
    }
    return gone;
  }

  /** Changes of a range after `revision`, oldest first. Throws when they are compacted. */
  events(range: KeyRange, revision: number): EtcdEvent[] {
    const { store } = this;
    if (revision < Math.max(store.compactedRevision, store.oldestRevision))
      throw new EtcdError('mvcc: required revision has been compacted');
    return this.eventsBetween(range, revision, store.revision);
  }

  compact(revision: number): void {
    if (revision > this.store.revision) throw new EtcdError('mvcc: required revision is a future revision');
    if (revision <= this.store.compactedRevision) throw new EtcdError('mvcc: required revision has been compacted');
    this.store.compact(revision);
  }

  /** Grants a lease: when nobody keeps it alive, its keys go with it. */
  grant(ttl: number): Lease {
    const id = 0x694d_71dd_ac00 + ++this.granted;
    return this.renewed({ id, ttl, expires: 0 });
  }

  keepAlive(id: number): Lease {
    return this.renewed(this.lease(id));
  }

  /** The lease. Throws when there is none, or none any more. */
  lease(id: number): Lease {
    const found = this.leases.get(id);
    if (found === undefined) throw new EtcdError('requested lease not found');
    return found;
  }

  leaseIds(): number[] {
    return [...this.leases.keys()];
  }

  leasedKeys(id: number): string[] {
    return this.store
      .list(OWN_KEYS)
      .filter((object) => (object as OwnKey).lease === id)
      .map(({ metadata }) => metadata.name);
  }

  revoke(id: number): void {
    this.lease(id);
    this.leases.delete(id);
    for (const key of this.leasedKeys(id)) this.delete({ start: key });
  }

  private renewed(lease: Lease): Lease {
    const { leases } = this;
    const { engine } = this.etcd;
    const renewed = { ...lease, expires: engine.now + lease.ttl * SECOND };
    leases.set(lease.id, renewed);
    engine.background(lease.ttl * SECOND, () => {
      if (leases.get(lease.id) === renewed) this.revoke(lease.id);
    });
    return renewed;
  }

  /** An object that somebody writes past the API server: what it cannot be is refused here, since nobody else would look. */
  private objectOf(key: string, at: string, value: string, previous: AnyObject | undefined): AnyObject {
    const object = objectOfValue(value, at);
    const kind = (one: AnyObject) => `${one.apiVersion} ${one.kind}`;
    if (object === undefined || (previous !== undefined && kind(previous) !== kind(object)))
      throw new EtcdError(`sim-core keeps objects below /registry: the value of ${key} must be that object, as JSON`);
    return object;
  }

  /** Since when a key is there and how often it was written, as far back as the store remembers. */
  life({ key, modRevision }: KeyValue, until = this.store.revision): { createRevision: number; version: number } {
    const { store } = this;
    let createRevision = modRevision;
    let version = 0;
    for (const event of this.eventsBetween({ start: key }, store.oldestRevision, until)) {
      version = event.type === 'DELETE' ? 0 : version + 1;
      if (version === 1) createRevision = event.revision;
    }
    return { createRevision, version: Math.max(1, version) };
  }

  private eventsBetween(range: KeyRange, after: number, until: number): EtcdEvent[] {
    return this.store
      .history(after, until)
      .filter(({ table, object }) => inRange(range, keyOf(table, object)))
      .map(eventOf);
  }
}

const databases = new WeakMap<Etcd, EtcdDatabase>();

/** The one database of an etcd, leases and all. */
export function databaseOf(etcd: Etcd): EtcdDatabase {
  let database = databases.get(etcd);
  if (database === undefined) {
    database = new EtcdDatabase(etcd);
    databases.set(etcd, database);
  }
  return database;
}

function inRange({ start, end }: KeyRange, key: string): boolean {
  return end === undefined ? key === start : key >= start && key < end;
}

function ownKey(key: string, value: string, lease: number): OwnKey {
  return {
    apiVersion: 'v3',
    kind: 'KeyValue',
    metadata: { name: key, uid: `etcd:${key}` } as AnyObject['metadata'],
    value,
    ...(lease === 0 ? {} : { lease }),
  };
}

function keyOf(table: string, object: AnyObject): string {
  return table === OWN_KEYS ? object.metadata.name : etcdKey(table, object);
}

function valueText(table: string, object: AnyObject): string {
  return table === OWN_KEYS ? (object as OwnKey).value : JSON.stringify(object);
}

function eventOf({ type, table, object, previous, revision }: Change): EtcdEvent {
  return {
    type: type === 'DELETED' ? 'DELETE' : 'PUT',
    key: keyOf(table, object),
    value: type === 'DELETED' ? '' : valueText(table, object),
    previous: previous === undefined ? undefined : valueText(table, previous),
    revision,
  };
}
