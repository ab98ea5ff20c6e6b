import { type PrivateKey, power, rsaKeyOf } from './keys.ts';

/** Odd primes that most candidates are divisible by one of. */
const SMALL: readonly number[] = (() => {
  const found: number[] = [];
  for (let value = 3; value < 2000; value += 2) if (found.every((prime) => value % prime !== 0)) found.push(value);
  return found;
})();

/** Whether a number is prime, as Fermat's test to two bases has it: of random ones this long no other passes. */
function isPrime(value: bigint): boolean {
  return power(2n, value - 1n, value) === 1n && power(3n, value - 1n, value) === 1n;
}

function prime(bits: number, digits: (count: number) => string): bigint {
  for (;;) {
    // The first two bits are set, so that a product of two has all its bits; and it is odd.
    const high = 3n << BigInt(bits - 2);
    const start = (BigInt(`0x${digits(bits / 4)}`) % (1n << BigInt(bits - 2))) | high | 1n;
    const rests = SMALL.map((divisor) => Number(start % BigInt(divisor)));
    for (let step = 0; step < 4000; step += 2) {
      if (rests.some((rest, index) => (rest + step) % SMALL[index]! === 0)) continue;
      const candidate = start + BigInt(step);
      if (candidate % 65_537n !== 1n && isPrime(candidate)) return candidate;
    }
  }
}

/** A new RSA key, where no cryptography of a host is at hand: `digits` gives random hexadecimal digits. It takes its time. */
export function generateRsaKey(bits: number, digits: (count: number) => string): PrivateKey {
  const half = Math.floor(bits / 8) * 4;
  return rsaKeyOf(prime(half, digits), prime(half, digits));
}
