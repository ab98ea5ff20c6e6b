import type * as CoreV1 from 'kubernetes-types/core/v1';
import { duplicate, type ErrorList, forbidden, invalid, notSupported, required } from '../../api/field-error.ts';
import { cidrWarnings, ipWarnings, isValidCIDR, parseIP } from '../../api/ip.ts';
import type { Service } from '../../api/objects.ts';
import {
  addInvalid,
  checkDnsLabel,
  checkDnsSubdomain,
  checkEnum,
  checkLabels,
  checkPortNumber,
  checkPortNumberOrName,
  checkQualifiedName,
  checkRequiredEnum,
  isBlank,
} from './checks.ts';
import { PROTOCOLS } from './pod-validation/ports.ts';
import { checkClusterIPs, checkClusterIPsKept } from './service-addresses.ts';
import { isExternal, isHeadless, needsHealthCheck } from './service-strategy.ts';
import { checkIP, checkNonSpecialIP } from './special-ip.ts';

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const MAX_AFFINITY_SECONDS = 86_400;

/** ValidateService */
export function checkService({ metadata, spec }: Service): ErrorList {
  const errors: ErrorList = [];
  const { type, ports = [] } = spec;
  if (ports.length === 0 && !isHeadless(spec) && type !== 'ExternalName') errors.push(required('spec.ports'));
  if ((type === 'LoadBalancer' || type === 'NodePort') && isHeadless(spec))
    errors.push(invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${type} services`));
  if (type === 'ExternalName') checkExternalName(spec, errors);
  const names = new Set<string>();
  for (const [index, port] of ports.entries()) checkPort(port, ports.length > 1, names, `spec.ports[${index}]`, errors);
  checkLabels(spec.selector, 'spec.selector', errors);
  checkRequiredEnum(spec.sessionAffinity, ['ClientIP', 'None'], 'spec.sessionAffinity', errors);
  checkAffinity(spec, errors);
  if (type !== 'ExternalName') checkClusterIPs(spec, errors);
  for (const [index, ip] of (spec.externalIPs ?? []).entries())
    if (checkIP(ip, `spec.externalIPs[${index}]`, errors)) checkNonSpecialIP(ip, `spec.externalIPs[${index}]`, errors);
  checkRequiredEnum(type, TYPES, 'spec.type', errors);
  checkPortCollisions(spec, errors);
  checkLoadBalancer(metadata.annotations, spec, errors);
  checkTrafficPolicies(spec, errors);
  return errors;
}

/** ValidateServiceUpdate */
export function checkServiceUpdate(service: Service, old: Service): ErrorList {
  const errors: ErrorList = [];
  checkClusterIPsKept(service.spec, old.spec, errors);
  const bothBalanced = service.spec.type === 'LoadBalancer' && old.spec.type === 'LoadBalancer';
  if (bothBalanced && service.spec.loadBalancerClass !== old.spec.loadBalancerClass)
    errors.push(invalid('spec.loadBalancerClass', service.spec.loadBalancerClass, 'may not change once set'));
  if (
    needsHealthCheck(service.spec) &&
    needsHealthCheck(old.spec) &&
    service.spec.healthCheckNodePort !== old.spec.healthCheckNodePort
  )
    errors.push(forbidden('spec.healthCheckNodePort', 'field is immutable'));
  errors.push(...checkService(service));
  return errors;
}

function checkExternalName(spec: CoreV1.ServiceSpec, errors: ErrorList): void {
  const why = 'may not be set for ExternalName services';
  if ((spec.clusterIPs?.length ?? 0) > 0) errors.push(forbidden('spec.clusterIPs', why));
  if ((spec.ipFamilies?.length ?? 0) > 0) errors.push(forbidden('spec.ipFamilies', why));
  if (spec.ipFamilyPolicy !== undefined) errors.push(forbidden('spec.ipFamilyPolicy', why));
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  if (name === '') errors.push(required('spec.externalName'));
  else checkDnsSubdomain(name, 'spec.externalName', errors);
}

/** validateServicePort */
function checkPort(
  { name, port, protocol, targetPort, appProtocol }: CoreV1.ServicePort,
  named: boolean,
  seen: Set<string>,
  at: string,
  errors: ErrorList,
): void {
  if (!isBlank(name)) {
    checkDnsLabel(name, `${at}.name`, errors);
    if (seen.has(name)) errors.push(duplicate(`${at}.name`, name));
    else seen.add(name);
  } else if (named) errors.push(required(`${at}.name`));
  checkPortNumber(port, `${at}.port`, errors);
  checkRequiredEnum(protocol, PROTOCOLS, `${at}.protocol`, errors);
  checkPortNumberOrName(targetPort, `${at}.targetPort`, errors);
  if (appProtocol !== undefined) checkQualifiedName(appProtocol, `${at}.appProtocol`, errors);
}

function checkAffinity(
  { sessionAffinity, sessionAffinityConfig: config }: CoreV1.ServiceSpec,
  errors: ErrorList,
): void {
  const at = 'spec.sessionAffinityConfig';
  if (sessionAffinity === 'None' && config !== undefined)
    errors.push(forbidden(at, 'must not be set when session affinity is None'));
  if (sessionAffinity !== 'ClientIP') return;
  const why = 'when session affinity type is ClientIP';
  if (config === undefined) errors.push(required(at, why));
  else if (config.clientIP === undefined) errors.push(required(`${at}.clientIP`, why));
  else if (config.clientIP.timeoutSeconds === undefined) errors.push(required(`${at}.clientIP.timeoutSeconds`, why));
  else {
    const seconds = config.clientIP.timeoutSeconds;
    if (seconds <= 0 || seconds > MAX_AFFINITY_SECONDS)
      errors.push(
        invalid(
          `${at}.clientIP.timeoutSeconds`,
          seconds,
          `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`,
        ),
      );
  }
}

function checkPortCollisions({ type, ports = [] }: CoreV1.ServiceSpec, errors: ErrorList): void {
  for (const [index, { nodePort }] of ports.entries())
    if (type === 'ClusterIP' && (nodePort ?? 0) !== 0)
      errors.push(forbidden(`spec.ports[${index}].nodePort`, "may not be used when `type` is 'ClusterIP'"));
  const nodePorts = new Set<string>();
  for (const [index, { nodePort = 0, protocol }] of ports.entries()) {
    if (nodePort === 0) continue;
    const key = `${protocol}/${nodePort}`;
    if (nodePorts.has(key)) errors.push(duplicate(`spec.ports[${index}].nodePort`, nodePort));
    nodePorts.add(key);
  }
  const seen = new Set<string>();
  for (const [index, { port, protocol }] of ports.entries()) {
    const key = `${protocol}/${port}`;
    if (seen.has(key)) {
      const shown = { Name: '', Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 };
      errors.push(duplicate(`spec.ports[${index}]`, shown));
    }
    seen.add(key);
  }
}

function checkLoadBalancer(
  annotations: Readonly<Record<string, string>> | undefined,
  spec: CoreV1.ServiceSpec,
  errors: ErrorList,
): void {
  const balanced = spec.type === 'LoadBalancer';
  const only = "may only be used when `type` is 'LoadBalancer'";
  const ranges = spec.loadBalancerSourceRanges ?? [];
  const annotated = annotations?.[SOURCE_RANGES];
  if (ranges.length > 0) {
    if (!balanced) errors.push(forbidden('spec.LoadBalancerSourceRanges', only));
    for (const [index, range] of ranges.entries())
      addInvalid(errors, `spec.LoadBalancerSourceRanges[${index}]`, range.trim(), isValidCIDR(range.trim()));
  } else if (annotated !== undefined) {
    const at = `metadata.annotations[${SOURCE_RANGES}]`;
    if (!balanced) errors.push(forbidden(at, only));
    for (const range of annotated.trim() === '' ? [] : annotated.split(','))
      addInvalid(errors, at, range.trim(), isValidCIDR(range.trim()));
  }
  if (spec.allocateLoadBalancerNodePorts !== undefined && !balanced)
    errors.push(forbidden('spec.allocateLoadBalancerNodePorts', only));
  if (spec.allocateLoadBalancerNodePorts === undefined && balanced)
    errors.push(required('allocateLoadBalancerNodePorts'));
  if (spec.loadBalancerClass === undefined) return;
  if (balanced) checkQualifiedName(spec.loadBalancerClass, 'spec.loadBalancerClass', errors);
  else errors.push(forbidden('spec.loadBalancerClass', only));
}

function checkTrafficPolicies(spec: CoreV1.ServiceSpec, errors: ErrorList): void {
  const { externalTrafficPolicy: external, internalTrafficPolicy: internal, healthCheckNodePort: port = 0 } = spec;
  const policies = ['Cluster', 'Local'];
  if (isExternal(spec)) checkRequiredEnum(external, policies, 'spec.externalTrafficPolicy', errors);
  else if (!isBlank(external))
    errors.push(invalid('spec.externalTrafficPolicy', external, 'may only be set for externally-accessible services'));
  if (needsHealthCheck(spec)) {
    if (port !== 0) checkPortNumber(port, 'spec.healthCheckNodePort', errors);
  } else if (port !== 0)
    errors.push(
      invalid(
        'spec.healthCheckNodePort',
        port,
        "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
      ),
    );
  if (internal !== undefined) checkEnum(internal, policies, 'spec.internalTrafficPolicy', errors);
  else if (spec.type !== 'ExternalName' && TYPES.includes(spec.type ?? ''))
    errors.push(required('spec.internalTrafficPolicy'));
  const { trafficDistribution } = spec;
  if (trafficDistribution !== undefined && trafficDistribution !== 'PreferClose')
    errors.push(notSupported('spec.trafficDistribution', trafficDistribution, ['PreferClose']));
}

/** GetWarningsForService */
export function serviceWarnings({ metadata, spec }: Service, old: Service | undefined): string[] {
  const warnings: string[] = [];
  const { annotations } = metadata;
  const hints = 'service.kubernetes.io/topology-aware-hints';
  if (annotations?.[hints] !== undefined)
    warnings.push(`metadata.annotations[${hints}]: please use annotation service.kubernetes.io/topology-mode instead`);
  if (old !== undefined && old.spec.clusterIP === spec.clusterIP && old.spec.externalIPs === spec.externalIPs)
    return warnings;
  if (isHeadless(spec)) {
    if (!isBlank(spec.loadBalancerIP)) warnings.push('spec.loadBalancerIP is ignored when spec.clusterIP is "None"');
    if ((spec.externalIPs?.length ?? 0) > 0) warnings.push('spec.externalIPs is ignored when spec.clusterIP is "None"');
    if (spec.sessionAffinity !== 'None') warnings.push('spec.SessionAffinity is ignored for headless services');
  } else
    for (const [index, ip] of (spec.clusterIPs ?? []).entries())
      if (parseIP(ip) !== undefined) warnings.push(...ipWarnings(`spec.clusterIPs[${index}]`, ip));
  if (!isBlank(spec.loadBalancerIP)) warnings.push(...ipWarnings('spec.loadBalancerIP', spec.loadBalancerIP));
  for (const [index, ip] of (spec.externalIPs ?? []).entries())
    warnings.push(...ipWarnings(`spec.externalIPs[${index}]`, ip));
  for (const [index, range] of (spec.loadBalancerSourceRanges ?? []).entries())
    warnings.push(...cidrWarnings(`spec.loadBalancerSourceRanges[${index}]`, range));
  if (spec.type === 'ExternalName' && (spec.externalIPs?.length ?? 0) > 0)
    warnings.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  if (spec.type !== 'ExternalName' && !isBlank(spec.externalName))
    warnings.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  return warnings;
}
