import { decodeUtf8, encodeUtf8 } from './utf8.ts';

/** A file or folder of a tar archive. */
export interface TarEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'link';
  readonly data: Uint8Array;
}

function octal(value: number, width: number): Uint8Array {
  return encodeUtf8(`${value.toString(8).padStart(width - 1, '0')}\0`);
}

function header(name: string, size: number, kind: TarEntry['kind']): Uint8Array {
  const block = new Uint8Array(512);
  const put = (bytes: Uint8Array, at: number): void => block.set(bytes, at);
  put(encodeUtf8(name).slice(0, 100), 0);
  put(octal(kind === 'directory' ? 0o755 : 0o644, 8), 100);
  put(octal(0, 8), 108);
  put(octal(0, 8), 116);
  put(octal(size, 12), 124);
  put(octal(0, 12), 136);
  put(encodeUtf8('        '), 148);
  block[156] = kind === 'directory' ? 53 : 48;
  put(encodeUtf8('ustar\x0000'), 257);
  let sum = 0;
  for (const byte of block) sum += byte;
  put(encodeUtf8(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
  return block;
}

/** A ustar archive; long names get a GNU long-name entry. */
export function createTar(entries: readonly TarEntry[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const add = (name: string, kind: TarEntry['kind'], data: Uint8Array, type?: number): void => {
    const head = header(name, data.length, kind);
    if (type !== undefined) {
      head[156] = type;
      head.set(encodeUtf8('        '), 148);
      let sum = 0;
      for (const byte of head) sum += byte;
      head.set(encodeUtf8(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
    }
    parts.push(head, data, new Uint8Array((512 - (data.length % 512)) % 512));
  };
  for (const { name, kind, data } of entries) {
    const bytes = encodeUtf8(name);
    if (bytes.length > 100) add('././@LongLink', 'file', encodeUtf8(`${name}\0`), 76);
    add(name, kind, kind === 'directory' ? new Uint8Array() : data);
  }
  parts.push(new Uint8Array(1024));
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decodeUtf8(end < 0 ? bytes : bytes.slice(0, end));
}

/** The entries of an archive (ustar, with GNU long names). */
export function readTar(bytes: Uint8Array): TarEntry[] {
  const entries: TarEntry[] = [];
  let longName: string | undefined;
  for (let at = 0; at + 512 <= bytes.length; ) {
    const head = bytes.slice(at, at + 512);
    if (head.every((byte) => byte === 0)) break;
    const size = Number.parseInt(text(head.slice(124, 136)).trim() || '0', 8);
    const prefix = text(head.slice(345, 500));
    const name = longName ?? (prefix === '' ? text(head.slice(0, 100)) : `${prefix}/${text(head.slice(0, 100))}`);
    const type = String.fromCharCode(head[156]!);
    const data = bytes.slice(at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
    longName = undefined;
    if (type === 'L') longName = text(data);
    else if (type === '5') entries.push({ name, kind: 'directory', data: new Uint8Array() });
    else if (type === '0' || type === '\0') entries.push({ name, kind: 'file', data });
    else if (type === '1' || type === '2') entries.push({ name, kind: 'link', data: new Uint8Array() });
  }
  return entries;
}
