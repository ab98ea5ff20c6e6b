import type { Node } from '../../api/objects.ts';
import type { Timer } from '../../engine/index.ts';
import { leases } from '../../resources/lease.ts';
import { nodes } from '../../resources/node.ts';
import { pods } from '../../resources/pod.ts';
import type { ControllerDefinition } from '../controller.ts';
import { indexByNode, podsOn } from '../shared/node-pods.ts';
import { NodeHealth } from './health.ts';
import { markPodsNotReady } from './pods-not-ready.ts';
import { conditionTaints, NodeTainter, readyTaint } from './taints.ts';
import { EvictionZones } from './zones.ts';

/**
 * The node lifecycle controller (pkg/controller/nodelifecycle): notices nodes that have fallen silent, says so in their
 * conditions, and turns conditions into taints. NoSchedule taints follow at once; NoExecute taints, which drive pods away,
 * follow at a rate that depends on how much of the zone is in trouble (`zones.ts`): when everything seems dead, it is more
 * likely that we are the one cut off.
 */
export const nodeLifecycleController: ControllerDefinition = {
  name: 'node-lifecycle-controller',
  serviceAccount: 'node-controller',
  eventSource: 'node-controller',
  setUp(context) {
    const { engine, informers, events, settings } = context;
    const nodeInformer = informers.for(nodes);
    const leaseInformer = informers.for(leases, { namespace: 'kube-node-lease' });
    const podInformer = indexByNode(informers.for(pods));
    const health = new NodeHealth(context, leaseInformer);
    const tainter = new NodeTainter(context, nodeInformer);
    const zones = new EvictionZones(engine);
    const known = new Map<string, Node>();
    let nextEviction: Timer | undefined;

    // Conditions and `spec.unschedulable` as NoSchedule taints, whenever a node changes.
    const queue = context.queue({
      reconcile(name) {
        const node = nodeInformer.get(undefined, name);
        if (node === undefined) return;
        tainter.setNoSchedule(node, conditionTaints(node));
        tainter.labelPlatform(node);
      },
    });
    const enqueue = (node: Node) => queue.add(node.metadata.name);
    nodeInformer.addHandler({ added: enqueue, updated: enqueue });

    context.every(settings.nodeMonitorPeriod, monitor);

    /** Looks at all nodes (monitorNodeHealth). */
    function monitor(): void {
      noteComingAndGoing();
      for (const node of nodeInformer.list()) {
        const { observed, current, changed } = health.check(node);
        if (changed) engine.asWork(() => react(node, observed, current));
        else if (current !== 'True') wantNoExecute(node, current);
      }
      for (const node of zones.update(nodeInformer.list())) engine.asWork(() => tainter.setNoExecute(node, undefined));
      evict();
    }

    /** A node's Ready condition is another than at the last look. */
    function react(node: Node, observed: string, current: string): void {
      const { name } = node.metadata;
      if (current === 'True') {
        zones.dequeue(name);
        tainter.setNoExecute(node, undefined);
      } else {
        // As the node was before this look (processTaintBaseEviction): one that has just been found silent has its turn at the next.
        wantNoExecute(node, observed);
        if (observed === 'True') {
          events.normal(node, 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
        }
        markPodsNotReady(context, podsOn(podInformer, name));
      }
    }

    /** A node that has one of the two taints gets the other at once; a node that has none waits for its zone's turn. */
    function wantNoExecute(node: Node, ready: string): void {
      const wanted = readyTaint(ready, 'NoExecute');
      if (wanted === undefined) return;
      const has = (node.spec.taints ?? []).filter(
        ({ key, effect }) => key.startsWith('node.kubernetes.io/') && effect === 'NoExecute',
      );
      if (has.some(({ key }) => key === wanted.key)) return;
      if (has.length > 0) engine.asWork(() => tainter.setNoExecute(node, wanted));
      else zones.enqueue(node);
    }

    function evict(): void {
      for (const name of zones.due()) {
        const node = nodeInformer.get(undefined, name);
        if (node === undefined) continue;
        const wanted = readyTaint(health.readyOf(node), 'NoExecute');
        if (wanted !== undefined) engine.asWork(() => tainter.setNoExecute(node, wanted));
      }
      const next = zones.nextDue;
      engine.cancel(nextEviction);
      if (next !== undefined) nextEviction = context.later(next - engine.now, evict);
    }

    function noteComingAndGoing(): void {
      for (const node of nodeInformer.list()) {
        const { name } = node.metadata;
        if (known.has(name)) continue;
        known.set(name, node);
        events.normal(node, 'RegisteredNode', `Node ${name} event: Registered Node ${name} in Controller`);
      }
      for (const [name, node] of known) {
        if (nodeInformer.get(undefined, name) !== undefined) continue;
        known.delete(name);
        health.forget(name);
        zones.dequeue(name);
        events.normal(node, 'RemovingNode', `Node ${name} event: Removing Node ${name} from Controller`);
      }
    }
  },
};
