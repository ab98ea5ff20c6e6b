import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { fnv32a } from './hash.ts';

const HEX = '0123456789abcdef';

/**
 * One stream of pseudo-random numbers. Every component draws from a stream of its own name, so that adding a component,
 * or one more draw in it, never shifts what the others see.
 */
export class RandomStream {
  private readonly generator: ReturnType<typeof xoroshiro128plus>;

  constructor(seed: number, name: string) {
    this.generator = xoroshiro128plus(fnv32a(name, (seed ^ 0x811c9dc5) >>> 0) | 0);
  }

  /** An unsigned 32-bit integer. */
  uint32(): number {
    return this.generator.next() >>> 0;
  }

  /** An integer from 0 up to, not including, `limit` (at most 2³²). The bias of the modulus is below 2⁻²² for limits up to 1,024. */
  below(limit: number): number {
    return this.uint32() % limit;
  }

  /** A fraction from 0 up to, not including, 1, in steps of 2⁻³². */
  fraction(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /** `duration` lengthened by up to `factor` of itself, as wait.Jitter in apimachinery; whole microseconds. */
  jitter(duration: number, factor: number): number {
    return Math.floor(duration + this.fraction() * factor * duration);
  }

  /** A random (version 4) UUID, as metadata.uid. */
  uuid(): string {
    // Made of codes at once: strings put together piece by piece stay trees of pieces in V8, at forty times the memory.
    const codes: number[] = [];
    for (let word = 0; word < 4; word++) {
      let bits = this.uint32();
      for (let digit = 0; digit < 8; digit++) {
        const position = word * 8 + digit;
        let value = bits & 15;
        bits >>>= 4;
        if (position === 12) value = 4;
        else if (position === 16) value = 8 | (value & 3);
        if (position === 8 || position === 12 || position === 16 || position === 20) codes.push(45);
        codes.push(HEX.charCodeAt(value));
      }
    }
    return String.fromCharCode(...codes);
  }

  /** `length` lower-case hexadecimal digits, as in container IDs. */
  hex(length: number): string {
    const codes: number[] = [];
    while (codes.length < length) {
      let bits = this.uint32();
      for (let digit = 0; digit < 8 && codes.length < length; digit++) {
        codes.push(HEX.charCodeAt(bits & 15));
        bits >>>= 4;
      }
    }
    return String.fromCharCode(...codes);
  }
}
