import type { Service } from '../../api/objects.ts';
import { type IPv4, type Prefix, parseIPv4, parsePrefix } from '../ipv4.ts';
import { TCP, UDP } from '../packet.ts';

/** One port of a Service, as kube-proxy sees it (BaseServicePortInfo). */
export interface ServicePort {
  /** `default/web:http`, without the colon when the port has no name. */
  readonly name: string;
  /** Name of the port in the Service and in its EndpointSlices. */
  readonly portName: string;
  readonly protocol: typeof TCP | typeof UDP;
  readonly clusterIP: IPv4;
  readonly port: number;
  /** 0: none. */
  readonly nodePort: number;
  readonly externalIPs: readonly IPv4[];
  readonly loadBalancerIPs: readonly IPv4[];
  readonly sourceRanges: readonly Prefix[];
  /** Seconds of ClientIP affinity; 0: none. */
  readonly affinity: number;
  readonly internalLocal: boolean;
  readonly externalLocal: boolean;
  readonly healthCheckNodePort: number;
}

/** The ports of a Service that need rules: none for a headless Service or an ExternalName. SCTP is not carried. */
export function servicePorts({ metadata, spec, status }: Service): ServicePort[] {
  const clusterIP = parseIPv4(spec.clusterIP ?? '');
  if (clusterIP === undefined || spec.type === 'ExternalName') return [];
  const affinity =
    spec.sessionAffinity === 'ClientIP' ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800) : 0;
  const balancers = (status.loadBalancer?.ingress ?? []).filter(({ ipMode }) => ipMode !== 'Proxy');
  const external = spec.type === 'NodePort' || spec.type === 'LoadBalancer' || (spec.externalIPs?.length ?? 0) > 0;
  const ports: ServicePort[] = [];
  for (const { name = '', port, protocol = 'TCP', nodePort = 0 } of spec.ports ?? []) {
    if (protocol !== 'TCP' && protocol !== 'UDP') continue;
    const service = `${metadata.namespace}/${metadata.name}`;
    ports.push({
      name: name === '' ? service : `${service}:${name}`,
      portName: name,
      protocol: protocol === 'TCP' ? TCP : UDP,
      clusterIP,
      port,
      nodePort,
      externalIPs: addresses(spec.externalIPs),
      loadBalancerIPs: spec.type === 'LoadBalancer' ? addresses(balancers.map(({ ip = '' }) => ip)) : [],
      sourceRanges: (spec.loadBalancerSourceRanges ?? []).flatMap((text) => parsePrefix(text.trim()) ?? []),
      affinity,
      internalLocal: spec.internalTrafficPolicy === 'Local',
      externalLocal: external && spec.externalTrafficPolicy === 'Local',
      healthCheckNodePort: spec.healthCheckNodePort ?? 0,
    });
  }
  return ports;
}

function addresses(texts: readonly string[] = []): IPv4[] {
  return texts.flatMap((text) => parseIPv4(text) ?? []);
}

export function externallyAccessible({ nodePort, externalIPs, loadBalancerIPs }: ServicePort): boolean {
  return nodePort !== 0 || externalIPs.length > 0 || loadBalancerIPs.length > 0;
}

/** Even with external policy Local, pods of the cluster take a short cut to endpoints anywhere. */
export function usesClusterEndpoints(port: ServicePort): boolean {
  return !port.internalLocal || externallyAccessible(port);
}

export function usesLocalEndpoints(port: ServicePort): boolean {
  return port.internalLocal || (port.externalLocal && externallyAccessible(port));
}
