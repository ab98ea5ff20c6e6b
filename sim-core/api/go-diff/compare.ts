import type { GoValue } from './go-value.ts';

/** Two values beside each other, and how far they are the same (go-cmp's valueNode). */
export interface Comparison {
  readonly x: GoValue | undefined;
  readonly y: GoValue | undefined;
  same: number;
  diff: number;
  /** Number of comparisons below this one. */
  children: number;
  /** Greatest number of steps to one below. */
  depth: number;
  readonly records: { readonly key: string | undefined; readonly value: Comparison }[];
}

/** Compares two Go values of one type; one of them may be missing (an element that only one list has). */
export function compareValues(x: GoValue | undefined, y: GoValue | undefined): Comparison {
  const node: Comparison = { x, y, same: 0, diff: 0, children: 0, depth: 0, records: [] };
  const add = (key: string | undefined, value: Comparison) => {
    node.records.push({ key, value });
    node.same += value.same;
    node.diff += value.diff;
    node.children += value.children + 1;
    node.depth = Math.max(node.depth, value.depth + 1);
  };
  const leaf = (equal: boolean): Comparison => {
    if (equal) node.same++;
    else node.diff++;
    return node;
  };
  if (x === undefined || y === undefined || x.kind !== y.kind) return leaf(false);
  if (x.kind === 'nil') return leaf(true);
  if (x.kind === 'scalar') return leaf(x.value === (y as typeof x).value);
  if (x.kind === 'pointer') add(undefined, compareValues(x.to, (y as typeof x).to));
  else if (x.kind === 'struct') {
    const other = y as typeof x;
    if (x.identity !== undefined) return leaf(x.identity === other.identity);
    const names = [...new Set([...x.fields, ...other.fields].map(([name]) => name))];
    for (const name of names) add(name, compareValues(fieldOf(x, name), fieldOf(other, name)));
  } else if (x.kind === 'map') {
    const [a, b] = [new Map(x.entries), new Map((y as typeof x).entries)];
    for (const key of [...new Set([...a.keys(), ...b.keys()])].sort()) add(key, compareValues(a.get(key), b.get(key)));
  } else for (const pair of aligned(x.items, (y as typeof x).items)) add(undefined, pair);
  return node;
}

const fieldOf = ({ fields }: Extract<GoValue, { kind: 'struct' }>, wanted: string): GoValue | undefined =>
  fields.find(([name]) => name === wanted)?.[1];

/** The elements of two lists, those beside each other that are the same or alike. */
function aligned(x: readonly GoValue[], y: readonly GoValue[]): Comparison[] {
  const before: Comparison[] = [];
  const after: Comparison[] = [];
  let [startX, startY, endX, endY] = [0, 0, x.length, y.length];
  while (startX < endX && startY < endY) {
    const pair = compareValues(x[startX], y[startY]);
    if (pair.diff > 0) break;
    before.push(pair);
    startX++;
    startY++;
  }
  while (startX < endX && startY < endY) {
    const pair = compareValues(x[endX - 1], y[endY - 1]);
    if (pair.diff > 0) break;
    after.unshift(pair);
    endX--;
    endY--;
  }
  while (startX < endX && startY < endY) {
    const pair = compareValues(x[startX], y[startY]);
    if (pair.diff === 0 || pair.same + 1 >= pair.diff) {
      before.push(pair);
      startX++;
      startY++;
    } else if (endX - startX >= endY - startY) before.push(compareValues(x[startX++], undefined));
    else before.push(compareValues(undefined, y[startY++]));
  }
  while (startX < endX) before.push(compareValues(x[startX++], undefined));
  while (startY < endY) before.push(compareValues(undefined, y[startY++]));
  return [...before, ...after];
}
