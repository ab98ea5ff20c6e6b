import type { KubeObject } from '../api/objects.ts';
import { StatusError } from '../api/status.ts';
import { type Engine, formatMicroTime, formatTime } from '../engine/index.ts';
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

interface Remembered {
  name: string;
  namespace: string;
  count: number;
}

/**
 * Writes Events about objects for one component, counting repetitions instead of repeating them (record.EventRecorder with its
 * EventCorrelator). Losing an event is no error: the component goes on.
 */
export class EventRecorder {
  private readonly engine: Engine;
  private readonly client: Client;
  private readonly source: EventSource;
  private readonly seen = new Map<string, Remembered>();
  private readonly similar = new Map<string, { messages: Set<string>; last: number }>();
  private readonly budget = new Map<string, { tokens: number; at: number }>();

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

  private record(
    subject: EventSubject,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    action: string | undefined,
  ): void {
    const { uid, fieldPath = '' } = subject;
    const about = `${uid}/${fieldPath}/${type}/${reason}`;
    // Events of events.k8s.io are counted in series; there is no correlator that would combine or drop them.
    const correlated = this.source.newStyle !== true;
    if (correlated && !this.allowed(`${subject.kind}/${uid}`)) return;
    const combined = correlated && this.combines(about, message);
    const text = combined ? `(combined from similar events): ${message}` : message;
    // One event stands for all that are combined: it shows the last of their messages.
    const key = combined ? about : `${about}/${message}`;
    const before = this.seen.get(key);
    try {
      if (before === undefined || !this.countUp(before, text))
        this.remember(key, this.create(subject, type, reason, text, action));
    } catch (error) {
      if (!(error instanceof StatusError || error instanceof Unreachable)) throw error;
    }
  }

  private create(
    subject: EventSubject,
    type: string,
    reason: string,
    message: string,
    action: string | undefined,
  ): Remembered {
    const { engine, source } = this;
    const namespace = subject.namespace ?? 'default';
    const time = formatTime(engine.now);
    // client-go names an event after its object and the time in hexadecimal nanoseconds; ours adds what makes it unique.
    const stamp = (BigInt(engine.now) * 1000n + BigInt(engine.random('events').below(1000))).toString(16);
    const { fieldPath, ...reference } = subject;
    const involvedObject = fieldPath === undefined ? reference : { ...reference, fieldPath };
    const name = `${subject.name}.${stamp}`;
    const common = { metadata: { name, namespace }, involvedObject, reason, message, type };
    if (source.newStyle === true) {
      this.client.create(events, {
        ...common,
        action: action ?? reason,
        eventTime: formatMicroTime(engine.now),
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
  private countUp(before: Remembered, message: string): boolean {
    const count = before.count + 1;
    const body =
      this.source.newStyle === true
        ? { series: { count, lastObservedTime: formatMicroTime(this.engine.now) } }
        : { count, lastTimestamp: formatTime(this.engine.now), message };
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
    if (group === undefined || now - group.last > SIMILAR_INTERVAL) group = { messages: new Set(), last: now };
    group.last = now;
    group.messages.add(message);
    this.similar.delete(about);
    this.similar.set(about, group);
    if (this.similar.size > REMEMBERED) this.similar.delete(this.similar.keys().next().value!);
    if (group.messages.size < SIMILAR_LIMIT) return false;
    group.messages.delete(group.messages.values().next().value!);
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
