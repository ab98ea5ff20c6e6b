import type { Pod, Service } from '../../sim-core/api/objects.ts';
import type { TraceEvent } from '../../sim-core/engine/index.ts';
import type { Frame } from '../../sim-core/host/door.ts';
import type { PacketTrace } from '../../sim-core/network/trace.ts';
import { isChatter, isName } from '../figures/lenses/packet.ts';
import { speedFactor } from './journey.ts';
import type { Mirror } from './mirror.ts';

/** Where a packet comes by: the learner's computer, a node, a pod (`namespace/name`). */
export type Stop = 'you' | `node/${string}` | `pod/${string}`;

/** A packet on its way over the map, in presentation time (milliseconds of whatever clock the caller has). */
export interface Flight {
  readonly id: number;
  readonly stops: readonly Stop[];
  /** Uid of the Service whose address was asked for. */
  readonly service: string | undefined;
  /** Which of the stops rewrote that address to a pod's, by its rules. */
  readonly rewritten: number | undefined;
  readonly start: number;
  /** How long it travels; 0 where nothing may move: then the whole way shows at once. */
  readonly travel: number;
  /** When its way is gone from the picture. */
  readonly end: number;
  /** `GET /`: what is asked. */
  readonly about: string;
  /** Whether it asks for a name. */
  readonly name: boolean;
  readonly outcome: PacketTrace['outcome'];
  /** How many packets travel as this one. */
  count: number;
}

/** Duration of a leg at ×1, and the least of a whole way, milliseconds. */
const LEG = 420;
const LEAST = 260;
/** How long the way of a packet that has arrived, and of one that has not, is still to be seen. */
const ARRIVED = 900;
const LOST = 2200;
/** Of more packets than that nobody follows one. */
const MOST = 10;
/** Packets on the same way that set out within this time travel as one. */
const TOGETHER = 150;
/** A picture that lags further behind than this goes on with what happens now. */
const MOST_LAG = 4000;

/** Turns the packets of the trace into dots that fly over the map, each after the one that caused it. Remembers who is on the way. */
export class Flights {
  private readonly arrival = new Map<number, number>();
  private under: Flight[] = [];
  /** With reduced motion nothing travels: a way shows at once, as a line, for a while. */
  still = false;

  /** The packets of a frame that a learner sent or would want to see, from `now` on. */
  take({ events, speed }: Pick<Frame, 'events' | 'speed'>, mirror: Mirror, now: number): Flight[] {
    const made: Flight[] = [];
    this.under = this.under.filter(({ start, travel }) => start + travel > now);
    for (const event of events) {
      if (event.kind !== 'packet') continue;
      const flight = this.flightOf(event as TraceEvent<'packet'>, mirror, now, 1 / speedFactor(speed));
      if (flight !== undefined) made.push(flight);
    }
    if (this.arrival.size > 400) for (const [id, at] of this.arrival) if (at < now) this.arrival.delete(id);
    return made;
  }

  private flightOf(event: TraceEvent<'packet'>, mirror: Mirror, now: number, pace: number): Flight | undefined {
    const { data } = event;
    if (isChatter(event) || isProbe(data, mirror)) return undefined;
    const stops = stopsOf(data);
    // What stays within a machine goes nowhere.
    if (stops.length === 0 || (stops.length === 1 && data.outcome === 'delivered')) return undefined;
    const start = Math.max(now, this.arrival.get(event.cause) ?? now);
    const travel = this.still ? 0 : Math.max(LEAST, stops.length * LEG * pace);
    const same = this.under.find((other) => isSameWay(other, stops, data) && Math.abs(other.start - start) < TOGETHER);
    if (same !== undefined) {
      same.count++;
      this.arrival.set(event.id, same.start + same.travel);
      return undefined;
    }
    if (this.under.length >= MOST || start - now > MOST_LAG) return undefined;
    const flight: Flight = {
      id: event.id,
      stops,
      service: serviceOf(data.to, mirror),
      rewritten: rewriterOf(data),
      start,
      travel,
      end: start + travel + (this.still || data.outcome !== 'delivered' ? LOST : ARRIVED),
      about: data.about,
      name: isName(data),
      outcome: data.outcome,
      count: 1,
    };
    this.arrival.set(event.id, start + travel);
    this.under.push(flight);
    return flight;
  }
}

function isSameWay(flight: Flight, stops: readonly Stop[], { outcome, about }: PacketTrace): boolean {
  return flight.outcome === outcome && flight.about === about && flight.stops.join() === stops.join();
}

function stopsOf({ hops }: PacketTrace): Stop[] {
  const stops: Stop[] = [];
  for (const { where } of hops) {
    const stop = stopAt(where);
    if (stops.at(-1) !== stop) stops.push(stop);
  }
  return stops;
}

function stopAt(where: string): Stop {
  if (where === 'learner') return 'you';
  return where.includes('/') ? `pod/${where}` : `node/${where}`;
}

/** The stop whose rules gave the packet another receiver. */
function rewriterOf({ to, hops }: PacketTrace): number | undefined {
  const index = hops.findIndex((hop) => hop.to !== to);
  if (index < 1) return undefined;
  let stop = 0;
  for (let at = 1; at < index; at++) if (hops[at]!.where !== hops[at - 1]!.where) stop++;
  return stop;
}

/** The Service whose cluster address, outer address or node port a packet was sent to. */
function serviceOf(to: string, mirror: Mirror): string | undefined {
  const colon = to.lastIndexOf(':');
  const [address, port] = colon < 0 ? [to, 0] : [to.slice(0, colon), Number(to.slice(colon + 1))];
  const nodes = new Set(
    mirror.list('nodes').flatMap(({ status }) => {
      const { addresses = [] } = (status ?? {}) as { addresses?: { address: string }[] };
      return addresses.map((entry) => entry.address);
    }),
  );
  const found = (mirror.list('services') as unknown as (Service & { status?: LoadBalancerStatus })[]).find(
    ({ spec, status }) =>
      spec.clusterIP === address ||
      status?.loadBalancer?.ingress?.some(({ ip }) => ip === address) === true ||
      (nodes.has(address) && spec.ports?.some(({ nodePort }) => nodePort === port) === true),
  );
  return found?.metadata.uid;
}

interface LoadBalancerStatus {
  readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] };
}

interface Probing {
  readonly httpGet?: { readonly path?: string };
  readonly tcpSocket?: unknown;
  readonly grpc?: unknown;
}

/** Whether a kubelet asks a pod of its own node how it is. */
function isProbe({ hops, about }: PacketTrace, mirror: Mirror): boolean {
  const [first, last] = [hops[0]?.where ?? '', hops.at(-1)?.where ?? ''];
  if (first.includes('/') || !last.includes('/')) return false;
  const pod = mirror.get('pods', last) as unknown as Pod | undefined;
  if (pod?.spec.nodeName !== first) return false;
  const probes = (pod.spec.containers ?? []).flatMap((container) => {
    const { livenessProbe, readinessProbe, startupProbe } = container as unknown as Record<string, Probing | undefined>;
    return [livenessProbe, readinessProbe, startupProbe];
  });
  return probes.some(
    (probe) =>
      (probe?.httpGet !== undefined && about === `GET ${probe.httpGet.path ?? '/'}`) ||
      (probe?.tcpSocket !== undefined && about.startsWith('connect ')) ||
      (probe?.grpc !== undefined && about.includes('/grpc.health.')),
  );
}
