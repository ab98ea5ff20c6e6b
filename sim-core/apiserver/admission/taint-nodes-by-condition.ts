import type { Node } from '../../api/objects.ts';
import type { AdmissionPlugin } from './plugin.ts';

const NOT_READY = 'node.kubernetes.io/not-ready';

/** A new node takes no pods until the node lifecycle controller has seen it ready (plugin/pkg/admission/nodetaint). */
export const taintNodesByCondition: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  handles: (operation, resource, subresource) =>
    operation === 'CREATE' && resource === 'nodes' && subresource === undefined,
  mutate({ object }) {
    const node = object as unknown as Node;
    const taints = node.spec?.taints ?? [];
    if (taints.some(({ key, effect }) => key === NOT_READY && effect === 'NoSchedule')) return false;
    node.spec = { ...node.spec, taints: [...taints, { effect: 'NoSchedule', key: NOT_READY }] };
    return true;
  },
};
