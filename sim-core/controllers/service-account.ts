import type { Namespace } from '../api/objects.ts';
import { isAlreadyExists } from '../api/status.ts';
import { namespaces } from '../resources/namespace.ts';
import { serviceAccounts } from '../resources/service-account.ts';
import type { ControllerDefinition } from './controller.ts';
import { isNamespaceTerminating } from './shared/pod-control.ts';
import { isTerminating } from './shared/pods.ts';

const NAME = 'default';

/** The ServiceAccount controller (pkg/controller/serviceaccount): every namespace has an account `default` for its pods. */
export const serviceAccountController: ControllerDefinition = {
  name: 'serviceaccount-controller',
  serviceAccount: 'service-account-controller',
  setUp(context) {
    const { client, informers } = context;
    const namespaceInformer = informers.for(namespaces);
    const accountInformer = informers.for(serviceAccounts);
    const queue = context.queue({
      reconcile(name) {
        const namespace = namespaceInformer.get(undefined, name);
        if (namespace === undefined || isTerminating(namespace)) return;
        if (accountInformer.get(name, NAME) !== undefined) return;
        try {
          client.create(serviceAccounts, { metadata: { name: NAME, namespace: name } });
        } catch (error) {
          if (!isAlreadyExists(error) && !isNamespaceTerminating(error)) throw error;
        }
      },
    });
    const enqueue = ({ metadata }: Namespace) => queue.add(metadata.name);
    namespaceInformer.addHandler({ added: enqueue, updated: enqueue });
    accountInformer.addHandler({
      deleted({ metadata }) {
        if (metadata.name === NAME) queue.add(metadata.namespace!);
      },
    });
  },
};
