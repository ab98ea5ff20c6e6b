import type { Pod } from '../../api/objects.ts';
import type { Plugin } from '../framework.ts';
import { PodInfo } from '../pod-info.ts';
import { skip, unschedulable } from '../status.ts';

const taken = unschedulable("node(s) didn't have free ports for the requested pod ports");

/** Whether the pods want a port in common. */
function compete(a: PodInfo, b: PodInfo): boolean {
  return a.hostPorts.some((one) =>
    b.hostPorts.some(
      (other) =>
        one.port === other.port &&
        one.protocol === other.protocol &&
        (one.ip === other.ip || one.ip === '0.0.0.0' || other.ip === '0.0.0.0'),
    ),
  );
}

/** Gives each `hostPort` of a node to one pod only. */
export const nodePorts: Plugin = {
  name: 'NodePorts',
  local: true,
  preFilter: (_state, pod) => (pod.hostPorts.length === 0 ? skip : undefined),
  filter: (_state, pod, node) => (pod.hostPorts.some((port) => node.portTaken(port)) ? taken : undefined),
  requeue: [
    {
      on: 'AssignedPod/Delete',
      helps: (pod, { object }) => compete(new PodInfo(pod), new PodInfo(object as Pod)),
    },
    { on: 'Node/Add' },
  ],
};
