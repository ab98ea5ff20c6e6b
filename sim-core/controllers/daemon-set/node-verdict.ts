import type { PodSpec, Toleration } from 'kubernetes-types/core/v1';
import { podMatchesNode } from '../../api/node-selector.ts';
import type { DaemonSet, NewObject, Node, Pod } from '../../api/objects.ts';
import { REVISION_HASH } from '../shared/history.ts';
import { podFromTemplate } from '../shared/pod-control.ts';
import * as taints from '../shared/taints.ts';

const GENERATION_ANNOTATION = 'deprecated.daemonset.template.generation';
const GENERATION_LABEL = 'pod-template-generation';

export interface NodeVerdict {
  /** Whether a pod of the DaemonSet should be started there. */
  readonly shouldRun: boolean;
  /** Whether one that is there already may stay. */
  readonly shouldStay: boolean;
}

const verdicts = new WeakMap<object, WeakMap<Node, NodeVerdict>>();

/** Whether a node is one for the DaemonSet (NodeShouldRunDaemonPod): name, node selector, affinity, taints. Remembered. */
export function nodeVerdict(set: DaemonSet, node: Node): NodeVerdict {
  let known = verdicts.get(set.spec);
  if (known === undefined) {
    known = new WeakMap();
    verdicts.set(set.spec, known);
  }
  let verdict = known.get(node);
  if (verdict === undefined) {
    verdict = judge(set, node);
    known.set(node, verdict);
  }
  return verdict;
}

function judge(set: DaemonSet, node: Node): NodeVerdict {
  const spec = set.spec.template.spec ?? { containers: [] };
  const { name } = node.metadata;
  if ((spec.nodeName ?? '') !== '' && spec.nodeName !== name) return { shouldRun: false, shouldStay: false };
  if (!podMatchesNode({ metadata: { name: '' }, spec } as unknown as Pod, node)) {
    return { shouldRun: false, shouldStay: false };
  }
  const tolerations = daemonTolerations(spec);
  const hard = (node.spec.taints ?? []).filter(({ effect }) => effect === 'NoExecute' || effect === 'NoSchedule');
  if (taints.untolerated(hard, tolerations) === undefined) return { shouldRun: true, shouldStay: true };
  const evicting = hard.filter(({ effect }) => effect === 'NoExecute');
  return { shouldRun: false, shouldStay: taints.untolerated(evicting, tolerations) === undefined };
}

/** Daemons stay where other pods must not: what runs on each node is often what helps a node in trouble. */
function daemonTolerations({ tolerations = [], hostNetwork }: PodSpec): Toleration[] {
  const added: Toleration[] = [
    { key: taints.NOT_READY, operator: 'Exists', effect: 'NoExecute' },
    { key: taints.UNREACHABLE, operator: 'Exists', effect: 'NoExecute' },
    { key: taints.DISK_PRESSURE, operator: 'Exists', effect: 'NoSchedule' },
    { key: taints.MEMORY_PRESSURE, operator: 'Exists', effect: 'NoSchedule' },
    { key: taints.PID_PRESSURE, operator: 'Exists', effect: 'NoSchedule' },
    { key: taints.UNSCHEDULABLE, operator: 'Exists', effect: 'NoSchedule' },
  ];
  if (hostNetwork === true) added.push({ key: taints.NETWORK_UNAVAILABLE, operator: 'Exists', effect: 'NoSchedule' });
  const result = [...tolerations];
  for (const toleration of added) {
    const { key, operator, effect } = toleration;
    // The same toleration with a time limit gives way to the one without (AddOrUpdateToleration).
    const index = result.findIndex(
      (other) => other.key === key && other.operator === operator && other.effect === effect && !other.value,
    );
    if (index < 0) result.push(toleration);
    else result[index] = toleration;
  }
  return result;
}

/** The pod of a DaemonSet for one node: bound to it by affinity, so that the scheduler has only that choice. */
export function daemonPod(set: DaemonSet, hash: string, node: string | undefined): NewObject<Pod> {
  const { template } = set.spec;
  const pod = podFromTemplate(template, set);
  const labels: Record<string, string> = { ...pod.metadata.labels, [REVISION_HASH]: hash };
  const generation = set.metadata.annotations?.[GENERATION_ANNOTATION];
  if (generation !== undefined) labels[GENERATION_LABEL] = generation;
  const { affinity, ...spec } = pod.spec;
  const required = {
    nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node ?? ''] }] }],
  };
  return {
    ...pod,
    metadata: { ...pod.metadata, labels },
    spec: {
      ...spec,
      affinity: {
        ...affinity,
        nodeAffinity: { ...affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: required },
      },
      tolerations: daemonTolerations(pod.spec),
    },
  };
}
