import type * as NetworkingV1 from 'kubernetes-types/networking/v1';
import { type ErrorList, invalid, notSupported, required } from '../api/field-error.ts';
import { parseIP } from '../api/ip.ts';
import * as names from '../api/names.ts';
import type { Ingress } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { addInvalid, checkDnsSubdomain, checkPortNumber, isBlank, NULL } from './shared/checks.ts';
import { AGE, NAME, noneIfEmpty } from './shared/columns.ts';

const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';
const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix'];
const BAD_PARTS = ['//', '/./', '/../', '%2f', '%2F'];
const BAD_ENDS = ['/..', '/.'];

export const ingresses: ResourceDefinition<Ingress> = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'Ingress',
  plural: 'ingresses',
  singular: 'ingress',
  shortNames: ['ing'],
  namespaced: true,
  hasStatus: true,
  prepareForCreate(ingress) {
    ingress.status = { loadBalancer: {} };
  },
  validate(ingress) {
    const errors: ErrorList = [];
    const annotated = ingress.metadata.annotations?.[CLASS_ANNOTATION];
    if (annotated !== undefined && ingress.spec?.ingressClassName !== undefined)
      errors.push(
        invalid(`annotations.${CLASS_ANNOTATION}`, annotated, 'can not be set when the class field is also set'),
      );
    checkSpec(ingress.spec ?? {}, errors);
    return errors;
  },
  validateUpdate({ spec }) {
    const errors: ErrorList = [];
    checkSpec(spec, errors);
    return errors;
  },
  warnings({ metadata }, old) {
    const isNew = old === undefined && metadata.annotations?.[CLASS_ANNOTATION] !== undefined;
    return isNew ? [`annotation "${CLASS_ANNOTATION}" is deprecated, please use 'spec.ingressClassName' instead`] : [];
  },
  columns: [
    NAME,
    {
      name: 'Class',
      value: ({ spec, metadata }) => noneIfEmpty(spec.ingressClassName ?? metadata.annotations?.[CLASS_ANNOTATION]),
    },
    { name: 'Hosts', value: hostsText },
    {
      name: 'Address',
      value: ({ status }) =>
        (status.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => (isBlank(ip) ? (hostname ?? '') : ip)).join(','),
    },
    { name: 'Ports', value: ({ spec }) => ((spec.tls?.length ?? 0) > 0 ? '80, 443' : '80') },
    AGE,
  ],
};

/** ValidateIngressSpec */
function checkSpec(spec: NetworkingV1.IngressSpec, errors: ErrorList): void {
  const { rules = [], defaultBackend, tls = [], ingressClassName } = spec;
  if (rules.length === 0 && defaultBackend === undefined)
    errors.push(invalid('spec', spec.rules ?? NULL, 'either `defaultBackend` or `rules` must be specified'));
  if (defaultBackend !== undefined) checkBackend(defaultBackend, 'spec.defaultBackend', errors);
  for (const [index, { host, http }] of rules.entries()) {
    const at = `spec.rules[${index}]`;
    if (!isBlank(host)) {
      if (parseIP(host) !== undefined)
        errors.push(invalid(`${at}.host`, host, 'must be a DNS name, not an IP address'));
      else checkHost(host, `${at}.host`, errors);
    }
    if (http !== undefined) checkPaths(http.paths ?? [], `${at}.http.paths`, errors);
  }
  for (const [index, { hosts = [], secretName }] of tls.entries()) {
    for (const [position, host] of hosts.entries()) checkHost(host, `spec.tls[${index}].hosts[${position}]`, errors);
    if (!isBlank(secretName)) checkDnsSubdomain(secretName, `spec.tls[${index}].secretName`, errors);
  }
  if (ingressClassName !== undefined) checkDnsSubdomain(ingressClassName, 'spec.ingressClassName', errors);
}

function checkHost(host: string, at: string, errors: ErrorList): void {
  addInvalid(
    errors,
    at,
    host,
    (host.includes('*') ? names.isWildcardDNS1123Subdomain : names.isDNS1123Subdomain)(host),
  );
}

function checkPaths(paths: readonly NetworkingV1.HTTPIngressPath[], at: string, errors: ErrorList): void {
  if (paths.length === 0) errors.push(required(at));
  for (const [index, { path = '', pathType, backend }] of paths.entries()) {
    const pathAt = `${at}[${index}]`;
    if (isBlank(pathType)) {
      errors.push(required(`${pathAt}.pathType`, 'pathType must be specified'));
      continue;
    }
    if (!PATH_TYPES.includes(pathType)) errors.push(notSupported(`${pathAt}.pathType`, pathType, PATH_TYPES));
    else {
      const loose = pathType === 'ImplementationSpecific';
      if (!path.startsWith('/') && !(loose && path === ''))
        errors.push(invalid(`${pathAt}.path`, path, 'must be an absolute path'));
      if (!loose && path !== '') {
        for (const part of BAD_PARTS)
          if (path.includes(part)) errors.push(invalid(`${pathAt}.path`, path, `must not contain '${part}'`));
        for (const end of BAD_ENDS)
          if (path.endsWith(end)) errors.push(invalid(`${pathAt}.path`, path, `cannot end with '${end}'`));
      }
    }
    checkBackend(backend ?? {}, `${pathAt}.backend`, errors);
  }
}

/** validateIngressBackend */
function checkBackend({ service, resource }: NetworkingV1.IngressBackend, at: string, errors: ErrorList): void {
  if (service !== undefined && resource !== undefined)
    errors.push(invalid(at, '', 'cannot set both resource and service backends'));
  else if (resource !== undefined) {
    if (isBlank(resource.kind)) errors.push(required(`${at}.resource.kind`, 'kind is required'));
    if (isBlank(resource.name)) errors.push(required(`${at}.resource.name`, 'name is required'));
    if (typeof resource.apiGroup === 'string') checkDnsSubdomain(resource.apiGroup, `${at}.resource.apiGroup`, errors);
  } else if (service !== undefined) {
    if (isBlank(service.name)) errors.push(required(`${at}.service.name`));
    else addInvalid(errors, `${at}.service.name`, service.name, names.isDNS1035Label(service.name));
    const { name, number = 0 } = service.port ?? {};
    if (!isBlank(name) && number !== 0) errors.push(invalid(at, '', 'cannot set both port name & port number'));
    else if (!isBlank(name)) addInvalid(errors, `${at}.service.port.name`, name, names.isValidPortName(name));
    else if (number !== 0) checkPortNumber(number, `${at}.service.port.number`, errors);
    else errors.push(required(at, 'port name or number is required'));
  } else errors.push(invalid(at, '', 'resource or service backend is required'));
}

function hostsText({ spec }: Ingress): string {
  const hosts = (spec.rules ?? []).map(({ host }) => host ?? '').filter((host) => host !== '');
  if (hosts.length === 0) return '*';
  const more = hosts.length - 3;
  return more > 0 ? `${hosts.slice(0, 3).join(',')} + ${more} more...` : hosts.join(',');
}
