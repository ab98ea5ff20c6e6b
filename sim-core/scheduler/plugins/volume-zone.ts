import { labelOf } from '../../api/node-selector.ts';
import type { PersistentVolume, Pod, StorageClass } from '../../api/objects.ts';
import { persistentVolumes } from '../../resources/persistent-volume.ts';
import { persistentVolumeClaims } from '../../resources/persistent-volume-claim.ts';
import { storageClasses } from '../../resources/storage-class.ts';
import { StateKey } from '../cycle-state.ts';
import type { Handle, Plugin } from '../framework.ts';
import type { PodInfo } from '../pod-info.ts';
import { Status, skip, unresolvable } from '../status.ts';
import { classOf } from '../volumes.ts';
import { usesClaim } from './volume-restrictions.ts';

/** A label that a volume has and its node must have too, with one of these values. */
interface ZoneDemand {
  readonly key: string;
  readonly values: readonly string[];
}

/** Labels by which volumes are bound to zones, and today's name of each. */
const zoneLabels = new Map([
  ['failure-domain.beta.kubernetes.io/zone', 'topology.kubernetes.io/zone'],
  ['failure-domain.beta.kubernetes.io/region', 'topology.kubernetes.io/region'],
  ['topology.kubernetes.io/zone', 'topology.kubernetes.io/zone'],
  ['topology.kubernetes.io/region', 'topology.kubernetes.io/region'],
]);

const key = new StateKey<readonly ZoneDemand[]>('PreFilterVolumeZone');
const conflict = unresolvable('node(s) had no available volume zone');

function demandsOf({ metadata }: PersistentVolume): ZoneDemand[] {
  const demands: ZoneDemand[] = [];
  for (const label of zoneLabels.keys()) {
    const value = labelOf(metadata.labels, label);
    if (value !== undefined) demands.push({ key: label, values: value.split('__') });
  }
  return demands;
}

/** Keeps pods in the zones of their bound volumes. */
export function volumeZone({ view }: Handle): Plugin {
  const demandsOfPod = (pod: PodInfo): ZoneDemand[] | Status => {
    const demands: ZoneDemand[] = [];
    for (const { persistentVolumeClaim } of pod.pod.spec.volumes ?? []) {
      if (persistentVolumeClaim === undefined) continue;
      const { claimName } = persistentVolumeClaim;
      const claim = view.get(persistentVolumeClaims, pod.namespace, claimName);
      if (claim === undefined) return unresolvable(`persistentvolumeclaim "${claimName}" not found`);
      const { volumeName = '' } = claim.spec;
      if (volumeName === '') {
        const className = classOf(claim);
        if (className === '') return unresolvable('PersistentVolumeClaim had no pv name and storageClass name');
        const storageClass = view.get(storageClasses, undefined, className);
        if (storageClass === undefined) return unresolvable(`storageclass.storage.k8s.io "${className}" not found`);
        if (storageClass.volumeBindingMode === 'WaitForFirstConsumer') continue;
        return unresolvable('PersistentVolume had no name');
      }
      const volume = view.get(persistentVolumes, undefined, volumeName);
      if (volume === undefined) return unresolvable(`persistentvolume "${volumeName}" not found`);
      demands.push(...demandsOf(volume));
    }
    return demands;
  };

  return {
    name: 'VolumeZone',
    preFilter(state, pod) {
      if (pod.claims.length === 0) return skip;
      const demands = demandsOfPod(pod);
      if (demands instanceof Status) return demands;
      if (demands.length === 0) return skip;
      state.write(key, demands);
      return undefined;
    },
    filter(state, _pod, { labels }) {
      // A node without any zone label takes every volume: there is but one zone.
      if (![...zoneLabels.keys()].some((label) => labelOf(labels, label) !== undefined)) return undefined;
      for (const demand of state.read(key)!) {
        const value = labelOf(labels, demand.key) ?? labelOf(labels, zoneLabels.get(demand.key)!);
        if (value === undefined || !demand.values.includes(value)) return conflict;
      }
      return undefined;
    },
    requeue: [
      {
        on: 'StorageClass/Add',
        helps: (_pod: Pod, { object }) => (object as StorageClass).volumeBindingMode === 'WaitForFirstConsumer',
      },
      { on: 'Node/Add' },
      { on: 'Node/UpdateLabel' },
      { on: 'PersistentVolumeClaim/Add', helps: (pod, { object }) => usesClaim(pod, object) },
      { on: 'PersistentVolumeClaim/Update', helps: (pod, { object }) => usesClaim(pod, object) },
      { on: 'PersistentVolume/Add' },
      { on: 'PersistentVolume/Update' },
    ],
  };
}
