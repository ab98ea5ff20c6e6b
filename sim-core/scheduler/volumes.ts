import { nodeSelectorMatches } from '../api/node-selector.ts';
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../api/objects.ts';
import { quantity } from '../api/quantity.ts';
import { type LabelSelectorObject, labelSelectorAsSelector } from '../api/selector.ts';
import { persistentVolumeClaims } from '../resources/persistent-volume-claim.ts';
import { storageClasses } from '../resources/storage-class.ts';
import type { ClusterView } from './framework.ts';
import type { NodeInfo } from './node-info.ts';
import type { PodInfo } from './pod-info.ts';
import { type Status, unresolvable } from './status.ts';

export const SELECTED_NODE = 'volume.kubernetes.io/selected-node';
export const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';
export const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller';
/** Provisioner of classes whose volumes are made by hand. */
export const NO_PROVISIONER = 'kubernetes.io/no-provisioner';

/** The class that a claim asks for; empty when none (GetPersistentVolumeClaimClass). */
export function classOf(claim: PersistentVolumeClaim): string {
  return claim.metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? claim.spec.storageClassName ?? '';
}

export function bindsLate(claim: PersistentVolumeClaim, view: ClusterView): boolean {
  const name = classOf(claim);
  const found: StorageClass | undefined = name === '' ? undefined : view.get(storageClasses, undefined, name);
  return found?.volumeBindingMode === 'WaitForFirstConsumer';
}

export function isFullyBound(claim: PersistentVolumeClaim): boolean {
  return (claim.spec.volumeName ?? '') !== '' && claim.metadata.annotations?.[BIND_COMPLETED] !== undefined;
}

/** Claims of the pod, or why it cannot have them (podHasPVCs). */
export function claimsOf(pod: PodInfo, view: ClusterView): PersistentVolumeClaim[] | Status {
  const claims: PersistentVolumeClaim[] = [];
  const named = new Set(pod.pod.spec.volumes?.map((volume) => volume.persistentVolumeClaim?.claimName));
  for (const name of pod.claims) {
    const claim = view.get(persistentVolumeClaims, pod.namespace, name);
    if (claim === undefined) {
      return named.has(name)
        ? unresolvable(`persistentvolumeclaim "${name}" not found`)
        : unresolvable(`waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"`);
    }
    if (claim.status.phase === 'Lost') {
      const volume = claim.spec.volumeName ?? '';
      return unresolvable(`persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${volume}"`);
    }
    if (claim.metadata.deletionTimestamp !== undefined) {
      return unresolvable(`persistentvolumeclaim "${name}" is being deleted`);
    }
    if (!named.has(name) && claim.metadata.ownerReferences?.some(({ uid }) => uid === pod.uid) !== true) {
      const { key } = pod;
      return unresolvable(`PVC ${pod.namespace}/${name} was not created for pod ${key} (pod is not owner)`);
    }
    claims.push(claim);
  }
  return claims;
}

/** Whether the node is one where the volume can be used (CheckNodeAffinity). */
export function volumeFitsNode(volume: PersistentVolume, node: NodeInfo): boolean {
  const required = volume.spec.nodeAffinity?.required;
  return required === undefined || nodeSelectorMatches(required, node.labels, node.name);
}

/** Whether the volume is reserved for the claim (IsVolumeBoundToClaim). */
function reservedFor(volume: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  const reference = volume.spec.claimRef;
  if (reference === undefined) return false;
  if (reference.name !== metadata.name || reference.namespace !== metadata.namespace) return false;
  return reference.uid === undefined || reference.uid === '' || reference.uid === metadata.uid;
}

/**
 * The volume to bind a claim to on that node: one reserved for it, or else the smallest that has all it asks for
 * (volume.FindMatchingVolume). `taken` says which volumes others are about to have.
 */
export function findVolume(
  claim: PersistentVolumeClaim,
  volumes: Iterable<PersistentVolume>,
  node: NodeInfo,
  taken: (volume: PersistentVolume) => boolean,
): PersistentVolume | undefined {
  const wanted = quantity(claim.spec.resources?.requests?.storage ?? '0');
  const wantedClass = classOf(claim);
  const selectorObject = claim.spec.selector as LabelSelectorObject | undefined;
  const selector = selectorObject === undefined ? undefined : labelSelectorAsSelector(selectorObject);
  let best: PersistentVolume | undefined;
  for (const volume of volumes) {
    const { spec, metadata, status } = volume;
    if (taken(volume) || metadata.deletionTimestamp !== undefined) continue;
    if (spec.claimRef !== undefined && !reservedFor(volume, claim)) continue;
    if ((spec.volumeMode ?? 'Filesystem') !== (claim.spec.volumeMode ?? 'Filesystem')) continue;
    const capacity = quantity(spec.capacity?.storage ?? '0');
    if (capacity.compare(wanted) < 0 || !volumeFitsNode(volume, node)) continue;
    if (spec.claimRef !== undefined) return volume;
    if (status.phase !== 'Available' || (spec.storageClassName ?? '') !== wantedClass) continue;
    if (selector !== undefined && !selector.matches(metadata.labels)) continue;
    const modes = spec.accessModes ?? [];
    if (!(claim.spec.accessModes ?? []).every((mode) => modes.includes(mode))) continue;
    if (best === undefined || capacity.compare(quantity(best.spec.capacity?.storage ?? '0')) < 0) best = volume;
  }
  return best;
}
