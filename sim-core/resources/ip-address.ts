import { type ErrorList, invalid, required } from '../api/field-error.ts';
import { formatIP, parseIP } from '../api/ip.ts';
import type { KubeObject } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { checkImmutable, isBlank } from './shared/checks.ts';
import { AGE, NAME } from './shared/columns.ts';

export interface IPAddress extends KubeObject {
  spec: { parentRef?: { group?: string; resource: string; namespace?: string; name: string } };
}

const MANAGED_BY = 'ipaddress.kubernetes.io/managed-by';
const ALLOCATOR = 'ipallocator.k8s.io';

/** The labels of an address that the API server has booked for a Service. */
export const BOOKED_LABELS: Readonly<Record<string, string>> = {
  'ipaddress.kubernetes.io/ip-family': 'IPv4',
  [MANAGED_BY]: ALLOCATOR,
};

/** Whether the API server has booked an address for a Service, and not somebody by hand. */
export function isBookedForService({ metadata }: IPAddress): boolean {
  return metadata.labels?.[MANAGED_BY] === ALLOCATOR;
}

export const ipAddresses: ResourceDefinition<IPAddress> = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IPAddress',
  plural: 'ipaddresses',
  singular: 'ipaddress',
  shortNames: ['ip'],
  namespaced: false,
  nameRule: 'path-segment',
  fields: { 'spec.parentRef.resource': ({ spec }) => spec?.parentRef?.resource ?? '' },
  validate({ metadata, spec }) {
    const errors: ErrorList = [];
    const bytes = parseIP(metadata.name ?? '');
    if (bytes === undefined || formatIP(bytes) !== metadata.name)
      errors.push(
        invalid(
          'metadata.name',
          metadata.name ?? '',
          'must be a valid IP address in canonical form (e.g. 10.9.8.7 or 2001:db8::ffff)',
        ),
      );
    const parent = spec?.parentRef;
    if (parent === undefined || parent === null) {
      errors.push(required('spec.parentRef'));
      return errors;
    }
    if (isBlank(parent.resource)) errors.push(required('spec.parentRef.resource'));
    if (isBlank(parent.name)) errors.push(required('spec.parentRef.name'));
    return errors;
  },
  validateUpdate({ spec }, old) {
    const errors: ErrorList = [];
    checkImmutable(spec.parentRef, old.spec.parentRef, 'spec.parentRef', errors);
    return errors;
  },
  columns: [
    NAME,
    {
      name: 'ParentRef',
      value({ spec }) {
        const { group, resource, namespace, name } = spec?.parentRef ?? { resource: '', name: '' };
        return `${resource}${isBlank(group) ? '' : `.${group}`}/${isBlank(namespace) ? '' : `${namespace}/`}${name}`;
      },
    },
    AGE,
  ],
};
