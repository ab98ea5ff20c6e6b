import type { Plugin } from '../framework.ts';
import { skip, unresolvable } from '../status.ts';

const otherNode = unresolvable("node(s) didn't match the requested node name");

/** Lets a pod that names its node run nowhere else. */
export const nodeName: Plugin = {
  name: 'NodeName',
  local: true,
  preFilter: (_state, { pod }) => ((pod.spec.nodeName ?? '') === '' ? skip : undefined),
  filter: (_state, { pod }, node) => (pod.spec.nodeName === node.name ? undefined : otherNode),
  requeue: [{ on: 'Node/Add' }],
};
