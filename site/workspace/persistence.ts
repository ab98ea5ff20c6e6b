import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { SessionLog } from '../../sim-core/host/session.ts';
import type { Report } from './protocol.ts';

/** What is kept of a learner's work between visits. */
export interface SavedWork {
  readonly log: SessionLog;
  readonly files: Readonly<Record<string, string>>;
  /** The simulator that the log belongs to: another one would make another cluster of it. */
  readonly engine: string;
  /** What the last press on Check came to. */
  readonly report?: Report;
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
    // A later version of the course may have to change what is kept: it is not held up by a page that stays open.
    blocking(_current, _blocked, event) {
      (event.target as IDBDatabase).close();
      opening = undefined;
    },
    terminated() {
      opening = undefined;
    },
  }).catch((error: unknown) => {
    opening = undefined;
    throw error;
  });
  return opening;
}

/** The work saved under a name; undefined when there is none that can be read, or nothing can be kept here. */
export async function loadWork(name: string): Promise<SavedWork | undefined> {
  try {
    const found: unknown = await (await database()).get('work', name);
    return isWork(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** All work that can be read, by its name. */
export async function loadAllWork(): Promise<readonly (readonly [string, SavedWork])[]> {
  try {
    const all = (await database()).transaction('work').store;
    const [names, works] = await Promise.all([all.getAllKeys(), all.getAll()]);
    return names.flatMap((name, index) => (isWork(works[index]) ? [[name, works[index]] as const] : []));
  } catch {
    return [];
  }
}

/** Answers whether the work could be saved: whole, or what was there before stays. */
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

/** Whether something has the shape of saved work. It may come from a stranger: nothing in it is trusted to be there. */
export function isWork(data: unknown): data is SavedWork {
  if (!isRecord(data) || typeof data.engine !== 'string' || !isRecord(data.files) || !isRecord(data.log)) return false;
  const { cluster, entries, until } = data.log;
  if (!isRecord(cluster) || !Array.isArray(entries) || !isRecord(until)) return false;
  if (typeof until.time !== 'number' || typeof until.executed !== 'number') return false;
  if (!Object.values(data.files).every((content) => typeof content === 'string')) return false;
  if (data.report !== undefined && !(isRecord(data.report) && Array.isArray(data.report.results))) return false;
  return entries.every(
    (entry: unknown) =>
      isRecord(entry) && typeof entry.time === 'number' && typeof entry.executed === 'number' && isRecord(entry.input),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
