import { compare, copyOf, described, has, isObject, JqError, type Json } from './values.ts';

/** `a operator b` for one pair of values. */
export function compute(operator: string, a: Json, b: Json): Json {
  switch (operator) {
    case '==':
      return compare(a, b) === 0;
    case '!=':
      return compare(a, b) !== 0;
    case '<':
      return compare(a, b) < 0;
    case '<=':
      return compare(a, b) <= 0;
    case '>':
      return compare(a, b) > 0;
    case '>=':
      return compare(a, b) >= 0;
    case '+':
      return add(a, b);
    case '-':
      if (typeof a === 'number' && typeof b === 'number') return a - b;
      if (Array.isArray(a) && Array.isArray(b))
        return a.filter((item) => !b.some((other) => compare(item, other) === 0));
      throw new JqError(`${described(a)} and ${described(b)} cannot be subtracted`);
    case '*':
      return multiply(a, b);
    case '/':
      return divide(a, b);
    default:
      if (typeof a !== 'number' || typeof b !== 'number')
        throw new JqError(`${described(a)} and ${described(b)} cannot be divided (remainder)`);
      if (Math.trunc(b) === 0)
        throw new JqError(
          `${described(a)} and ${described(b)} cannot be divided (remainder) because the divisor is zero`,
        );
      return Math.trunc(a) % Math.trunc(b);
  }
}

/** `a + b`. */
export function add(a: Json, b: Json): Json {
  if (a === null) return b;
  if (b === null) return a;
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (typeof a === 'string' && typeof b === 'string') return a + b;
  if (Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
  if (isObject(a) && isObject(b)) return Object.assign(copyOf(a), b);
  throw new JqError(`${described(a)} and ${described(b)} cannot be added`);
}

function multiply(a: Json, b: Json): Json {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  if (typeof a === 'string' && typeof b === 'number') {
    if (b <= 0) return null;
    if (a.length * b > 1_000_000) throw new JqError('Repeat string result too long');
    return a.repeat(Math.max(1, Math.floor(b)));
  }
  if (isObject(a) && isObject(b)) return merge(a, b);
  throw new JqError(`${described(a)} and ${described(b)} cannot be multiplied`);
}

function merge(a: { [key: string]: Json }, b: { [key: string]: Json }): Json {
  const merged = copyOf(a);
  for (const key of Object.keys(b)) {
    const before = has(merged, key) ? merged[key] : undefined;
    const after = b[key]!;
    merged[key] = isObject(before) && isObject(after) ? merge(before, after) : after;
  }
  return merged;
}

function divide(a: Json, b: Json): Json {
  if (typeof a === 'string' && typeof b === 'string') return a === '' ? [] : a.split(b);
  if (typeof a !== 'number' || typeof b !== 'number')
    throw new JqError(`${described(a)} and ${described(b)} cannot be divided`);
  if (b === 0) throw new JqError(`${described(a)} and ${described(b)} cannot be divided because the divisor is zero`);
  return a / b;
}
