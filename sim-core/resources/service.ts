import type { Service } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { AGE, NAME } from './shared/columns.ts';
import { dropDependents, syncClusterIPs } from './shared/service-strategy.ts';
import { checkService, checkServiceUpdate, serviceWarnings } from './shared/service-validation.ts';
import { labelsText } from './shared/workload-columns.ts';

export const services: ResourceDefinition<Service> = {
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  singular: 'service',
  shortNames: ['svc'],
  categories: ['all'],
  namespaced: true,
  createOnUpdate: true,
  nameRule: 'dns1035-label',
  hasStatus: true,
  generation: false,
  fields: {
    'spec.clusterIP': ({ spec }) => spec.clusterIP ?? '',
    'spec.type': ({ spec }) => spec.type ?? '',
  },
  applyDefaults({ spec }) {
    spec.sessionAffinity ??= 'None';
    if (spec.sessionAffinity === 'ClientIP') spec.sessionAffinityConfig ??= { clientIP: { timeoutSeconds: 10_800 } };
    spec.type ??= 'ClusterIP';
    for (const port of spec.ports ?? []) {
      port.protocol ??= 'TCP';
      if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') port.targetPort = port.port;
    }
    const external = spec.type === 'NodePort' || spec.type === 'LoadBalancer' || (spec.externalIPs?.length ?? 0) > 0;
    if (external) spec.externalTrafficPolicy ??= 'Cluster';
    if (spec.type !== 'ExternalName') spec.internalTrafficPolicy ??= 'Cluster';
    if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
  },
  prepareForCreate(service) {
    service.status = { loadBalancer: {} };
    syncClusterIPs(service.spec);
  },
  prepareForUpdate(service, old) {
    dropDependents(service, old);
    syncClusterIPs(service.spec, old.spec);
  },
  validate: checkService,
  validateUpdate: checkServiceUpdate,
  warnings: serviceWarnings,
  columns: [
    NAME,
    { name: 'Type', value: ({ spec }) => spec.type ?? '' },
    { name: 'Cluster-IP', value: ({ spec }) => spec.clusterIPs?.[0] ?? '<none>' },
    { name: 'External-IP', value: externalIp },
    { name: 'Port(s)', value: ({ spec }) => ports(spec.ports) },
    AGE,
    {
      name: 'Selector',
      priority: 1,
      value: ({ spec }) => labelsText(spec.selector),
    },
  ],
};

function ports(list: Service['spec']['ports'] = []): string {
  if (list.length === 0) return '<none>';
  return list
    .map(({ port, nodePort, protocol }) =>
      nodePort !== undefined && nodePort > 0 ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
    )
    .join(',');
}

function externalIp({ spec, status }: Service): string {
  const given = spec.externalIPs ?? [];
  switch (spec.type) {
    case 'ExternalName':
      return spec.externalName ?? '';
    case 'LoadBalancer': {
      const balancers = (status.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? '');
      const all = [...balancers, ...given];
      return all.length === 0 ? '<pending>' : all.join(',');
    }
    default:
      return given.length === 0 ? '<none>' : given.join(',');
  }
}
