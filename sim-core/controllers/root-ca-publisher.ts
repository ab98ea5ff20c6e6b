import { deepEqual } from '../api/equality.ts';
import type { ConfigMap, Namespace } from '../api/objects.ts';
import { isAlreadyExists } from '../api/status.ts';
import { configMaps } from '../resources/config-map.ts';
import { namespaces } from '../resources/namespace.ts';
import type { ControllerDefinition } from './controller.ts';
import { isNamespaceTerminating } from './shared/pod-control.ts';
import { isTerminating } from './shared/pods.ts';

const NAME = 'kube-root-ca.crt';
const DESCRIPTION = 'kubernetes.io/description';
const TEXT =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

/** The root CA publisher (pkg/controller/certificates/rootcacertpublisher): a ConfigMap with the cluster's CA in every namespace. */
export const rootCAPublisherController: ControllerDefinition = {
  name: 'root-ca-certificate-publisher-controller',
  serviceAccount: 'root-ca-cert-publisher',
  setUp(context) {
    const { client, informers, settings } = context;
    const namespaceInformer = informers.for(namespaces);
    const configMapInformer = informers.for(configMaps);
    const data = { 'ca.crt': settings.rootCA };
    const queue = context.queue({ reconcile });
    const enqueue = ({ metadata }: Namespace) => queue.add(metadata.name);
    const enqueueOwn = ({ metadata }: ConfigMap) => {
      if (metadata.name === NAME) queue.add(metadata.namespace!);
    };
    namespaceInformer.addHandler({ added: enqueue, updated: enqueue });
    configMapInformer.addHandler({ updated: enqueueOwn, deleted: enqueueOwn });

    function reconcile(name: string): void {
      const namespace = namespaceInformer.get(undefined, name);
      if (namespace === undefined || isTerminating(namespace)) return;
      const current = configMapInformer.get(name, NAME);
      if (current === undefined) {
        try {
          const metadata = { name: NAME, namespace: name, annotations: { [DESCRIPTION]: TEXT } };
          client.create(configMaps, { metadata, data });
        } catch (error) {
          if (!isAlreadyExists(error) && !isNamespaceTerminating(error)) throw error;
        }
        return;
      }
      if (deepEqual(current.data, data) && current.metadata.annotations?.[DESCRIPTION] !== undefined) return;
      const annotations = { ...current.metadata.annotations, [DESCRIPTION]: TEXT };
      client.update(configMaps, { ...current, metadata: { ...current.metadata, annotations }, data });
    }
  },
};
