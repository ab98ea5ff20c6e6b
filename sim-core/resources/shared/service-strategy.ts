import type * as CoreV1 from 'kubernetes-types/core/v1';
import type { Service } from '../../api/objects.ts';

type Spec = CoreV1.ServiceSpec;

/** clusterIP and clusterIPs are two ways to say one thing: what the client gave or changed decides (normalizeClusterIPs). Changes. */
export function syncClusterIPs(spec: Spec, old?: Spec): void {
  const given = spec.clusterIP ?? '';
  const list = spec.clusterIPs;
  if (old === undefined) {
    if (given !== '' && (list === undefined || list.length === 0)) spec.clusterIPs = [given];
    return;
  }
  const before = old.clusterIP ?? '';
  if (before !== '' && given === '' && sameList(list, old.clusterIPs)) delete spec.clusterIPs;
  else if (before !== given && sameList(list, old.clusterIPs) && given !== '') spec.clusterIPs = [given];
}

function sameList(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return (a ?? []).join() === (b ?? []).join();
}

/** What belonged to the old type goes with it, unless the client asks for it anew (dropTypeDependentFields). Changes `service`. */
export function dropDependents({ spec }: Service, { spec: old }: Service): void {
  if (old.type !== 'ExternalName' && spec.type === 'ExternalName') {
    if (spec.clusterIP === old.clusterIP && sameList(spec.clusterIPs, old.clusterIPs)) {
      delete spec.clusterIP;
      delete spec.clusterIPs;
    }
    if (sameList(spec.ipFamilies, old.ipFamilies)) delete spec.ipFamilies;
    if (spec.ipFamilyPolicy === old.ipFamilyPolicy) delete spec.ipFamilyPolicy;
  }
  if (needsNodePort(old) && !needsNodePort(spec) && samePorts(spec, old))
    for (const port of spec.ports ?? []) delete port.nodePort;
  if (old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    if (spec.allocateLoadBalancerNodePorts === old.allocateLoadBalancerNodePorts)
      delete spec.allocateLoadBalancerNodePorts;
    if (spec.loadBalancerClass === old.loadBalancerClass) delete spec.loadBalancerClass;
  }
  if (needsHealthCheck(old) && !needsHealthCheck(spec) && spec.healthCheckNodePort === old.healthCheckNodePort)
    delete spec.healthCheckNodePort;
  if (isExternal(old) && !isExternal(spec) && spec.externalTrafficPolicy === old.externalTrafficPolicy)
    delete spec.externalTrafficPolicy;
}

function needsNodePort({ type }: Spec): boolean {
  return type === 'NodePort' || type === 'LoadBalancer';
}

function samePorts(spec: Spec, old: Spec): boolean {
  const before = new Set((old.ports ?? []).map(({ nodePort }) => nodePort));
  return (spec.ports ?? []).every(({ nodePort }) => nodePort === undefined || before.has(nodePort));
}

/** Whether it is reachable from outside the cluster (service.ExternallyAccessible). */
export function isExternal({ type, externalIPs = [] }: Spec): boolean {
  return type === 'LoadBalancer' || type === 'NodePort' || (type === 'ClusterIP' && externalIPs.length > 0);
}

/** Whether its balancer must know which nodes have endpoints (service.NeedsHealthCheck). */
export function needsHealthCheck({ type, externalTrafficPolicy }: Spec): boolean {
  return type === 'LoadBalancer' && externalTrafficPolicy === 'Local';
}

export function isHeadless({ clusterIPs }: Spec): boolean {
  return clusterIPs?.length === 1 && clusterIPs[0] === 'None';
}
