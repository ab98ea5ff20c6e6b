import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson } from '../sim-core/api/equality.ts';
import type { Cluster } from '../sim-core/cluster/cluster.ts';
import type { LogEntry, SessionLog } from '../sim-core/host/session.ts';

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
 * elsewhere without all later links changing. Of submissions of the first format, which have no checkpoints.
 */
export function chainOf(head: unknown, entries: readonly LogEntry[]): string {
  return entries.reduce((link, entry) => digestOf([link, entry]), digestOf(head));
}

/** What the cluster was, just before an entry of the log was taken. */
export interface StateAt {
  /** How many entries had been taken. */
  readonly entry: number;
  /** SHA-256 of the cluster. */
  readonly state: string;
}

export interface Checkpoint extends StateAt {
  /** The log's chain up to here, this state included. */
  readonly link: string;
}

/** At which entries the state is noted: evenly, at most sixteen times. */
export function checkpointEvery(entries: number): number {
  return Math.max(4, Math.ceil(entries / 16));
}

/** A hash chain over a log and the states noted in it. */
export function logChain(
  { entries, ...frame }: SessionLog,
  states: readonly StateAt[],
): { readonly checkpoints: readonly Checkpoint[]; readonly end: string } {
  const stateAt = new Map(states.map(({ entry, state }) => [entry, state]));
  const checkpoints: Checkpoint[] = [];
  let link = digestOf(frame);
  for (const [entry, each] of entries.entries()) {
    const state = stateAt.get(entry);
    if (state !== undefined) {
      link = digestOf([link, { state }]);
      checkpoints.push({ entry, state, link });
    }
    link = digestOf([link, each]);
  }
  return { checkpoints, end: link };
}
