import { controllerOf, type Deployment, objectKey, type Pod, type ReplicaSet } from '../../api/objects.ts';
import { labelSelectorAsSelector } from '../../api/selector.ts';
import { deployments } from '../../resources/deployment.ts';
import { pods } from '../../resources/pod.ts';
import { replicaSets } from '../../resources/replica-set.ts';
import type { ControllerDefinition } from '../controller.ts';
import { byLabels, claim } from '../shared/claim.ts';
import { claimable, indexByController, ownedBy, resolveOwner, watchDependants } from '../shared/ownership.ts';
import { isTerminating } from '../shared/pods.ts';
import { rolloutRecreate } from './recreate.ts';
import { rolloutRolling } from './rolling.ts';
import { Rollout } from './rollout.ts';
import { isScalingEvent, syncScale } from './scaling.ts';
import { notePause, syncStatusOnly } from './status.ts';

/**
 * The Deployment controller (pkg/controller/deployment): a Deployment's pods come from ReplicaSets, one for each version of
 * its template, and a rollout is nothing but moving replicas from the old ones to the new one, a step at each reconciliation.
 *
 * `rollout.ts` finds or makes the ReplicaSets, `rolling.ts` and `recreate.ts` are the two strategies, `scaling.ts` spreads a
 * change of size over several, `status.ts` reports, `revision.ts` and `arithmetic.ts` are the numbers.
 */
export const deploymentController: ControllerDefinition = {
  name: 'deployment-controller',
  setUp(context) {
    const { client, informers, events } = context;
    const owners = informers.for(deployments);
    const replicaSetInformer = indexByController(informers.for(replicaSets));
    const podInformer = indexByController(informers.for(pods));
    owners.addIndex('namespace', ({ metadata }) => [metadata.namespace ?? '']);
    const queue = context.queue({ reconcile });
    const enqueue = (deployment: Deployment) => queue.add(objectKey(deployment));

    owners.addHandler({ added: enqueue, updated: enqueue, deleted: enqueue });
    watchDependants(replicaSetInformer, owners, 'Deployment', {
      owned: enqueue,
      orphan(replicaSet) {
        const { namespace = '', labels } = replicaSet.metadata;
        for (const deployment of owners.byIndex('namespace', namespace)) {
          if (labelSelectorAsSelector(deployment.spec.selector).matches(labels)) enqueue(deployment);
        }
      },
    });
    podInformer.addHandler({
      deleted(pod) {
        // Recreate waits until the last old pod is really gone. Nobody else needs to hear of pods: ReplicaSets count them.
        const replicaSet = resolveOwner(replicaSetInformer, 'ReplicaSet', pod.metadata.namespace, controllerOf(pod));
        if (replicaSet === undefined) return;
        const deployment = resolveOwner(owners, 'Deployment', pod.metadata.namespace, controllerOf(replicaSet));
        if (deployment?.spec.strategy?.type !== 'Recreate') return;
        if (ownedBy(replicaSetInformer, deployment).every((set) => ownedBy(podInformer, set).length === 0)) {
          enqueue(deployment);
        }
      },
    });

    function reconcile(key: string): void {
      const deployment = owners.getByKey(key);
      if (deployment === undefined) return;
      const selector = labelSelectorAsSelector(deployment.spec.selector);
      if (selector.isEmpty()) {
        const message = 'This deployment is selecting all pods. A non-empty selector is required.';
        events.warning(deployment, 'SelectingAll', message);
        return;
      }
      const owned = claim<ReplicaSet, Deployment>({
        client,
        resource: replicaSets,
        ownerResource: deployments,
        owner: deployment,
        candidates: claimable(replicaSetInformer, deployment),
        matches: byLabels(selector),
      });
      const rollout = new Rollout(context, deployment, owned, {
        podsOf: (replicaSet: ReplicaSet): Pod[] => ownedBy(podInformer, replicaSet),
        retryAfter: (delay) => queue.addAfter(key, delay),
      });
      if (isTerminating(deployment)) {
        rollout.syncRevision(false);
        syncStatusOnly(rollout);
        return;
      }
      notePause(rollout);
      if (deployment.spec.paused === true || isScalingEvent(rollout)) syncScale(rollout);
      else if (deployment.spec.strategy?.type === 'Recreate') rolloutRecreate(rollout);
      else rolloutRolling(rollout);
    }
  },
};
