import type { Pod } from '../../api/objects.ts';
import { StateKey } from '../cycle-state.ts';
import type { Handle, Plugin } from '../framework.ts';
import type { PodInfo } from '../pod-info.ts';
import { Status, skip, unschedulable } from '../status.ts';
import { claimsOf } from '../volumes.ts';

type Volume = NonNullable<Pod['spec']['volumes']>[number];

interface State {
  /** Keys of the pod's claims that only one pod may use (ReadWriteOncePod). */
  readonly exclusive: readonly string[];
  /** Volumes of kinds that two pods cannot always share. */
  readonly disks: readonly Volume[];
}

const key = new StateKey<State>('PreFilterVolumeRestrictions');
const diskConflict = unschedulable('node(s) had no available disk');
const claimConflict = unschedulable(
  'node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode',
);

/** Whether two pods may not have these volumes on one node (isVolumeConflict). */
function conflict(a: Volume, b: Volume): boolean {
  const [gce, otherGce] = [a.gcePersistentDisk, b.gcePersistentDisk];
  if (gce !== undefined && otherGce !== undefined && gce.pdName === otherGce.pdName) {
    if (!(gce.readOnly === true && otherGce.readOnly === true)) return true;
  }
  const [ebs, otherEbs] = [a.awsElasticBlockStore, b.awsElasticBlockStore];
  if (ebs !== undefined && otherEbs !== undefined && ebs.volumeID === otherEbs.volumeID) return true;
  const [iscsi, otherIscsi] = [a.iscsi, b.iscsi];
  if (iscsi !== undefined && otherIscsi !== undefined && iscsi.iqn === otherIscsi.iqn) {
    if (!(iscsi.readOnly === true && otherIscsi.readOnly === true)) return true;
  }
  const [rbd, otherRbd] = [a.rbd, b.rbd];
  if (rbd === undefined || otherRbd === undefined) return false;
  return (
    rbd.monitors.some((monitor) => otherRbd.monitors.includes(monitor)) &&
    rbd.pool === otherRbd.pool &&
    rbd.image === otherRbd.image &&
    !(rbd.readOnly === true && otherRbd.readOnly === true)
  );
}

const isDisk = ({ gcePersistentDisk, awsElasticBlockStore, rbd, iscsi }: Volume): boolean =>
  (gcePersistentDisk ?? awsElasticBlockStore ?? rbd ?? iscsi) !== undefined;

/** Keeps pods apart that cannot share a disk, and a ReadWriteOncePod claim to one pod. */
export function volumeRestrictions({ view, snapshot }: Handle): Plugin {
  const inUse = (claim: string) => snapshot.nodes.some((node) => node.claims.has(claim));
  return {
    name: 'VolumeRestrictions',
    preFilter(state, pod: PodInfo) {
      const disks = (pod.pod.spec.volumes ?? []).filter(isDisk);
      if (disks.length === 0 && pod.claims.length === 0) return skip;
      const claims = claimsOf(pod, view);
      if (claims instanceof Status) return claims;
      const exclusive = claims
        .filter(({ spec }) => spec.accessModes?.includes('ReadWriteOncePod'))
        .map(({ metadata }) => `${pod.namespace}/${metadata.name}`)
        .filter(inUse);
      if (disks.length === 0 && exclusive.length === 0) return skip;
      state.write(key, { exclusive, disks });
      return undefined;
    },
    filter(state, _pod, node) {
      const { exclusive, disks } = state.read(key)!;
      if (disks.length > 0) {
        for (const { pod } of node.pods) {
          for (const volume of pod.spec.volumes ?? []) {
            if (disks.some((disk) => conflict(disk, volume))) return diskConflict;
          }
        }
      }
      // In use anywhere, the claim keeps every node from the pod; a dry run sees it freed where its user was removed.
      for (const claim of exclusive) {
        const free = !node.claims.has(claim) && snapshot.get(node.name)?.claims.has(claim) === true;
        if (!free) return claimConflict;
      }
      return undefined;
    },
    requeue: [
      { on: 'AssignedPod/Delete' },
      { on: 'Node/Add' },
      { on: 'PersistentVolumeClaim/Add', helps: (pod, { object }) => usesClaim(pod, object) },
      { on: 'PersistentVolumeClaim/Update', helps: (pod, { object }) => usesClaim(pod, object) },
    ],
  };
}

/** Whether one of the pod's volumes is that claim. */
export function usesClaim(pod: Pod, { metadata }: { metadata: { name: string; namespace?: string } }): boolean {
  if (pod.metadata.namespace !== metadata.namespace) return false;
  return (pod.spec.volumes ?? []).some(
    ({ name, persistentVolumeClaim, ephemeral }) =>
      persistentVolumeClaim?.claimName === metadata.name ||
      (ephemeral !== undefined && `${pod.metadata.name}-${name}` === metadata.name),
  );
}
