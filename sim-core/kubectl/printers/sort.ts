import { parseQuantity, Quantity } from '../../api/quantity.ts';
import { KubectlError } from '../errors.ts';
import { typeName } from './go-template/values.ts';
import { parseTime } from './human.ts';
import { JsonPath, relaxedPath } from './jsonpath.ts';

/** Digits count as numbers: `a2` before `a10` (sortorder.NaturalLess). */
export function naturalLess(left: string, right: string): boolean {
  const a = left.match(/\d+|\D+/g) ?? [];
  const b = right.match(/\d+|\D+/g) ?? [];
  for (let i = 0; i < a.length && i < b.length; i++) {
    const [x, y] = [a[i]!, b[i]!];
    if (x === y) continue;
    if (/^\d/.test(x) && /^\d/.test(y)) {
      const [p, q] = [x.replace(/^0+/, ''), y.replace(/^0+/, '')];
      if (p.length !== q.length) return p.length < q.length;
      if (p !== q) return p < q;
      if (x.length !== y.length) return x.length < y.length;
      continue;
    }
    return x < y;
  }
  return a.length < b.length;
}

function less(left: unknown, right: unknown): boolean {
  if (left === null || left === undefined) return true;
  if (right === null || right === undefined) return false;
  if (typeof left === 'number' && typeof right === 'number') return left < right;
  if (typeof left === 'boolean') return !left && right === true;
  if (typeof left === 'object') throw new KubectlError(`unsortable type: ${typeName(left)}`);
  const [a, b] = [String(left), String(right)];
  const [timeA, timeB] = [parseTime(a), parseTime(b)];
  if (timeA !== undefined && timeB !== undefined) return timeA < timeB;
  const [amountA, amountB] = [parseQuantity(a), parseQuantity(b)];
  if (amountA instanceof Quantity && amountB instanceof Quantity) return amountA.compare(amountB) < 0;
  return naturalLess(a, b);
}

/** Sorts in place by a field (get --sort-by). Answers false where no item has the field. Throws for a path that cannot be read. */
export function sortByField<T>(items: T[], field: string, objectOf: (item: T) => unknown): boolean {
  const path = new JsonPath(relaxedPath(field), { allowMissing: true });
  const keyed = items.map((item) => {
    const [values] = path.results(objectOf(item));
    return { item, value: values?.[0], missing: values === undefined || values.length === 0 };
  });
  if (keyed.length > 0 && keyed.every(({ missing }) => missing)) return false;
  const compare = (a: (typeof keyed)[number], b: (typeof keyed)[number]): number => {
    if (a.missing || b.missing) return a.missing === b.missing ? 0 : a.missing ? -1 : 1;
    if (less(a.value, b.value)) return -1;
    return less(b.value, a.value) ? 1 : 0;
  };
  try {
    keyed.sort(compare);
  } catch (error) {
    throw new KubectlError(
      `Field ${relaxedPath(field)} in *unstructured.Unstructured is an unsortable type: interface, err: ${(error as Error).message}`,
    );
  }
  keyed.forEach(({ item }, index) => {
    items[index] = item;
  });
  return true;
}
