import { type ErrorList, forbidden, invalid, required } from '../api/field-error.ts';
import { isValidCIDR, parseCIDR } from '../api/ip.ts';
import type { KubeObject } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { addInvalid } from './shared/checks.ts';
import { AGE, NAME } from './shared/columns.ts';

export interface ServiceCIDR extends KubeObject {
  spec: { cidrs?: string[] };
  status: {
    conditions?: { type: string; status: string; reason: string; message: string; lastTransitionTime: string }[];
  };
}

export const serviceCIDRs: ResourceDefinition<ServiceCIDR> = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'ServiceCIDR',
  plural: 'servicecidrs',
  singular: 'servicecidr',
  namespaced: false,
  hasStatus: true,
  generation: false,
  prepareForCreate(serviceCIDR) {
    serviceCIDR.status = {};
  },
  validate({ spec }) {
    const errors: ErrorList = [];
    const cidrs = spec?.cidrs ?? [];
    if (cidrs.length === 0) errors.push(required('spec.cidrs', 'at least one CIDR required'));
    if (cidrs.length > 2) errors.push(invalid('spec', spec, 'must contain at most two CIDRs'));
    const families = new Set(cidrs.map((cidr) => parseCIDR(cidr)?.address.length));
    if (cidrs.length === 2 && families.size !== 2)
      errors.push(
        invalid(
          'spec',
          spec,
          'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/96',
        ),
      );
    for (const [index, cidr] of cidrs.entries()) addInvalid(errors, `spec.cidrs[${index}]`, cidr, isValidCIDR(cidr));
    return errors;
  },
  validateUpdate({ spec }, old) {
    const before = old.spec.cidrs ?? [];
    const now = spec.cidrs ?? [];
    const kept = before.every((cidr, index) => now[index] === cidr) && now.length - before.length <= 1;
    return kept ? [] : [forbidden('spec.cidrs', 'field is immutable')];
  },
  columns: [NAME, { name: 'CIDRs', value: ({ spec }) => (spec?.cidrs ?? []).join(',') }, AGE],
};
