import type { KubeObject } from '../api/objects.ts';
import { isAlreadyExists, StatusError } from '../api/status.ts';
import { type Engine, flat, formatMicroTime, formatTime, type Micros, SECOND, type Timer } from '../engine/index.ts';
import { events } from '../resources/event.ts';
import { type Client, Unreachable } from './client.ts';

/** What an event is about, in short. */
export interface EventSubject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion?: string;
  /** Part of the object: `spec.containers{web}`. */
  readonly fieldPath?: string;
}

export interface EventSource {
  /** `kubelet`, `deployment-controller`, `default-scheduler`. */
  readonly component: string;
  /** Node, for components that run on each. */
  readonly host?: string;
  /** Whether it writes events as events.k8s.io does (`eventTime`, `reportingController`), as the scheduler. */
  readonly newStyle?: boolean;
}

/** How many different events are remembered, to count repetitions (EventCorrelator's LRU cache). */
const REMEMBERED = 4096;
/** So many similar events (all but the message alike) within the interval are combined (EventAggregator). */
const SIMILAR_LIMIT = 10;
const SIMILAR_INTERVAL = 600_000_000;
/** Burst and refill of the spam filter, per source and object (EventSourceObjectSpamFilter): 25, then one each 5 minutes. */
const BURST = 25;
const REFILL = 300_000_000;
/** While nobody answers, an event is tried so often, at such intervals (maxTriesPerEvent, defaultSleepDuration); what follows waits behind it. */
const TRIES = 12;
const RETRY_PERIOD = 10 * SECOND;
/** So many events may wait (maxQueuedEvents). */
const WAITING_LIMIT = 1000;

/** An event that is to be written. */
interface Occurrence {
  readonly subject: EventSubject;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly text: string;
  readonly action: string | undefined;
  /** What it is counted under. */
  readonly key: string;
  readonly time: Micros;
}

interface Remembered {
  name: string;
  namespace: string;
  count: number;
}

/** Events that are alike but for their messages. */
interface Similar {
  /** The one message, for most; or all different ones of late, oldest first. */
  messages: string | Set<string>;
  last: Micros;
}

/**
 * Writes Events about objects for one component, counting repetitions instead of repeating them (record.EventRecorder with its
 * EventCorrelator). What happens while no API server answers is told when one does; losing an event is no error: the component goes on.
 */
export class EventRecorder {
  private readonly engine: Engine;
  private readonly client: Client;
  private readonly source: EventSource;
  private readonly seen = new Map<string, Remembered>();
  private readonly similar = new Map<string, Similar>();
  private readonly budget = new Map<string, { tokens: number; at: number }>();
  /** What could not be told yet, the oldest first, and how often that one was tried. */
  private readonly waiting: Occurrence[] = [];
  private tries = 0;
  private timer: Timer | undefined;

  constructor(engine: Engine, client: Client, source: EventSource) {
    this.engine = engine;
    this.client = client;
    this.source = source;
  }

  normal(object: KubeObject | EventSubject, reason: string, message: string, action?: string): void {
    this.record(subjectOf(object), 'Normal', reason, message, action);
  }

  warning(object: KubeObject | EventSubject, reason: string, message: string, action?: string): void {
    this.record(subjectOf(object), 'Warning', reason, message, action);
  }

  /** Its component has ended: what it had yet to tell is lost. */
  stop(): void {
    this.engine.cancel(this.timer);
    this.waiting.length = 0;
  }

  private record(
    subject: EventSubject,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    action: string | undefined,
  ): void {
    const { uid, fieldPath = '' } = subject;
    const about = flat(`${uid}/${fieldPath}/${type}/${reason}`);
    // Events of events.k8s.io are counted in series; there is no correlator that would combine or drop them.
    const correlated = this.source.newStyle !== true;
    if (correlated && !this.allowed(`${subject.kind}/${uid}`)) return;
    const combined = correlated && this.combines(about, message);
    const text = combined ? `(combined from similar events): ${message}` : message;
    // One event stands for all that are combined: it shows the last of their messages.
    const key = combined ? about : flat(`${about}/${message}`);
    const occurrence = { subject, type, reason, text, action, key, time: this.engine.now };
    if (this.waiting.length > 0) {
      if (this.waiting.length < WAITING_LIMIT) this.waiting.push(occurrence);
    } else if (!this.write(occurrence)) {
      this.waiting.push(occurrence);
      this.tries = 1;
      // The first pause is of any length up to a whole one, so that not all components come at once.
      this.retryIn(this.engine.random('events').below(RETRY_PERIOD));
    }
  }

  private retryIn(delay: Micros): void {
    this.timer = this.engine.background(delay, () => this.engine.asWork(() => this.retry()));
  }

  /** Tells what has waited (recordToSink). */
  private retry(): void {
    for (let next = this.waiting[0]; next !== undefined; next = this.waiting[0]) {
      if (!this.write(next)) {
        this.tries++;
        if (this.tries < TRIES) {
          this.retryIn(RETRY_PERIOD);
          return;
        }
      }
      this.waiting.shift();
      this.tries = 0;
    }
  }

  /**
   * client-go names an event after its object and the time in hexadecimal nanoseconds. Here much happens in one microsecond: chance makes up
   * the nanoseconds, and of two that are the same the second comes one later.
   */
  private create(occurrence: Occurrence): Remembered {
    let stamp = BigInt(occurrence.time) * 1000n + BigInt(this.engine.random('events').below(1000));
    for (;;) {
      try {
        return this.createNamed(`${occurrence.subject.name}.${stamp.toString(16)}`, occurrence);
      } catch (error) {
        if (!isAlreadyExists(error)) throw error;
        stamp++;
      }
    }
  }

  /** Answers whether it is worth no other attempt: it was written, or the server refused it. */
  private write(occurrence: Occurrence): boolean {
    const before = this.seen.get(occurrence.key);
    try {
      if (before === undefined || !this.countUp(before, occurrence))
        this.remember(occurrence.key, this.create(occurrence));
      return true;
    } catch (error) {
      if (error instanceof Unreachable) return false;
      if (error instanceof StatusError) return true;
      throw error;
    }
  }

  private createNamed(
    name: string,
    { subject, type, reason, text: message, action, time: happened }: Occurrence,
  ): Remembered {
    const { source } = this;
    const namespace = subject.namespace ?? 'default';
    const time = formatTime(happened);
    const { fieldPath, ...reference } = subject;
    const involvedObject = fieldPath === undefined ? reference : { ...reference, fieldPath };
    const common = { metadata: { name, namespace }, involvedObject, reason, message, type };
    if (source.newStyle === true) {
      this.client.create(events, {
        ...common,
        action: action ?? reason,
        eventTime: formatMicroTime(happened),
        reportingComponent: source.component,
        reportingInstance: `${source.component}-${source.host ?? 'control-plane'}`,
        source: {},
      });
    } else {
      this.client.create(events, {
        ...common,
        count: 1,
        firstTimestamp: time,
        lastTimestamp: time,
        reportingComponent: source.component,
        reportingInstance: source.host ?? '',
        source:
          source.host === undefined
            ? { component: source.component }
            : { component: source.component, host: source.host },
      });
    }
    return { name, namespace, count: 1 };
  }

  /** Counts a repetition on the event already there; answers whether it still is. */
  private countUp(before: Remembered, { text: message, time }: Occurrence): boolean {
    const count = before.count + 1;
    const body =
      this.source.newStyle === true
        ? { series: { count, lastObservedTime: formatMicroTime(time) } }
        : { count, lastTimestamp: formatTime(time), message };
    try {
      this.client.patch(events, before.namespace, before.name, 'strategic', body);
    } catch (error) {
      if (error instanceof StatusError && error.code === 404) return false;
      throw error;
    }
    before.count = count;
    return true;
  }

  private remember(key: string, event: Remembered): void {
    this.seen.delete(key);
    this.seen.set(key, event);
    if (this.seen.size > REMEMBERED) this.seen.delete(this.seen.keys().next().value!);
  }

  /** From ten different messages about one thing on, each at most ten minutes after the last, they become one event (EventAggregate). */
  private combines(about: string, message: string): boolean {
    const { now } = this.engine;
    let group = this.similar.get(about);
    if (group === undefined || now - group.last > SIMILAR_INTERVAL) group = { messages: message, last: now };
    group.last = now;
    if (group.messages !== message) {
      if (typeof group.messages === 'string') group.messages = new Set([group.messages]);
      group.messages.add(message);
    }
    this.similar.delete(about);
    this.similar.set(about, group);
    if (this.similar.size > REMEMBERED) this.similar.delete(this.similar.keys().next().value!);
    const { messages } = group;
    if (typeof messages === 'string' || messages.size < SIMILAR_LIMIT) return false;
    messages.delete(messages.values().next().value!);
    return true;
  }

  /** The spam filter: a token bucket per object. */
  private allowed(object: string): boolean {
    const { now } = this.engine;
    const bucket = this.budget.get(object) ?? { tokens: BURST, at: now };
    bucket.tokens = Math.min(BURST, bucket.tokens + (now - bucket.at) / REFILL);
    bucket.at = now;
    this.budget.delete(object);
    this.budget.set(object, bucket);
    if (this.budget.size > REMEMBERED) this.budget.delete(this.budget.keys().next().value!);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}

function subjectOf(object: KubeObject | EventSubject): EventSubject {
  if (!('metadata' in object)) return object;
  const { apiVersion, kind, metadata } = object;
  const { name, namespace, uid, resourceVersion } = metadata;
  return { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion };
}
