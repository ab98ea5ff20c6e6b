import type { AdmissionPlugin } from './plugin.ts';

const FINALIZERS: Readonly<Record<string, string>> = {
  persistentvolumeclaims: 'kubernetes.io/pvc-protection',
  persistentvolumes: 'kubernetes.io/pv-protection',
};

/** Volumes and claims are held by a finalizer while they are in use (plugin/pkg/admission/storage/storageobjectinuseprotection). */
export const storageObjectInUseProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  handles: (operation, resource, subresource) =>
    operation === 'CREATE' && subresource === undefined && Object.hasOwn(FINALIZERS, resource),
  mutate({ object, request }) {
    const { metadata } = object!;
    const finalizer = FINALIZERS[request.target.resource.plural]!;
    if (metadata.finalizers?.includes(finalizer) === true) return false;
    metadata.finalizers = [...(metadata.finalizers ?? []), finalizer];
    return true;
  },
};
