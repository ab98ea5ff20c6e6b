/**
 * A binary min-heap of timers ordered by (time, sequence).
 *
 * Cancelled timers stay in the heap until they surface: cancelling is then O(1), and the heap never has to search.
 */
export interface Timer {
  /** Virtual time at which it fires, microseconds since the Unix epoch. */
  readonly time: number;
  /** Order of creation; breaks ties so that equal times fire first come, first served. */
  readonly sequence: number;
  /** Work in progress, or something that goes on for ever in a healthy cluster (see `TimerKind`). */
  readonly kind: TimerKind;
  /** Trace event that led to this timer; 0 when nothing did. */
  readonly cause: number;
  /** What to do; cleared when cancelled or fired so that it holds no memory. */
  run: (() => void) | undefined;
}

/**
 * `work`: the cluster is not at rest until it has happened. `background`: heartbeats, resyncs, probes, back-offs,
 * schedules, TTLs, deadlines, program sleeps, which a settled cluster still has.
 */
export type TimerKind = 'work' | 'background';

function before(a: Timer, b: Timer): boolean {
  return a.time < b.time || (a.time === b.time && a.sequence < b.sequence);
}

export class EventQueue {
  private readonly heap: Timer[] = [];

  get size(): number {
    return this.heap.length;
  }

  push(timer: Timer): void {
    const heap = this.heap;
    let index = heap.length;
    heap.push(timer);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent]!;
      if (!before(timer, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = timer;
  }

  /** The next timer that will fire, without removing it. */
  peek(): Timer | undefined {
    this.dropCancelled();
    return this.heap[0];
  }

  /** Removes and returns the next timer that will fire. */
  pop(): Timer | undefined {
    this.dropCancelled();
    return this.removeTop();
  }

  private dropCancelled(): void {
    while (this.heap.length > 0 && this.heap[0]!.run === undefined) this.removeTop();
  }

  private removeTop(): Timer | undefined {
    const heap = this.heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || top === last) return top;
    const length = heap.length;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= length) break;
      if (child + 1 < length && before(heap[child + 1]!, heap[child]!)) child++;
      const below = heap[child]!;
      if (!before(below, last)) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = last;
    return top;
  }
}
