import { deepEqual } from '../../api/equality.ts';
import { objectKey, type Pod, type StatefulSet } from '../../api/objects.ts';
import { labelSelectorAsSelector } from '../../api/selector.ts';
import { SECOND } from '../../engine/index.ts';
import { controllerRevisions } from '../../resources/controller-revision.ts';
import { persistentVolumeClaims } from '../../resources/persistent-volume-claim.ts';
import { pods } from '../../resources/pod.ts';
import { statefulSets } from '../../resources/stateful-set.ts';
import type { ControllerDefinition } from '../controller.ts';
import { claim } from '../shared/claim.ts';
import { claimable, indexByController, ownedBy, watchDependants } from '../shared/ownership.ts';
import { isPodReady, isTerminating } from '../shared/pods.ts';
import { updateStatus } from '../shared/update-status.ts';
import { converge } from './control.ts';
import { ordinalOf } from './identity.ts';
import { StatefulPods } from './pods.ts';
import { finishUpdate, revisionsOf, truncateRevisions } from './revisions.ts';

/**
 * The StatefulSet controller (pkg/controller/statefulset): pods with names, places in a line, and volumes of their own. One
 * reconciliation takes at most one step where order matters (`control.ts`); the pod's next change brings the next.
 *
 * `identity.ts` is what makes a pod the n-th of its set, `pods.ts` makes pods and claims, `revisions.ts` keeps versions.
 */
export const statefulSetController: ControllerDefinition = {
  name: 'statefulset-controller',
  setUp(context) {
    const { client, engine, informers } = context;
    const owners = informers.for(statefulSets);
    const podInformer = indexByController(informers.for(pods));
    const claimInformer = informers.for(persistentVolumeClaims);
    const revisionInformer = indexByController(informers.for(controllerRevisions));
    owners.addIndex('namespace', ({ metadata }) => [metadata.namespace ?? '']);
    const control = new StatefulPods(context, claimInformer);
    const queue = context.queue({ reconcile });
    const enqueue = (set: StatefulSet) => queue.add(objectKey(set));

    owners.addHandler({ added: enqueue, updated: enqueue, deleted: enqueue });
    watchDependants<Pod, StatefulSet>(podInformer, owners, 'StatefulSet', {
      owned(set, pod, old) {
        enqueue(set);
        const { minReadySeconds = 0 } = set.spec;
        if (minReadySeconds > 0 && old !== undefined && !isPodReady(old) && isPodReady(pod)) {
          queue.addAfter(objectKey(set), (minReadySeconds + 1) * SECOND);
        }
      },
      orphan(pod) {
        for (const set of owners.byIndex('namespace', pod.metadata.namespace ?? '')) {
          if (labelSelectorAsSelector(set.spec.selector).matches(pod.metadata.labels)) enqueue(set);
        }
      },
    });
    // A pod being deleted still has its name: only when it is really gone can the next of that name be made.
    podInformer.addHandler({
      deleted(pod) {
        const owner = pod.metadata.ownerReferences?.find(
          ({ kind, controller }) => kind === 'StatefulSet' && controller === true,
        );
        if (owner !== undefined) queue.add(`${pod.metadata.namespace}/${owner.name}`);
      },
    });

    function reconcile(key: string): void {
      const set = owners.getByKey(key);
      if (set === undefined) return;
      const selector = labelSelectorAsSelector(set.spec.selector);
      const owned = claim<Pod, StatefulSet>({
        client,
        resource: pods,
        ownerResource: statefulSets,
        owner: set,
        candidates: claimable(podInformer, set),
        // The name must be one of the set's as well: a pod that merely has the labels is nobody's n-th.
        matches: (pod) => selector.matches(pod.metadata.labels) && ordinalOf(set, pod) !== undefined,
      });
      const revisions = revisionsOf(client, set, ownedBy(revisionInformer, set));
      const { status, failure } = converge(set, revisions, owned, control, engine.now);
      const finished = finishUpdate(set, status);
      if (!deepEqual(finished, set.status)) updateStatus(client, statefulSets, set, finished);
      if (!isTerminating(set)) truncateRevisions(client, set, owned, revisions);
      const { minReadySeconds = 0 } = set.spec;
      if (minReadySeconds > 0 && (finished.availableReplicas ?? 0) !== (finished.readyReplicas ?? 0)) {
        queue.addAfter(key, minReadySeconds * SECOND);
      }
      if (failure !== undefined) throw failure;
    }
  },
};
