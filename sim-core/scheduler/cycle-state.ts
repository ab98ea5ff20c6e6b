let nextSlot = 0;

/** Names one thing that a plugin remembers within a scheduling cycle. Make it once, beside the plugin. */
export class StateKey<T> {
  /** `PreFilterNodeResourcesFit`, as upstream names its keys. */
  readonly name: string;
  readonly slot: number;
  /** Copies the value for a dry run, where pods are added to and removed from a node (StateData.Clone). Default: shared. */
  readonly clone: (value: T) => T;

  constructor(name: string, clone: (value: T) => T = (value) => value) {
    this.name = name;
    this.slot = nextSlot++;
    this.clone = clone;
  }
}

/** What plugins remember from one extension point to the next while one pod is scheduled (framework.CycleState). */
export class CycleState {
  private readonly slots: { key: StateKey<unknown>; value: unknown }[] = [];
  /** Plugins that have nothing to do for this pod: their PreFilter said Skip. */
  readonly skipFilter = new Set<string>();
  /** Plugins whose PreScore said Skip. */
  readonly skipScore = new Set<string>();

  write<T>(key: StateKey<T>, value: T): void {
    this.slots[key.slot] = { key: key as unknown as StateKey<unknown>, value };
  }

  read<T>(key: StateKey<T>): T | undefined {
    return this.slots[key.slot]?.value as T | undefined;
  }

  /** A copy in which a dry run may pretend. */
  clone(): CycleState {
    const copy = new CycleState();
    for (const entry of this.slots) {
      if (entry !== undefined) copy.slots[entry.key.slot] = { key: entry.key, value: entry.key.clone(entry.value) };
    }
    for (const name of this.skipFilter) copy.skipFilter.add(name);
    for (const name of this.skipScore) copy.skipScore.add(name);
    return copy;
  }
}
