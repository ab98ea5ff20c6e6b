import type { Plugin } from '../framework.ts';
import { unresolvable } from '../status.ts';

const otherNode = unresolvable("node(s) didn't match the requested node name");

/** Lets a pod that names its node run nowhere else. */
export const nodeName: Plugin = {
  name: 'NodeName',
  filter(_state, { pod }, node) {
    const wanted = pod.spec.nodeName;
    return wanted === undefined || wanted === '' || wanted === node.name ? undefined : otherNode;
  },
  requeue: [{ on: 'Node/Add' }],
};
