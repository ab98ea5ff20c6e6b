import { objectKey, type ReplicaSet } from '../../api/objects.ts';
import { labelSelectorAsSelector } from '../../api/selector.ts';
import { replicaSets } from '../../resources/replica-set.ts';
import type { ControllerDefinition } from '../controller.ts';
import { setUpReplicas } from './replicas.ts';

/**
 * The ReplicaSet controller (pkg/controller/replicaset): keeps as many pods alive as each ReplicaSet asks for.
 *
 * The other controllers are built the same way, so read this one first: handlers of informers put the key of whatever may
 * need attention into a work queue, and `reconcile` takes one key at a time, compares what is with what should be, and acts.
 * It never remembers what it was woken for: doing it twice, or after a restart, does no harm.
 */
export const replicaSetController: ControllerDefinition = {
  name: 'replicaset-controller',
  setUp(context) {
    setUpReplicas<ReplicaSet>(context, {
      resource: replicaSets,
      key: objectKey,
      selectorOf: ({ spec }) => labelSelectorAsSelector(spec.selector),
    });
  },
};
