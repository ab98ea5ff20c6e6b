import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson } from '../sim-core/api/equality.ts';
import type { Cluster } from '../sim-core/cluster/cluster.ts';
import type { LogEntry } from '../sim-core/host/session.ts';

/** SHA-256 of a JSON value in canonical form (keys sorted), in hexadecimal. */
export function digestOf(value: unknown): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalJson(value))));
}

/** SHA-256 of everything that a cluster holds: every object of every kind, and the time. */
export function stateDigest({ store, engine }: Cluster): string {
  const tables = store.tableNames().map((table) => [table, store.list(table)]);
  return digestOf({ now: engine.now, revision: store.revision, tables });
}

/**
 * A hash chain over a log: each link is the hash of the link before and the next entry, so that no entry can be changed, left out or put
 * elsewhere without all later links changing.
 */
export function chainOf(head: unknown, entries: readonly LogEntry[]): string {
  return entries.reduce((link, entry) => digestOf([link, entry]), digestOf(head));
}
