import * as sortedBTree from 'sorted-btree';

/**
 * An ordered map with string keys and copies in O(1): the `sorted-btree` package. It is CommonJS, whose default export
 * arrives one level deeper under Node's rules than under a bundler's.
 */
const exported = sortedBTree.default as unknown as { default?: typeof sortedBTree.default };
const BTree = exported.default ?? sortedBTree.default;

export type OrderedMap<T> = sortedBTree.default<string, T>;

const compareKeys = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

export function orderedMap<T>(): OrderedMap<T> {
  return new BTree<string, T>(undefined, compareKeys);
}
