import { semanticEqual } from '../../api/equality.ts';
import {
  duplicate,
  type ErrorList,
  forbidden,
  invalid,
  notSupported,
  PrintedValue,
  required,
} from '../../api/field-error.ts';
import * as names from '../../api/names.ts';
import { parseQuantity, type Quantity, quantity } from '../../api/quantity.ts';
import { type LabelSelectorObject, labelSelectorAsSelector, SelectorError } from '../../api/selector.ts';

/**
 * Checks that many kinds share (k8s.io/kubernetes/pkg/apis/core/validation and k8s.io/apimachinery's own). Each adds what it finds
 * to `errors`. Paths are plain text (`spec.containers[0].name`): joining them costs next to nothing when nothing is wrong.
 */

export const IS_NEGATIVE = 'must be greater than or equal to 0';
export const NOT_POSITIVE = 'must be greater than zero';
export const IMMUTABLE = 'field is immutable';
export const NOT_INTEGER = 'must be an integer';

/** How Go prints a map or list that is not there. */
export const NULL = new PrintedValue('null');

export function isBlank(value: string | undefined | null): value is '' | undefined | null {
  return value === undefined || value === null || value === '';
}

/** Adds an Invalid error for each message. */
export function addInvalid(errors: ErrorList, at: string, value: unknown, messages: readonly string[]): void {
  for (const message of messages) errors.push(invalid(at, value, message));
}

/** A string that must be there; answers whether it is. */
export function requireText(value: string | undefined | null, at: string, errors: ErrorList): value is string {
  if (!isBlank(value)) return true;
  errors.push(required(at));
  return false;
}

/** ValidateNonnegativeField; an absent number is zero. */
export function checkNonNegative(value: number | undefined | null, at: string, errors: ErrorList): void {
  if ((value ?? 0) < 0) errors.push(invalid(at, value, IS_NEGATIVE));
}

/** A number between two bounds (validation.InclusiveRangeError). */
export function checkRange(value: number, low: number, high: number, at: string, errors: ErrorList): void {
  if (value < low || value > high) errors.push(invalid(at, value, names.inclusiveRangeError(low, high)));
}

/** One of a few strings; absent values are for the caller to refuse. `supported` is printed in its own order. */
export function checkEnum(
  value: string | undefined | null,
  supported: readonly string[],
  at: string,
  errors: ErrorList,
): void {
  if (!supported.includes(value ?? '')) errors.push(notSupported(at, value ?? '', supported));
}

/** The same for a field that must be there. */
export function checkRequiredEnum(
  value: string | undefined | null,
  supported: readonly string[],
  at: string,
  errors: ErrorList,
): void {
  if (requireText(value, at, errors) && !supported.includes(value)) errors.push(notSupported(at, value, supported));
}

export function checkDnsLabel(value: string, at: string, errors: ErrorList): void {
  addInvalid(errors, at, value, names.isDNS1123Label(value));
}

export function checkDnsSubdomain(value: string, at: string, errors: ErrorList): void {
  addInvalid(errors, at, value, names.isDNS1123Subdomain(value));
}

/** ValidateQualifiedName, ValidateLabelName */
export function checkQualifiedName(value: string | undefined | null, at: string, errors: ErrorList): void {
  addInvalid(errors, at, value ?? '', names.isQualifiedName(value ?? ''));
}

export function checkPortNumber(port: number | undefined, at: string, errors: ErrorList): void {
  addInvalid(errors, at, port ?? 0, names.isValidPortNum(port ?? 0));
}

/** ValidatePortNumOrName */
export function checkPortNumberOrName(port: number | string | undefined, at: string, errors: ErrorList): void {
  if (typeof port === 'string') addInvalid(errors, at, port, names.isValidPortName(port));
  else checkPortNumber(port, at, errors);
}

/** Keys and values of labels (ValidateLabels). */
export function checkLabels(labels: Readonly<Record<string, string>> | undefined, at: string, errors: ErrorList): void {
  if (labels === undefined) return;
  for (const key of Object.keys(labels)) {
    checkQualifiedName(key, at, errors);
    addInvalid(errors, at, labels[key], names.isValidLabelValue(labels[key]!));
  }
}

/** Keys of annotations in a template (ValidateAnnotations); their size is bounded by that of the request. */
export function checkAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  at: string,
  errors: ErrorList,
): void {
  if (annotations === undefined) return;
  for (const key of Object.keys(annotations)) addInvalid(errors, at, key, names.isQualifiedName(key.toLowerCase()));
}

/** metav1 validation.ValidateLabelSelector */
export function checkLabelSelector(
  selector: LabelSelectorObject | undefined | null,
  at: string,
  errors: ErrorList,
): void {
  if (selector === undefined || selector === null) return;
  checkLabels(selector.matchLabels, `${at}.matchLabels`, errors);
  for (const [index, { key, operator, values = [] }] of (selector.matchExpressions ?? []).entries()) {
    const path = `${at}.matchExpressions[${index}]`;
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0)
        errors.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values.length > 0)
        errors.push(forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
    } else errors.push(invalid(`${path}.operator`, operator ?? '', 'not a valid selector operator'));
    checkQualifiedName(key, `${path}.key`, errors);
    for (const [position, value] of values.entries())
      addInvalid(errors, `${path}.values[${position}]`, value, names.isValidLabelValue(value));
  }
}

/**
 * A workload's selector and whether its template's labels match it. `selectorAt` gets the error for a selector that cannot be
 * used, with `unusable` as its text; `templateAt` is the template's path.
 */
export function checkSelectorMatchesTemplate(
  selector: LabelSelectorObject | undefined,
  labels: Readonly<Record<string, string>> | undefined,
  selectorAt: string,
  templateAt: string,
  unusable: string,
  errors: ErrorList,
): boolean {
  try {
    const compiled = labelSelectorAsSelector(selector);
    // The selector of no object matches nothing: upstream says so of the template as well.
    if (!compiled.isEmpty() && !compiled.matches(labels))
      errors.push(
        invalid(`${templateAt}.metadata.labels`, labels ?? NULL, '`selector` does not match template `labels`'),
      );
    return true;
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    errors.push(invalid(selectorAt, selector, unusable));
    return false;
  }
}

/** ValidateImmutableField */
export function checkImmutable(value: unknown, old: unknown, at: string, errors: ErrorList): void {
  if (!semanticEqual(value, old)) errors.push(invalid(at, value ?? NULL, IMMUTABLE));
}

/** Adds a Duplicate error for what has been seen before. Blank values do not count. */
export function checkUnique(seen: Set<string>, value: string | undefined, at: string, errors: ErrorList): void {
  if (isBlank(value)) return;
  if (seen.has(value)) errors.push(duplicate(at, value));
  else seen.add(value);
}

const PLAIN_AMOUNT = /^[0-9]+(?:\.[0-9]+)?(?:m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/;

/** ValidateNonnegativeQuantity. What is no quantity at all was refused when the object was read. */
export function checkNonNegativeQuantity(value: string, at: string, errors: ErrorList): void {
  if (PLAIN_AMOUNT.test(value)) return;
  const amount = amountOf(value);
  if (amount.sign() < 0) errors.push(invalid(at, amount.toString(), IS_NEGATIVE));
}

/** ValidatePositiveQuantityValue; answers whether it is positive. */
export function checkPositiveQuantity(value: string, at: string, errors: ErrorList): boolean {
  const amount = amountOf(value);
  if (amount.sign() > 0) return true;
  errors.push(invalid(at, amount.toString(), NOT_POSITIVE));
  return false;
}

/** A quantity's value; what is none counts as zero. */
export function amountOf(value: string | number | undefined | null): Quantity {
  const parsed = parseQuantity(value ?? '0');
  return typeof parsed === 'string' ? quantity('0') : parsed;
}
