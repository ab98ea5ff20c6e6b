import type { Pod } from '../../api/objects.ts';
import type { EventSubject } from '../../client/index.ts';

/** A part of a pod that an event is about: `spec.containers{web}` (kubecontainer.GenerateContainerRef). */
export function containerSubject(pod: Pod, name: string): EventSubject {
  const { spec } = pod;
  const named = (list: readonly { name: string }[] | undefined) => list?.some((one) => one.name === name) === true;
  const field = named(spec.containers)
    ? 'containers'
    : named(spec.initContainers)
      ? 'initContainers'
      : 'ephemeralContainers';
  return { ...podSubject(pod), fieldPath: `spec.${field}{${name}}` };
}

export function podSubject({ metadata }: Pod): EventSubject {
  const { name, namespace = '', uid, resourceVersion } = metadata;
  return { apiVersion: 'v1', kind: 'Pod', name, namespace, uid, resourceVersion };
}

/** The node as events name it: the kubelet knows no uid but its name. */
export function nodeSubject(name: string): EventSubject {
  return { apiVersion: 'v1', kind: 'Node', name, uid: name };
}

/** `web_default(3f2c…)`, as messages name a pod (format.Pod). */
export function formatPod({ metadata }: Pod): string {
  return `${metadata.name}_${metadata.namespace ?? ''}(${metadata.uid})`;
}
