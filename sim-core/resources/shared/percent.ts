import { type ErrorList, invalid } from '../../api/field-error.ts';
import type { IntOrString } from '../../api/int-or-string.ts';
import { isValidPercent } from '../../api/names.ts';
import { addInvalid, checkNonNegative } from './checks.ts';

/** ValidatePositiveIntOrPercent */
export function checkCountOrPercent(value: IntOrString | undefined, at: string, errors: ErrorList): void {
  if (typeof value === 'string') addInvalid(errors, at, value, isValidPercent(value));
  else checkNonNegative(value, at, errors);
}

/** IsNotMoreThan100Percent */
export function checkAtMostAll(value: IntOrString | undefined, at: string, errors: ErrorList): void {
  if (typeof value === 'string' && isValidPercent(value).length === 0 && Number(value.slice(0, -1)) > 100)
    errors.push(invalid(at, value, 'must not be greater than 100%'));
}

/** The number, or that of the percentage (getIntOrPercentValue). */
export function countOf(value: IntOrString | undefined): number {
  if (typeof value !== 'string') return value ?? 0;
  return isValidPercent(value).length === 0 ? Number(value.slice(0, -1)) : 0;
}
