import type { Program } from '../../process.ts';
import { base64, utf8Bytes } from './network.ts';
import { applet, type Tool, ToolError } from './tool.ts';

const SHA256_CONSTANTS = primes(64).map((prime) => fraction(prime, 3));
const SHA256_START = primes(8).map((prime) => fraction(prime, 2));

function primes(count: number): number[] {
  const found: number[] = [];
  for (let number = 2; found.length < count; number++)
    if (found.every((prime) => number % prime !== 0)) found.push(number);
  return found;
}

/** First 32 bits of the fractional part of a square or cube root, by whole-number bisection. */
function fraction(value: number, root: 2 | 3): number {
  const scaled = BigInt(value) << BigInt(32 * root);
  let low = 0n;
  let high = 1n << 40n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** BigInt(root) <= scaled) low = middle;
    else high = middle;
  }
  return Number(low & 0xffffffffn);
}

function padded(bytes: readonly number[], bigEndian: boolean): number[] {
  const all = [...bytes, 0x80];
  while (all.length % 64 !== 56) all.push(0);
  const bits = bytes.length * 8;
  const high = Math.floor(bits / 0x1_0000_0000);
  const words = bigEndian ? [high, bits >>> 0] : [bits >>> 0, high];
  for (const word of words) {
    for (let index = 0; index < 4; index++) all.push((word >>> (bigEndian ? 24 - 8 * index : 8 * index)) & 255);
  }
  return all;
}

const rotateRight = (value: number, by: number) => (value >>> by) | (value << (32 - by));
const hex = (value: number) => (value >>> 0).toString(16).padStart(8, '0');

/** SHA-256 of bytes, in hexadecimal. */
export function sha256(bytes: readonly number[]): string {
  const all = padded(bytes, true);
  const state = [...SHA256_START];
  const w = new Array<number>(64).fill(0);
  for (let block = 0; block < all.length; block += 64) {
    for (let t = 0; t < 64; t++) {
      if (t < 16) {
        const at = block + 4 * t;
        w[t] = (all[at]! << 24) | (all[at + 1]! << 16) | (all[at + 2]! << 8) | all[at + 3]!;
      } else {
        const x = w[t - 15]!;
        const y = w[t - 2]!;
        const s0 = rotateRight(x, 7) ^ rotateRight(x, 18) ^ (x >>> 3);
        const s1 = rotateRight(y, 17) ^ rotateRight(y, 19) ^ (y >>> 10);
        w[t] = (w[t - 16]! + s0 + w[t - 7]! + s1) | 0;
      }
    }
    let [a, b, c, d, e, f, g, h] = state as [number, number, number, number, number, number, number, number];
    for (let t = 0; t < 64; t++) {
      const s1 = rotateRight(e, 6) ^ rotateRight(e, 11) ^ rotateRight(e, 25);
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + SHA256_CONSTANTS[t]! + w[t]!) | 0;
      const s0 = rotateRight(a, 2) ^ rotateRight(a, 13) ^ rotateRight(a, 22);
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
    }
    for (const [index, value] of [a, b, c, d, e, f, g, h].entries()) state[index] = (state[index]! + value) | 0;
  }
  return state.map(hex).join('');
}

function decode(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const bytes: number[] = [];
  let bits = 0;
  let width = 0;
  for (const character of text.replace(/[\s=]/g, '')) {
    const value = alphabet.indexOf(character);
    if (value < 0) throw new ToolError('invalid input');
    bits = ((bits << 6) | value) & 0xffff;
    width += 6;
    if (width < 8) continue;
    width -= 8;
    bytes.push((bits >> width) & 255);
  }
  let result = '';
  for (let index = 0; index < bytes.length; ) {
    const first = bytes[index++]!;
    const more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    let code = more === 0 ? first : first & (0x3f >> more);
    for (let count = 0; count < more; count++) code = (code << 6) | ((bytes[index++] ?? 0x80) & 63);
    result += String.fromCodePoint(Math.min(code, 0x10ffff));
  }
  return result;
}

function* sum(tool: Tool) {
  const good = yield* tool.eachFile(tool.args, (text, name) => tool.out(`${sha256(utf8Bytes(text))}  ${name}\n`));
  return good ? 0 : 1;
}

export const HASH_APPLETS: Readonly<Record<string, Program>> = {
  base64: applet(function* (tool) {
    const { options, operands } = tool.parse('dw:', { decode: 'd', wrap: 'w' });
    const text = yield* tool.content(operands[0] ?? '-');
    if (options.has('d')) tool.out(decode(text));
    else {
      const encoded = base64(utf8Bytes(text));
      const width = Number(options.get('w') ?? '76');
      tool.out(width === 0 ? encoded : encoded.replace(new RegExp(`.{1,${width}}`, 'g'), '$&\n'));
    }
    return 0;
  }),
  sha256sum: applet(sum),
};
