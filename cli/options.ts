import { InvalidArgumentError } from 'commander';

/** Reads an option that is a whole number within limits. */
export function parseWhole(what: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`${what} is a whole number from ${least} to ${most}.`);
  };
}

/** Reads a speed: virtual seconds per second, or `max`. */
export function parseSpeed(text: string): number | 'max' {
  if (text === 'max') return 'max';
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0 && value <= 1000) return value;
  throw new InvalidArgumentError('A speed is a number above 0, at most 1000, or max.');
}

/** Collects an option that may be given several times. */
export function several(text: string, before: readonly string[]): string[] {
  return [...before, text];
}
