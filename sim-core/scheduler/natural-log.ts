/**
 * The natural logarithm of a positive number. Engines may round `Math.log` each in its own way; this uses nothing but
 * arithmetic, which rounds alike everywhere. Right to within a few units of the last place.
 */
export function naturalLog(value: number): number {
  let mantissa = value;
  let exponent = 0;
  while (mantissa > 1.5) {
    mantissa /= 2;
    exponent++;
  }
  while (mantissa < 0.75) {
    mantissa *= 2;
    exponent--;
  }
  // ln m = 2 (z + z³/3 + z⁵/5 + …) with z = (m - 1) / (m + 1), |z| ≤ 1/5.
  const z = (mantissa - 1) / (mantissa + 1);
  const square = z * z;
  let sum = 0;
  for (let power = 25; power >= 1; power -= 2) sum = sum * square + 1 / power;
  return 2 * z * sum + exponent * Math.LN2;
}
