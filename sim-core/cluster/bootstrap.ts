import type { AnyObject } from '../api/objects.ts';
import { isAlreadyExists, isNotFound } from '../api/status.ts';
import { makeFlowControl } from '../apiserver/flow-control.ts';
import { registerLocalApiServices } from '../apiserver/local-api-services.ts';
import { storeOwn } from '../apiserver/own-objects.ts';
import { bootstrapRoles } from '../apiserver/rbac/bootstrap.ts';
import type { UserInfo } from '../apiserver/request.ts';
import type { ApiServer } from '../apiserver/server.ts';
import { formatTime } from '../engine/index.ts';

/** Under what name the API server acts for itself. */
export const API_SERVER_USER: UserInfo = {
  username: 'system:apiserver',
  groups: ['system:masters', 'system:authenticated'],
};

/** The administrator whom kubeadm makes. */
export const ADMIN: UserInfo = {
  username: 'kubernetes-admin',
  groups: ['system:masters', 'kubeadm:cluster-admins', 'system:authenticated'],
};

const SYSTEM_PRIORITIES = [
  {
    name: 'system-node-critical',
    value: 2_000_001_000,
    description: 'Used for system critical pods that must not be moved from their current node.',
  },
  {
    name: 'system-cluster-critical',
    value: 2_000_000_000,
    description:
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  },
];

const SYSTEM_NAMESPACES = ['kube-system', 'kube-public', 'kube-node-lease', 'default'];

/** Creates an object unless it is there already. The kind must be one that the server serves. */
export function ensure(
  server: ApiServer,
  user: UserInfo,
  userAgent: string,
  object: Record<string, unknown> & {
    apiVersion: string;
    kind: string;
    metadata: { name: string; namespace?: string };
  },
): void {
  const target = server.resources.of(object);
  if (target === undefined) throw new TypeError(`${object.apiVersion} ${object.kind} is not served`);
  const { namespace } = object.metadata;
  try {
    server.handle({
      verb: 'create',
      target,
      user,
      userAgent,
      warnings: [],
      options: {},
      ...(namespace === undefined ? {} : { namespace }),
      body: object as unknown as AnyObject,
    });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

/** Creates an object, or merges it into the one of its name (a JSON merge patch). */
export function createOrMerge(...[server, user, userAgent, object]: Parameters<typeof ensure>): void {
  const target = server.resources.of(object);
  if (target === undefined) throw new TypeError(`${object.apiVersion} ${object.kind} is not served`);
  const { name, namespace } = object.metadata;
  const call = {
    target,
    user,
    userAgent,
    warnings: [],
    options: {},
    name,
    ...(namespace === undefined ? {} : { namespace }),
  };
  try {
    server.handle({ ...call, verb: 'get' });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    ensure(server, user, userAgent, object);
    return;
  }
  server.handle({ ...call, verb: 'patch', patch: { type: 'merge', body: object } });
}

/** What an API server makes when it starts: the system namespaces, the priority classes of its own pods, its own Service. */
export function bootstrapApiServer(
  server: ApiServer,
  address: string,
  serviceAddress: string,
  serviceCidr: string,
): void {
  bootstrapRoles(server);
  registerLocalApiServices(server);
  makeFlowControl(server);
  const make = (object: Parameters<typeof ensure>[3]) => ensure(server, API_SERVER_USER, 'kube-apiserver', object);
  for (const name of SYSTEM_NAMESPACES) make({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  for (const { name, value, description } of SYSTEM_PRIORITIES) {
    const priorityClass = { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name } };
    make({ ...priorityClass, value, description });
  }
  make({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kubernetes', namespace: 'default', labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      type: 'ClusterIP',
      clusterIP: serviceAddress,
      clusterIPs: [serviceAddress],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      internalTrafficPolicy: 'Cluster',
      sessionAffinity: 'None',
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 }],
    },
  } as Parameters<typeof ensure>[3]);
  const ready = { type: 'Ready', status: 'True', reason: '', message: 'Kubernetes Service CIDR is ready' };
  storeOwn(server, 'servicecidrs.networking.k8s.io', {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'ServiceCIDR',
    metadata: { name: 'kubernetes', finalizers: ['networking.k8s.io/service-cidr-finalizer'] },
    spec: { cidrs: [serviceCidr] },
    status: { conditions: [{ ...ready, lastTransitionTime: formatTime(server.engine.now) }] },
  });
  const endpoint = { addresses: [address], conditions: { ready: true } };
  make({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'kubernetes', namespace: 'default', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4',
    endpoints: [endpoint],
    ports: [{ name: 'https', port: 6443, protocol: 'TCP' }],
  } as Parameters<typeof ensure>[3]);
  make({
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' },
    },
    subsets: [{ addresses: [{ ip: address }], ports: [{ name: 'https', port: 6443, protocol: 'TCP' }] }],
  } as Parameters<typeof ensure>[3]);
}
