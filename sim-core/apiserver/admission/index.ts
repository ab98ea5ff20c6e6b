import { certificateApproval, certificateSigning, certificateSubjectRestriction } from './certificate-signers.ts';
import { defaultIngressClass } from './default-ingress-class.ts';
import { defaultStorageClass } from './default-storage-class.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { inactive } from './inactive.ts';
import { limitRanger } from './limit-ranger.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeRestriction } from './node-restriction.ts';
import { persistentVolumeClaimResize } from './persistent-volume-claim-resize.ts';
import type { AdmissionPlugin } from './plugin.ts';
import { podSecurity } from './pod-security.ts';
import { priority } from './priority.ts';
import { resourceQuotaAdmission } from './resource-quota.ts';
import { runtimeClass } from './runtime-class.ts';
import { serviceAccountAdmission } from './service-account.ts';
import { serviceAllocation } from './service-allocation.ts';
import { storageObjectInUseProtection } from './storage-object-in-use-protection.ts';
import { taintNodesByCondition } from './taint-nodes-by-condition.ts';

/**
 * The admission plugins that kube-apiserver has on by default, and NodeRestriction, which kubeadm switches on; in the order in which it asks
 * them (kubeapiserver/options.AllOrderedPlugins). `serviceCidr` is where Services get their addresses from.
 */
export function defaultAdmission({ serviceCidr }: { readonly serviceCidr: string }): AdmissionPlugin[] {
  return [
    namespaceLifecycle,
    limitRanger,
    serviceAccountAdmission,
    nodeRestriction,
    taintNodesByCondition,
    podSecurity,
    priority,
    defaultTolerationSeconds,
    defaultStorageClass,
    storageObjectInUseProtection,
    persistentVolumeClaimResize,
    runtimeClass,
    certificateApproval,
    certificateSigning,
    certificateSubjectRestriction,
    defaultIngressClass,
    inactive,
    resourceQuotaAdmission,
    serviceAllocation(serviceCidr),
  ];
}
