import type { EndpointSlice } from '../../api/objects.ts';
import { type IPv4, parseIPv4 } from '../ipv4.ts';
import { endpointText } from '../packet.ts';
import { type ServicePort, usesClusterEndpoints, usesLocalEndpoints } from './service-port.ts';

/** One endpoint of a Service's port, as kube-proxy sees it. */
export interface ProxyEndpoint {
  /** `10.244.1.5:80` */
  readonly text: string;
  readonly address: IPv4;
  readonly port: number;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly node: string;
  /** Zones that the endpoint is meant for; `undefined` without hints. */
  readonly zones: readonly string[] | undefined;
}

/** The endpoints of a Service's port in its slices, each address and port once, in order of their text. */
export function endpointsOf(port: ServicePort, slices: readonly EndpointSlice[]): ProxyEndpoint[] {
  const found = new Map<string, ProxyEndpoint>();
  for (const slice of slices) {
    if (slice.addressType !== 'IPv4') continue;
    for (const { name = '', port: number } of slice.ports ?? []) {
      if (name !== port.portName || number === undefined) continue;
      for (const { addresses, conditions = {}, nodeName = '', hints } of slice.endpoints ?? []) {
        const address = parseIPv4(addresses[0] ?? '');
        if (address === undefined) continue;
        const { ready = true, serving = ready, terminating = false } = conditions;
        const text = endpointText(address, number);
        const zones = hints?.forZones?.map((zone) => zone.name);
        found.set(text, { text, address, port: number, ready, serving, terminating, node: nodeName, zones });
      }
    }
  }
  return [...found.values()].sort((a, b) => (a.text < b.text ? -1 : 1));
}

export interface CategorizedEndpoints {
  /** For traffic policy Cluster. */
  readonly cluster: readonly ProxyEndpoint[];
  /** For traffic policy Local: those on this node. */
  readonly local: readonly ProxyEndpoint[];
  /** All that rules of this node lead to. */
  readonly reachable: readonly ProxyEndpoint[];
  /** Whether there are usable endpoints anywhere. */
  readonly any: boolean;
  /** Whether the result is the same on every node. */
  readonly shared: boolean;
}

/**
 * Which endpoints the rules of a node use (proxy.CategorizeEndpoints): ready ones, those of the node's zone when all carry hints; when no
 * ready one is left, those that still serve while they terminate.
 */
export function categorize(
  port: ServicePort,
  endpoints: readonly ProxyEndpoint[],
  node: string,
  zone: string | undefined,
): CategorizedEndpoints {
  const usable = ({ ready, serving, terminating }: ProxyEndpoint) => ready || (serving && terminating);
  let cluster: readonly ProxyEndpoint[] = [];
  let any = false;
  const hinted = zone !== undefined && endpoints.some(({ zones }) => zones !== undefined);
  const byZone = hinted && zonesApply(endpoints, zone);
  if (usesClusterEndpoints(port)) {
    cluster = endpoints.filter(({ ready, zones }) => ready && (!byZone || zones?.includes(zone!) === true));
    if (cluster.length === 0) cluster = endpoints.filter(({ serving, terminating }) => serving && terminating);
    any = cluster.length > 0;
  }
  if (!usesLocalEndpoints(port)) return { cluster, local: [], reachable: cluster, any, shared: !hinted };
  any ||= endpoints.some(usable);
  const here = endpoints.filter((endpoint) => endpoint.node === node);
  let local = here.filter(({ ready }) => ready);
  if (local.length === 0) local = here.filter(({ serving, terminating }) => serving && terminating);
  const reachable = [...cluster, ...local.filter((endpoint) => !cluster.includes(endpoint))];
  return { cluster, local, reachable, any, shared: false };
}

/** Hints count only when every ready endpoint has them and some are for this zone. */
function zonesApply(endpoints: readonly ProxyEndpoint[], zone: string): boolean {
  const ready = endpoints.filter((endpoint) => endpoint.ready);
  return ready.every(({ zones }) => zones !== undefined) && ready.some(({ zones }) => zones!.includes(zone));
}
