import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { SessionLog } from '../../sim-core/host/session.ts';

/** What is kept of a learner's work between visits. */
export interface SavedWork {
  readonly log: SessionLog;
  readonly files: Readonly<Record<string, string>>;
  /** The simulator that the log belongs to: another one would make another cluster of it. */
  readonly engine: string;
}

interface Schema extends DBSchema {
  work: { key: string; value: SavedWork };
}

let opening: Promise<IDBPDatabase<Schema>> | undefined;

function database(): Promise<IDBPDatabase<Schema>> {
  opening ??= openDB<Schema>('jotasu', 1, {
    upgrade(db) {
      db.createObjectStore('work');
    },
  });
  return opening;
}

/** The work saved under a name; undefined when there is none, or nothing can be kept here (a private window, a full disk). */
export async function loadWork(name: string): Promise<SavedWork | undefined> {
  try {
    return await (await database()).get('work', name);
  } catch {
    return undefined;
  }
}

/** Answers whether the work could be saved. */
export async function saveWork(name: string, work: SavedWork): Promise<boolean> {
  try {
    await (await database()).put('work', work, name);
    return true;
  } catch {
    return false;
  }
}

export async function forgetWork(name: string): Promise<void> {
  try {
    await (await database()).delete('work', name);
  } catch {
    // What could not be kept need not be forgotten.
  }
}
