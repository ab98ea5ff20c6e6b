import { deflateSync, inflateSync, strFromU8, strToU8 } from 'fflate';
import { isWork, type SavedWork } from './persistence.ts';

/** What a link that carries a state begins with, behind the `#`. */
const PREFIX = 'work=';
/** The most that is unpacked from a link: what a page can hold without harm. */
const MOST_BYTES = 8 * 1024 * 1024;

/** The part of a link that carries a learner's work: files and everything that was done to the cluster. */
export function packWork(work: SavedWork): string {
  const bytes = deflateSync(strToU8(JSON.stringify(work)), { level: 9 });
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return PREFIX + btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** The work that a link carries, or undefined when it carries none that can be read. */
export function unpackWork(hash: string): SavedWork | undefined {
  const packed = hash.replace(/^#/, '');
  if (!packed.startsWith(PREFIX)) return undefined;
  try {
    const binary = atob(packed.slice(PREFIX.length).replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
    return parseWork(strFromU8(inflateSync(bytes, { out: new Uint8Array(MOST_BYTES) })));
  } catch {
    return undefined;
  }
}

/** The work in a text that was exported, or undefined when it is something else. Strangers' texts: nothing in them is trusted to be there. */
export function parseWork(text: string): SavedWork | undefined {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isWork(data) ? data : undefined;
}
