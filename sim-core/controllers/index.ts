import { attachDetachController } from './attach-detach.ts';
import { certificateCleanerController } from './certificate-cleaner.ts';
import { certificateSignerController } from './certificate-signer.ts';
import { clusterRoleAggregationController } from './cluster-role-aggregation.ts';
import type { ControllerDefinition } from './controller.ts';
import { cronJobController } from './cron-job/index.ts';
import { daemonSetController } from './daemon-set/index.ts';
import { deploymentController } from './deployment/index.ts';
import { disruptionController } from './disruption.ts';
import { endpointSliceController } from './endpoint-slice/index.ts';
import { endpointSliceMirroringController } from './endpoint-slice-mirroring.ts';
import { endpointsController } from './endpoints.ts';
import { ephemeralVolumeController } from './ephemeral-volume.ts';
import { garbageCollectorController } from './garbage-collector/index.ts';
import { horizontalPodAutoscalerController } from './horizontal/index.ts';
import { jobController } from './job/index.ts';
import { namespaceController } from './namespace.ts';
import { nodeIpamController } from './node-ipam.ts';
import { nodeLifecycleController } from './node-lifecycle/index.ts';
import { persistentVolumeBinderController } from './persistent-volume/index.ts';
import { podGCController } from './pod-gc.ts';
import { replicaSetController } from './replica-set/index.ts';
import { replicationControllerController } from './replication-controller.ts';
import { resourceQuotaController } from './resource-quota.ts';
import { rootCAPublisherController } from './root-ca-publisher.ts';
import { serviceAccountController } from './service-account.ts';
import { serviceAccountTokenController } from './service-account-token.ts';
import { serviceCidrsController } from './service-cidrs.ts';
import { statefulSetController } from './stateful-set/index.ts';
import { taintEvictionController } from './taint-eviction.ts';
import { ttlController } from './ttl.ts';
import { ttlAfterFinishedController } from './ttl-after-finished.ts';
import { volumeExpandController } from './volume-expand.ts';
import { claimProtectionController, volumeProtectionController } from './volume-protection.ts';

/** Every controller, in the order in which kube-controller-manager starts them. */
export const controllers: readonly ControllerDefinition[] = [
  serviceAccountTokenController,
  endpointsController,
  endpointSliceController,
  endpointSliceMirroringController,
  replicationControllerController,
  podGCController,
  resourceQuotaController,
  namespaceController,
  serviceAccountController,
  garbageCollectorController,
  daemonSetController,
  jobController,
  deploymentController,
  replicaSetController,
  horizontalPodAutoscalerController,
  disruptionController,
  statefulSetController,
  cronJobController,
  certificateSignerController,
  certificateCleanerController,
  ttlController,
  nodeIpamController,
  nodeLifecycleController,
  persistentVolumeBinderController,
  attachDetachController,
  claimProtectionController,
  volumeExpandController,
  volumeProtectionController,
  ttlAfterFinishedController,
  rootCAPublisherController,
  clusterRoleAggregationController,
  ephemeralVolumeController,
  taintEvictionController,
  serviceCidrsController,
];
