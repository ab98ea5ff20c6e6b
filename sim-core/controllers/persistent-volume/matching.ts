import type { PersistentVolume, PersistentVolumeClaim } from '../../api/objects.ts';
import { quantity } from '../../api/quantity.ts';
import { labelSelectorAsSelector } from '../../api/selector.ts';
import { isTerminating } from '../shared/pods.ts';

/** Whether a volume is promised to the claim: by name, and by uid once that is known (IsVolumeBoundToClaim). */
export function isClaimedBy(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const { claimRef } = volume.spec;
  if (claimRef?.name !== claim.metadata.name || claimRef.namespace !== claim.metadata.namespace) return false;
  return claimRef.uid === undefined || claimRef.uid === '' || claimRef.uid === claim.metadata.uid;
}

/** Why a volume does not do for a claim; undefined when it does (checkVolumeSatisfyClaim). */
export function satisfies(claim: PersistentVolumeClaim, volume: PersistentVolume): string | undefined {
  if (capacity(volume).compare(request(claim)) < 0) return 'requested PV is too small';
  if ((volume.spec.storageClassName ?? '') !== (claim.spec.storageClassName ?? '')) {
    return 'storageClassName does not match';
  }
  if (mode(volume) !== mode(claim)) return 'incompatible volumeMode';
  const missing = (claim.spec.accessModes ?? []).some((wanted) => volume.spec.accessModes?.includes(wanted) !== true);
  return missing ? 'incompatible accessMode' : undefined;
}

/** The smallest free volume that does, the first by name of several (FindMatchingVolume). */
export function bestMatch(
  claim: PersistentVolumeClaim,
  volumes: readonly PersistentVolume[],
): PersistentVolume | undefined {
  const { selector } = claim.spec;
  const labels = selector === undefined ? undefined : labelSelectorAsSelector(selector);
  const free = volumes.filter(
    (volume) =>
      volume.spec.claimRef === undefined &&
      volume.status.phase === 'Available' &&
      !isTerminating(volume) &&
      labels?.matches(volume.metadata.labels) !== false &&
      satisfies(claim, volume) === undefined,
  );
  // Fewer access modes first, so that a volume that can do more is kept for those who need it.
  free.sort(
    (a, b) =>
      (a.spec.accessModes?.length ?? 0) - (b.spec.accessModes?.length ?? 0) ||
      capacity(a).compare(capacity(b)) ||
      (a.metadata.name < b.metadata.name ? -1 : 1),
  );
  return free[0];
}

function capacity({ spec }: PersistentVolume) {
  return quantity(spec.capacity?.storage ?? '0');
}

function request({ spec }: PersistentVolumeClaim) {
  return quantity(spec.resources?.requests?.storage ?? '0');
}

function mode({ spec }: { spec: { volumeMode?: string } }): string {
  return spec.volumeMode ?? 'Filesystem';
}
