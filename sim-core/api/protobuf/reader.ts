import { decodeUtf8 } from '../utf8.ts';

/** A message that is no protobuf; the messages follow those of gogo's generated code. */
export class ProtoError extends Error {
  override readonly name = 'ProtoError';
}

/** Reads a protobuf message field by field. */
export class ProtoReader {
  private readonly bytes: Uint8Array;
  private at: number;
  private readonly end: number;
  /** The number and wire type of the current field. */
  field = 0;
  wireType = 0;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  /** Goes to the next field; false at the end of the message. */
  next(): boolean {
    if (this.at >= this.end) return false;
    const key = Number(this.varint());
    this.field = Math.floor(key / 8);
    this.wireType = key & 7;
    if (this.field === 0) throw new ProtoError('proto: illegal tag 0');
    return true;
  }

  /** The current field's value as an unsigned 64-bit number. */
  varint(): bigint {
    let low = 0;
    let factor = 1;
    for (let index = 0; index < 7; index++) {
      const byte = this.byte();
      low += (byte & 127) * factor;
      if (byte < 128) return BigInt(low);
      factor *= 128;
    }
    let value = BigInt(low);
    for (let shift = 49n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, value);
    }
    throw new ProtoError('proto: integer overflow');
  }

  /** The current field's value as a signed number (int32 and int64 alike), exact up to 2^53. */
  integer(): number {
    this.expect(0);
    return Number(BigInt.asIntN(64, this.varint()));
  }

  /** Whether bytes are left: for lists of numbers without keys (packed). */
  more(): boolean {
    return this.at < this.end;
  }

  /** The next number of a packed list. */
  bareInteger(): number {
    return Number(BigInt.asIntN(64, this.varint()));
  }

  bool(): boolean {
    this.expect(0);
    return this.varint() !== 0n;
  }

  double(): number {
    this.expect(1);
    const start = this.take(8);
    return new DataView(this.bytes.buffer, this.bytes.byteOffset).getFloat64(start, true);
  }

  data(): Uint8Array {
    this.expect(2);
    const length = Number(this.varint());
    const start = this.take(length);
    return this.bytes.subarray(start, start + length);
  }

  string(): string {
    return decodeUtf8(this.data());
  }

  /** A reader of the message in the current field. */
  message(): ProtoReader {
    this.expect(2);
    const length = Number(this.varint());
    const start = this.take(length);
    return new ProtoReader(this.bytes, start, start + length);
  }

  /** Passes over the current field, which nobody asked for. */
  skip(): void {
    switch (this.wireType) {
      case 0:
        this.varint();
        return;
      case 1:
        this.take(8);
        return;
      case 2:
        this.take(Number(this.varint()));
        return;
      case 5:
        this.take(4);
        return;
      default:
        throw new ProtoError(`proto: illegal wireType ${this.wireType}`);
    }
  }

  private expect(wireType: number): void {
    if (this.wireType !== wireType)
      throw new ProtoError(`proto: wrong wireType = ${this.wireType} for field ${this.field}`);
  }

  private byte(): number {
    if (this.at >= this.end) throw new ProtoError('unexpected EOF');
    return this.bytes[this.at++]!;
  }

  private take(length: number): number {
    const start = this.at;
    if (length > this.end - start) throw new ProtoError('unexpected EOF');
    this.at += length;
    return start;
  }
}
