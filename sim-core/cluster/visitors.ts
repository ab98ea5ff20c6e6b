import type { Service } from '../api/objects.ts';
import { type Micros, SECOND } from '../engine/index.ts';
import type { ClusterParts, Running } from './cluster.ts';

declare module '../engine/trace.ts' {
  interface TraceEventMap {
    /** A visitor was answered, or not. */
    visit: { readonly visitor: string; readonly ok: boolean; readonly found: string };
  }
}

/** Someone outside who asks a Service's node port, or a site by its name, again and again, as a shop's customers do. */
export interface Visitor {
  readonly name: string;
  /** Virtual seconds between two visits. */
  readonly every: number;
  /** Virtual seconds after the setup at which they begin; default 0. */
  readonly from?: number;
  /** A Service with a node port … */
  readonly service?: string;
  readonly namespace?: string;
  readonly port?: number;
  /** … or a host that the outside world knows. */
  readonly host?: string;
  readonly path?: string;
}

/** One visit: when it began, and what came of it. */
export interface Visit {
  readonly time: Micros;
  /** The HTTP status; undefined: no answer. */
  readonly status: number | undefined;
  /** Why there was none. */
  readonly error?: string;
}

/** The most visits of a visitor that are remembered: a day at one a second. */
const MOST_VISITS = 86_400;

/** Lets visitors come, from now on, in the background. */
export function startVisitors(
  { engine, store }: ClusterParts,
  running: Running,
  visitors: readonly Visitor[],
  visits: Map<string, Visit[]>,
): void {
  for (const visitor of visitors) {
    const record: Visit[] = [];
    visits.set(visitor.name, record);
    const note = (visit: Visit) => {
      if (record.length < MOST_VISITS) record.push(visit);
      const { status, error } = visit;
      const ok = status !== undefined && status < 500;
      engine.emit('visit', 'outside', { visitor: visitor.name, ok, found: error ?? String(status) });
    };
    const come = () => {
      const time = engine.now;
      engine.background(visitor.every * SECOND, come);
      const { service, namespace = 'default', host, path = '/' } = visitor;
      let { port } = visitor;
      if (service !== undefined) {
        const found = store.get('services', `${namespace}/${service}`) as unknown as Service | undefined;
        port = found?.spec.ports?.find((entry) => port === undefined || entry.port === port)?.nodePort;
        if (port === undefined) {
          note({ time, status: undefined, error: found === undefined ? 'no such service' : 'no node port' });
          return;
        }
      }
      const request = { method: 'GET', path, headers: {}, body: '' };
      running.send(port ?? 80, request, host === undefined ? undefined : { host }, (answer) =>
        note('error' in answer ? { time, status: undefined, error: answer.error } : { time, status: answer.status }),
      );
    };
    engine.background((visitor.from ?? 0) * SECOND, come);
  }
}
