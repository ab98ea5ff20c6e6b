import { apiServices } from './api-service.ts';
import { bindings } from './binding.ts';
import { certificateSigningRequests } from './certificate-signing-request.ts';
import { clusterRoles } from './cluster-role.ts';
import { clusterRoleBindings } from './cluster-role-binding.ts';
import { componentStatuses } from './component-status.ts';
import { configMaps } from './config-map.ts';
import { controllerRevisions } from './controller-revision.ts';
import { cronJobs } from './cron-job.ts';
import { csiDrivers } from './csi-driver.ts';
import { csiNodes } from './csi-node.ts';
import { csiStorageCapacities } from './csi-storage-capacity.ts';
import { customResourceDefinitions } from './custom-resource-definition.ts';
import { daemonSets } from './daemon-set.ts';
import { deployments } from './deployment.ts';
import { endpointSlices } from './endpoint-slice.ts';
import { endpoints } from './endpoints.ts';
import { events } from './event.ts';
import { flowSchemas } from './flow-schema.ts';
import { horizontalPodAutoscalers } from './horizontal-pod-autoscaler.ts';
import { ingresses } from './ingress.ts';
import { ingressClasses } from './ingress-class.ts';
import { ipAddresses } from './ip-address.ts';
import { jobs } from './job.ts';
import { leases } from './lease.ts';
import { limitRanges } from './limit-range.ts';
import { mutatingWebhookConfigurations } from './mutating-webhook-configuration.ts';
import { namespaces } from './namespace.ts';
import { networkPolicies } from './network-policy.ts';
import { nodes } from './node.ts';
import { persistentVolumes } from './persistent-volume.ts';
import { persistentVolumeClaims } from './persistent-volume-claim.ts';
import { pods } from './pod.ts';
import { podDisruptionBudgets } from './pod-disruption-budget.ts';
import { podTemplates } from './pod-template.ts';
import { priorityClasses } from './priority-class.ts';
import { priorityLevelConfigurations } from './priority-level-configuration.ts';
import { anyKind } from './registry.ts';
import { replicaSets } from './replica-set.ts';
import { replicationControllers } from './replication-controller.ts';
import type { ResourceDefinition } from './resource.ts';
import { resourceQuotas } from './resource-quota.ts';
import { roles } from './role.ts';
import { roleBindings } from './role-binding.ts';
import { runtimeClasses } from './runtime-class.ts';
import { secrets } from './secret.ts';
import { services } from './service.ts';
import { serviceAccounts } from './service-account.ts';
import { serviceCIDRs } from './service-cidr.ts';
import { statefulSets } from './stateful-set.ts';
import { storageClasses } from './storage-class.ts';
import { validatingAdmissionPolicies } from './validating-admission-policy.ts';
import { validatingAdmissionPolicyBindings } from './validating-admission-policy-binding.ts';
import { validatingWebhookConfigurations } from './validating-webhook-configuration.ts';
import { volumeAttachments } from './volume-attachment.ts';

/** Every built-in kind. To add one: a file beside this one, and a line here. */
export const builtInResources: readonly ResourceDefinition[] = [
  anyKind(configMaps),
  anyKind(daemonSets),
  anyKind(deployments),
  anyKind(endpointSlices),
  anyKind(endpoints),
  anyKind(events),
  anyKind(leases),
  anyKind(namespaces),
  anyKind(nodes),
  anyKind(pods),
  anyKind(replicaSets),
  anyKind(secrets),
  anyKind(services),
  anyKind(serviceAccounts),
  anyKind(persistentVolumes),
  anyKind(persistentVolumeClaims),
  anyKind(storageClasses),
  anyKind(csiNodes),
  anyKind(priorityClasses),
  anyKind(podDisruptionBudgets),
  anyKind(limitRanges),
  anyKind(statefulSets),
  anyKind(controllerRevisions),
  anyKind(replicationControllers),
  anyKind(resourceQuotas),
  anyKind(jobs),
  anyKind(cronJobs),
  anyKind(horizontalPodAutoscalers),
  anyKind(volumeAttachments),
  bindings,
  anyKind(certificateSigningRequests),
  anyKind(clusterRoles),
  anyKind(clusterRoleBindings),
  anyKind(componentStatuses),
  anyKind(csiDrivers),
  anyKind(csiStorageCapacities),
  anyKind(ingresses),
  anyKind(ingressClasses),
  anyKind(ipAddresses),
  anyKind(networkPolicies),
  anyKind(podTemplates),
  anyKind(roles),
  anyKind(roleBindings),
  anyKind(runtimeClasses),
  anyKind(serviceCIDRs),
  anyKind(apiServices),
  anyKind(customResourceDefinitions),
  anyKind(flowSchemas),
  anyKind(priorityLevelConfigurations),
  anyKind(validatingWebhookConfigurations),
  anyKind(mutatingWebhookConfigurations),
  anyKind(validatingAdmissionPolicies),
  anyKind(validatingAdmissionPolicyBindings),
];
