/**
 * A Map for what there are thousands of and which holds one thing each, or none: the only entry lies in the object itself. A Map of its
 * own (200 bytes, even empty) is made for a second one. Entries come in the order in which they were set, as those of a Map.
 */
export class SmallMap<K, V extends NonNullable<unknown>> {
  private key: K | undefined;
  private value: V | undefined;
  private many: Map<K, V> | undefined;

  get size(): number {
    return this.many?.size ?? (this.value === undefined ? 0 : 1);
  }

  get(key: K): V | undefined {
    if (this.many !== undefined) return this.many.get(key);
    return this.key === key ? this.value : undefined;
  }

  has(key: K): boolean {
    return this.get(key) !== undefined;
  }

  set(key: K, value: V): void {
    if (this.many === undefined && (this.value === undefined || this.key === key)) {
      this.key = key;
      this.value = value;
      return;
    }
    this.many ??= new Map([[this.key!, this.value!]]);
    this.many.set(key, value);
  }

  delete(key: K): void {
    if (this.many !== undefined) this.many.delete(key);
    else if (this.key === key) this.clear();
  }

  clear(): void {
    this.key = undefined;
    this.value = undefined;
    this.many = undefined;
  }

  keys(): Iterable<K> {
    return this.many?.keys() ?? (this.value === undefined ? [] : [this.key!]);
  }

  values(): Iterable<V> {
    return this.many?.values() ?? (this.value === undefined ? [] : [this.value]);
  }

  [Symbol.iterator](): Iterator<[K, V]> {
    const own: [K, V][] = this.value === undefined ? [] : [[this.key!, this.value]];
    return (this.many ?? own)[Symbol.iterator]();
  }
}
