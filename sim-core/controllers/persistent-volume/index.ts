import { objectKey, type PersistentVolume, type PersistentVolumeClaim } from '../../api/objects.ts';
import { SECOND } from '../../engine/index.ts';
import { persistentVolumes } from '../../resources/persistent-volume.ts';
import { persistentVolumeClaims } from '../../resources/persistent-volume-claim.ts';
import { storageClasses } from '../../resources/storage-class.ts';
import type { ControllerDefinition } from '../controller.ts';
import { Binder } from './binder.ts';

/** `--pvclaimbinder-sync-period` */
const RESYNC = 15 * SECOND;

/**
 * The persistent volume binder (pkg/controller/volume/persistentvolume): finds a volume for every claim, and a use or an end for
 * every volume. A claim and a volume are bound when each names the other; as two objects cannot be written at once, `binder.ts`
 * goes in small steps, each of which can be continued from what it finds.
 */
export const persistentVolumeBinderController: ControllerDefinition = {
  name: 'persistentvolume-binder-controller',
  serviceAccount: 'persistent-volume-binder',
  eventSource: 'persistentvolume-controller',
  setUp(context) {
    const { informers } = context;
    const claims = informers.for(persistentVolumeClaims);
    const volumes = informers.for(persistentVolumes);
    const classes = informers.for(storageClasses);
    const binder = new Binder(context, claims, volumes, classes);
    const claimQueue = context.queue({
      reconcile(key) {
        const claim = claims.getByKey(key);
        if (claim !== undefined) binder.syncClaim(claim);
      },
    });
    const volumeQueue = context.queue({
      reconcile(name) {
        const volume = volumes.getByKey(name);
        if (volume !== undefined) binder.syncVolume(volume);
      },
    });

    const enqueueClaim = (claim: PersistentVolumeClaim) => claimQueue.add(objectKey(claim));
    const enqueueVolume = (volume: PersistentVolume) => {
      volumeQueue.add(volume.metadata.name);
      const { claimRef } = volume.spec;
      if (claimRef !== undefined) claimQueue.add(`${claimRef.namespace}/${claimRef.name}`);
    };
    claims.addHandler({
      added: enqueueClaim,
      updated: enqueueClaim,
      deleted(claim) {
        const { volumeName = '' } = claim.spec;
        if (volumeName !== '') volumeQueue.add(volumeName);
      },
    });
    volumes.addHandler({ added: enqueueVolume, updated: enqueueVolume, deleted: enqueueVolume });
    // A claim that found no volume is looked at again now and then: volumes and classes come later.
    context.every(RESYNC, () => {
      for (const claim of claims.list()) if (claim.status.phase !== 'Bound') enqueueClaim(claim);
    });
  },
};
