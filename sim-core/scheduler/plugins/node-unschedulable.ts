import type { Node, Pod } from '../../api/objects.ts';
import type { Handle, Plugin } from '../framework.ts';
import { skip, unresolvable } from '../status.ts';
import { tolerates } from '../tolerations.ts';

const cordoned = unresolvable('node(s) were unschedulable');

function toleratesCordon(pod: Pod): boolean {
  const taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
  return pod.spec.tolerations?.some((toleration) => tolerates(toleration, taint)) ?? false;
}

/** Keeps pods off cordoned nodes (`spec.unschedulable`). */
export const nodeUnschedulable = ({ snapshot }: Handle): Plugin => ({
  name: 'NodeUnschedulable',
  local: true,
  preFilter: () => (snapshot.cordonedNodes === 0 ? skip : undefined),
  filter(_state, pod, node) {
    if (node.node.spec.unschedulable !== true) return undefined;
    return toleratesCordon(pod.pod) ? undefined : cordoned;
  },
  requeue: [
    { on: 'Node/Add', helps: (_pod, { object }) => (object as Node).spec.unschedulable !== true },
    { on: 'Node/UpdateUnschedulable', helps: (_pod, { object }) => (object as Node).spec.unschedulable !== true },
    { on: 'Pod/UpdateTolerations', helps: (_pod, { object }) => toleratesCordon(object as Pod) },
  ],
});
