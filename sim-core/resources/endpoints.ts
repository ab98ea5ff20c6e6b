import type * as CoreV1 from 'kubernetes-types/core/v1';
import { type ErrorList, required } from '../api/field-error.ts';
import { ipWarnings } from '../api/ip.ts';
import type { Endpoints } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import {
  checkDnsLabel,
  checkDnsSubdomain,
  checkPortNumber,
  checkQualifiedName,
  checkRequiredEnum,
  isBlank,
} from './shared/checks.ts';
import { AGE, NAME } from './shared/columns.ts';
import { PROTOCOLS } from './shared/pod-validation/ports.ts';
import { checkIP, checkNonSpecialIP } from './shared/special-ip.ts';

/** What v1.33 says to everyone who uses the kind. */
export const ENDPOINTS_DEPRECATION = 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice';

export const endpoints: ResourceDefinition<Endpoints> = {
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  plural: 'endpoints',
  singular: 'endpoints',
  shortNames: ['ep'],
  namespaced: true,
  createOnUpdate: true,
  deprecation: ENDPOINTS_DEPRECATION,
  applyDefaults({ subsets = [] }) {
    for (const { ports = [] } of subsets) for (const port of ports) port.protocol ??= 'TCP';
  },
  validate: checkSubsets,
  validateUpdate: (object) => checkSubsets(object),
  warnings({ subsets = [] }) {
    return subsets.flatMap(({ addresses = [], notReadyAddresses = [] }, index) => [
      ...addresses.flatMap(({ ip }, position) => ipWarnings(`subsets[${index}].addresses[${position}].ip`, ip)),
      ...notReadyAddresses.flatMap(({ ip }, position) =>
        ipWarnings(`subsets[${index}].notReadyAddresses[${position}].ip`, ip),
      ),
    ]);
  },
  columns: [NAME, { name: 'Endpoints', value: formatEndpoints }, AGE],
};

/** validateEndpointSubsets */
function checkSubsets({ subsets = [] }: Endpoints): ErrorList {
  const errors: ErrorList = [];
  for (const [index, { addresses = [], notReadyAddresses = [], ports = [] }] of subsets.entries()) {
    const at = `subsets[${index}]`;
    if (addresses.length === 0 && notReadyAddresses.length === 0)
      errors.push(required(at, 'must specify `addresses` or `notReadyAddresses`'));
    for (const [position, address] of addresses.entries())
      checkAddress(address, `${at}.addresses[${position}]`, errors);
    for (const [position, address] of notReadyAddresses.entries())
      checkAddress(address, `${at}.notReadyAddresses[${position}]`, errors);
    for (const [position, { name, port, protocol, appProtocol }] of ports.entries()) {
      const path = `${at}.ports[${position}]`;
      if (isBlank(name)) {
        if (ports.length > 1) errors.push(required(`${path}.name`));
      } else checkDnsLabel(name, `${path}.name`, errors);
      checkPortNumber(port, `${path}.port`, errors);
      checkRequiredEnum(protocol, PROTOCOLS, `${path}.protocol`, errors);
      if (appProtocol !== undefined) checkQualifiedName(appProtocol, `${path}.appProtocol`, errors);
    }
  }
  return errors;
}

function checkAddress({ ip, hostname, nodeName }: CoreV1.EndpointAddress, at: string, errors: ErrorList): void {
  checkIP(ip, `${at}.ip`, errors);
  if (!isBlank(hostname)) checkDnsLabel(hostname, `${at}.hostname`, errors);
  if (nodeName !== undefined) checkDnsSubdomain(nodeName, `${at}.nodeName`, errors);
  checkNonSpecialIP(ip ?? '', `${at}.ip`, errors);
}

/** The first three, and how many more (formatEndpoints). */
function formatEndpoints({ subsets = [] }: Endpoints): string {
  const shown: string[] = [];
  let more = 0;
  const add = (text: string) => {
    if (shown.length < 3) shown.push(text);
    else more++;
  };
  for (const { addresses = [], ports = [] } of subsets) {
    if (ports.length === 0) for (const { ip } of addresses) add(ip);
    else
      for (const { port } of ports)
        for (const { ip } of addresses) add(ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`);
  }
  if (shown.length === 0) return '<none>';
  return more > 0 ? `${shown.join(',')} + ${more} more...` : shown.join(',');
}
