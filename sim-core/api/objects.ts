import type * as AdmissionregistrationV1 from 'kubernetes-types/admissionregistration/v1';
import type * as ApiextensionsV1 from 'kubernetes-types/apiextensions/v1';
import type * as AppsV1 from 'kubernetes-types/apps/v1';
import type * as AutoscalingV2 from 'kubernetes-types/autoscaling/v2';
import type * as BatchV1 from 'kubernetes-types/batch/v1';
import type * as CertificatesV1 from 'kubernetes-types/certificates/v1';
import type * as CoordinationV1 from 'kubernetes-types/coordination/v1';
import type * as CoreV1 from 'kubernetes-types/core/v1';
import type * as DiscoveryV1 from 'kubernetes-types/discovery/v1';
import type * as FlowcontrolV1 from 'kubernetes-types/flowcontrol/v1';
import type * as NetworkingV1 from 'kubernetes-types/networking/v1';
import type * as NodeV1 from 'kubernetes-types/node/v1';
import type * as PolicyV1 from 'kubernetes-types/policy/v1';
import type * as RbacV1 from 'kubernetes-types/rbac/v1';
import type * as SchedulingV1 from 'kubernetes-types/scheduling/v1';
import type * as StorageV1 from 'kubernetes-types/storage/v1';

/** metav1.OwnerReference */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** metav1.ManagedFieldsEntry */
export interface ManagedFieldsEntry {
  manager?: string;
  operation?: 'Apply' | 'Update';
  apiVersion?: string;
  time?: string;
  fieldsType?: 'FieldsV1';
  fieldsV1?: Record<string, unknown>;
  subresource?: string;
}

/** metav1.ObjectMeta of an object that the API server has accepted. Times are RFC 3339 strings. */
export interface ObjectMeta {
  name: string;
  generateName?: string;
  /** Absent on cluster-scoped objects. */
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: ManagedFieldsEntry[];
}

/** Any object of the API. Objects that come from the API server are frozen: make a changed copy, never change one. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

/** An object with whatever fields its kind has, for code that serves all kinds alike. */
export type AnyObject = KubeObject & Record<string, unknown>;

type Part<T, K extends string> = T extends Record<K, unknown> | Partial<Record<K, unknown>>
  ? { [P in K & keyof T]-?: NonNullable<T[P]> }
  : unknown;

/** A kind as the API server returns it: metadata complete; spec and status, where the kind has them, present. */
export type Kind<T> = KubeObject &
  Omit<T, 'apiVersion' | 'kind' | 'metadata' | 'spec' | 'status'> &
  Part<T, 'spec'> &
  Part<T, 'status'>;

/** An object on its way in: the API server will fill in the rest. */
export type NewObject<T extends KubeObject> = Omit<T, 'apiVersion' | 'kind' | 'metadata' | 'status'> & {
  metadata: Partial<ObjectMeta>;
  status?: 'status' extends keyof T ? T['status'] : never;
};

export type Pod = Kind<CoreV1.Pod>;
export type Node = Kind<CoreV1.Node>;
export type Namespace = Kind<CoreV1.Namespace>;
export type Service = Kind<CoreV1.Service>;
export type Endpoints = Kind<CoreV1.Endpoints>;
export type ConfigMap = Kind<CoreV1.ConfigMap>;
export type Secret = Kind<CoreV1.Secret>;
export type ServiceAccount = Kind<CoreV1.ServiceAccount>;
export type CoreEvent = Kind<CoreV1.Event>;
export type ReplicaSet = Kind<AppsV1.ReplicaSet>;
export type Deployment = Kind<AppsV1.Deployment>;
export type DaemonSet = Kind<AppsV1.DaemonSet>;
export type StatefulSet = Kind<AppsV1.StatefulSet>;
export type ControllerRevision = Kind<AppsV1.ControllerRevision>;
export type ReplicationController = Kind<CoreV1.ReplicationController>;
export type ResourceQuota = Kind<CoreV1.ResourceQuota>;
export type Job = Kind<BatchV1.Job>;
export type CronJob = Kind<BatchV1.CronJob>;
export type HorizontalPodAutoscaler = Kind<AutoscalingV2.HorizontalPodAutoscaler>;
export type VolumeAttachment = Kind<StorageV1.VolumeAttachment>;
export type CertificateSigningRequest = Kind<CertificatesV1.CertificateSigningRequest>;
export type EndpointSlice = Kind<DiscoveryV1.EndpointSlice>;
export type Lease = Kind<CoordinationV1.Lease>;
export type PersistentVolume = Kind<CoreV1.PersistentVolume>;
export type PersistentVolumeClaim = Kind<CoreV1.PersistentVolumeClaim>;
export type StorageClass = Kind<StorageV1.StorageClass>;
export type CSINode = Kind<StorageV1.CSINode>;
export type PriorityClass = Kind<SchedulingV1.PriorityClass>;
export type PodDisruptionBudget = Kind<PolicyV1.PodDisruptionBudget>;
export type PodTemplate = Kind<CoreV1.PodTemplate>;
export type ComponentStatus = Kind<CoreV1.ComponentStatus>;
export type LimitRange = Kind<CoreV1.LimitRange>;
export type Ingress = Kind<NetworkingV1.Ingress>;
export type IngressClass = Kind<NetworkingV1.IngressClass>;
export type NetworkPolicy = Kind<NetworkingV1.NetworkPolicy>;
export type CSIDriver = Kind<StorageV1.CSIDriver>;
export type CSIStorageCapacity = Kind<StorageV1.CSIStorageCapacity>;
export type RuntimeClass = Kind<NodeV1.RuntimeClass>;
export type Role = Kind<RbacV1.Role>;
export type RoleBinding = Kind<RbacV1.RoleBinding>;
export type ClusterRole = Kind<RbacV1.ClusterRole>;
export type ClusterRoleBinding = Kind<RbacV1.ClusterRoleBinding>;
export type CustomResourceDefinition = Kind<ApiextensionsV1.CustomResourceDefinition>;
export type ValidatingWebhookConfiguration = Kind<AdmissionregistrationV1.ValidatingWebhookConfiguration>;
export type MutatingWebhookConfiguration = Kind<AdmissionregistrationV1.MutatingWebhookConfiguration>;
export type ValidatingAdmissionPolicy = Kind<AdmissionregistrationV1.ValidatingAdmissionPolicy>;
export type ValidatingAdmissionPolicyBinding = Kind<AdmissionregistrationV1.ValidatingAdmissionPolicyBinding>;
export type FlowSchema = Kind<FlowcontrolV1.FlowSchema>;
export type PriorityLevelConfiguration = Kind<FlowcontrolV1.PriorityLevelConfiguration>;

/** The owner that manages the object (metav1.GetControllerOf). */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  const owners = object.metadata.ownerReferences;
  if (owners === undefined) return undefined;
  for (let index = 0; index < owners.length; index++) if (owners[index]!.controller === true) return owners[index];
  return undefined;
}

/** A reference that makes `owner` the managing owner of what carries it (metav1.NewControllerRef). */
export function controllerReference(owner: KubeObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** `namespace/name`, or `name` for cluster-scoped objects: how caches and work queues name an object. */
export function objectKey(object: { metadata: { namespace?: string; name: string } }): string {
  const { namespace, name } = object.metadata;
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

/** The two halves of an `objectKey`. */
export function splitKey(key: string): { namespace: string | undefined; name: string } {
  const slash = key.indexOf('/');
  return slash < 0
    ? { namespace: undefined, name: key }
    : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** A deep, unfrozen copy of a JSON value. */
export function clone<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(clone) as T;
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) copy[key] = clone((value as Record<string, unknown>)[key]);
  return copy as T;
}
