import type { ApiObject } from '../api.ts';
import {
  annotationLines,
  eventsOf,
  formatLabels,
  header,
  labelLines,
  labelsAndAnnotations,
  selectorText,
  time,
} from './common.ts';
import {
  at,
  type DescribeContext,
  type Describer,
  type DescriptionWriter,
  type Json,
  list,
  number,
  text,
} from './writer.ts';

/** Addresses behind a port name: up to three, then ` + 2 more...` */
function formatEndpoints(slices: readonly ApiObject[], portName: string | undefined): string {
  const found: string[] = [];
  let more = 0;
  for (const slice of slices) {
    const ports = list(slice, 'ports');
    if (ports.length === 0) {
      for (const endpoint of list(slice, 'endpoints')) {
        if (found.length === 3) more++;
        else if (list<string>(endpoint, 'addresses')[0] !== undefined)
          found.push(list<string>(endpoint, 'addresses')[0]!);
      }
      continue;
    }
    for (const port of ports) {
      if (portName !== undefined && text(port, 'name') !== portName) continue;
      for (const endpoint of list(slice, 'endpoints')) {
        const ready = at(endpoint, 'conditions', 'ready');
        if (ready === false) continue;
        for (const address of list<string>(endpoint, 'addresses').slice(0, 1)) {
          if (found.length === 3) more++;
          else found.push(`${address.includes(':') ? `[${address}]` : address}:${text(port, 'port')}`);
        }
      }
    }
  }
  return found.join(',') + (more > 0 ? ` + ${more} more...` : '');
}

async function slicesOf(describe: DescribeContext, namespace: string, service: string): Promise<ApiObject[]> {
  const api = await describe.context.api();
  try {
    const answer = await api.get(`/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, {
      query: { labelSelector: `kubernetes.io/service-name=${service}` },
    });
    return list<ApiObject>(answer, 'items');
  } catch {
    return [];
  }
}

export const describeService: Describer = async (writer, service, describe) => {
  const { spec, status } = service;
  header(writer, service);
  labelsAndAnnotations(writer, service);
  writer.line(0, 'Selector:', formatLabels(at(spec, 'selector')));
  writer.line(0, 'Type:', text(spec, 'type'));
  if (at(spec, 'ipFamilyPolicy') !== undefined) writer.line(0, 'IP Family Policy:', text(spec, 'ipFamilyPolicy'));
  const families = list<string>(spec, 'ipFamilies');
  writer.line(0, 'IP Families:', families.length === 0 ? '<none>' : families.join(','));
  writer.line(0, 'IP:', text(spec, 'clusterIP'));
  const ips = list<string>(spec, 'clusterIPs');
  writer.line(0, 'IPs:', ips.length === 0 ? '<none>' : ips.join(','));
  const external = list<string>(spec, 'externalIPs');
  if (external.length > 0) writer.line(0, 'External IPs:', external.join(','));
  if (text(spec, 'loadBalancerIP') !== '') writer.line(0, 'Desired LoadBalancer IP:', text(spec, 'loadBalancerIP'));
  if (text(spec, 'externalName') !== '') writer.line(0, 'External Name:', text(spec, 'externalName'));
  const ingress = list(status, 'loadBalancer', 'ingress');
  if (ingress.length > 0) {
    const entries = ingress.map((entry) => {
      const mode = text(entry, 'ipMode');
      return text(entry, 'ip') === ''
        ? text(entry, 'hostname')
        : `${text(entry, 'ip')}${mode === '' ? '' : ` (${mode})`}`;
    });
    writer.line(0, 'LoadBalancer Ingress:', entries.join(', '));
  }
  const slices = await slicesOf(describe, service.metadata.namespace ?? '', service.metadata.name ?? '');
  for (const port of list(spec, 'ports')) {
    const name = text(port, 'name') || '<unset>';
    writer.line(0, 'Port:', name, `${number(port, 'port')}/${text(port, 'protocol')}`);
    writer.line(0, 'TargetPort:', `${text(port, 'targetPort')}/${text(port, 'protocol')}`);
    if (number(port, 'nodePort') !== 0)
      writer.line(0, 'NodePort:', name, `${number(port, 'nodePort')}/${text(port, 'protocol')}`);
    writer.line(0, 'Endpoints:', formatEndpoints(slices, text(port, 'name')));
  }
  writer.line(0, 'Session Affinity:', text(spec, 'sessionAffinity'));
  if (text(spec, 'externalTrafficPolicy') !== '')
    writer.line(0, 'External Traffic Policy:', text(spec, 'externalTrafficPolicy'));
  if (text(spec, 'internalTrafficPolicy') !== '')
    writer.line(0, 'Internal Traffic Policy:', text(spec, 'internalTrafficPolicy'));
  if (text(spec, 'trafficDistribution') !== '')
    writer.line(0, 'Traffic Distribution:', text(spec, 'trafficDistribution'));
  if (number(spec, 'healthCheckNodePort') !== 0)
    writer.line(0, 'HealthCheck NodePort:', text(spec, 'healthCheckNodePort'));
  const ranges = list<string>(spec, 'loadBalancerSourceRanges');
  if (ranges.length > 0) writer.line(0, 'LoadBalancer Source Ranges:', ranges.join(','));
  await eventsOf(writer, service, describe);
};

export const describeEndpoints: Describer = async (writer, endpoints, describe) => {
  header(writer, endpoints);
  labelsAndAnnotations(writer, endpoints);
  writer.write(0, 'Subsets:\n');
  for (const subset of list(endpoints, 'subsets')) {
    const join = (field: string): string =>
      list(subset, field)
        .map((address) => text(address, 'ip'))
        .join(',') || '<none>';
    writer.line(1, 'Addresses:', join('addresses'));
    writer.line(1, 'NotReadyAddresses:', join('notReadyAddresses'));
    const ports = list(subset, 'ports');
    if (ports.length > 0) {
      writer.write(1, 'Ports:\n');
      writer.write(2, 'Name\tPort\tProtocol\n');
      writer.write(2, '----\t----\t--------\n');
      for (const port of ports)
        writer.line(2, text(port, 'name') || '<unset>', text(port, 'port'), text(port, 'protocol'));
    }
    writer.write(0, '\n');
  }
  await eventsOf(writer, endpoints, describe);
};

export const describeEndpointSlice: Describer = async (writer, slice, describe) => {
  header(writer, slice);
  labelsAndAnnotations(writer, slice);
  writer.line(0, 'AddressType:', text(slice, 'addressType'));
  const ports = list(slice, 'ports');
  if (ports.length === 0) writer.line(0, 'Ports:', '<unset>');
  else {
    writer.write(0, 'Ports:\n');
    writer.write(1, 'Name\tPort\tProtocol\n');
    writer.write(1, '----\t----\t--------\n');
    for (const port of ports)
      writer.line(1, text(port, 'name') || '<unset>', text(port, 'port') || '<unset>', text(port, 'protocol'));
  }
  const endpoints = list(slice, 'endpoints');
  if (endpoints.length === 0) writer.write(0, 'Endpoints: <none>\n');
  else {
    writer.write(0, 'Endpoints:\n');
    for (const endpoint of endpoints) {
      writer.write(1, `- Addresses:\t${list<string>(endpoint, 'addresses').join(',') || '<none>'}\n`);
      writer.write(2, 'Conditions:\n');
      const ready = at(endpoint, 'conditions', 'ready');
      writer.line(3, 'Ready:', ready === undefined || ready === null ? '<unset>' : String(ready));
      writer.line(2, 'Hostname:', text(endpoint, 'hostname') || '<unset>');
      const target = at(endpoint, 'targetRef');
      if (target !== undefined) writer.line(2, 'TargetRef:', `${text(target, 'kind')}/${text(target, 'name')}`);
      writer.line(2, 'NodeName:', text(endpoint, 'nodeName') || '<unset>');
      writer.line(2, 'Zone:', text(endpoint, 'zone') || '<unset>');
      const topology = at(endpoint, 'deprecatedTopology') as Json | undefined;
      if (topology !== undefined && Object.keys(topology).length > 0) {
        writer.write(2, 'Topology:\n');
        for (const key of Object.keys(topology).sort()) writer.line(3, `${key}:`, String(topology[key]));
      }
    }
  }
  await eventsOf(writer, slice, describe);
};

function backendText(backend: unknown): string {
  const service = at(backend, 'service');
  if (service !== undefined) {
    const port = at(service, 'port', 'name') ?? at(service, 'port', 'number');
    return `${text(service, 'name')}:${String(port ?? '')}`;
  }
  const resource = at(backend, 'resource');
  if (resource === undefined) return '';
  return `APIGroup: ${text(resource, 'apiGroup') || '<none>'}, Kind: ${text(resource, 'kind')}, Name: ${text(resource, 'name')}`;
}

async function backendEndpoints(describe: DescribeContext, namespace: string, backend: unknown): Promise<string> {
  const service = at(backend, 'service');
  if (service === undefined) return '';
  const api = await describe.context.api();
  let object: ApiObject;
  try {
    object = await api.get(`/api/v1/namespaces/${namespace}/services/${text(service, 'name')}`);
  } catch (error) {
    return `<error: ${(error as Error).message}>`;
  }
  const port = list(object, 'spec', 'ports').find((item) =>
    at(service, 'port', 'name') === undefined
      ? item.port === at(service, 'port', 'number')
      : item.name === at(service, 'port', 'name'),
  );
  const slices = await slicesOf(describe, namespace, text(service, 'name'));
  return formatEndpoints(slices, port === undefined ? '' : text(port, 'name'));
}

export const describeIngress: Describer = async (writer, ingress, describe) => {
  const { spec, status } = ingress;
  const namespace = ingress.metadata.namespace ?? '';
  writer.line(0, 'Name:', ingress.metadata.name ?? '');
  labelLines(writer, 'Labels', ingress.metadata.labels);
  writer.line(0, 'Namespace:', namespace);
  const addresses = list(status, 'loadBalancer', 'ingress').map(
    (entry) => text(entry, 'ip') || text(entry, 'hostname'),
  );
  writer.line(0, 'Address:', addresses.join(','));
  writer.line(0, 'Ingress Class:', text(spec, 'ingressClassName') || '<none>');
  const fallback = at(spec, 'defaultBackend');
  const isResource = at(fallback, 'resource') !== undefined;
  if (fallback === undefined) writer.line(0, 'Default backend:', '<default>');
  else if (isResource) writer.line(0, 'Default backend:', backendText(fallback));
  else
    writer.line(
      0,
      'Default backend:',
      `${backendText(fallback)} (${await backendEndpoints(describe, namespace, fallback)})`,
    );
  const tls = list(spec, 'tls');
  if (tls.length > 0) {
    writer.write(0, 'TLS:\n');
    for (const entry of tls) {
      const hosts = list<string>(entry, 'hosts').join(',');
      if (text(entry, 'secretName') === '') writer.write(1, `SNI routes ${hosts}\n`);
      else writer.write(1, `${text(entry, 'secretName')} terminates ${hosts}\n`);
    }
  }
  writer.write(0, 'Rules:\n  Host\tPath\tBackends\n');
  writer.write(1, '----\t----\t--------\n');
  let count = 0;
  for (const rule of list(spec, 'rules')) {
    const paths = list(rule, 'http', 'paths');
    if (at(rule, 'http') === undefined) continue;
    count++;
    writer.write(1, `${text(rule, 'host') || '*'}\t\n`);
    for (const path of paths) {
      const backend = at(path, 'backend');
      writer.write(
        1,
        `\t${text(path, 'path')} \t${backendText(backend)} (${await backendEndpoints(describe, namespace, backend)})\n`,
      );
    }
  }
  if (count === 0)
    writer.write(
      1,
      '*\t*\t<default>\n'.replace(
        '<default>',
        fallback === undefined
          ? '<default>'
          : backendText(fallback) + (isResource ? '' : ` (${await backendEndpoints(describe, namespace, fallback)})`),
      ),
    );
  annotationLines(writer, 'Annotations', ingress.metadata.annotations);
  await eventsOf(writer, ingress, describe);
};

export const describeIngressClass: Describer = async (writer, ingressClass, describe) => {
  writer.line(0, 'Name:', ingressClass.metadata.name ?? '');
  labelsAndAnnotations(writer, ingressClass);
  writer.line(0, 'Controller:', text(ingressClass, 'spec', 'controller'));
  const parameters = at(ingressClass, 'spec', 'parameters');
  if (parameters !== undefined) {
    writer.write(0, 'Parameters:\n');
    if (text(parameters, 'apiGroup') !== '') writer.line(1, 'APIGroup:', text(parameters, 'apiGroup'));
    writer.line(1, 'Kind:', text(parameters, 'kind'));
    writer.line(1, 'Name:', text(parameters, 'name'));
  }
  await eventsOf(writer, ingressClass, describe);
};

function policyPorts(writer: DescriptionWriter, ports: readonly Json[]): void {
  if (ports.length === 0) {
    writer.write(2, 'To Port: <any> (traffic allowed to all ports)\n');
    return;
  }
  for (const port of ports) {
    const protocol = text(port, 'protocol') || 'TCP';
    const range =
      at(port, 'endPort') === undefined ? text(port, 'port') : `${text(port, 'port')}-${text(port, 'endPort')}`;
    writer.write(2, `${at(port, 'endPort') === undefined ? 'To Port' : 'To Port Range'}: ${range}/${protocol}\n`);
  }
}

function policyPeers(writer: DescriptionWriter, direction: 'From' | 'To', peers: readonly Json[]): void {
  if (peers.length === 0) {
    writer.write(
      2,
      direction === 'From'
        ? 'From: <any> (traffic not restricted by source)\n'
        : 'To: <any> (traffic not restricted by destination)\n',
    );
    return;
  }
  peers.forEach((peer) => {
    writer.write(2, `${direction}:\n`);
    const block = at(peer, 'ipBlock');
    const [pods, namespaces] = [at(peer, 'podSelector'), at(peer, 'namespaceSelector')];
    if (pods !== undefined && namespaces !== undefined) {
      writer.write(3, `NamespaceSelector: ${selectorText(namespaces)}\n`);
      writer.write(3, `PodSelector: ${selectorText(pods)}\n`);
    } else if (pods !== undefined) writer.write(3, `PodSelector: ${selectorText(pods)}\n`);
    else if (namespaces !== undefined) writer.write(3, `NamespaceSelector: ${selectorText(namespaces)}\n`);
    else if (block !== undefined) {
      writer.write(3, 'IPBlock:\n');
      writer.write(4, `CIDR: ${text(block, 'cidr')}\n`);
      writer.write(4, `Except: ${list<string>(block, 'except').join(', ')}\n`);
    }
  });
}

export const describeNetworkPolicy: Describer = async (writer, policy) => {
  const { spec } = policy;
  header(writer, policy);
  writer.line(0, 'Created on:', goTime(policy.metadata.creationTimestamp));
  labelsAndAnnotations(writer, policy);
  writer.write(0, 'Spec:\n');
  const selector = selectorText(at(spec, 'podSelector'));
  writer.write(1, 'PodSelector:     ');
  writer.write(
    0,
    selector === '<none>' || selector === ''
      ? '<none> (Allowing the specific traffic to all pods in this namespace)\n'
      : `${selector}\n`,
  );
  const types = list<string>(spec, 'policyTypes');
  for (const [type, field, peers] of [
    ['Ingress', 'ingress', 'from'],
    ['Egress', 'egress', 'to'],
  ] as const) {
    if (!types.includes(type) && !(type === 'Ingress' && types.length === 0)) {
      writer.write(1, `Not affecting ${type.toLowerCase()} traffic\n`);
      continue;
    }
    writer.write(1, `Allowing ${type.toLowerCase()} traffic:\n`);
    const rules = list(spec, field);
    if (rules.length === 0)
      writer.write(2, `<none> (Selected pods are isolated for ${type.toLowerCase()} connectivity)\n`);
    rules.forEach((rule, index) => {
      policyPorts(writer, list(rule, 'ports'));
      policyPeers(writer, type === 'Ingress' ? 'From' : 'To', list(rule, peers));
      if (index !== rules.length - 1) writer.write(2, '----------\n');
    });
  }
  writer.write(1, `Policy Types: ${types.join(', ')}\n`);
};

/** Go's Time.String in UTC: `2026-01-01 00:00:00 +0000 UTC`. */
function goTime(value: unknown): string {
  const iso = String(value ?? '');
  return /^\d{4}-\d\d-\d\dT/.test(iso) ? `${iso.slice(0, 10)} ${iso.slice(11, 19)} +0000 UTC` : time(value);
}
