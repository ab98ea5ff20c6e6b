import type { VolumePlugin } from './volume.ts';

/** The volume of a claim, from whoever provides the cluster's storage. */
export const persistentVolumeClaim: VolumePlugin = {
  setUp(volume, pod, host) {
    const { claimName, readOnly = false } = volume.persistentVolumeClaim!;
    if (host.persistentVolumes === undefined) throw new Error('this cluster has no storage for persistent volumes');
    return host.persistentVolumes.mount(pod, claimName, host.nodeName, readOnly);
  },
};

/** A claim that lives and dies with its pod; the ephemeral volume controller makes it under this name. */
export const ephemeral: VolumePlugin = {
  setUp(volume, pod, host) {
    if (host.persistentVolumes === undefined) throw new Error('this cluster has no storage for persistent volumes');
    return host.persistentVolumes.mount(pod, `${pod.metadata.name}-${volume.name}`, host.nodeName, false);
  },
};
