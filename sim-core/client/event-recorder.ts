import type { KubeObject } from '../api/objects.ts';
import { isAlreadyExists, StatusError } from '../api/status.ts';
import { type Engine, flat, formatMicroTime, formatTime, type Micros, SECOND, type Timer } from '../engine/index.ts';
import { events } from '../resources/event.ts';
import { type Client, Unreachable } from './client.ts';
import { EventCorrelator } from './event-correlator.ts';
import { eventName, stampOf, type WrittenEvent, WrittenEvents } from './written-events.ts';

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
  /** What it is counted under, among those about the object. */
  readonly said: string;
  readonly time: Micros;
}

/**
 * Writes Events about objects for one component, counting repetitions instead of repeating them (record.EventRecorder with its
 * EventCorrelator). What happens while no API server answers is told when one does; losing an event is no error: the component goes on.
 */
export class EventRecorder {
  private readonly engine: Engine;
  private readonly client: Client;
  private readonly source: EventSource;
  private readonly written = new WrittenEvents();
  /** Events of events.k8s.io are counted in series; there is no correlator that would combine or drop them. */
  private readonly correlator: EventCorrelator | undefined;
  /** What could not be told yet, the oldest first, and how often that one was tried. */
  private readonly waiting: Occurrence[] = [];
  private tries = 0;
  private timer: Timer | undefined;

  constructor(engine: Engine, client: Client, source: EventSource) {
    this.engine = engine;
    this.client = client;
    this.source = source;
    this.correlator = source.newStyle === true ? undefined : new EventCorrelator(engine);
  }

  normal(object: KubeObject | EventSubject, reason: string, message: string, action?: string): void {
    this.record(subjectOf(object), 'Normal', reason, message, action);
  }

  warning(object: KubeObject | EventSubject, reason: string, message: string, action?: string): void {
    this.record(subjectOf(object), 'Warning', reason, message, action);
  }

  /** Lets go of what has run out. Each recording does; a component that may record nothing for long does it now and then. */
  forget(): void {
    this.correlator?.forget();
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
    const { correlator } = this;
    const { uid, fieldPath = '' } = subject;
    const about = `${fieldPath}/${type}/${reason}`;
    this.forget();
    const combined = correlator?.combines(flat(`${uid}/${about}`), message) === true;
    const text = combined ? `(combined from similar events): ${message}` : message;
    // One event stands for all that are combined: it shows the last of their messages.
    const said = flat(combined ? about : `${about}/${message}`);
    if (correlator?.allows(`${subject.kind}/${uid}`) === false) {
      // What is dropped is counted all the same: the next that is written shows it.
      const before = this.written.find(uid, said);
      if (before !== undefined) before.count++;
      return;
    }
    const occurrence = { subject, type, reason, text, action, said, time: this.engine.now };
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
   * Answers the time in nanoseconds that it is named after. Here much happens in one microsecond: chance makes up the nanoseconds, and of two
   * that are the same the second comes one later.
   */
  private create(occurrence: Occurrence): bigint {
    let stamp = BigInt(occurrence.time) * 1000n + BigInt(this.engine.random('events').below(1000));
    for (;;) {
      try {
        this.createNamed(eventName(occurrence.subject.name, stamp), occurrence);
        return stamp;
      } catch (error) {
        if (!isAlreadyExists(error)) throw error;
        stamp++;
      }
    }
  }

  /** Answers whether it is worth no other attempt: it was written, or the server refused it. */
  private write(occurrence: Occurrence): boolean {
    const { uid } = occurrence.subject;
    const { said } = occurrence;
    const before = this.written.find(uid, said);
    try {
      if (before === undefined || !this.countUp(before, occurrence)) {
        this.written.add(uid, said, this.create(occurrence));
      }
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
  ): void {
    const { source } = this;
    const namespace = namespaceOf(subject);
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
  }

  /** Counts a repetition on the event already there; answers whether it still is. */
  private countUp(before: WrittenEvent, { subject, text: message, time }: Occurrence): boolean {
    const count = before.count + 1;
    const body =
      this.source.newStyle === true
        ? { series: { count, lastObservedTime: formatMicroTime(time) } }
        : { count, lastTimestamp: formatTime(time), message };
    try {
      const name = eventName(subject.name, stampOf(before));
      this.client.patch(events, namespaceOf(subject), name, 'strategic', body);
    } catch (error) {
      if (error instanceof StatusError && error.code === 404) return false;
      throw error;
    }
    before.count = count;
    return true;
  }
}

/** Events about what has no namespace are in `default`. */
function namespaceOf({ namespace = 'default' }: EventSubject): string {
  return namespace;
}

function subjectOf(object: KubeObject | EventSubject): EventSubject {
  if (!('metadata' in object)) return object;
  const { apiVersion, kind, metadata } = object;
  const { name, namespace, uid, resourceVersion } = metadata;
  return { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion };
}
