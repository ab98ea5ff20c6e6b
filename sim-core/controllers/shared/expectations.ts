import { type Engine, MINUTE, type Micros } from '../../engine/index.ts';

/** After this long a controller stops waiting for what it has not seen (controller.ExpectationsTimeout). */
const TIMEOUT: Micros = 5 * MINUTE;

interface Expected {
  creations: number;
  /** Keys of the objects whose deletion has not been seen yet. */
  readonly deletions: Set<string>;
  readonly since: Micros;
}

/**
 * What a controller has asked for and not yet seen happen (controller.UIDTrackingControllerExpectations).
 *
 * An informer lags behind the controller's own writes. Without expectations a controller that has just made three pods, and
 * sees none, would make three more.
 */
export class Expectations {
  private readonly engine: Engine;
  private readonly expected = new Map<string, Expected>();

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** `count` objects are about to be created for `key`. */
  expectCreations(key: string, count: number): void {
    this.expected.set(key, { creations: count, deletions: new Set(), since: this.engine.now });
  }

  /** The objects named are about to be deleted for `key`. */
  expectDeletions(key: string, objects: readonly string[]): void {
    this.expected.set(key, { creations: 0, deletions: new Set(objects), since: this.engine.now });
  }

  /** Both at once, for controllers that create and delete in one go. */
  expect(key: string, creations: number, deletions: readonly string[]): void {
    this.expected.set(key, { creations, deletions: new Set(deletions), since: this.engine.now });
  }

  /** One creation was seen, or will never be because it failed. */
  creationObserved(key: string): void {
    const expected = this.expected.get(key);
    if (expected !== undefined && expected.creations > 0) expected.creations--;
  }

  /** The deletion of that object was seen, or failed. */
  deletionObserved(key: string, object: string): void {
    this.expected.get(key)?.deletions.delete(object);
  }

  /** Whether the cache shows all that was asked for, so that a controller may trust it to decide anew. */
  satisfied(key: string): boolean {
    const expected = this.expected.get(key);
    if (expected === undefined || (expected.creations <= 0 && expected.deletions.size === 0)) return true;
    return this.engine.now - expected.since > TIMEOUT;
  }

  /** How long until unmet expectations are given up, microseconds; undefined when there are none. */
  waitFor(key: string): Micros | undefined {
    if (this.satisfied(key)) return undefined;
    return this.expected.get(key)!.since + TIMEOUT - this.engine.now + 1;
  }

  /** The key's object is gone. */
  forget(key: string): void {
    this.expected.delete(key);
  }
}
