import { flat } from '../engine/index.ts';

/** How many events are remembered (the LRU cache of EventCorrelator's eventLogger). */
const REMEMBERED = 4096;
/** Of so many texts it is known that they are kept already. */
const SHARED = 50;

const SECOND_IN_NANOS = 1_000_000_000n;

/** An event that was written. Every pod has several for good, so they are small. */
export interface WrittenEvent {
  /** Of the object that it is about. */
  readonly uid: string;
  /** What was said of the object: part, type, reason and message. */
  readonly said: string;
  /** The time in its name. In two small integers it takes half of what one large one does. */
  readonly seconds: number;
  readonly nanos: number;
  count: number;
  /** The next that is about the same object. */
  next: WrittenEvent | undefined;
}

/** The events that a component wrote last, to count repetitions on them. */
export class WrittenEvents {
  /** One of each object, from which its others follow. */
  private readonly byObject = new Map<string, WrittenEvent>();
  /** All, in the order in which they were written. */
  private readonly order: WrittenEvent[] = [];
  private readonly texts = new Map<string, string>();

  find(uid: string, said: string): WrittenEvent | undefined {
    let event = this.byObject.get(uid);
    while (event !== undefined && event.said !== said) event = event.next;
    return event;
  }

  /** Remembers one that was written just now, at a time in nanoseconds. It takes the place of one that said the same. */
  add(uid: string, said: string, stamp: bigint): void {
    const before = this.find(uid, said);
    if (before !== undefined) {
      this.order.splice(this.order.indexOf(before), 1);
      this.unlink(before);
    }
    const event: WrittenEvent = {
      uid,
      said: this.shared(said),
      seconds: Number(stamp / SECOND_IN_NANOS),
      nanos: Number(stamp % SECOND_IN_NANOS),
      count: 1,
      next: this.byObject.get(uid),
    };
    this.byObject.set(uid, event);
    this.order.push(event);
    if (this.order.length > REMEMBERED) this.unlink(this.order.shift()!);
  }

  private unlink(event: WrittenEvent): void {
    const { uid, next } = event;
    let before = this.byObject.get(uid)!;
    if (before === event) {
      if (next === undefined) this.byObject.delete(uid);
      else this.byObject.set(uid, next);
      return;
    }
    while (before.next !== event) before = before.next!;
    before.next = next;
  }

  /** The same is said of many objects, often of one after the other: it is kept once. */
  private shared(said: string): string {
    const known = this.texts.get(said);
    if (known !== undefined) return known;
    if (this.texts.size >= SHARED) this.texts.clear();
    const text = flat(said);
    this.texts.set(text, text);
    return text;
  }
}

/** client-go names an event after its object and the time in hexadecimal nanoseconds. */
export function eventName(object: string, stamp: bigint): string {
  return `${object}.${stamp.toString(16)}`;
}

export function stampOf({ seconds, nanos }: WrittenEvent): bigint {
  return BigInt(seconds) * SECOND_IN_NANOS + BigInt(nanos);
}
