import type { Pod } from '../../api/objects.ts';
import type { Informer } from '../../client/index.ts';

const BY_NODE = 'node';

/** Has the informer keep pods by the node they are bound to. */
export function indexByNode(pods: Informer<Pod>): Informer<Pod> {
  pods.addIndex(BY_NODE, ({ spec }) => (spec.nodeName === undefined || spec.nodeName === '' ? [] : [spec.nodeName]));
  return pods;
}

export function podsOn(pods: Informer<Pod>, node: string): Pod[] {
  return pods.byIndex(BY_NODE, node);
}
