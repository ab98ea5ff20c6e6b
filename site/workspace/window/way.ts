import type { TraceEvent } from '../../../sim-core/engine/index.ts';
import type { PacketTrace } from '../../../sim-core/network/trace.ts';

/** A place that a request passed: a machine, a pod (`default/web-1`), or the load balancer outside. */
export interface Stop {
  readonly kind: 'machine' | 'pod' | 'load-balancer';
  readonly name: string;
}

/** How a request from outside went. */
export interface Way {
  readonly stops: readonly Stop[];
  /** The pod that answered in the end, if one did. */
  readonly pod: string | undefined;
  readonly outcome: PacketTrace['outcome'];
}

/** The learner's own computer in the simulated network. */
const LEARNER = 'learner';

/**
 * The way of the last request that the learner's computer has sent, from the packets in the trace. What a proxy asks on behalf of it belongs to
 * it: packets that were caused by its arrival. `undefined` when its packet was not recorded.
 */
export function lastWay(events: readonly TraceEvent[]): Way | undefined {
  const at = events.findLastIndex(
    ({ kind, actor, data }) => kind === 'packet' && actor === LEARNER && (data as PacketTrace).protocol === 'tcp',
  );
  if (at < 0) return undefined;
  const first = events[at] as TraceEvent<'packet'>;
  const stops: Stop[] = [];
  let outcome = first.data.outcome;
  const add = (stop: Stop) => {
    const last = stops.at(-1);
    if (last?.kind !== stop.kind || last.name !== stop.name) stops.push(stop);
  };
  const walk = ({ data }: TraceEvent<'packet'>) => {
    outcome = data.outcome;
    for (const { where, decision } of data.hops) {
      // The cable to the node that a load balancer has chosen is still the sender's.
      if (where !== LEARNER || stops.length === 0) add({ kind: where.includes('/') ? 'pod' : 'machine', name: where });
      if (decision.by === 'load-balancer') add({ kind: 'load-balancer', name: data.to.replace(/:\d+$/, '') });
    }
  };
  walk(first);
  const consequences = new Set([first.id]);
  for (const event of events.slice(at + 1)) {
    if (!consequences.has(event.cause)) continue;
    consequences.add(event.id);
    if (event.kind !== 'packet') continue;
    const packet = event as TraceEvent<'packet'>;
    // What the proxy asks, not what the pod behind it asks of others: one step on.
    if (packet.actor === stops.at(-1)?.name && packet.data.protocol === 'tcp') walk(packet);
  }
  const last = stops.at(-1);
  return { stops, pod: outcome === 'delivered' && last?.kind === 'pod' ? last.name : undefined, outcome };
}
