/** The control frames of SPDY/3.1 that matter here. */
export const SYN_STREAM = 1;
export const SYN_REPLY = 2;
export const RST_STREAM = 3;
export const PING = 6;
export const GOAWAY = 7;

/** The flag of a stream's last frame. */
export const FIN = 1;

const VERSION = 0x8003;
const HEAD = 8;

export type Frame =
  | { readonly kind: 'control'; readonly type: number; readonly flags: number; readonly payload: Buffer }
  | { readonly kind: 'data'; readonly stream: number; readonly flags: number; readonly payload: Buffer };

/** Cuts the bytes of a connection into frames. */
export class FrameReader {
  private rest: Buffer = Buffer.alloc(0);

  push(bytes: Buffer): Frame[] {
    this.rest = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    const frames: Frame[] = [];
    for (;;) {
      const { rest } = this;
      if (rest.length < HEAD) return frames;
      const length = rest.readUIntBE(5, 3);
      if (rest.length < HEAD + length) return frames;
      const payload = rest.subarray(HEAD, HEAD + length);
      const flags = rest[4]!;
      frames.push(
        (rest[0]! & 0x80) !== 0
          ? { kind: 'control', type: rest.readUInt16BE(2), flags, payload }
          : { kind: 'data', stream: rest.readUInt32BE(0), flags, payload },
      );
      this.rest = rest.subarray(HEAD + length);
    }
  }
}

export function dataFrame(stream: number, payload: Buffer, flags = 0): Buffer {
  const head = Buffer.alloc(HEAD);
  head.writeUInt32BE(stream, 0);
  head[4] = flags;
  head.writeUIntBE(payload.length, 5, 3);
  return Buffer.concat([head, payload]);
}

export function controlFrame(type: number, payload: Buffer, flags = 0): Buffer {
  const head = Buffer.alloc(HEAD);
  head.writeUInt16BE(VERSION, 0);
  head.writeUInt16BE(type, 2);
  head[4] = flags;
  head.writeUIntBE(payload.length, 5, 3);
  return Buffer.concat([head, payload]);
}
