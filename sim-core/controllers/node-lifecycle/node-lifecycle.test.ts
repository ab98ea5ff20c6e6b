import { describe, expect, it } from 'vitest';
import { formatTime, parseTime, SECOND } from '../../engine/index.ts';
import { nodes } from '../../resources/node.ts';
import { pods } from '../../resources/pod.ts';
import { nodeIpamController } from '../node-ipam.ts';
import { taintEvictionController } from '../taint-eviction.ts';
import { TestCluster } from '../testing/test-cluster.ts';
import { ttlController } from '../ttl.ts';
import { nodeLifecycleController } from './index.ts';

const controllers = [nodeLifecycleController, taintEvictionController, nodeIpamController, ttlController];

/** Nodes report every 10 s, but for those in `silent`. */
function beating(names: readonly string[]) {
  const cluster = new TestCluster({ controllers, nodes: names });
  const silent = new Set<string>();
  const beat = () => {
    cluster.engine.background(10_000_000, beat);
    for (const name of names) {
      if (silent.has(name)) continue;
      cluster.changeStatus(nodes, name, ({ status }) => {
        const now = formatTime(cluster.engine.now);
        for (const condition of status.conditions!) {
          if (condition.status !== 'True') condition.lastTransitionTime = now;
          condition.lastHeartbeatTime = now;
          if (condition.type === 'Ready') condition.status = 'True';
          else condition.status = 'False';
        }
      });
    }
  };
  cluster.engine.background(0, beat);
  return { cluster, silent };
}

const pod = (name: string, node: string, tolerationSeconds?: number) => ({
  metadata: { name },
  spec: {
    nodeName: node,
    containers: [{ name: 'c', image: 'nginx' }],
    ...(tolerationSeconds === undefined
      ? {}
      : {
          tolerations: [
            { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds },
          ],
        }),
  },
});

const taints = (cluster: TestCluster, name: string) =>
  (cluster.get(nodes, name).spec.taints ?? []).map(({ key, effect }) => `${key}:${effect}`);

describe('the node controllers', () => {
  it('register nodes, give them pod ranges and a TTL', () => {
    const { cluster, silent } = beating(['a', 'b', 'c']);
    cluster.wait(10);
    expect(cluster.events('Node', 'a')).toEqual([
      'Normal RegisteredNode Node a event: Registered Node a in Controller',
    ]);
    expect(['a', 'b', 'c'].map((name) => cluster.get(nodes, name).spec.podCIDR)).toEqual([
      '10.244.0.0/24',
      '10.244.1.0/24',
      '10.244.2.0/24',
    ]);
    expect(cluster.get(nodes, 'a').metadata.annotations).toEqual({ 'node.alpha.kubernetes.io/ttl': '0' });
    silent.add('b');
    cluster.client.delete(nodes, undefined, 'b');
    cluster.wait(10);
    expect(cluster.events('Node', 'b').at(-1)).toBe(
      'Normal RemovingNode Node b event: Removing Node b from Controller',
    );
  });

  it('taint a silent node after 50 s and drive its pods away as they tolerate it', () => {
    const { cluster, silent } = beating(['a', 'b', 'c']);
    cluster.wait(5);
    cluster.create(pods, pod('short', 'c', 30));
    cluster.create(pods, pod('long', 'c', 300));
    cluster.wait(10);
    silent.add('c');
    cluster.wait(40);
    expect(taints(cluster, 'c')).toEqual([]);
    cluster.wait(26);
    expect(cluster.get(nodes, 'c').status.conditions).toMatchObject([
      {
        type: 'Ready',
        status: 'Unknown',
        reason: 'NodeStatusUnknown',
        message: 'Kubelet stopped posting node status.',
      },
      { type: 'MemoryPressure', reason: 'NodeStatusNeverUpdated', message: 'Kubelet never posted node status.' },
      { type: 'DiskPressure' },
      { type: 'PIDPressure' },
    ]);
    expect(taints(cluster, 'c')).toEqual([
      'node.kubernetes.io/unreachable:NoSchedule',
      'node.kubernetes.io/unreachable:NoExecute',
    ]);
    // The second waits for the next look, five seconds later.
    const [first, second] = cluster.get(nodes, 'c').spec.taints!.map(({ timeAdded }) => parseTime(timeAdded!)!);
    expect(second! - first!).toBe(5 * SECOND);
    expect(cluster.events('Node', 'c').at(-1)).toBe('Normal NodeNotReady Node c status is now: NodeNotReady');
    expect(cluster.events('Pod', 'long')).toEqual(['Warning NodeNotReady Node is not ready']);
    expect(cluster.get(pods, 'long').status.conditions).toMatchObject([{ type: 'Ready', status: 'False' }]);
    cluster.wait(35);
    expect(cluster.find(pods, 'short')).toBeUndefined();
    expect(cluster.events('Pod', 'short').at(-1)).toBe(
      'Normal TaintManagerEviction Marking for deletion Pod default/short',
    );
    silent.delete('c');
    cluster.wait(20);
    expect(taints(cluster, 'c')).toEqual([]);
    cluster.wait(400);
    expect(cluster.find(pods, 'long')).toBeDefined();
    expect(cluster.events('Pod', 'long').at(-1)).toBe(
      'Normal TaintManagerEviction Cancelling deletion of Pod default/long',
    );
  });

  it('evict nobody when all nodes fall silent at once', () => {
    const { cluster, silent } = beating(['a', 'b', 'c']);
    cluster.wait(5);
    cluster.create(pods, pod('p', 'c', 0));
    for (const name of ['a', 'b', 'c']) silent.add(name);
    cluster.wait(400);
    expect(taints(cluster, 'c')).toEqual(['node.kubernetes.io/unreachable:NoSchedule']);
    expect(cluster.find(pods, 'p')).toBeDefined();
  });

  it('show cordoning as a taint', () => {
    const { cluster } = beating(['a']);
    cluster.wait(1);
    cluster.change(nodes, 'a', ({ spec }) => {
      spec.unschedulable = true;
    });
    cluster.wait(1);
    expect(taints(cluster, 'a')).toEqual(['node.kubernetes.io/unschedulable:NoSchedule']);
    cluster.change(nodes, 'a', ({ spec }) => {
      spec.unschedulable = false;
    });
    cluster.wait(1);
    expect(taints(cluster, 'a')).toEqual([]);
  });
});
