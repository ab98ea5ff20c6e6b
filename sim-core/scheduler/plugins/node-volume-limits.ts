import type { PersistentVolumeClaim } from '../../api/objects.ts';
import { csiNodes } from '../../resources/csi-node.ts';
import { persistentVolumes } from '../../resources/persistent-volume.ts';
import { persistentVolumeClaims } from '../../resources/persistent-volume-claim.ts';
import { storageClasses } from '../../resources/storage-class.ts';
import type { Handle, Plugin } from '../framework.ts';
import type { PodInfo } from '../pod-info.ts';
import { skip, unschedulable } from '../status.ts';
import { classOf } from '../volumes.ts';
import { usesClaim } from './volume-restrictions.ts';

const exceeded = unschedulable('node(s) exceed max volume count');

/** Keeps a node from getting more volumes of a CSI driver than its CSINode says that it can attach. */
export function nodeVolumeLimits({ view }: Handle): Plugin {
  /** The driver that serves a claim, and what tells its volume from others. */
  const volumeOf = (claim: PersistentVolumeClaim): { driver: string; volume: string } | undefined => {
    const { namespace, name } = claim.metadata;
    const { volumeName = '' } = claim.spec;
    const csi = volumeName === '' ? undefined : view.get(persistentVolumes, undefined, volumeName)?.spec.csi;
    if (csi !== undefined) return { driver: csi.driver, volume: csi.volumeHandle };
    const className = classOf(claim);
    const driver = className === '' ? undefined : view.get(storageClasses, undefined, className)?.provisioner;
    return driver === undefined ? undefined : { driver, volume: `${namespace}/${name}` };
  };

  const collect = (pod: PodInfo, into: Map<string, Set<string>>) => {
    for (const name of pod.claims) {
      const claim = view.get(persistentVolumeClaims, pod.namespace, name);
      const found = claim === undefined ? undefined : volumeOf(claim);
      if (found === undefined) continue;
      const volumes = into.get(found.driver) ?? new Set();
      into.set(found.driver, volumes.add(found.volume));
    }
  };

  return {
    name: 'NodeVolumeLimits',
    preFilter: (_state, pod) => (pod.claims.length === 0 ? skip : undefined),
    filter(_state, pod, node) {
      const drivers = view.get(csiNodes, undefined, node.name)?.spec.drivers ?? [];
      if (!drivers.some(({ allocatable }) => allocatable?.count !== undefined)) return undefined;
      const wanted = new Map<string, Set<string>>();
      collect(pod, wanted);
      const attached = new Map<string, Set<string>>();
      for (const other of node.pods) collect(other, attached);
      for (const { name, allocatable } of drivers) {
        const limit = allocatable?.count;
        const there = attached.get(name) ?? new Set();
        const added = [...(wanted.get(name) ?? [])].filter((volume) => !there.has(volume));
        if (limit !== undefined && added.length > 0 && there.size + added.length > limit) return exceeded;
      }
      return undefined;
    },
    requeue: [
      { on: 'CSINode/Add' },
      { on: 'CSINode/Update' },
      { on: 'AssignedPod/Delete' },
      { on: 'PersistentVolumeClaim/Add', helps: (pod, { object }) => usesClaim(pod, object) },
      { on: 'PersistentVolumeClaim/Delete' },
    ],
  };
}
