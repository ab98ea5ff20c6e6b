import { type ErrorList, invalid } from '../../api/field-error.ts';
import type { Service } from '../../api/objects.ts';
import { internalError } from '../../api/status.ts';
import { isBooked, readyRanges } from '../service-addresses.ts';
import { ServiceRange } from '../service-range.ts';
import { invalidObject } from '../validation.ts';
import type { AdmissionContext, AdmissionPlugin } from './plugin.ts';

const NODE_PORT_FIRST = 30_000;
const NODE_PORT_COUNT = 2_768;
const SERVICES = 'services';

/**
 * Gives Services their cluster IPs and node ports. Upstream does this in the Service's registry (portallocator, ipallocator);
 * here it stands with the plugins that complete objects.
 */
export function serviceAllocation(cidr: string): AdmissionPlugin {
  const range = new ServiceRange(cidr);
  return {
    name: 'ServiceAllocator',
    handles: (operation, resource, subresource) =>
      resource === SERVICES && subresource === undefined && (operation === 'CREATE' || operation === 'UPDATE'),
    mutate(attributes, context) {
      const service = attributes.object as unknown as Service;
      const old = attributes.old as unknown as Service | undefined;
      service.spec = { ...service.spec };
      if (service.spec.ports !== undefined) service.spec.ports = service.spec.ports.map((port) => ({ ...port }));
      const errors: ErrorList = [];
      keepAllocations(service, old);
      allocateIp(service, old, range, context, errors);
      allocatePorts(service, old, context, errors);
      if (errors.length > 0) throw invalidObject({ group: '', kind: 'Service' }, service.metadata.name ?? '', errors);
      return true;
    },
  };
}

/** An update that leaves out what was allocated keeps it (patchAllocatedValues). */
function keepAllocations({ spec }: Service, old: Service | undefined): void {
  if (old === undefined) return;
  if (needsIp(spec) && needsIp(old.spec) && (spec.clusterIP === undefined || spec.clusterIP === '')) {
    spec.clusterIP = old.spec.clusterIP;
    spec.clusterIPs = old.spec.clusterIPs;
  }
  if (needsHealthCheck(spec) && needsHealthCheck(old.spec)) {
    spec.healthCheckNodePort = spec.healthCheckNodePort || old.spec.healthCheckNodePort;
  }
  if (!needsPorts(spec) || !needsPorts(old.spec)) return;
  for (const port of spec.ports ?? []) {
    if (port.nodePort !== undefined && port.nodePort !== 0) continue;
    const before = old.spec.ports?.find((other) => other.port === port.port && other.protocol === port.protocol);
    if (before?.nodePort !== undefined) port.nodePort = before.nodePort;
  }
}

function needsIp(spec: Service['spec']): boolean {
  return spec.type !== 'ExternalName';
}

function needsPorts(spec: Service['spec']): boolean {
  return spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
}

/** Load balancers of traffic policy Local ask each node at a port of the Service's own (needsHCNodePort). */
function needsHealthCheck({ type, externalTrafficPolicy }: Service['spec']): boolean {
  return type === 'LoadBalancer' && externalTrafficPolicy === 'Local';
}

/**
 * The address families of a Service in a cluster that has IPv4 alone (initIPFamilyFields). Answers whether they can be had. A headless
 * Service without a selector needs no addresses of the cluster: it may have any, and has both unless it says otherwise.
 */
function chooseFamilies(spec: Service['spec'], errors: ErrorList): boolean {
  const asked = spec.ipFamilies ?? [];
  const headless = (spec.clusterIP ?? spec.clusterIPs?.[0]) === 'None';
  if (headless && Object.keys(spec.selector ?? {}).length === 0) {
    spec.ipFamilyPolicy ??= asked.length === 1 ? 'SingleStack' : 'RequireDualStack';
    const [first = 'IPv4'] = asked;
    const both = spec.ipFamilyPolicy !== 'SingleStack';
    spec.ipFamilies = asked.length > 1 ? asked : both ? [first, first === 'IPv4' ? 'IPv6' : 'IPv4'] : [first];
    return true;
  }
  if (spec.ipFamilyPolicy === 'SingleStack' && asked.length > 1)
    errors.push(
      invalid(
        'spec.ipFamilyPolicy',
        spec.ipFamilyPolicy,
        "must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified",
      ),
    );
  spec.ipFamilyPolicy ??= asked.length > 1 ? 'RequireDualStack' : 'SingleStack';
  if (spec.ipFamilyPolicy === 'RequireDualStack')
    errors.push(
      invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy, 'this cluster is not configured for dual-stack services'),
    );
  for (const [index, family] of asked.entries())
    if (family !== 'IPv4') errors.push(invalid(`spec.ipFamilies[${index}]`, family, 'not configured on this cluster'));
  if (asked.length === 0) spec.ipFamilies = ['IPv4'];
  return errors.length === 0;
}

function allocateIp(
  service: Service,
  old: Service | undefined,
  flag: ServiceRange,
  context: AdmissionContext,
  errors: ErrorList,
): void {
  const { spec } = service;
  if (!needsIp(spec)) {
    delete spec.clusterIP;
    delete spec.clusterIPs;
    return;
  }
  if (!chooseFamilies(spec, errors)) return;
  const asked = spec.clusterIP ?? spec.clusterIPs?.[0] ?? '';
  if (asked === 'None') {
    spec.clusterIP = 'None';
    spec.clusterIPs = ['None'];
    return;
  }
  if (asked !== '' && asked === old?.spec.clusterIP) {
    spec.clusterIPs = [asked];
    return;
  }
  const { store } = context;
  const ranges = readyRanges(store, flag);
  const taken = (ip: string) => isBooked(store, ip);
  if (asked === '') {
    const random = context.engine.random('apiserver/service-ips');
    let ip: string | undefined;
    for (const range of ranges) ip ??= range.free(taken, (limit) => random.below(limit));
    if (ip === undefined) throw internalError('failed to allocate a serviceIP: range is full');
    spec.clusterIP = ip;
  } else {
    const why = unallocatable(asked, ranges, taken);
    if (why !== undefined) errors.push(invalid('spec.clusterIPs', [asked], `failed to allocate IP ${asked}: ${why}`));
  }
  spec.clusterIPs = [spec.clusterIP!];
}

/** Why an address that was asked for cannot be had, if it cannot. */
function unallocatable(
  asked: string,
  ranges: readonly ServiceRange[],
  taken: (ip: string) => boolean,
): string | undefined {
  const range = ranges.find((each) => each.spans(asked));
  if (range === undefined) return 'the provided network does not match the current range';
  if (!range.contains(asked))
    return `the provided IP (${asked}) is not in the valid range. The range of valid IPs is ${range.cidr}`;
  return taken(asked) ? 'provided IP is already allocated' : undefined;
}

function allocatePorts(service: Service, old: Service | undefined, context: AdmissionContext, errors: ErrorList): void {
  const { spec } = service;
  if (!needsPorts(spec)) {
    // Ports that only the old type needed are given back.
    if (old !== undefined && needsPorts(old.spec)) {
      for (const port of spec.ports ?? []) {
        const before = old.spec.ports?.find((other) => other.port === port.port && other.protocol === port.protocol);
        if (before?.nodePort === port.nodePort) delete port.nodePort;
      }
    }
    return;
  }
  const taken = new Set<string>();
  for (const other of others(context, service)) {
    for (const { nodePort, protocol } of other.spec.ports ?? [])
      if (nodePort !== undefined) taken.add(`${protocol}/${nodePort}`);
    if (other.spec.healthCheckNodePort) taken.add(`TCP/${other.spec.healthCheckNodePort}`);
  }
  const random = context.engine.random('apiserver/node-ports');
  for (const [index, port] of (spec.ports ?? []).entries()) {
    const asked = port.nodePort ?? 0;
    if (asked === 0) {
      port.nodePort = freePort(taken, port.protocol!, (limit) => random.below(limit));
      if (port.nodePort === undefined) throw internalError('failed to allocate a nodePort: range is full');
    } else if (asked < NODE_PORT_FIRST || asked >= NODE_PORT_FIRST + NODE_PORT_COUNT) {
      errors.push(
        invalid(
          `spec.ports[${index}].nodePort`,
          asked,
          'provided port is not in the valid range. The range of valid ports is 30000-32767',
        ),
      );
    } else if (taken.has(`${port.protocol}/${asked}`)) {
      errors.push(invalid(`spec.ports[${index}].nodePort`, asked, 'provided port is already allocated'));
    }
    taken.add(`${port.protocol}/${port.nodePort}`);
  }
  if (!needsHealthCheck(spec)) return;
  const asked = spec.healthCheckNodePort ?? 0;
  if (asked === 0) spec.healthCheckNodePort = freePort(taken, 'TCP', (limit) => random.below(limit));
  else if (taken.has(`TCP/${asked}`)) {
    const problem = `failed to allocate requested HealthCheck NodePort ${asked}: provided port is already allocated`;
    throw internalError(problem);
  }
}

function freePort(taken: ReadonlySet<string>, protocol: string, random: (limit: number) => number): number | undefined {
  const start = random(NODE_PORT_COUNT);
  for (let step = 0; step < NODE_PORT_COUNT; step++) {
    const port = NODE_PORT_FIRST + ((start + step) % NODE_PORT_COUNT);
    if (!taken.has(`${protocol}/${port}`)) return port;
  }
  return undefined;
}

function others(context: AdmissionContext, { metadata }: Service): Service[] {
  const all = context.store.list(SERVICES) as unknown as Service[];
  return all.filter((other) => other.metadata.uid !== metadata.uid);
}
