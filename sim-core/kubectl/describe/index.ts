import type { ApiResource } from '../discovery.ts';
import type { Describer } from './writer.ts';

type Load = () => Promise<Describer>;

const core: Record<string, Load> = {
  Pod: async () => (await import('./pod.ts')).describePod,
  Node: async () => (await import('./node.ts')).describeNode,
  Service: async () => (await import('./network.ts')).describeService,
  Endpoints: async () => (await import('./network.ts')).describeEndpoints,
  ConfigMap: async () => (await import('./config.ts')).describeConfigMap,
  Secret: async () => (await import('./config.ts')).describeSecret,
  ServiceAccount: async () => (await import('./config.ts')).describeServiceAccount,
  Namespace: async () => (await import('./config.ts')).describeNamespace,
  ResourceQuota: async () => (await import('./config.ts')).describeResourceQuota,
  LimitRange: async () => (await import('./config.ts')).describeLimitRange,
  PersistentVolume: async () => (await import('./storage.ts')).describePersistentVolume,
  PersistentVolumeClaim: async () => (await import('./storage.ts')).describePersistentVolumeClaim,
  ReplicationController: async () => (await import('./workloads.ts')).describeReplicationController,
};

/** Descriptions by group and kind; every other kind has the generic one. */
const DESCRIBERS: Record<string, Record<string, Load>> = {
  '': core,
  apps: {
    Deployment: async () => (await import('./workloads.ts')).describeDeployment,
    ReplicaSet: async () => (await import('./workloads.ts')).describeReplicaSet,
    StatefulSet: async () => (await import('./workloads.ts')).describeStatefulSet,
    DaemonSet: async () => (await import('./workloads.ts')).describeDaemonSet,
  },
  batch: {
    Job: async () => (await import('./workloads.ts')).describeJob,
    CronJob: async () => (await import('./workloads.ts')).describeCronJob,
  },
  autoscaling: { HorizontalPodAutoscaler: async () => (await import('./policy.ts')).describeHorizontalPodAutoscaler },
  policy: { PodDisruptionBudget: async () => (await import('./policy.ts')).describePodDisruptionBudget },
  'networking.k8s.io': {
    Ingress: async () => (await import('./network.ts')).describeIngress,
    IngressClass: async () => (await import('./network.ts')).describeIngressClass,
    NetworkPolicy: async () => (await import('./network.ts')).describeNetworkPolicy,
    IPAddress: async () => (await import('./service-addresses.ts')).describeIPAddress,
    ServiceCIDR: async () => (await import('./service-addresses.ts')).describeServiceCIDR,
  },
  'discovery.k8s.io': { EndpointSlice: async () => (await import('./network.ts')).describeEndpointSlice },
  'storage.k8s.io': {
    StorageClass: async () => (await import('./storage.ts')).describeStorageClass,
    CSINode: async () => (await import('./storage.ts')).describeCsiNode,
  },
  'scheduling.k8s.io': { PriorityClass: async () => (await import('./policy.ts')).describePriorityClass },
  'certificates.k8s.io': {
    CertificateSigningRequest: async () => (await import('./policy.ts')).describeCertificateSigningRequest,
  },
  'rbac.authorization.k8s.io': {
    Role: async () => (await import('./rbac.ts')).describeRole,
    ClusterRole: async () => (await import('./rbac.ts')).describeRole,
    RoleBinding: async () => (await import('./rbac.ts')).describeBinding,
    ClusterRoleBinding: async () => (await import('./rbac.ts')).describeBinding,
  },
};

/** The description of a kind. */
export async function describerFor(mapping: ApiResource): Promise<Describer> {
  const group = Object.hasOwn(DESCRIBERS, mapping.group) ? DESCRIBERS[mapping.group]! : {};
  const load = Object.hasOwn(group, mapping.kind) ? group[mapping.kind]! : undefined;
  return load === undefined ? (await import('./generic.ts')).describeGeneric : load();
}
