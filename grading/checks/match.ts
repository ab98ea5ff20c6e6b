import { parseQuantity } from '../../sim-core/api/quantity.ts';

/** Where a value first differs from what was expected of it. */
export interface Difference {
  /** `spec.replicas`, `spec.containers[name=web].image` */
  readonly path: string;
  /** What was expected, in short. */
  readonly expected: string;
  /** What was found; undefined: nothing. */
  readonly found: string | undefined;
}

/** Fields that tell the items of a list apart, tried in this order. */
const ITEM_KEYS = ['name', 'type', 'containerPort', 'port', 'key', 'mountPath', 'ip', 'uid'];

/**
 * Compares a value with a partial one: of an object, only the fields named must be there; of a list, an item for each expected one,
 * found by its name (or type, port …); quantities and numbers by amount. A field whose expected value is an object with one `$` field is
 * asked a question instead: `$atLeast`, `$atMost`, `$oneOf`, `$contains`, `$absent`.
 *
 * Answers the first difference, or undefined when all is as expected.
 */
export function compare(found: unknown, expected: unknown, path = ''): Difference | undefined {
  const question = questionOf(expected);
  if (question !== undefined)
    return answers(found, question) ? undefined : difference(path, describeQuestion(question), found);
  if (Array.isArray(expected)) {
    if (!Array.isArray(found)) return difference(path, describe(expected), found);
    return compareLists(found, expected, path);
  }
  if (isObject(expected)) {
    if (!isObject(found)) return difference(path, describe(expected), found);
    for (const field of Object.keys(expected)) {
      const inner = compare(ownField(found, field), expected[field], path === '' ? field : `${path}.${field}`);
      if (inner !== undefined) return inner;
    }
    return undefined;
  }
  return same(found, expected) ? undefined : difference(path, describe(expected), found);
}

function compareLists(found: readonly unknown[], expected: readonly unknown[], path: string): Difference | undefined {
  for (const item of expected) {
    const key = isObject(item) ? ITEM_KEYS.find((field) => Object.hasOwn(item, field)) : undefined;
    if (key !== undefined) {
      const wanted = (item as Record<string, unknown>)[key];
      const at = `${path}[${key}=${String(wanted)}]`;
      const other = found.find((candidate) => isObject(candidate) && same(candidate[key], wanted));
      if (other === undefined) return difference(at, describe(item), undefined);
      const inner = compare(other, item, at);
      if (inner !== undefined) return inner;
    } else if (!found.some((candidate) => compare(candidate, item) === undefined)) {
      return difference(path, `… ${describe(item)} …`, found);
    }
  }
  return undefined;
}

type Question =
  /** A number, or an amount: `100m`, `1Gi`. */
  | { readonly $atLeast: number | string }
  | { readonly $atMost: number | string }
  | { readonly $oneOf: readonly unknown[] }
  | { readonly $contains: string }
  | { readonly $absent: true };

const QUESTIONS = ['$atLeast', '$atMost', '$oneOf', '$contains', '$absent'];

function questionOf(expected: unknown): Question | undefined {
  if (!isObject(expected)) return undefined;
  const [only, ...more] = Object.keys(expected);
  return only !== undefined && more.length === 0 && QUESTIONS.includes(only)
    ? (expected as unknown as Question)
    : undefined;
}

function answers(found: unknown, question: Question): boolean {
  if ('$absent' in question) return found === undefined;
  if ('$oneOf' in question) return question.$oneOf.some((value) => same(found, value));
  if ('$contains' in question) return typeof found === 'string' && found.includes(question.$contains);
  if ('$atLeast' in question) return order(found, question.$atLeast, (sign) => sign >= 0);
  return order(found, question.$atMost, (sign) => sign <= 0);
}

/** Compares two amounts; what is none compares as nothing. */
function order(found: unknown, bound: number | string, holds: (sign: number) => boolean): boolean {
  if (typeof found === 'number' && typeof bound === 'number') return holds(found - bound);
  if (typeof found !== 'number' && typeof found !== 'string') return false;
  const [left, right] = [parseQuantity(found), parseQuantity(bound)];
  return typeof left !== 'string' && typeof right !== 'string' && holds(left.compare(right));
}

function describeQuestion(question: Question): string {
  if ('$absent' in question) return '—';
  if ('$oneOf' in question) return question.$oneOf.map(describe).join(' | ');
  if ('$contains' in question) return `…${question.$contains}…`;
  return '$atLeast' in question ? `≥ ${question.$atLeast}` : `≤ ${question.$atMost}`;
}

/** Equal, or equal amounts: `500m` and `0.5`. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  const scalar = (value: unknown) => typeof value === 'string' || typeof value === 'number';
  if (!scalar(a) || !scalar(b)) return false;
  if (String(a) === String(b)) return true;
  const left = parseQuantity(a);
  const right = parseQuantity(b);
  return typeof left !== 'string' && typeof right !== 'string' && left.compare(right) === 0;
}

function difference(path: string, expected: string, found: unknown): Difference {
  return { path, expected, found: found === undefined ? undefined : describe(found) };
}

/** A value in at most 120 characters. */
export function describe(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function ownField(object: Record<string, unknown>, field: string): unknown {
  return Object.hasOwn(object, field) ? object[field] : undefined;
}
