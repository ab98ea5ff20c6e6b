import type { PersistentVolumeClaim as ClaimTemplate } from 'kubernetes-types/core/v1';
import type { NewObject, PersistentVolumeClaim, Pod, StatefulSet } from '../../api/objects.ts';
import { REVISION_HASH } from '../shared/history.ts';
import { podFromTemplate } from '../shared/pod-control.ts';

const POD_NAME_LABEL = 'statefulset.kubernetes.io/pod-name';
const POD_INDEX_LABEL = 'apps.kubernetes.io/pod-index';

/** The first ordinal (`spec.ordinals.start`). */
export function startOrdinal({ spec }: StatefulSet): number {
  return spec.ordinals?.start ?? 0;
}

export function podName({ metadata }: StatefulSet, ordinal: number): string {
  return `${metadata.name}-${ordinal}`;
}

/** The ordinal that a pod's name says it has in the set; undefined when it is not a name of the set. */
export function ordinalOf({ metadata }: StatefulSet, pod: Pod): number | undefined {
  const prefix = `${metadata.name}-`;
  const { name } = pod.metadata;
  if (!name.startsWith(prefix)) return undefined;
  const text = name.slice(prefix.length);
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** The n-th pod: its name, host name and labels never change, wherever it runs (newStatefulSetPod). */
export function statefulPod(
  set: StatefulSet,
  template: StatefulSet['spec']['template'],
  revision: string,
  ordinal: number,
): NewObject<Pod> {
  const pod = podFromTemplate(template, set);
  const name = podName(set, ordinal);
  const labels = {
    ...pod.metadata.labels,
    [POD_NAME_LABEL]: name,
    [POD_INDEX_LABEL]: String(ordinal),
    [REVISION_HASH]: revision,
  };
  const claims = (set.spec.volumeClaimTemplates ?? []).map((claim) => ({
    name: claim.metadata!.name!,
    persistentVolumeClaim: { claimName: claimName(set, claim, ordinal) },
  }));
  const others = (pod.spec.volumes ?? []).filter((volume) => !claims.some((claim) => claim.name === volume.name));
  const volumes = [...claims, ...others];
  return {
    metadata: { ...pod.metadata, name, labels },
    spec: {
      ...pod.spec,
      hostname: name,
      subdomain: set.spec.serviceName ?? '',
      ...(volumes.length === 0 ? {} : { volumes }),
    },
  };
}

export function claimName(set: StatefulSet, claim: ClaimTemplate, ordinal: number): string {
  return `${claim.metadata!.name}-${podName(set, ordinal)}`;
}

/** The claims of the n-th pod, as they should be when they are made. */
export function claimsOf(set: StatefulSet, ordinal: number): NewObject<PersistentVolumeClaim>[] {
  return (set.spec.volumeClaimTemplates ?? []).map((claim) => ({
    metadata: {
      name: claimName(set, claim, ordinal),
      namespace: set.metadata.namespace,
      labels: { ...claim.metadata?.labels, ...set.spec.selector.matchLabels },
      ...(claim.metadata?.annotations === undefined ? {} : { annotations: claim.metadata.annotations }),
    },
    spec: claim.spec ?? {},
  }));
}

/** Whether a pod still has the name labels that it was made with (identityMatches). */
export function identityMatches(set: StatefulSet, pod: Pod, ordinal: number): boolean {
  const { name, labels } = pod.metadata;
  return (
    name === podName(set, ordinal) && labels?.[POD_NAME_LABEL] === name && labels[POD_INDEX_LABEL] === String(ordinal)
  );
}

/** The labels that make a pod the n-th again after somebody took them away. */
export function identityLabels(set: StatefulSet, ordinal: number): Record<string, string> {
  return { [POD_NAME_LABEL]: podName(set, ordinal), [POD_INDEX_LABEL]: String(ordinal) };
}
