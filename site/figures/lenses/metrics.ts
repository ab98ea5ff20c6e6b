import type { Pod } from '../../../sim-core/api/objects.ts';
import type { TraceEvent } from '../../../sim-core/engine/index.ts';
import type { LoadSample } from '../../../sim-core/images/catalog/load.ts';
import { podState } from '../../workspace/pod-state.ts';
import { isSystemNamespace } from '../../workspace/system-namespaces.ts';
import type { LensSource } from './source.ts';

export type SeriesName = 'ready' | 'pods' | 'restarts' | 'requests' | 'answered' | 'failed' | 'p50' | 'p99';

/** A number over time. */
export interface Series {
  readonly name: SeriesName;
  readonly points: readonly { readonly at: number; readonly value: number }[];
}

export interface MetricsModel {
  /** Length of the picture in virtual seconds; it ends now. */
  readonly seconds: number;
  readonly charts: readonly (readonly Series[])[];
}

/** The picture shows at most this much of the past, virtual seconds. */
const WINDOW = 300;
/** Requests are counted in windows of this many seconds. */
const BUCKET = 5;

type Point = Series['points'][number];

/** Seconds after which a load client that says nothing more counts as ended. */
const SILENCE = 2;

/**
 * What load clients (`jotasu/load`, hey, fortio) saw, a point a second: answers and failures a second of all of them, and how long the slower
 * of them waited, in milliseconds. Nothing when none ran.
 */
function loadCharts(events: LensSource['events'], begin: number, now: number): (readonly Series[])[] {
  const seconds = new Map<number, LoadSample[]>();
  for (const event of events) {
    if (event.kind !== 'load' || event.time < begin) continue;
    const second = Math.floor((event.time - begin) / 1e6);
    seconds.set(second, [...(seconds.get(second) ?? []), (event as TraceEvent<'load'>).data]);
  }
  if (seconds.size === 0) return [];
  const [answered, failed, p50, p99]: [Point[], Point[], Point[], Point[]] = [[], [], [], []];
  const order = [...seconds.keys()].sort((a, b) => a - b);
  for (const at of order) {
    const samples = seconds.get(at)!;
    const sum = (of: (sample: LoadSample) => number) => samples.reduce((total, sample) => total + of(sample), 0);
    const most = (of: (sample: LoadSample) => number) => Math.max(...samples.map(of)) / 1000;
    answered.push({ at, value: sum(({ succeeded }) => succeeded) });
    failed.push({ at, value: sum(({ sent, succeeded }) => sent - succeeded) });
    p50.push({ at, value: most((sample) => sample.p50) });
    p99.push({ at, value: most((sample) => sample.p99) });
  }
  const last = order.at(-1)!;
  if ((now - begin) / 1e6 - last > SILENCE) {
    answered.push({ at: last + 1, value: 0 });
    failed.push({ at: last + 1, value: 0 });
  }
  return [
    [
      { name: 'answered', points: answered },
      { name: 'failed', points: failed },
    ],
    [
      { name: 'p50', points: p50 },
      { name: 'p99', points: p99 },
    ],
  ];
}

/**
 * What load clients saw, where there are any; pods, restarts and requests to the API server over the last minutes, from the cluster's own
 * history.
 */
export function metricsLens({ changes, events, now }: LensSource): MetricsModel {
  const own = changes.filter(({ table, object }) => table === 'pods' && !isSystemNamespace(object.metadata.namespace));
  const seconds = Math.max(20, Math.min(WINDOW, Math.ceil((now - (own[0]?.time ?? now)) / 1e6) + 5));
  const begin = now - seconds * 1e6;
  const at = (time: number) => Math.max(0, (time - begin) / 1e6);
  const [pods, ready, restarts]: [Series['points'][number][], Series['points'][number][], Series['points'][number][]] =
    [[], [], []];
  const states = new Map<string, { ready: boolean; restarts: number }>();
  let ended = 0;
  for (const { type, key, object, time } of own) {
    const pod = object as unknown as Pod;
    const restarted = (pod.status?.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0);
    if (type === 'DELETED') {
      ended += restarted;
      states.delete(key);
    } else states.set(key, { ready: podState(pod, false).state === 'ready', restarts: restarted });
    const all = [...states.values()];
    pods.push({ at: at(time), value: all.length });
    ready.push({ at: at(time), value: all.filter((state) => state.ready).length });
    restarts.push({ at: at(time), value: ended + all.reduce((sum, state) => sum + state.restarts, 0) });
  }
  const counts = new Array<number>(Math.ceil(seconds / BUCKET)).fill(0);
  for (const event of events) {
    if (event.kind !== 'request' || event.time < begin) continue;
    const { verb } = (event as TraceEvent<'request'>).data;
    const bucket = Math.min(counts.length - 1, Math.floor(at(event.time) / BUCKET));
    if (verb !== 'watch') counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  const requests = counts.map((count, index) => ({ at: index * BUCKET, value: count / BUCKET }));
  return {
    seconds,
    charts: [
      ...loadCharts(events, begin, now),
      [
        { name: 'pods', points: pods },
        { name: 'ready', points: ready },
      ],
      [{ name: 'restarts', points: restarts }],
      [{ name: 'requests', points: requests }],
    ],
  };
}
