import { expect, it } from 'vitest';
import { alreadyExists, notFound, StatusError } from '../api/status.ts';
import { Engine, formatMicroTime, formatTime, MINUTE, RandomStream, SECOND } from '../engine/index.ts';
import { events } from '../resources/event.ts';
import { type Call, Client, Unreachable } from './client.ts';
import { EventRecorder, type EventSource, type EventSubject } from './event-recorder.ts';

interface Recorder {
  normal(subject: EventSubject, reason: string, message: string): void;
  warning(subject: EventSubject, reason: string, message: string): void;
  forget(): void;
  stop(): void;
}

/** How often what the comparison is about came up. */
interface Tally {
  dropped: number;
  combined: number;
  refilled: number;
  evicted: number;
  lost: number;
  gone: number;
}

/** The recorder with nothing saved: whole keys in three caches, nothing ever forgotten but by their limits. */
class PlainRecorder implements Recorder {
  private readonly engine: Engine;
  private readonly client: Client;
  private readonly source: EventSource;
  private readonly tally: Tally;
  private readonly seen = new Map<string, { name: string; namespace: string; count: number }>();
  private readonly similar = new Map<string, { messages: Set<string>; last: number }>();
  private readonly budget = new Map<string, { tokens: number; at: number }>();
  private readonly waiting: (() => boolean)[] = [];
  private tries = 0;
  private stopped = false;

  constructor(engine: Engine, client: Client, source: EventSource, tally: Tally) {
    this.engine = engine;
    this.client = client;
    this.source = source;
    this.tally = tally;
  }

  normal(subject: EventSubject, reason: string, message: string): void {
    this.record(subject, 'Normal', reason, message);
  }

  warning(subject: EventSubject, reason: string, message: string): void {
    this.record(subject, 'Warning', reason, message);
  }

  forget(): void {}

  stop(): void {
    this.stopped = true;
  }

  private record(subject: EventSubject, type: string, reason: string, message: string): void {
    const about = `${subject.uid}/${subject.fieldPath ?? ''}/${type}/${reason}`;
    const correlated = this.source.newStyle !== true;
    const combined = correlated && this.combines(about, message);
    if (combined) this.tally.combined++;
    const text = combined ? `(combined from similar events): ${message}` : message;
    const key = combined ? about : `${about}/${message}`;
    if (correlated && !this.allowed(`${subject.kind}/${subject.uid}`)) {
      this.tally.dropped++;
      const before = this.seen.get(key);
      if (before !== undefined) before.count++;
      return;
    }
    const { now } = this.engine;
    const write = () => this.write(key, now, subject, type, reason, text);
    if (this.waiting.length > 0) {
      if (this.waiting.length < 1000) this.waiting.push(write);
      else this.tally.lost++;
    } else if (!write()) {
      this.waiting.push(write);
      this.tries = 1;
      this.retryIn(this.engine.random('events').below(10 * SECOND));
    }
  }

  private retryIn(delay: number): void {
    this.engine.background(delay, () => {
      if (!this.stopped) this.retry();
    });
  }

  private retry(): void {
    for (let next = this.waiting[0]; next !== undefined; next = this.waiting[0]) {
      if (!next() && ++this.tries < 12) {
        this.retryIn(10 * SECOND);
        return;
      }
      this.waiting.shift();
      this.tries = 0;
    }
  }

  private write(
    key: string,
    time: number,
    subject: EventSubject,
    type: string,
    reason: string,
    message: string,
  ): boolean {
    try {
      if (this.countUp(key, time, message)) return true;
      const namespace = subject.namespace ?? 'default';
      const name = this.create(time, subject, namespace, type, reason, message);
      keep(this.seen, key, { name, namespace, count: 1 }, this.tally);
    } catch (error) {
      if (error instanceof Unreachable) return false;
      if (!(error instanceof StatusError)) throw error;
    }
    return true;
  }

  private countUp(key: string, time: number, message: string): boolean {
    const before = this.seen.get(key);
    if (before === undefined) return false;
    const count = before.count + 1;
    const body =
      this.source.newStyle === true
        ? { series: { count, lastObservedTime: formatMicroTime(time) } }
        : { count, lastTimestamp: formatTime(time), message };
    try {
      this.client.patch(events, before.namespace, before.name, 'strategic', body);
    } catch (error) {
      if (!(error instanceof StatusError && error.code === 404)) throw error;
      this.tally.gone++;
      return false;
    }
    before.count = count;
    return true;
  }

  private create(
    time: number,
    { fieldPath, ...reference }: EventSubject,
    namespace: string,
    type: string,
    reason: string,
    message: string,
  ): string {
    const { component, host, newStyle } = this.source;
    const involvedObject = fieldPath === undefined ? reference : { ...reference, fieldPath };
    const style =
      newStyle === true
        ? {
            action: reason,
            eventTime: formatMicroTime(time),
            reportingComponent: component,
            reportingInstance: `${component}-${host ?? 'control-plane'}`,
            source: {},
          }
        : {
            count: 1,
            firstTimestamp: formatTime(time),
            lastTimestamp: formatTime(time),
            reportingComponent: component,
            reportingInstance: host ?? '',
            source: host === undefined ? { component } : { component, host },
          };
    let stamp = BigInt(time) * 1000n + BigInt(this.engine.random('events').below(1000));
    for (; ; stamp++) {
      const name = `${reference.name}.${stamp.toString(16)}`;
      const metadata = { name, namespace };
      try {
        this.client.create(events, { metadata, involvedObject, reason, message, type, ...style });
        return name;
      } catch (error) {
        if (!(error instanceof StatusError && error.reason === 'AlreadyExists')) throw error;
      }
    }
  }

  private combines(about: string, message: string): boolean {
    const { now } = this.engine;
    let group = this.similar.get(about);
    if (group === undefined || now - group.last > 600 * SECOND) group = { messages: new Set(), last: now };
    group.last = now;
    group.messages.add(message);
    keep(this.similar, about, group, this.tally);
    if (group.messages.size < 10) return false;
    group.messages.delete([...group.messages][0]!);
    return true;
  }

  private allowed(object: string): boolean {
    const { now } = this.engine;
    const bucket = this.budget.get(object) ?? { tokens: 25, at: now };
    const tokens = bucket.tokens + (now - bucket.at) / (300 * SECOND);
    if (tokens > 25) this.tally.refilled++;
    bucket.tokens = Math.min(25, tokens);
    bucket.at = now;
    keep(this.budget, object, bucket, this.tally);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}

function keep<T>(cache: Map<string, T>, key: string, value: T, tally: Tally): void {
  cache.delete(key);
  cache.set(key, value);
  if (cache.size <= 4096) return;
  cache.delete(cache.keys().next().value!);
  tally.evicted++;
}

/** A world of its own for one recorder: a clock, and a server that keeps names and writes down every request. */
class World {
  readonly engine = new Engine({ seed: 1, epoch: 1_767_603_600_000_000 });
  readonly requests: string[] = [];
  readonly names = new Set<string>();
  down = false;
  refuses = false;
  readonly client = new Client({ call: (call) => this.answer(call), watch: () => ({ close() {} }) });

  private answer({ verb, namespace, name, body, patch }: Call): unknown {
    const text = JSON.stringify({ at: this.engine.now, verb, namespace, name, body, patch });
    this.requests.push(`${this.down ? 'down' : this.refuses ? 'refused' : 'up'} ${text}`);
    if (this.down) throw new Unreachable('dial tcp: connect: connection refused');
    if (this.refuses) throw new StatusError(403, 'Forbidden', 'no');
    const key = `${namespace ?? body?.metadata.namespace}/${name ?? body?.metadata.name}`;
    const exists = this.names.has(key);
    if (verb === 'patch' && !exists) throw notFound(events, key);
    if (verb === 'create' && exists) throw alreadyExists(events, key);
    this.names.add(key);
    return body;
  }
}

const subjectOf = (index: number): EventSubject => ({
  apiVersion: 'v1',
  kind: index % 3 === 0 ? 'Node' : 'Pod',
  name: `object-${index}`,
  uid: `uid-${index}`,
  ...(index % 3 === 0 ? {} : { namespace: index % 3 === 1 ? 'default' : 'other' }),
});

function play(seed: number, source: EventSource, steps: number): Tally {
  const random = new RandomStream(seed, 'events');
  const tally: Tally = { dropped: 0, combined: 0, refilled: 0, evicted: 0, lost: 0, gone: 0 };
  const [plain, small] = [new World(), new World()];
  const recorders: readonly [World, Recorder][] = [
    [plain, new PlainRecorder(plain.engine, plain.client, source, tally)],
    [small, new EventRecorder(small.engine, small.client, source)],
  ];
  const each = (run: (world: World, recorder: Recorder) => void) => {
    for (const [world, recorder] of recorders) run(world, recorder);
  };
  const some = <T>(...choices: readonly T[]): T => choices[random.below(choices.length)]!;
  /** Few objects much talked of, many but now and then. */
  const object = () => random.below(some(3, 30, 6000));
  const say = (subject: EventSubject, type: 'normal' | 'warning', reason: string, message: string) =>
    each((_, recorder) => recorder[type](subject, reason, message));
  for (let step = 0; step < steps; step++) {
    const kind = random.below(1000);
    if (kind < 960) {
      const subject = subjectOf(object());
      // Mostly one thing is said of an object, in many words.
      const usual = random.below(8) > 0;
      const about = usual ? subject : { ...subject, fieldPath: `spec.containers{${some('a', 'b')}}` };
      const type = usual ? 'warning' : some('normal', 'warning');
      say(about, type, usual ? 'BackOff' : some('Pulled', 'Killing'), `message ${random.below(some(2, 40))}`);
    } else if (kind < 985) {
      const pause = some(1, 3 * SECOND, 10 * SECOND, 100 * SECOND, 5 * MINUTE, 10 * MINUTE, 10 * MINUTE + 1);
      each(({ engine }) => engine.runUntil(engine.now + pause));
    } else if (kind < 990) {
      each(({ names }) => names.delete([...names][Math.floor(names.size / 2)]!));
    } else if (kind < 992) {
      each(({ names }) => names.clear());
    } else if (kind < 994) {
      const down = random.below(3) === 0;
      each((world) => {
        world.down = !world.down && down;
      });
    } else if (kind < 996) {
      each((world) => {
        world.refuses = !world.refuses;
      });
    } else if (kind < 999) {
      each((_, recorder) => recorder.forget());
    } else {
      // More objects than are remembered come after one that was talked of too much, and the first of them may be forgotten before the last come.
      for (let index = 0; index < 30; index++) say(subjectOf(9), 'normal', 'Swept', 'first');
      for (const from of [10, 2500]) {
        for (let index = from; index < from + 2400; index++) say(subjectOf(index), 'normal', 'Swept', 'all');
        each((world, recorder) => {
          world.engine.runUntil(world.engine.now + 6 * MINUTE);
          recorder.forget();
        });
      }
      say(subjectOf(9), 'normal', 'Swept', 'again');
    }
  }
  each((world, recorder) => {
    world.down = false;
    world.refuses = false;
    world.engine.runUntil(world.engine.now + 200 * SECOND);
    recorder.stop();
  });
  const different = plain.requests.findIndex((request, index) => request !== small.requests[index]);
  expect(small.requests[different]).toBe(plain.requests[different]);
  expect(small.requests).toHaveLength(plain.requests.length);
  return tally;
}

it('asks what a recorder would ask that keeps everything in caches of 4,096', () => {
  const tallies = [1, 2, 3].map((seed) => play(seed, { component: 'kubelet', host: 'worker-1' }, 5000));
  for (const what of ['dropped', 'combined', 'refilled', 'evicted', 'lost', 'gone'] as const) {
    expect(
      tallies.reduce((sum, tally) => sum + tally[what], 0),
      what,
    ).toBeGreaterThan(20);
  }
});

it('does so for events of events.k8s.io, too', () => {
  const tallies = [5, 6].map((seed) => play(seed, { component: 'default-scheduler', newStyle: true }, 5000));
  for (const what of ['evicted', 'lost', 'gone'] as const) {
    expect(
      tallies.reduce((sum, tally) => sum + tally[what], 0),
      what,
    ).toBeGreaterThan(20);
  }
});
