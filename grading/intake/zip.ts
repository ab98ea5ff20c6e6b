import { inflateSync } from 'fflate';
import iconv from 'iconv-lite';

/** One thing in an archive. */
export interface ZipEntry {
  /** As the archive has it, folders divided by `/`. */
  readonly name: string;
  readonly isFolder: boolean;
  /** Unpacked, as it says of itself: more is never unpacked. */
  readonly size: number;
  /** Why it is not opened. */
  readonly refused?: 'link' | 'encrypted' | 'method' | 'too-large' | 'unsafe-path';
  /** Unpacks it; throws a ZipError when its bytes are damaged. Never more than its own size is unpacked, whatever it holds. */
  read(): Uint8Array;
}

/** An archive that cannot be read; the message says why. */
export class ZipError extends Error {
  override readonly name = 'ZipError';
}

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
/** No class hands in more files in one archive. */
const MOST_ENTRIES = 20_000;
const UTF8_FLAG = 0x800;
const ENCRYPTED_FLAG = 1;
const LINK_MODE = 0o120000;
const UNIX = 3;

/**
 * The entries of a zip archive, in its order. Names that are not marked as UTF-8 and are none are taken for CP949, in which Korean Windows writes
 * them. Entries larger than `limit` bytes, links, encrypted ones and those whose names lead elsewhere are refused, not read. Throws a ZipError.
 */
export function readZip(bytes: Uint8Array, limit: number): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = findEnd(view);
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  if (count === 0xffff || at === 0xffffffff) throw new ZipError('it is a zip64 archive; make an ordinary zip of it');
  if (count > MOST_ENTRIES) throw new ZipError(`it has more than ${MOST_ENTRIES} entries`);
  const entries: ZipEntry[] = [];
  for (let index = 0; index < count; index++) {
    if (at + 46 > bytes.byteLength || view.getUint32(at, true) !== CENTRAL)
      throw new ZipError('its list of files is damaged');
    const field = (offset: number) => view.getUint16(at + offset, true);
    const nameLength = field(28);
    const next = at + 46 + nameLength + field(30) + field(32);
    if (next > bytes.byteLength) throw new ZipError('its list of files is damaged');
    entries.push(entryAt(bytes, view, at, nameLength, limit));
    at = next;
  }
  return entries;
}

function entryAt(bytes: Uint8Array, view: DataView, at: number, nameLength: number, limit: number): ZipEntry {
  const flags = view.getUint16(at + 8, true);
  const method = view.getUint16(at + 10, true);
  const packedSize = view.getUint32(at + 20, true);
  const size = view.getUint32(at + 24, true);
  const system = view.getUint8(at + 5);
  const mode = view.getUint32(at + 38, true) >>> 16;
  const offset = view.getUint32(at + 42, true);
  const name = nameOf(bytes.subarray(at + 46, at + 46 + nameLength), (flags & UTF8_FLAG) !== 0);
  const isFolder = name.endsWith('/');
  const refused = isUnsafe(name)
    ? 'unsafe-path'
    : system === UNIX && (mode & 0o170000) === LINK_MODE
      ? 'link'
      : (flags & ENCRYPTED_FLAG) !== 0
        ? 'encrypted'
        : method !== 0 && method !== 8
          ? 'method'
          : size > limit
            ? 'too-large'
            : undefined;
  const read = (): Uint8Array => {
    if (offset + 30 > bytes.byteLength || view.getUint32(offset, true) !== LOCAL)
      throw new ZipError('the entry is damaged');
    const start = offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
    const packed = bytes.subarray(start, start + packedSize);
    if (packed.byteLength !== packedSize) throw new ZipError('the archive is cut off');
    if (method === 0) return packed;
    let unpacked: Uint8Array;
    try {
      unpacked = inflateSync(packed, { out: new Uint8Array(size) });
    } catch {
      throw new ZipError('the entry cannot be unpacked');
    }
    if (unpacked.byteLength !== size) throw new ZipError('the entry is not as large as it says');
    return unpacked;
  };
  return { name, isFolder, size, read, ...(refused === undefined ? {} : { refused }) };
}

/** Where the record is that ends an archive: behind it there may only be a comment. */
function findEnd(view: DataView): number {
  for (let at = view.byteLength - 22; at >= Math.max(0, view.byteLength - 22 - 0xffff); at--)
    if (view.getUint32(at, true) === END) return at;
  throw new ZipError('it is no zip archive, or it is cut off');
}

function nameOf(raw: Uint8Array, isMarked: boolean): string {
  let name: string;
  try {
    name = new TextDecoder('utf-8', { fatal: !isMarked }).decode(raw);
  } catch {
    name = iconv.decode(Buffer.from(raw), 'cp949');
  }
  return name.replaceAll('\\', '/').normalize('NFC');
}

/** Whether a name leads out of the folder that it is in. */
export function isUnsafe(name: string): boolean {
  return name.startsWith('/') || /^[a-zA-Z]:/.test(name) || name.includes('\0') || name.split('/').includes('..');
}
