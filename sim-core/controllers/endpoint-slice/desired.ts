import type { Endpoint, EndpointPort } from 'kubernetes-types/discovery/v1';
import type { Pod, Service } from '../../api/objects.ts';
import { isPodReady, isTerminating } from '../shared/pods.ts';
import { hostnameIn, targetPort } from '../shared/service-pods.ts';
import { wantsHints } from './topology.ts';

export type IPFamily = 'IPv4' | 'IPv6';

/** Endpoints that share the same ports: a slice has one list of ports for all. Keyed by the ports. */
export interface EndpointGroup {
  readonly ports: EndpointPort[];
  /** Keyed by what makes an endpoint the same one over time: its pod, or its address. */
  readonly endpoints: Map<string, Endpoint>;
}

/** The endpoints that a Service should have now, grouped by ports: pods of different versions may have a named port elsewhere. */
export function desiredGroups(
  service: Service,
  pods: readonly Pod[],
  family: IPFamily,
  zoneOf: (node: string) => string | undefined,
): Map<string, EndpointGroup> {
  const groups = new Map<string, EndpointGroup>();
  for (const pod of pods) {
    const addresses = (pod.status.podIPs ?? [{ ip: pod.status.podIP }])
      .map(({ ip = '' }) => ip)
      .filter((ip) => ip !== '' && ip.includes(':') === (family === 'IPv6'));
    if (addresses.length === 0) continue;
    const ports = portsOf(service, pod);
    const key = JSON.stringify(ports);
    let group = groups.get(key);
    if (group === undefined) {
      group = { ports, endpoints: new Map() };
      groups.set(key, group);
    }
    group.endpoints.set(pod.metadata.uid, endpointOf(service, pod, addresses, zoneOf));
  }
  return groups;
}

function portsOf({ spec }: Service, pod: Pod): EndpointPort[] {
  const ports: EndpointPort[] = [];
  for (const port of spec.ports ?? []) {
    const number = targetPort(pod, port);
    // A named port that this pod does not have is left out; its other ports still count.
    if (number === undefined) continue;
    const { name = '', protocol = 'TCP', appProtocol } = port;
    ports.push({ name, port: number, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) });
  }
  return ports;
}

function endpointOf(
  service: Service,
  pod: Pod,
  addresses: string[],
  zoneOf: (node: string) => string | undefined,
): Endpoint {
  const { name, namespace, uid } = pod.metadata;
  const serving = isPodReady(pod);
  const terminating = isTerminating(pod);
  const { publishNotReadyAddresses = false, trafficDistribution } = service.spec;
  const ready = publishNotReadyAddresses || (serving && !terminating);
  const hostname = hostnameIn(service, pod);
  const { nodeName } = pod.spec;
  const zone = nodeName === undefined ? undefined : zoneOf(nodeName);
  const endpoint: Endpoint = {
    addresses,
    conditions: { ready, serving, terminating },
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
  if (hostname !== undefined) endpoint.hostname = hostname;
  if (nodeName !== undefined) endpoint.nodeName = nodeName;
  if (zone !== undefined) endpoint.zone = zone;
  // PreferClose: every endpoint is hinted at its own zone.
  if (trafficDistribution === 'PreferClose' && !wantsHints(service) && zone !== undefined && ready)
    endpoint.hints = { forZones: [{ name: zone }] };
  return endpoint;
}
