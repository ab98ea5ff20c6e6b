/** What is asked of a map here: a Map, or something smaller. */
export interface Lookup<T> extends Iterable<readonly [string, T]> {
  readonly size: number;
  get(key: string): T | undefined;
  keys(): Iterable<string>;
  values(): Iterable<T>;
}

/** A map of few entries that is kept in thousands: two lists, which it may have in common with others like it. Keeps the order. */
export class ListedMap<T> implements Lookup<T> {
  private readonly names: readonly string[];
  private readonly items: readonly T[];

  private constructor(names: readonly string[], items: readonly T[]) {
    this.names = names;
    this.items = items;
  }

  /**
   * The map with the same keys, and what `likely` makes of their values; it is also given what `other` has for the key, or else in its
   * place. Shares lists with `other`, and is `other` where nothing differs.
   */
  static of<T>(
    map: Lookup<T>,
    other: Lookup<T> | undefined,
    likely: (item: T, there: T | undefined) => T,
  ): ListedMap<T> {
    const listed = other instanceof ListedMap ? (other as ListedMap<T>) : undefined;
    const keys = [...map.keys()];
    const all = keys.map((key, index) => likely(map.get(key)!, other?.get(key) ?? listed?.items[index]));
    const names = listed !== undefined && alike(keys, listed.names) ? listed.names : keys.slice();
    const items = listed !== undefined && alike(all, listed.items) ? listed.items : all;
    if (listed !== undefined && names === listed.names && items === listed.items) return listed;
    return new ListedMap(names, items);
  }

  get size(): number {
    return this.names.length;
  }

  get(key: string): T | undefined {
    const index = this.names.indexOf(key);
    return index < 0 ? undefined : this.items[index];
  }

  keys(): Iterable<string> {
    return this.names;
  }

  values(): Iterable<T> {
    return this.items;
  }

  *[Symbol.iterator](): Iterator<readonly [string, T]> {
    for (const [index, name] of this.names.entries()) yield [name, this.items[index]!];
  }
}

function alike(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
