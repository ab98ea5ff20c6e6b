import { objectKey, type ReplicationController } from '../api/objects.ts';
import { selectorFromSet } from '../api/selector.ts';
import { replicationControllers } from '../resources/replication-controller.ts';
import type { ControllerDefinition } from './controller.ts';
import { setUpReplicas } from './replica-set/replicas.ts';

/** The ReplicationController controller (pkg/controller/replication): the ReplicaSet's ancestor, run by the same code. */
export const replicationControllerController: ControllerDefinition = {
  name: 'replicationcontroller-controller',
  serviceAccount: 'replication-controller',
  eventSource: 'replication-controller',
  setUp(context) {
    setUpReplicas<ReplicationController>(context, {
      resource: replicationControllers,
      key: objectKey,
      selectorOf: ({ spec }) => selectorFromSet(spec.selector),
    });
  },
};
