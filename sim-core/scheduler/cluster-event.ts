import type { KubeObject, Node, Pod } from '../api/objects.ts';
import { sameMap } from './cache.ts';
import { podRequests, Resource } from './resource.ts';

/**
 * Changes in the cluster on which refused pods may be tried again (framework.ClusterEvent). `AssignedPod` is a pod on a node,
 * `Pod` the refused pod itself.
 */
export type ClusterEventKind =
  | 'Node/Add'
  | 'Node/UpdateAllocatable'
  | 'Node/UpdateLabel'
  | 'Node/UpdateTaint'
  | 'Node/UpdateUnschedulable'
  | 'AssignedPod/Add'
  | 'AssignedPod/UpdateLabel'
  | 'AssignedPod/ScaleDown'
  | 'AssignedPod/Delete'
  | 'Pod/UpdateLabel'
  | 'Pod/UpdateTolerations'
  | 'Pod/UpdateSchedulingGates'
  | 'Pod/ScaleDown'
  | 'PersistentVolume/Add'
  | 'PersistentVolume/Update'
  | 'PersistentVolumeClaim/Add'
  | 'PersistentVolumeClaim/Update'
  | 'PersistentVolumeClaim/Delete'
  | 'StorageClass/Add'
  | 'StorageClass/Update'
  | 'CSINode/Add'
  | 'CSINode/Update';

export interface ClusterEvent {
  readonly kind: ClusterEventKind;
  readonly object: KubeObject;
  readonly old?: KubeObject;
}

const same = (a: unknown, b: unknown) => a === b || JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

/** What changed on a node, in the scheduler's terms (NodeSchedulingPropertiesChange). */
export function nodeChanges(node: Node, old: Node): ClusterEvent[] {
  const kinds: ClusterEventKind[] = [];
  if (!same(old.status.allocatable, node.status.allocatable)) kinds.push('Node/UpdateAllocatable');
  if (!sameMap(old.metadata.labels, node.metadata.labels)) kinds.push('Node/UpdateLabel');
  if (!same(old.spec.taints, node.spec.taints)) kinds.push('Node/UpdateTaint');
  if ((old.spec.unschedulable ?? false) !== (node.spec.unschedulable ?? false)) kinds.push('Node/UpdateUnschedulable');
  return kinds.map((kind) => ({ kind, object: node, old }));
}

/** What changed on a pod, in the scheduler's terms (PodSchedulingPropertiesChange). */
export function podChanges(pod: Pod, old: Pod): ClusterEvent[] {
  const assigned = pod.spec.nodeName !== undefined && pod.spec.nodeName !== '';
  const kinds: ClusterEventKind[] = [];
  if (!sameMap(old.metadata.labels, pod.metadata.labels)) {
    kinds.push(assigned ? 'AssignedPod/UpdateLabel' : 'Pod/UpdateLabel');
  }
  if (shrunk(pod, old)) kinds.push(assigned ? 'AssignedPod/ScaleDown' : 'Pod/ScaleDown');
  if (!assigned) {
    if (!same(old.spec.tolerations, pod.spec.tolerations)) kinds.push('Pod/UpdateTolerations');
    const gates = pod.spec.schedulingGates?.length ?? 0;
    if (gates === 0 && (old.spec.schedulingGates?.length ?? 0) > 0) kinds.push('Pod/UpdateSchedulingGates');
  }
  return kinds.map((kind) => ({ kind, object: pod, old }));
}

function shrunk(pod: Pod, old: Pod): boolean {
  if (pod.spec === old.spec && pod.status.containerStatuses === old.status.containerStatuses) return false;
  const after = podRequests(pod);
  const before = podRequests(old);
  const larger = new Resource();
  larger.raiseTo(after);
  larger.raiseTo(before);
  return !larger.equals(after);
}
