import type * as DiscoveryV1 from 'kubernetes-types/discovery/v1';
import { duplicate, type ErrorList, required, tooLong, tooMany } from '../api/field-error.ts';
import { byteLength } from '../api/go-format.ts';
import { ipWarnings, isValidIPv4Address, isValidIPv6Address } from '../api/ip.ts';
import { isDNS1123Subdomain } from '../api/names.ts';
import type { EndpointSlice } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import {
  addInvalid,
  checkDnsLabel,
  checkDnsSubdomain,
  checkEnum,
  checkImmutable,
  checkPortNumber,
  checkQualifiedName,
  checkRequiredEnum,
  isBlank,
} from './shared/checks.ts';
import { AGE, NAME } from './shared/columns.ts';
import { PROTOCOLS } from './shared/pod-validation/ports.ts';
import { checkNonSpecialIP } from './shared/special-ip.ts';

const ADDRESS_TYPES = ['FQDN', 'IPv4', 'IPv6'];
const MAX_ENDPOINTS = 1000;
const MAX_ADDRESSES = 100;
const MAX_PORTS = 20_000;
const MAX_ZONE_HINTS = 8;

export const endpointSlices: ResourceDefinition<EndpointSlice> = {
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  singular: 'endpointslice',
  namespaced: true,
  generation: true,
  createOnUpdate: false,
  applyDefaults({ ports }) {
    for (const port of ports ?? []) {
      port.name ??= '';
      port.protocol ??= 'TCP';
    }
  },
  validate: checkSlice,
  validateUpdate(slice, old) {
    const errors = checkSlice(slice);
    checkImmutable(slice.addressType, old.addressType, 'addressType', errors);
    return errors;
  },
  warnings: ({ addressType, endpoints }) =>
    addressType === 'FQDN'
      ? []
      : (endpoints ?? []).flatMap(({ addresses }, index) =>
          addresses.flatMap((ip, position) => ipWarnings(`endpoints[${index}].addresses[${position}]`, ip)),
        ),
  columns: [
    NAME,
    { name: 'AddressType', value: ({ addressType }) => addressType },
    { name: 'Ports', value: formatPorts },
    { name: 'Endpoints', value: formatEndpoints },
    AGE,
  ],
};

/** ValidateEndpointSlice */
function checkSlice({ addressType, endpoints, ports }: EndpointSlice): ErrorList {
  const errors: ErrorList = [];
  if (isBlank(addressType)) errors.push(required('addressType'));
  else checkEnum(addressType, ADDRESS_TYPES, 'addressType', errors);
  if ((endpoints?.length ?? 0) > MAX_ENDPOINTS) {
    errors.push(tooMany('endpoints', endpoints.length, MAX_ENDPOINTS));
    return errors;
  }
  for (const [index, endpoint] of (endpoints ?? []).entries())
    checkEndpoint(endpoint, addressType, `endpoints[${index}]`, errors);
  if ((ports?.length ?? 0) > MAX_PORTS) {
    errors.push(tooMany('ports', ports!.length, MAX_PORTS));
    return errors;
  }
  checkPorts(ports ?? [], errors);
  return errors;
}

function checkEndpoint(endpoint: DiscoveryV1.Endpoint, addressType: string, at: string, errors: ErrorList): void {
  const { addresses, nodeName, hints, hostname, deprecatedTopology } = endpoint;
  if ((addresses?.length ?? 0) === 0) errors.push(required(`${at}.addresses`, 'must contain at least 1 address'));
  else if (addresses.length > MAX_ADDRESSES) errors.push(tooMany(`${at}.addresses`, addresses.length, MAX_ADDRESSES));
  for (const [index, address] of (addresses ?? []).entries()) {
    const path = `${at}.addresses[${index}]`;
    if (addressType === 'FQDN') addInvalid(errors, path, address, isFullyQualified(address));
    else if (addressType === 'IPv4' || addressType === 'IPv6') {
      addInvalid(errors, path, address, (addressType === 'IPv4' ? isValidIPv4Address : isValidIPv6Address)(address));
      checkNonSpecialIP(address, path, errors);
    }
  }
  if (!isBlank(nodeName)) checkDnsSubdomain(nodeName, `${at}.nodeName`, errors);
  for (const key of Object.keys(deprecatedTopology ?? {})) checkQualifiedName(key, `${at}.deprecatedTopology`, errors);
  if (hostname !== undefined) checkDnsLabel(hostname, `${at}.hostname`, errors);
  if (hints?.forZones === undefined) return;
  if (hints.forZones.length > MAX_ZONE_HINTS)
    errors.push(tooMany(`${at}.hints.forZones`, hints.forZones.length, MAX_ZONE_HINTS));
  const zones = new Set<string>();
  for (const [index, { name }] of hints.forZones.entries()) {
    const path = `${at}.hints.forZones[${index}].name`;
    if (zones.has(name)) errors.push(duplicate(path, name));
    else {
      zones.add(name);
      checkQualifiedName(name, path, errors);
    }
  }
}

/** validation.IsFullyQualifiedDomainName */
function isFullyQualified(name: string): string[] {
  const bare = name.endsWith('.') ? name.slice(0, -1) : name;
  const messages = isDNS1123Subdomain(bare);
  if (messages.length > 0) return messages;
  return bare.includes('.') ? [] : ['should be a domain with at least two segments separated by dots'];
}

function checkPorts(ports: readonly DiscoveryV1.EndpointPort[], errors: ErrorList): void {
  const seen = new Set<string>();
  for (const [index, { name = '', port, protocol, appProtocol }] of ports.entries()) {
    const at = `ports[${index}]`;
    if (name !== '') {
      if (byteLength(name) > 63) errors.push(tooLong(`${at}.name`, 63));
      checkDnsLabel(name, `${at}.name`, errors);
    }
    if (seen.has(name)) errors.push(duplicate(`${at}.name`, name));
    else seen.add(name);
    if (port !== undefined) checkPortNumber(port, `${at}.port`, errors);
    checkRequiredEnum(protocol, PROTOCOLS, `${at}.protocol`, errors);
    if (appProtocol !== undefined) checkQualifiedName(appProtocol, `${at}.appProtocol`, errors);
  }
}

function formatPorts({ ports }: EndpointSlice): string {
  if (ports === undefined || ports === null || ports.length === 0) return '<unset>';
  return shorten(
    ports.map(({ port, name }) => (port !== undefined ? String(port) : isBlank(name) ? '*' : name)),
    '<unset>',
  );
}

function formatEndpoints({ endpoints }: EndpointSlice): string {
  return shorten(
    (endpoints ?? []).flatMap(({ addresses }) => addresses ?? []),
    '<unset>',
  );
}

function shorten(items: readonly string[], none: string): string {
  if (items.length === 0) return none;
  const more = items.length - 3;
  return more > 0 ? `${items.slice(0, 3).join(',')} + ${more} more...` : items.join(',');
}
