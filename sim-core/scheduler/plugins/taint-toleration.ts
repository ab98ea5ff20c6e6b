import type { Node, Pod } from '../../api/objects.ts';
import { StateKey } from '../cycle-state.ts';
import type { Handle, Plugin } from '../framework.ts';
import type { Taint } from '../node-info.ts';
import { normalizeScores } from '../normalize.ts';
import { type Status, skip, unresolvable } from '../status.ts';
import { type Toleration, untolerated } from '../tolerations.ts';

/** Tolerations that speak of PreferNoSchedule, by which nodes are scored. */
const softTolerations = new StateKey<readonly Toleration[]>('PreScoreTaintToleration');
const refusals = new WeakMap<Taint, Status>();

function refusal(taint: Taint): Status {
  let status = refusals.get(taint);
  if (status === undefined) {
    status = unresolvable(`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`);
    refusals.set(taint, status);
  }
  return status;
}

function tolerated(pod: Pod, node: Node): boolean {
  const hard = (node.spec.taints ?? []).filter(({ effect }) => effect !== 'PreferNoSchedule');
  return untolerated(hard, pod.spec.tolerations) === undefined;
}

/** Keeps pods off nodes whose taints they do not tolerate, and prefers nodes with fewer such soft taints. */
export const taintToleration = ({ snapshot }: Handle): Plugin => ({
  name: 'TaintToleration',
  local: true,
  preFilter: () => (snapshot.taintedNodes === 0 ? skip : undefined),
  filter(_state, { pod }, node) {
    if (node.hardTaints.length === 0) return undefined;
    const taint = untolerated(node.hardTaints, pod.spec.tolerations);
    return taint === undefined ? undefined : refusal(taint);
  },
  preScore(state, { pod }) {
    const tolerations = pod.spec.tolerations ?? [];
    state.write(
      softTolerations,
      tolerations.filter(({ effect = '' }) => effect === '' || effect === 'PreferNoSchedule'),
    );
    return undefined;
  },
  score(state, _pod, node) {
    if (node.softTaints.length === 0) return 0;
    const tolerations = state.read(softTolerations);
    return node.softTaints.filter((taint) => untolerated([taint], tolerations) !== undefined).length;
  },
  normalize: (_state, _pod, scores) => normalizeScores(scores, true),
  requeue: [
    { on: 'Node/Add', helps: (pod, { object }) => tolerated(pod, object as Node) },
    { on: 'Node/UpdateTaint', helps: (pod, { object }) => tolerated(pod, object as Node) },
    { on: 'Pod/UpdateTolerations' },
  ],
});
