import type { Pod } from '../../../sim-core/api/objects.ts';
import type { TraceEvent } from '../../../sim-core/engine/index.ts';
import { podState } from '../../workspace/pod-state.ts';
import { isSystemNamespace } from '../../workspace/view.ts';
import type { LensSource } from './source.ts';

export type SeriesName = 'ready' | 'pods' | 'restarts' | 'requests';

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

/** Pods, restarts and requests to the API server over the last minutes, from the cluster's own history. */
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
      [
        { name: 'pods', points: pods },
        { name: 'ready', points: ready },
      ],
      [{ name: 'restarts', points: restarts }],
      [{ name: 'requests', points: requests }],
    ],
  };
}
