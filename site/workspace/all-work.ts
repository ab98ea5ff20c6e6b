import { strFromU8, strToU8, unzlibSync, zlibSync } from 'fflate';
import { isWork, loadAllWork, type SavedWork, saveWork } from './persistence.ts';

/** Everything that a browser keeps of a learner, in one file. */
interface Exported {
  readonly jotasu: 'work';
  readonly version: 1;
  readonly work: Readonly<Record<string, SavedWork>>;
  /** What is kept in the browser's small storage, by its key there. */
  readonly settings: Readonly<Record<string, string>>;
}

/** The keys of the small storage that are ours and worth taking along. */
const SETTINGS = ['jotasu-learner', 'jotasu-terminal-history', 'jotasu-screen-reader'];
/** The most that is unpacked from a file. */
const MOST_BYTES = 64 * 1024 * 1024;

/** All work that is kept here, packed. */
export async function exportAll(): Promise<Uint8Array<ArrayBuffer>> {
  const settings: Record<string, string> = {};
  for (const key of SETTINGS) {
    const value = readSetting(key);
    if (value !== null) settings[key] = value;
  }
  const exported: Exported = { jotasu: 'work', version: 1, work: Object.fromEntries(await loadAllWork()), settings };
  return zlibSync(strToU8(JSON.stringify(exported))) as Uint8Array<ArrayBuffer>;
}

/** Takes exported work; what is kept here under the same names gives way. Answers how many pieces came, or undefined for a file of something else. */
export async function importAll(bytes: Uint8Array): Promise<number | undefined> {
  let data: Partial<Exported> | null;
  try {
    data = JSON.parse(strFromU8(unzlibSync(bytes, { out: new Uint8Array(sizeOf(bytes)) }))) as Partial<Exported> | null;
  } catch {
    return undefined;
  }
  if (data?.jotasu !== 'work' || typeof data.work !== 'object' || data.work === null) return undefined;
  let count = 0;
  for (const [name, work] of Object.entries(data.work)) if (isWork(work) && (await saveWork(name, work))) count++;
  for (const [key, value] of Object.entries(data.settings ?? {})) {
    if (SETTINGS.includes(key) && typeof value === 'string') writeSetting(key, value);
  }
  return count;
}

/** Points of what was checked last, by exercise: how far a learner has come. */
export async function results(): Promise<ReadonlyMap<string, { points: number; of: number }>> {
  const found = new Map<string, { points: number; of: number }>();
  for (const [name, { report }] of await loadAllWork()) if (report !== undefined) found.set(name, report);
  return found;
}

/** How many bytes a packed file holds at most: packing makes things a thousand times smaller, and no more. */
function sizeOf(bytes: Uint8Array): number {
  return Math.min(MOST_BYTES, bytes.byteLength * 1032 + 1024);
}

function readSetting(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function writeSetting(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // The work itself has come.
  }
}
