import type { TraceEvent } from '../../../sim-core/engine/index.ts';
import type { Decision, PacketTrace } from '../../../sim-core/network/trace.ts';
import type { LensSource } from './source.ts';

/** What a packet met in one place, one step after the other. */
export interface PacketStop {
  readonly where: string;
  readonly kind: 'pod' | 'machine';
  readonly steps: readonly PacketStep[];
}

export interface PacketStep {
  readonly by: Decision['by'];
  /** The route, the rule, the peer … as the machine itself would print it. */
  readonly text: string;
  /** The address after the step, where the step has rewritten it. */
  readonly rewritten: { readonly field: 'from' | 'to'; readonly was: string; readonly is: string } | undefined;
}

export interface PacketView {
  readonly id: number;
  readonly protocol: string;
  readonly from: string;
  readonly to: string;
  readonly about: string;
  readonly outcome: PacketTrace['outcome'];
  readonly stops: readonly PacketStop[];
}

/** What the cluster asks of itself all the time. */
const NOISE = /^GET \/(livez|healthz|readyz|ready|health)\b/;
const MOST = 8;

/** The latest packets of the learner's own programs, newest first. */
export function packetLens({ events, focus }: LensSource): { packets: PacketView[] } {
  const packets: PacketView[] = [];
  for (let index = events.length - 1; index >= 0 && packets.length < MOST; index--) {
    const event = events[index]!;
    if (event.kind !== 'packet') continue;
    const { data } = event as TraceEvent<'packet'>;
    if (isChatter(event as TraceEvent<'packet'>) || isName(data)) continue;
    if (focus?.table === 'pods' && event.actor !== `${focus.namespace}/${focus.name}`) continue;
    packets.push(packetView(event as TraceEvent<'packet'>));
  }
  return { packets };
}

/** Whether a packet is of those that parts of the cluster send all the time, about how they are. */
export function isChatter({ actor, data }: TraceEvent<'packet'>): boolean {
  return NOISE.test(data.about) || actor === 'cloud' || actor.startsWith('kube-system/');
}

/** Whether a packet asks for a name: that has a lens of its own. */
export function isName({ protocol, about }: PacketTrace): boolean {
  return protocol === 'udp' && /^(A|AAAA|SRV|PTR|CNAME) /.test(about);
}

export function packetView({ id, data }: TraceEvent<'packet'>): PacketView {
  const { protocol, from, to, about, outcome, hops } = data;
  const stops: { where: string; kind: PacketStop['kind']; steps: PacketStep[] }[] = [];
  let [sender, receiver] = [from, to];
  for (const hop of hops) {
    let stop = stops.at(-1);
    if (stop === undefined || stop.where !== hop.where) {
      stop = { where: hop.where, kind: hop.where.includes('/') ? 'pod' : 'machine', steps: [] };
      stops.push(stop);
    }
    const rewritten =
      hop.to !== receiver
        ? ({ field: 'to', was: receiver, is: hop.to } as const)
        : hop.from !== sender && !sender.startsWith('0.0.0.0')
          ? ({ field: 'from', was: sender, is: hop.from } as const)
          : undefined;
    // What a rule rewrites shows in the step after it.
    const before = stop.steps.at(-1);
    const byRule = rewritten !== undefined && before?.by === 'rule';
    if (byRule) stop.steps[stop.steps.length - 1] = { ...before, rewritten };
    stop.steps.push({ by: hop.decision.by, text: textOf(hop.decision), rewritten: byRule ? undefined : rewritten });
    [sender, receiver] = [hop.from, hop.to];
  }
  return { id, protocol, from, to, about, outcome, stops };
}

function textOf(decision: Decision): string {
  switch (decision.by) {
    case 'route':
      return decision.route;
    case 'rule':
      return `${decision.table}: ${decision.rule}`;
    case 'bridge':
      return decision.port;
    case 'veth':
      return decision.peer;
    case 'tunnel':
      return `${decision.type} ${decision.outer}`;
    case 'link':
      return decision.to;
    case 'load-balancer':
      return decision.node;
    case 'socket':
      return decision.listener;
    case 'ipvs':
      return decision.server;
    case 'drop':
      return decision.why;
  }
}
