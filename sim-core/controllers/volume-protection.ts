import { type KubeObject, objectKey, type PersistentVolumeClaim, type Pod } from '../api/objects.ts';
import { persistentVolumes } from '../resources/persistent-volume.ts';
import { persistentVolumeClaims } from '../resources/persistent-volume-claim.ts';
import { pods } from '../resources/pod.ts';
import type { ResourceDefinition } from '../resources/resource.ts';
import type { ControllerContext, ControllerDefinition } from './controller.ts';
import { isPodTerminal, isTerminating } from './shared/pods.ts';

const PVC_PROTECTION = 'kubernetes.io/pvc-protection';
const PV_PROTECTION = 'kubernetes.io/pv-protection';
const BY_CLAIM = 'claim';

/** The PVC protection controller (pkg/controller/volume/pvcprotection): a claim that a pod uses is deleted only after the pod. */
export const claimProtectionController: ControllerDefinition = {
  name: 'persistentvolumeclaim-protection-controller',
  serviceAccount: 'pvc-protection-controller',
  setUp(context) {
    const { informers } = context;
    const claims = informers.for(persistentVolumeClaims);
    const podInformer = informers.for(pods);
    podInformer.addIndex(BY_CLAIM, claimsUsed);
    const queue = context.queue({
      reconcile(key) {
        const claim = claims.getByKey(key);
        if (claim === undefined) return;
        const inUse = podInformer
          .byIndex(BY_CLAIM, key)
          .some((pod) => !isPodTerminal(pod) && (pod.spec.nodeName ?? '') !== '');
        protect(context, persistentVolumeClaims, claim, PVC_PROTECTION, inUse);
      },
    });
    const enqueue = (claim: PersistentVolumeClaim) => queue.add(objectKey(claim));
    claims.addHandler({ added: enqueue, updated: enqueue });
    const release = (pod: Pod) => {
      for (const key of claimsUsed(pod)) queue.add(key);
    };
    podInformer.addHandler({
      updated(pod) {
        if (isPodTerminal(pod)) release(pod);
      },
      deleted: release,
    });
  },
};

/** The PV protection controller (pkg/controller/volume/pvprotection): a bound volume is deleted only after its claim. */
export const volumeProtectionController: ControllerDefinition = {
  name: 'persistentvolume-protection-controller',
  serviceAccount: 'pv-protection-controller',
  setUp(context) {
    const volumes = context.informers.for(persistentVolumes);
    const queue = context.queue({
      reconcile(name) {
        const volume = volumes.getByKey(name);
        if (volume !== undefined)
          protect(context, persistentVolumes, volume, PV_PROTECTION, volume.status.phase === 'Bound');
      },
    });
    const enqueue = ({ metadata }: KubeObject) => queue.add(metadata.name);
    volumes.addHandler({ added: enqueue, updated: enqueue });
  },
};

/** Holds an object by a finalizer while it lives, and lets it go when it is to be deleted and nobody uses it. */
function protect<T extends KubeObject>(
  { client }: ControllerContext,
  resource: ResourceDefinition<T>,
  object: T,
  finalizer: string,
  inUse: boolean,
): void {
  const { finalizers = [] } = object.metadata;
  const held = finalizers.includes(finalizer);
  const hold = !isTerminating(object) || inUse;
  if (held === hold || (hold && isTerminating(object))) return;
  const changed = hold ? [...finalizers, finalizer] : finalizers.filter((other) => other !== finalizer);
  client.update(resource, { ...object, metadata: { ...object.metadata, finalizers: changed } });
}

/** Keys of the claims that a pod uses, those of its ephemeral volumes included. */
function claimsUsed({ metadata, spec }: Pod): string[] {
  return (spec.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    if (persistentVolumeClaim !== undefined) return [`${metadata.namespace}/${persistentVolumeClaim.claimName}`];
    return ephemeral === undefined ? [] : [`${metadata.namespace}/${metadata.name}-${name}`];
  });
}
