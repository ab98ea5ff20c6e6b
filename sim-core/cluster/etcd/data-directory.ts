import type { Store } from '../../store/store.ts';
import { type Etcd, nameOf, type Snapshot } from './etcd.ts';
import { keyInTable } from './object-value.ts';
import { parseSnapshot } from './snapshots.ts';

/** etcd starts on another data directory than before: what is in the store is put aside, and what that directory holds comes in its place. */
export function reopen(etcd: Etcd, content: string | undefined, emptied: () => void): void {
  const { closed, store } = etcd;
  const kept = content === undefined ? undefined : (closed.get(content) ?? parseSnapshot(content));
  closed.set(etcd.opened, snapshotOf(store));
  etcd.opened = content !== undefined && closed.has(content) ? content : nameOf(closed.size + 1);
  restore(store, kept ?? { revision: 0, entries: [] });
  if (kept === undefined) emptied();
}

/** All that the store holds. */
export function snapshotOf(store: Store): Snapshot {
  const entries = store
    .tableNames()
    .flatMap((table) => store.list(table).map((object) => ({ table, key: keyInTable(object), object })));
  return { revision: store.revision, entries };
}

/**
 * Makes everything as it was in a snapshot. Revisions go on instead of starting anew, as with `--bump-revision`: those who watch are told of
 * what changed.
 */
function restore(store: Store, { entries }: Snapshot): void {
  const wanted = new Map(entries.map((entry) => [`${entry.table} ${entry.key}`, entry]));
  for (const table of store.tableNames())
    for (const object of store.list(table))
      if (!wanted.has(`${table} ${keyInTable(object)}`)) store.delete(table, keyInTable(object), object);
  for (const { table, key, object } of entries) {
    const there = store.get(table, key);
    if (there?.metadata.resourceVersion === object.metadata.resourceVersion) continue;
    const copy = { ...object, metadata: { ...object.metadata } };
    if (there === undefined) store.create(table, key, copy);
    else store.update(table, key, there, copy);
  }
}
