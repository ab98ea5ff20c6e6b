import type { PersistentVolumeClaim, Pod } from '../../sim-core/api/objects.ts';
import type { Mirror } from './mirror.ts';

/** A claim of storage with the volume behind it, as the map draws it: a cylinder once there is one, its outline until then. */
export interface VolumeView {
  /** Uid of the claim. */
  readonly uid: string;
  /** The claim's name. */
  readonly name: string;
  readonly namespace: string;
  /** `Pending`, `Bound` or `Lost`, as kubectl prints it. */
  readonly phase: string;
  /** What it holds, or what was asked for while there is no volume: `1Gi`. */
  readonly size: string;
  /** The volume's name; undefined until one is bound. */
  readonly volume: string | undefined;
  /** Uids of the pods that mount it. */
  readonly pods: readonly string[];
}

/** Every claim outside the cluster's own namespaces, in the order of their names. */
export function volumeViews(mirror: Mirror, pods: readonly Pod[]): VolumeView[] {
  const claims = mirror.list('persistentvolumeclaims') as unknown as PersistentVolumeClaim[];
  if (claims.length === 0) return [];
  const mounted = new Map<string, string[]>();
  for (const { metadata, spec } of pods) {
    for (const { persistentVolumeClaim: claim } of spec.volumes ?? []) {
      if (claim === undefined) continue;
      const key = `${metadata.namespace}/${claim.claimName}`;
      mounted.set(key, [...(mounted.get(key) ?? []), metadata.uid]);
    }
  }
  return claims.map(({ metadata, spec, status }) => ({
    uid: metadata.uid,
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    phase: status?.phase ?? 'Pending',
    size: String(status?.capacity?.storage ?? spec.resources?.requests?.storage ?? ''),
    volume: spec.volumeName === undefined || spec.volumeName === '' ? undefined : spec.volumeName,
    pods: mounted.get(`${metadata.namespace}/${metadata.name}`) ?? [],
  }));
}
