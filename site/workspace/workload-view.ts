import { type AnyObject, controllerOf, type Deployment } from '../../sim-core/api/objects.ts';
import type { Mirror } from './mirror.ts';
import type { PodView, WorkloadView } from './view.ts';

export interface Ownership {
  /** Pods by the uid of the object that manages them. */
  readonly byOwner: ReadonlyMap<string, readonly PodView[]>;
  readonly all: ReadonlySet<string>;
}

export function ownership(pods: readonly PodView[], owners: ReadonlyMap<string, string | undefined>): Ownership {
  const byOwner = new Map<string, PodView[]>();
  const all = new Set<string>();
  for (const pod of pods) {
    const owner = owners.get(pod.uid);
    if (owner === undefined) continue;
    const list = byOwner.get(owner) ?? [];
    list.push(pod);
    byOwner.set(owner, list);
    all.add(pod.uid);
  }
  return { byOwner, all };
}

export function workloadView(object: AnyObject, mirror: Mirror, { byOwner }: Ownership): WorkloadView {
  const { uid, name, namespace = '' } = object.metadata;
  const { kind } = object;
  const podsOf = (owner: string) => byOwner.get(owner) ?? [];
  const nested = kind === 'Deployment';
  const sets = nested
    ? mirror
        .list('replicasets.apps')
        .filter((set) => controllerOf(set)?.uid === uid)
        .map((set) => ({
          uid: set.metadata.uid,
          name: set.metadata.name,
          desired: desiredOf(set),
          pods: podsOf(set.metadata.uid),
          revision: Number(set.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0),
        }))
        .filter(({ desired, pods }) => desired > 0 || pods.length > 0)
        .sort((left, right) => left.revision - right.revision)
        .map(({ revision: _, ...set }) => set)
    : [{ uid, name, desired: desiredOf(object), pods: podsOf(uid) }];
  const ready = sets.flatMap(({ pods }) => pods).filter(({ state }) => state === 'ready').length;
  return { uid, kind, name, namespace, desired: desiredOf(object), ready, sets, nested };
}

/** How many pods an object asks for. */
function desiredOf(object: AnyObject): number {
  const spec = object.spec as { replicas?: number; completions?: number; parallelism?: number } | undefined;
  const status = object.status as { desiredNumberScheduled?: number } | undefined;
  if (object.kind === 'DaemonSet') return status?.desiredNumberScheduled ?? 0;
  if (object.kind === 'Job') return spec?.completions ?? spec?.parallelism ?? 1;
  return (object as unknown as Deployment).spec.replicas ?? 1;
}
