import type { PersistentVolume, PersistentVolumeClaim, Pod, StorageClass } from '../../../sim-core/api/objects.ts';
import type { LensSource } from './source.ts';

/** One claim with what stands on either side of it. */
export interface BindingView {
  readonly claim: string;
  readonly namespace: string;
  readonly phase: string;
  readonly asks: string;
  readonly modes: string;
  readonly pods: readonly { readonly name: string; readonly node: string }[];
  readonly volume:
    | {
        readonly name: string;
        readonly phase: string;
        readonly capacity: string;
        readonly policy: string;
        readonly source: string;
      }
    | undefined;
  readonly storageClass: { readonly name: string; readonly provisioner: string; readonly binding: string } | undefined;
}

/** The claims with their pods, volumes and classes; and volumes that nobody claims. */
export function storageLens({ mirror, focus }: LensSource): {
  bindings: BindingView[];
  free: { name: string; phase: string; capacity: string }[];
} {
  const pods = mirror.list('pods') as unknown as Pod[];
  const classes = mirror.list('storageclasses.storage.k8s.io') as unknown as StorageClass[];
  const volumes = mirror.list('persistentvolumes') as unknown as PersistentVolume[];
  const claims = (mirror.list('persistentvolumeclaims') as unknown as PersistentVolumeClaim[]).filter(
    ({ metadata }) =>
      focus?.table !== 'persistentvolumeclaims' ||
      (metadata.name === focus.name && metadata.namespace === focus.namespace),
  );
  const bindings = claims.map(({ metadata, spec, status }): BindingView => {
    const volume = volumes.find(({ metadata: of }) => of.name === spec.volumeName);
    const storageClass = classes.find(({ metadata: of }) => of.name === spec.storageClassName);
    return {
      claim: metadata.name,
      namespace: metadata.namespace ?? '',
      phase: status?.phase ?? 'Pending',
      asks: String(spec.resources?.requests?.storage ?? ''),
      modes: (spec.accessModes ?? []).join(', '),
      pods: pods
        .filter(
          (pod) =>
            pod.metadata.namespace === metadata.namespace &&
            pod.spec.volumes?.some(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === metadata.name),
        )
        .map((pod) => ({ name: pod.metadata.name, node: pod.spec.nodeName ?? '' })),
      volume:
        volume === undefined
          ? undefined
          : {
              name: volume.metadata.name,
              phase: volume.status?.phase ?? 'Pending',
              capacity: String(volume.spec.capacity?.storage ?? ''),
              policy: volume.spec.persistentVolumeReclaimPolicy ?? '',
              source: sourceOf(volume),
            },
      storageClass:
        storageClass === undefined
          ? undefined
          : {
              name: storageClass.metadata.name,
              provisioner: storageClass.provisioner,
              binding: storageClass.volumeBindingMode ?? 'Immediate',
            },
    };
  });
  const free = volumes
    .filter(({ spec }) => spec.claimRef === undefined)
    .map(({ metadata, spec, status }) => ({
      name: metadata.name,
      phase: status?.phase ?? 'Available',
      capacity: String(spec.capacity?.storage ?? ''),
    }));
  return { bindings, free };
}

function sourceOf({ spec }: PersistentVolume): string {
  if (spec.csi !== undefined) return spec.csi.driver;
  if (spec.nfs !== undefined) return `nfs ${spec.nfs.server}:${spec.nfs.path}`;
  if (spec.hostPath !== undefined) return `hostPath ${spec.hostPath.path}`;
  if (spec.local !== undefined) return `local ${spec.local.path}`;
  return '';
}
