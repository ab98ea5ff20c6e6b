import type { PersistentVolumeClaim, StorageClass } from '../../api/objects.ts';
import { quantity } from '../../api/quantity.ts';
import type { AdmissionPlugin } from './plugin.ts';
import { refuse } from './refuse.ts';

/** Claims grow only when they are bound and their class allows it (plugin/pkg/admission/storage/persistentvolume/resize). */
export const persistentVolumeClaimResize: AdmissionPlugin = {
  name: 'PersistentVolumeClaimResize',
  handles: (operation, resource, subresource) =>
    operation === 'UPDATE' && resource === 'persistentvolumeclaims' && subresource === undefined,
  validate(attributes, { store }) {
    const claim = attributes.object as unknown as PersistentVolumeClaim;
    const old = attributes.old as unknown as PersistentVolumeClaim;
    const size = ({ spec }: PersistentVolumeClaim) => quantity(spec.resources?.requests?.storage ?? '0');
    if (size(claim).compare(size(old)) <= 0) return;
    if (old.status.phase !== 'Bound') throw refuse(attributes, 'Only bound persistent volume claims can be expanded');
    const name = claim.spec.storageClassName ?? '';
    const found = store.get('storageclasses.storage.k8s.io', name) as unknown as StorageClass | undefined;
    if (name === '' || found?.allowVolumeExpansion !== true) {
      throw refuse(
        attributes,
        'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
      );
    }
  },
};
