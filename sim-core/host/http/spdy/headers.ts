import { once } from 'node:events';
import { constants, createInflate, type Inflate } from 'node:zlib';
import { lengthPrefixed, SPDY_DICTIONARY } from './dictionary.ts';

/** Reads the header blocks of one direction of a connection: they are one compressed stream, so they are read in order. */
export class HeaderReader {
  private readonly inflate: Inflate = createInflate({
    dictionary: SPDY_DICTIONARY,
    flush: constants.Z_SYNC_FLUSH,
  });

  /** Rejects when the block is none. */
  async read(block: Buffer): Promise<Map<string, string>> {
    const { inflate } = this;
    const written = new Promise<void>((resolve, reject) => {
      inflate.write(block, (error) => (error ? reject(error) : resolve()));
    });
    await Promise.race([written, once(inflate, 'error').then(([error]) => Promise.reject(error as Error))]);
    const pieces: Buffer[] = [];
    for (let piece = inflate.read() as Buffer | null; piece !== null; piece = inflate.read() as Buffer | null)
      pieces.push(piece);
    return parseHeaders(Buffer.concat(pieces));
  }

  close(): void {
    this.inflate.destroy();
  }
}

function parseHeaders(bytes: Buffer): Map<string, string> {
  const headers = new Map<string, string>();
  let at = 4;
  const text = () => {
    const length = bytes.readUInt32BE(at);
    at += 4 + length;
    return bytes.toString('latin1', at - length, at);
  };
  for (let left = bytes.length < 4 ? 0 : bytes.readUInt32BE(0); left > 0 && at + 8 <= bytes.length; left--) {
    const name = text().toLowerCase();
    headers.set(name, text());
  }
  return headers;
}

/** An empty block, after which readers hand out what they have (Z_SYNC_FLUSH). */
const FLUSH = Buffer.from([0, 0, 0, 0xff, 0xff]);

/** Writes header blocks of one direction. They are short, so they are stored as they are, in the same format. */
export class HeaderWriter {
  private begun = false;

  write(headers: readonly (readonly [name: string, value: string])[]): Buffer {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(headers.length, 0);
    const block = Buffer.concat([
      count,
      ...headers.flatMap(([name, value]) => [lengthPrefixed(name), lengthPrefixed(value)]),
    ]);
    // A block of deflate that is not compressed: a zero byte, its length, and the complement of that.
    const stored = Buffer.alloc(5);
    stored.writeUInt16LE(block.length, 1);
    stored.writeUInt16LE(block.length ^ 0xffff, 3);
    const start = this.begun ? [] : [Buffer.from([0x78, 0x01])];
    this.begun = true;
    return Buffer.concat([...start, stored, block, FLUSH]);
  }
}
