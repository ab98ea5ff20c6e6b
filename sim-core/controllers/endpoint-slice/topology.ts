import type { Endpoint } from 'kubernetes-types/discovery/v1';
import type { Node, Service } from '../../api/objects.ts';
import { quantity } from '../../api/quantity.ts';

const ZONE = 'topology.kubernetes.io/zone';
const MODES = ['service.kubernetes.io/topology-mode', 'service.kubernetes.io/topology-aware-hints'];
const EXCLUDED = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];
/** By how much an endpoint may have to bear more than its share. */
const OVERLOAD = 0.2;
const NO_NODES = 'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes';
const TOO_FEW = 'Insufficient number of endpoints';
const OVERLOADED = 'Unable to allocate minimum required endpoints to each zone without exceeding overload threshold';

/** Whether a Service asks for topology-aware routing; such a one's trafficDistribution counts for nothing. */
export function wantsHints({ metadata }: Service): boolean {
  return MODES.some((name) => /^[aA]uto$/.test(metadata.annotations?.[name] ?? ''));
}

/** What of a node the zones' shares depend on. */
export function capacityOf({ metadata: { labels = {} }, status }: Node): string {
  const ready = status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
  if (!ready || EXCLUDED.some((label) => labels[label] !== undefined)) return '';
  return `${labels[ZONE] ?? ''} ${status.allocatable?.cpu ?? '0'}`;
}

/** Thousandths of a core by zone; undefined when a node does not say, or all are in one zone (TopologyCache.SetNodes). */
function cpuByZone(nodes: readonly Node[]): Map<string, number> | undefined {
  const found = new Map<string, number>();
  for (const node of nodes) {
    const capacity = capacityOf(node);
    if (capacity === '') continue;
    const [zone = '', cpu = '0'] = capacity.split(' ');
    const milli = Number(quantity(cpu).milliValue());
    if (zone === '' || milli === 0) return undefined;
    found.set(zone, (found.get(zone) ?? 0) + milli);
  }
  return found.size < 2 ? undefined : new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Hints for the endpoints of a Service: each zone gets a part of them that is like its part of the nodes' CPU, its own where it can
 * (TopologyCache.AddHints). Answers why there can be none.
 */
export function addHints(endpoints: readonly Endpoint[], nodes: readonly Node[]): string | undefined {
  const ready = endpoints.filter(({ conditions }) => conditions?.ready === true);
  const zones = cpuByZone(nodes);
  if (zones === undefined) return NO_NODES;
  const counts = `(${ready.length} endpoints, ${zones.size} zones)`;
  if (zones.size > ready.length) return `${TOO_FEW} ${counts}`;
  const total = [...zones.values()].reduce((sum, cpu) => sum + cpu, 0);
  /** Endpoints that a zone has beyond its share, below zero: that it lacks. */
  const surplus = new Map<string, number>();
  let least = 0;
  for (const [zone, cpu] of zones) {
    const desired = (cpu / total) * ready.length;
    const minimum = Math.ceil(desired / (1 + OVERLOAD));
    least += minimum;
    surplus.set(zone, -Math.max(desired, minimum));
  }
  if (least > ready.length) return `${OVERLOADED} ${counts}`;
  if (ready.some(({ zone }) => zone === undefined)) return 'One or more endpoints do not have a zone specified';
  for (const endpoint of ready) {
    const zone = endpoint.zone!;
    surplus.set(zone, (surplus.get(zone) ?? 0) + 1);
    endpoint.hints = { forZones: [{ name: zone }] };
  }
  for (let moved = true; moved; ) moved = moveOne(ready, surplus);
  return undefined;
}

/** Hints one endpoint of the zone that has most beyond its share at the zone that lacks most (getGivingAndReceivingZones, redistributeHints). */
function moveOne(ready: readonly Endpoint[], surplus: Map<string, number>): boolean {
  const zones = [...surplus].sort(([, a], [, b]) => b - a);
  const [[giving, give], [receiving, have]] = [zones[0]!, zones.at(-1)!];
  if ((give < 1 && -have < 1) || give < 0.5 || -have < 0.5) return false;
  const endpoint = ready.find(({ zone, hints }) => zone === giving && hints?.forZones?.[0]?.name === giving);
  if (endpoint === undefined) return false;
  endpoint.hints = { forZones: [{ name: receiving }] };
  surplus.set(giving, give - 1);
  surplus.set(receiving, have + 1);
  return true;
}
