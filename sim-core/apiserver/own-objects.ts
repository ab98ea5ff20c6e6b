import type { AnyObject } from '../api/objects.ts';
import { formatTime } from '../engine/index.ts';
import type { ApiServer } from './server.ts';

/** An object that the API server makes for itself, cluster-scoped. */
export interface OwnObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

/** Stores an object of the server's own unless there is one of its name: past admission and validation, since it is known to be right. */
export function storeOwn(
  { engine, store }: ApiServer,
  table: string,
  object: OwnObject,
  uids = 'apiserver/uids',
): void {
  const { name } = object.metadata;
  if (store.get(table, name) !== undefined) return;
  const uid = engine.random(uids).uuid();
  const metadata = { ...object.metadata, uid, creationTimestamp: formatTime(engine.now) };
  store.create(table, name, { ...object, metadata } as unknown as AnyObject);
}
