import { controllerOf, type KubeObject } from '../api/objects.ts';
import {
  everything,
  LabelSelector,
  type LabelSelectorObject,
  type Labels,
  labelSelectorAsSelector,
  selectorFromSet,
} from '../api/selector.ts';
import { replicaSets } from '../resources/replica-set.ts';
import { replicationControllers } from '../resources/replication-controller.ts';
import type { ResourceDefinition } from '../resources/resource.ts';
import { statefulSets } from '../resources/stateful-set.ts';
import type { ClusterView } from './framework.ts';
import type { PodInfo } from './pod-info.ts';

interface Selecting {
  readonly spec: { readonly selector?: unknown };
}

/** A definition as the table below holds it. */
function selecting<T extends KubeObject & Selecting>(resource: ResourceDefinition<T>) {
  return resource as unknown as ResourceDefinition<KubeObject & Selecting>;
}

/** Controllers whose selector the default constraints use. */
const ownerKinds: Readonly<
  Record<string, { apiVersion: string; resource: ResourceDefinition<KubeObject & Selecting> }>
> = {
  ReplicaSet: { apiVersion: 'apps/v1', resource: selecting(replicaSets) },
  StatefulSet: { apiVersion: 'apps/v1', resource: selecting(statefulSets) },
  ReplicationController: { apiVersion: 'v1', resource: selecting(replicationControllers) },
};

/** The selectors of the Services and the controller that the pod belongs to, together (helper.DefaultSelector). */
export function defaultSelector(view: ClusterView, pod: PodInfo): LabelSelector {
  let selector = everything;
  for (const { spec } of view.servicesOf(pod.pod)) selector = mergedSelectors(selector, selectorFromSet(spec.selector));
  const owner = controllerOf(pod.pod);
  const kind = owner === undefined ? undefined : ownerKinds[owner.kind];
  if (owner === undefined || kind === undefined || kind.apiVersion !== owner.apiVersion) return selector;
  const object = view.get(kind.resource, pod.namespace, owner.name);
  if (object === undefined) return selector;
  const own = object.spec.selector;
  const isMap = owner.kind === 'ReplicationController';
  return mergedSelectors(
    selector,
    isMap ? selectorFromSet(own as Labels) : labelSelectorAsSelector(own as LabelSelectorObject),
  );
}

const both = new WeakMap<LabelSelector, WeakMap<LabelSelector, LabelSelector>>();

/** The selector of what both match. Remembered: those of Services and controllers meet again with every pod. */
export function mergedSelectors(a: LabelSelector, b: LabelSelector): LabelSelector {
  let withA = both.get(a);
  if (withA === undefined) {
    withA = new WeakMap();
    both.set(a, withA);
  }
  let result = withA.get(b);
  if (result === undefined) {
    result = new LabelSelector([...a.requirements, ...b.requirements], a.selectable && b.selectable);
    withA.set(b, result);
  }
  return result;
}
