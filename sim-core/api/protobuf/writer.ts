import { encodeUtf8 } from '../utf8.ts';

/** Writes protobuf messages: fields in the order of the calls. */
export class ProtoWriter {
  private bytes = new Uint8Array(256);
  private length = 0;

  /** The message so far. */
  finish(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  varint(field: number, value: number): this {
    this.raw(field * 8);
    this.raw(value);
    return this;
  }

  bool(field: number, value: boolean): this {
    return this.varint(field, value ? 1 : 0);
  }

  /** A 64-bit floating point number. */
  double(field: number, value: number): this {
    this.raw(field * 8 + 1);
    this.reserve(8);
    new DataView(this.bytes.buffer).setFloat64(this.length, value, true);
    this.length += 8;
    return this;
  }

  string(field: number, value: string): this {
    return this.data(field, encodeUtf8(value));
  }

  data(field: number, value: Uint8Array): this {
    this.raw(field * 8 + 2);
    this.raw(value.length);
    this.reserve(value.length);
    this.bytes.set(value, this.length);
    this.length += value.length;
    return this;
  }

  /** A message inside this one. */
  message(field: number, fill: (writer: ProtoWriter) => void): this {
    const inner = new ProtoWriter();
    fill(inner);
    return this.data(field, inner.bytes.subarray(0, inner.length));
  }

  private raw(value: number): void {
    this.reserve(10);
    let rest = value;
    while (rest >= 128) {
      this.bytes[this.length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.length++] = rest;
  }

  private reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }
}
