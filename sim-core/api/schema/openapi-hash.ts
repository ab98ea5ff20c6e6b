import { fnv32a } from '../../engine/hash.ts';

/** A hash of a text, in 32 upper-case hexadecimal digits. Tells versions of a document apart; proves nothing. */
export function hashText(text: string): string {
  let digits = '';
  for (let part = 1; part <= 4; part++)
    digits += fnv32a(text, part * 0x01000193)
      .toString(16)
      .padStart(8, '0');
  return digits.toUpperCase();
}
