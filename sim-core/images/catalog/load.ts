import { type Coroutine, MILLISECOND, SECOND, sleep, suspend } from '../../engine/index.ts';
import { type ImageRepository, layer } from '../image.ts';
import { NetworkError, type Process } from '../process.ts';
import { flag } from '../programs/server.ts';
import { parseUrl } from '../shell/applets/url.ts';
import { ALPINE_LAYER, ALPINE_PROGRAMS } from './bases.ts';

declare module '../../engine/trace.ts' {
  interface TraceEventMap {
    /** What a load client saw in a second: charts of success and latency are drawn from these. Latencies in microseconds. */
    load: LoadSample;
  }
}

/** A second of load, as the client saw it. */
export interface LoadSample {
  /** Pod that asks. */
  readonly client: string;
  readonly url: string;
  /** Requests that were answered, or given up, in it. */
  readonly sent: number;
  readonly succeeded: number;
  /** Answers by status; `0`: none came. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

interface Plan {
  readonly url: string;
  /** Requests a second, all together; 0: as fast as they are answered. */
  readonly rate: number;
  readonly workers: number;
  /** Microseconds; none: until it is stopped. */
  readonly duration: number | undefined;
  readonly count: number | undefined;
  readonly timeout: number;
}

interface Second {
  readonly latencies: number[];
  readonly statuses: Map<string, number>;
}

const MAX_WORKERS = 512;
/** Pause of a worker that goes as fast as it can: no computer is infinitely fast. */
const TURN = 100;

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** `5s`, `2m`, `500ms`; plain digits are seconds. */
function duration(text: string | undefined): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text ?? '');
  if (match === null) return undefined;
  const unit = { ms: MILLISECOND, s: SECOND, m: 60 * SECOND, h: 3600 * SECOND }[match[2] ?? 's']!;
  return Math.round(Number(match[1]) * unit);
}

/** Sends what a plan says, from several workers at once; tells every second how it goes. */
function* run(
  process: Process,
  plan: Plan,
  told: (text: string) => void,
): Coroutine<{ all: number[]; statuses: Map<string, number>; time: number }> {
  const address = parseUrl(plan.url)!;
  const started = process.now();
  const until = plan.duration === undefined ? Number.POSITIVE_INFINITY : started + plan.duration;
  const all: number[] = [];
  const statuses = new Map<string, number>();
  let second: Second = { latencies: [], statuses: new Map() };
  let left = plan.count ?? Number.POSITIVE_INFINITY;
  let stopped = false;
  process.onSignal('SIGTERM', () => {
    stopped = true;
  });
  process.onSignal('SIGINT', () => {
    stopped = true;
  });
  const gap = plan.rate > 0 ? (SECOND * plan.workers) / plan.rate : 0;
  const report = function* (): Coroutine {
    if (second.latencies.length === 0) return;
    const sorted = [...second.latencies].sort((a, b) => a - b);
    let succeeded = 0;
    for (const [status, count] of second.statuses) if (status >= '200' && status < '400') succeeded += count;
    const sample: LoadSample = {
      client: process.network.hostname,
      url: plan.url,
      sent: second.latencies.length,
      succeeded,
      statuses: Object.fromEntries(second.statuses),
      p50: percentile(sorted, 0.5),
      p95: percentile(sorted, 0.95),
      p99: percentile(sorted, 0.99),
    };
    yield* emit(sample);
    told(
      `sent=${sample.sent} ok=${succeeded} failed=${sample.sent - succeeded} p50=${(sample.p50 / MILLISECOND).toFixed(1)}ms p99=${(sample.p99 / MILLISECOND).toFixed(1)}ms`,
    );
    second = { latencies: [], statuses: new Map() };
  };
  const worker = function* (index: number) {
    if (gap > 0) yield* sleep(Math.round((gap / plan.workers) * index));
    while (!stopped && left > 0 && process.now() < until) {
      left--;
      const begun = process.now();
      let status = '0';
      try {
        const response = yield* process.network.http(
          address.host,
          address.port,
          { path: address.path, headers: { 'user-agent': 'load' } },
          plan.timeout,
        );
        status = String(response.status);
      } catch (error) {
        if (!(error instanceof NetworkError)) throw error;
      }
      const spent = process.now() - begun;
      all.push(spent);
      second.latencies.push(spent);
      second.statuses.set(status, (second.statuses.get(status) ?? 0) + 1);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      const rest = gap > 0 ? Math.round(begun + gap - process.now()) : TURN;
      if (rest > 0) yield* sleep(rest);
    }
    return 0;
  };
  const children = Array.from({ length: plan.workers }, (_, index) =>
    process.spawn({ argv: process.argv, program: () => worker(index) }),
  );
  let running = children.length;
  for (const child of children) {
    child.onEnd(() => {
      running--;
    });
  }
  while (running > 0) {
    yield* sleep(Math.min(SECOND, Math.max(1, until - process.now() + MILLISECOND)));
    yield* report();
  }
  yield* report();
  return { all, statuses, time: process.now() - started };
}

/** Writes a sample into the trace. */
function* emit(sample: LoadSample): Coroutine {
  yield* suspend<void>((resume, _fail, engine) => {
    if (engine.trace.enabled) engine.emit('load', `load/${sample.client}`, sample);
    const timer = engine.after(0, resume);
    return () => engine.cancel(timer);
  });
}

/** hey: `hey -z 30s -q 10 -c 2 URL`, `hey -n 200 -c 50 URL`. */
function* hey(process: Process): Coroutine<number> {
  const { argv } = process;
  const url = argv.at(-1) ?? '';
  if (argv.length < 2 || parseUrl(url) === undefined) {
    process.stderr.write(
      'Usage: hey [options...] <url>\n\nOptions:\n  -n  Number of requests to run. Default is 200.\n  -c  Number of workers to run concurrently.\n  -q  Rate limit, in queries per second (QPS) per worker.\n  -z  Duration of application to send requests.\n  -t  Timeout for each request in seconds.\n',
    );
    return 1;
  }
  const workers = Math.min(MAX_WORKERS, Number(flag(argv, 'c') ?? '50'));
  const length = duration(flag(argv, 'z'));
  const { all, statuses, time } = yield* run(
    process,
    {
      url,
      workers,
      rate: Number(flag(argv, 'q') ?? '0') * workers,
      duration: length,
      count: length === undefined ? Number(flag(argv, 'n') ?? '200') : undefined,
      timeout: Number(flag(argv, 't') ?? '20') * SECOND,
    },
    () => {},
  );
  const sorted = [...all].sort((a, b) => a - b);
  const seconds = (micros: number) => (micros / SECOND).toFixed(4);
  const total = sorted.reduce((sum, one) => sum + one, 0);
  process.stdout.write(
    `\nSummary:\n  Total:\t${seconds(time)} secs\n  Slowest:\t${seconds(sorted.at(-1) ?? 0)} secs\n  Fastest:\t${seconds(sorted[0] ?? 0)} secs\n  Average:\t${seconds(total / Math.max(1, sorted.length))} secs\n  Requests/sec:\t${((all.length * SECOND) / Math.max(1, time)).toFixed(4)}\n\nLatency distribution:\n`,
  );
  for (const share of [10, 25, 50, 75, 90, 95, 99])
    process.stdout.write(`  ${share}% in ${seconds(percentile(sorted, share / 100))} secs\n`);
  process.stdout.write('\nStatus code distribution:\n');
  for (const [status, count] of statuses)
    if (status !== '0') process.stdout.write(`  [${status}]\t${count} responses\n`);
  const lost = statuses.get('0') ?? 0;
  if (lost > 0) process.stdout.write(`\nError distribution:\n  [${lost}]\tGet "${url}": connection failed\n`);
  return 0;
}

/** fortio: `fortio load -qps 8 -c 4 -t 5s URL`. */
function* fortio(process: Process): Coroutine<number> {
  const { argv } = process;
  const url = argv.at(-1) ?? '';
  if (argv[1] !== 'load' || parseUrl(url) === undefined) {
    process.stderr.write('Usage: fortio load [-qps N] [-c N] [-t DURATION] [-n N] url\n');
    return 1;
  }
  const count = flag(argv, 'n');
  const length = flag(argv, 't') === '0' ? undefined : duration(flag(argv, 't') ?? '5s');
  const { all, statuses, time } = yield* run(
    process,
    {
      url,
      workers: Math.min(MAX_WORKERS, Number(flag(argv, 'c') ?? '4')),
      rate: Math.max(0, Number(flag(argv, 'qps') ?? '8')),
      duration: count === undefined ? length : undefined,
      count: count === undefined ? undefined : Number(count),
      timeout: duration(flag(argv, 'timeout')) ?? 3 * SECOND,
    },
    () => {},
  );
  const sorted = [...all].sort((a, b) => a - b);
  const seconds = (micros: number) => (micros / SECOND).toFixed(6);
  process.stdout.write(
    `Ended after ${seconds(time)}s : ${all.length} calls. qps=${((all.length * SECOND) / Math.max(1, time)).toFixed(5)}\n`,
  );
  for (const share of [50, 75, 90, 99])
    process.stdout.write(`# target ${share}% ${seconds(percentile(sorted, share / 100))}\n`);
  for (const [status, number] of statuses) {
    process.stdout.write(
      `Code ${status === '0' ? ' -1' : status} : ${number} (${((100 * number) / all.length).toFixed(1)} %)\n`,
    );
  }
  process.stdout.write(
    `All done ${all.length} calls (plus 0 warmup) avg, ${((all.length * SECOND) / Math.max(1, time)).toFixed(1)} qps\n`,
  );
  return 0;
}

/** The course's own load client: URL, RATE (10 a second), WORKERS (4) and DURATION from its environment; a line for each second. */
function* load(process: Process): Coroutine<number> {
  const { env } = process;
  const url = process.argv[1] ?? env.URL ?? '';
  if (parseUrl(url) === undefined) {
    process.stderr.write('load: set URL to what is to be asked: http://web\n');
    return 1;
  }
  const rate = Math.max(0, Number(env.RATE ?? '10'));
  yield* run(
    process,
    {
      url,
      rate,
      workers: Math.min(MAX_WORKERS, Number(env.WORKERS ?? '4')),
      duration: duration(env.DURATION),
      count: undefined,
      timeout: duration(env.TIMEOUT) ?? 2 * SECOND,
    },
    (text) => process.stdout.write(`${text}\n`),
  );
  return 0;
}

function image(
  name: string,
  tags: readonly string[],
  path: string,
  program: (process: Process) => Coroutine<number>,
  entry = true,
): ImageRepository {
  return {
    name,
    releases: [
      {
        tags,
        layers: [ALPINE_LAYER, layer(name, 7)],
        ...(entry ? { entrypoint: [path] } : { command: [path] }),
        programs: { ...ALPINE_PROGRAMS, [path]: program },
      },
    ],
  };
}

export const loadClients: readonly ImageRepository[] = [
  image('docker.io/jotasu/load', ['1.0', 'latest'], '/load', load),
  image('docker.io/rakyll/hey', ['latest'], '/hey', hey),
  image('docker.io/williamyeh/hey', ['latest'], '/hey', hey),
  image('docker.io/fortio/fortio', ['latest', '1.69.5', 'latest_release'], '/usr/bin/fortio', fortio),
];
