import type { Node } from '../api/objects.ts';
import { nodes } from '../resources/node.ts';
import type { ControllerDefinition } from './controller.ts';

const ANNOTATION = 'node.alpha.kubernetes.io/ttl';
/** Seconds for which kubelets may keep Secrets and ConfigMaps, by the size of the cluster; the ranges overlap so as not to flap. */
const STEPS = [
  { min: 0, max: 100, ttl: 0 },
  { min: 90, max: 500, ttl: 15 },
  { min: 450, max: 1000, ttl: 30 },
  { min: 900, max: 2000, ttl: 60 },
  { min: 1800, max: 10_000, ttl: 300 },
  { min: 9000, max: Number.POSITIVE_INFINITY, ttl: 600 },
];

/** The TTL controller (pkg/controller/ttl): tells nodes, by an annotation, how long they may cache Secrets and ConfigMaps. */
export const ttlController: ControllerDefinition = {
  name: 'ttl-controller',
  setUp({ client, informers, queue: makeQueue }) {
    const nodeInformer = informers.for(nodes);
    let step = 0;
    const queue = makeQueue({
      reconcile(name) {
        const node = nodeInformer.get(undefined, name);
        const ttl = String(STEPS[step]!.ttl);
        if (node === undefined || node.metadata.annotations?.[ANNOTATION] === ttl) return;
        client.patch(nodes, undefined, name, 'strategic', { metadata: { annotations: { [ANNOTATION]: ttl } } });
      },
    });
    const enqueue = ({ metadata }: Node) => queue.add(metadata.name);
    nodeInformer.addHandler({
      added(node) {
        if (nodeInformer.size > STEPS[step]!.max) step++;
        enqueue(node);
      },
      updated: enqueue,
      deleted() {
        if (nodeInformer.size < STEPS[step]!.min) step--;
      },
    });
  },
};
