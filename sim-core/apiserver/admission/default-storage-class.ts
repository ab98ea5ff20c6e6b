import type { PersistentVolumeClaim } from '../../api/objects.ts';
import { defaultClass } from './default-class.ts';
import type { AdmissionPlugin } from './plugin.ts';

const DEFAULT = 'storageclass.kubernetes.io/is-default-class';
const BETA_CLASS = 'volume.beta.kubernetes.io/storage-class';

/** Claims that name no class get the default one, if there is one (plugin/pkg/admission/storage/storageclass/setdefault). */
export const defaultStorageClass: AdmissionPlugin = {
  name: 'DefaultStorageClass',
  handles: (operation, resource, subresource) =>
    operation === 'CREATE' && resource === 'persistentvolumeclaims' && subresource === undefined,
  mutate({ object }, context) {
    const claim = object as unknown as PersistentVolumeClaim;
    if (claim.metadata.annotations?.[BETA_CLASS] !== undefined || claim.spec.storageClassName !== undefined)
      return false;
    const found = defaultClass(context, 'storageclasses.storage.k8s.io', DEFAULT);
    if (found === undefined) return false;
    claim.spec = { ...claim.spec, storageClassName: found.metadata.name };
    return true;
  },
};
