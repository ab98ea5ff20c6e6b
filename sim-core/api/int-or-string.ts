import { goQuote } from './go-format.ts';
import { isValidPercent } from './names.ts';

/** intstr.IntOrString: a number, or a string that is usually a percentage. */
export type IntOrString = number | string;

/** Why an IntOrString has no value; `message` is upstream's. */
export class IntOrStringError extends Error {
  override readonly name = 'IntOrStringError';
}

/**
 * A count, or the percentage of `total` rounded up or down (intstr.GetScaledValueFromIntOrPercent). Throws an
 * IntOrStringError with upstream's text for a string that is no percentage.
 */
export function scaledValue(value: IntOrString | undefined | null, total: number, roundUp: boolean): number {
  if (value === undefined || value === null) throw new IntOrStringError('nil value for IntOrString');
  if (typeof value === 'number') return value;
  const percent = percentOf(value);
  const exact = (percent * total) / 100;
  return roundUp ? Math.ceil(exact) : Math.floor(exact);
}

function percentOf(text: string): number {
  const invalid = 'invalid value for IntOrString: ';
  if (!text.endsWith('%')) throw new IntOrStringError(`${invalid}invalid type: string is not a percentage`);
  const digits = text.slice(0, -1);
  if (!/^[+-]?[0-9]+$/.test(digits)) {
    throw new IntOrStringError(
      `${invalid}invalid value ${goQuote(text)}: strconv.Atoi: parsing ${goQuote(digits)}: invalid syntax`,
    );
  }
  return Number(digits);
}

/** The number of a valid percentage string (`25%` gives 25), or undefined for anything else. */
export function percentValue(value: IntOrString | undefined | null): number | undefined {
  if (typeof value !== 'string' || isValidPercent(value).length > 0) return undefined;
  return Number(value.slice(0, -1));
}

/** The number itself, or what a string of digits says, or 0 (IntOrString.IntValue). */
export function intValue(value: IntOrString): number {
  if (typeof value === 'number') return value;
  return /^[+-]?[0-9]+$/.test(value) ? Number(value) : 0;
}
