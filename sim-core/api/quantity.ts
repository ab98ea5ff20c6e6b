/** How a quantity was written, and so how its sums are printed (resource.Format). */
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

const nano = 1_000_000_000n;
const maxBinary = ((1n << 63n) - 1n) * nano;
/** Exponents beyond this add nothing but digits: the amount stops growing there. */
const maxExponent = 60;

const decimalSuffixes: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const binarySuffixes: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };
const decimalNames = new Map(Object.entries(decimalSuffixes).map(([name, exponent]) => [exponent, name]));
const binaryNames = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** The texts of resource.ErrFormatWrong, ErrNumeric and ErrSuffix. */
export const quantityFormatError =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
export const quantityNumericError = 'unable to parse numeric part of quantity';
export const quantitySuffixError = "unable to parse quantity's suffix";

/** A text that is not a quantity; `message` is upstream's. */
export class QuantityError extends Error {
  override readonly name = 'QuantityError';
}

function roundAwayFromZero(amount: bigint, unit: bigint): bigint {
  const rest = amount % unit;
  if (rest === 0n) return amount / unit;
  return amount / unit + (amount > 0n ? 1n : -1n);
}

/** An amount of a resource: resource.Quantity. Immutable; kept exactly, in billionths. */
export class Quantity {
  /** The amount in billionths (`1n`), the smallest step a quantity has. */
  readonly nanos: bigint;
  readonly format: QuantityFormat;
  private text: string | undefined;
  private units: number | undefined;
  private milliUnits: number | undefined;

  constructor(nanos: bigint, format: QuantityFormat = 'DecimalSI', text?: string) {
    this.nanos = nanos;
    this.format = format;
    this.text = text;
  }

  /** A quantity of whole units, as resource.NewQuantity. */
  static of(units: number, format: QuantityFormat = 'DecimalSI'): Quantity {
    return new Quantity(BigInt(units) * nano, format);
  }

  /** A quantity of thousandths, as resource.NewMilliQuantity. */
  static ofMilli(milli: number, format: QuantityFormat = 'DecimalSI'): Quantity {
    return new Quantity(BigInt(milli) * 1_000_000n, format);
  }

  /** -1, 0 or 1 (Quantity.Cmp). */
  compare(other: Quantity): -1 | 0 | 1 {
    return this.nanos < other.nanos ? -1 : this.nanos > other.nanos ? 1 : 0;
  }

  equals(other: Quantity): boolean {
    return this.nanos === other.nanos;
  }

  /** -1, 0 or 1 by sign. */
  sign(): -1 | 0 | 1 {
    return this.nanos < 0n ? -1 : this.nanos > 0n ? 1 : 0;
  }

  isZero(): boolean {
    return this.nanos === 0n;
  }

  /** The sum; it is printed in this quantity's format, or in the other's when this one is zero (Quantity.Add). */
  add(other: Quantity): Quantity {
    return new Quantity(this.nanos + other.nanos, this.nanos === 0n ? other.format : this.format);
  }

  /** The difference, formatted as `add` does (Quantity.Sub). */
  sub(other: Quantity): Quantity {
    return new Quantity(this.nanos - other.nanos, this.nanos === 0n ? other.format : this.format);
  }

  /** The product with a whole number (Quantity.Mul). */
  mul(factor: number): Quantity {
    return new Quantity(this.nanos * BigInt(factor), this.format);
  }

  negate(): Quantity {
    return new Quantity(-this.nanos, this.format);
  }

  /** Whole units, rounded away from zero (Quantity.Value). */
  value(): number {
    this.units ??= Number(roundAwayFromZero(this.nanos, nano));
    return this.units;
  }

  /** Thousandths, rounded away from zero (Quantity.MilliValue). */
  milliValue(): number {
    this.milliUnits ??= Number(roundAwayFromZero(this.nanos, 1_000_000n));
    return this.milliUnits;
  }

  /** The amount as a number, as near as a double comes (Quantity.AsApproximateFloat64). */
  toNumber(): number {
    const whole = this.nanos / nano;
    return Number(whole) + Number(this.nanos - whole * nano) / 1e9;
  }

  /** Rounded away from zero to thousandths, as the defaults of a ResourceList are (Quantity.RoundUp(resource.Milli)). */
  roundUpToMilli(): Quantity {
    if (this.nanos % 1_000_000n === 0n) return this;
    return new Quantity(roundAwayFromZero(this.nanos, 1_000_000n) * 1_000_000n, this.format);
  }

  /** The canonical form, as Quantity.String: `1500m`, `1536Mi`, `0`. */
  toString(): string {
    this.text ??= canonicalText(this.nanos, this.format);
    return this.text;
  }

  toJSON(): string {
    return this.toString();
  }
}

function canonicalText(nanos: bigint, format: QuantityFormat): string {
  if (nanos === 0n) return '0';
  const kibi = 1024n * nano;
  if (format === 'BinarySI' && (nanos >= kibi || nanos <= -kibi) && nanos % nano === 0n) {
    let number = nanos / nano;
    let power = 0;
    while (power < 6 && number % 1024n === 0n) {
      number /= 1024n;
      power++;
    }
    return `${number}${binaryNames[power]}`;
  }
  let number = nanos;
  let exponent = -9;
  while (number % 1000n === 0n && (exponent < 18 || format === 'DecimalExponent')) {
    number /= 1000n;
    exponent += 3;
  }
  if (format === 'DecimalExponent') return exponent === 0 ? `${number}` : `${number}e${exponent}`;
  return `${number}${decimalNames.get(exponent)}`;
}

const shape = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[+-]?[0-9]*)$/;
const exponentShape = /^[eE]([+-]?[0-9]+)$/;

function interpretSuffix(suffix: string): { base: 2 | 10; exponent: number; format: QuantityFormat } | undefined {
  if (Object.hasOwn(decimalSuffixes, suffix))
    return { base: 10, exponent: decimalSuffixes[suffix]!, format: 'DecimalSI' };
  if (Object.hasOwn(binarySuffixes, suffix)) return { base: 2, exponent: binarySuffixes[suffix]!, format: 'BinarySI' };
  const match = exponentShape.exec(suffix);
  if (match === null) return undefined;
  const exponent = Math.max(-maxExponent, Math.min(maxExponent, Number(match[1])));
  return { base: 10, exponent, format: 'DecimalExponent' };
}

/** Whether upstream keeps the text as written: it holds it to be canonical already (ParseQuantity's fast path). */
function keepsText(digits: string, fraction: string, base: 2 | 10, exponent: number): boolean {
  const shifted = digits + fraction;
  if (base === 2) {
    const precision = 15 - digits.length - Math.trunc((exponent * 3) / 10) - 1;
    return fraction === '' && precision >= 0 && BigInt(shifted) % 8n !== 0n;
  }
  const scale = exponent - fraction.length;
  return shifted.length <= 18 && scale >= -9 && scale % 3 === 0 && !shifted.endsWith('000') && !shifted.startsWith('0');
}

function parse(text: string): Quantity | string {
  if (text === '') return quantityFormatError;
  if (text === '0') return new Quantity(0n, 'DecimalSI', '0');
  // A bound on the work one learner's string can ask for; upstream's own limit is the size of the request.
  const match = text.length > 1024 ? null : shape.exec(text);
  if (match === null) return quantityFormatError;
  const negative = match[1] === '-';
  const digits = match[2]!.replace(/^0+/, '') || '0';
  const fraction = match[3] ?? '';
  const suffix = interpretSuffix(match[4]!);
  if (suffix === undefined) return quantitySuffixError;
  let { format } = suffix;
  const shifted = BigInt(digits + fraction);
  let nanos: bigint;
  if (suffix.base === 2) {
    nanos = roundAwayFromZero(shifted * (1n << BigInt(suffix.exponent)) * nano, 10n ** BigInt(fraction.length));
    if (nanos > maxBinary) nanos = maxBinary;
    if (nanos > 0n && nanos < nano) format = 'DecimalSI';
  } else {
    const scale = suffix.exponent - fraction.length + 9;
    nanos = scale >= 0 ? shifted * 10n ** BigInt(scale) : roundAwayFromZero(shifted, 10n ** BigInt(-scale));
  }
  const kept = keepsText(digits, fraction, suffix.base, suffix.exponent) ? text : undefined;
  return new Quantity(negative ? -nanos : nanos, format, kept);
}

const cacheLimit = 4096;
const cache = new Map<string, Quantity>();

/**
 * Parses a quantity as resource.ParseQuantity does: decimal (`100m`, `5`, `2G`), binary (`1.5Gi`) or exponent (`1e3`). JSON
 * numbers count as their text; null is zero. Returns upstream's error text when it is none.
 */
export function parseQuantity(input: unknown): Quantity | string {
  const text =
    typeof input === 'string' ? input : typeof input === 'number' ? String(input) : input === null ? '0' : undefined;
  if (text === undefined) return quantityFormatError;
  const known = cache.get(text);
  if (known !== undefined) return known;
  const parsed = parse(text);
  if (typeof parsed === 'string') return parsed;
  if (cache.size >= cacheLimit) cache.clear();
  cache.set(text, parsed);
  return parsed;
}

/** Parses what is known to be a quantity (resource.MustParse); throws a QuantityError when it is none. */
export function quantity(input: string | number | null): Quantity {
  const parsed = parseQuantity(input);
  if (typeof parsed === 'string') throw new QuantityError(parsed);
  return parsed;
}
