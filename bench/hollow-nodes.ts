import type { Pod } from '../sim-core/api/objects.ts';
import { StatusError } from '../sim-core/api/status.ts';
import { Client, Informer, type Transport } from '../sim-core/client/index.ts';
import { type Engine, formatMicroTime, formatTime, MILLISECOND, SECOND } from '../sim-core/engine/index.ts';
import { leases } from '../sim-core/resources/lease.ts';
import { nodes } from '../sim-core/resources/node.ts';
import { pods } from '../sim-core/resources/pod.ts';

const LEASE_PERIOD = 10 * SECOND;
/** From a pod's binding to the report that it runs. */
const START_TIME = 200 * MILLISECOND;
const CAPACITY = { cpu: '32', memory: '256Gi', 'ephemeral-storage': '1Ti', pods: '110' };

/**
 * Nodes without machines, as kwok makes them for scale tests: each is registered, Ready, and renews its Lease; each pod that is bound to one
 * is reported Running and Ready, and goes when it is deleted. Everything else of the cluster is real.
 */
export class HollowNodes {
  private readonly engine: Engine;
  private readonly client: Client;
  private readonly informer: Informer<Pod>;
  private addresses = 1;
  /** Pods that have been reported Running. */
  running = 0;

  constructor(engine: Engine, transport: Transport) {
    this.engine = engine;
    this.client = new Client(transport);
    this.informer = new Informer(engine, this.client, pods);
  }

  start(count: number): void {
    for (let index = 0; index < count; index++) this.register(index);
    this.informer.addHandler({
      added: (pod) => this.consider(pod),
      updated: (pod, old) => {
        if (
          pod.spec.nodeName !== old.spec.nodeName ||
          pod.metadata.deletionTimestamp !== old.metadata.deletionTimestamp
        )
          this.consider(pod);
      },
    });
    this.informer.start();
  }

  private register(index: number): void {
    const { engine, client } = this;
    const name = `node-${index}`;
    const time = formatTime(engine.now);
    const labels = { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': `zone-${index % 3}` };
    const heartbeat = { lastHeartbeatTime: time, lastTransitionTime: time };
    const node = client.create(nodes, {
      metadata: { name, labels },
      spec: {},
      status: {
        capacity: CAPACITY,
        allocatable: CAPACITY,
        addresses: [{ type: 'InternalIP', address: `10.${64 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}` }],
        conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: '', ...heartbeat }],
      },
    });
    const spec = { holderIdentity: name, leaseDurationSeconds: 40 };
    let lease = client.create(leases, {
      metadata: {
        name,
        namespace: 'kube-node-lease',
        ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid: node.metadata.uid }],
      },
      spec: { ...spec, renewTime: formatMicroTime(engine.now) },
    });
    const renew = () => {
      lease = client.update(leases, { ...lease, spec: { ...spec, renewTime: formatMicroTime(engine.now) } });
      engine.background(LEASE_PERIOD, renew);
    };
    // Spread over the period, as those of nodes that did not all boot in the same instant.
    engine.background(LEASE_PERIOD + ((index * 7919) % LEASE_PERIOD), renew);
  }

  private consider(pod: Pod): void {
    const { nodeName = '' } = pod.spec;
    if (nodeName === '') return;
    const { namespace, name, uid, deletionTimestamp } = pod.metadata;
    if (deletionTimestamp !== undefined)
      this.engine.after(START_TIME, () =>
        this.attempt(() => this.client.delete(pods, namespace, name, { gracePeriodSeconds: 0, uid })),
      );
    else if (pod.status.phase === 'Pending') this.engine.after(START_TIME, () => this.attempt(() => this.run(pod)));
  }

  private run({ metadata: { namespace, name, uid } }: Pod): void {
    const pod = this.informer.get(namespace, name);
    if (pod?.metadata.uid !== uid || pod.metadata.deletionTimestamp !== undefined) return;
    const time = formatTime(this.engine.now);
    const address = this.addresses++;
    const podIP = `10.${128 + (address >> 16)}.${(address >> 8) & 255}.${address & 255}`;
    const condition = (type: string) => ({ type, status: 'True', lastTransitionTime: time });
    const scheduled = pod.status.conditions ?? [];
    this.client.updateStatus(pods, {
      ...pod,
      status: {
        ...pod.status,
        phase: 'Running',
        conditions: [...['Initialized', 'Ready', 'ContainersReady'].map(condition), ...scheduled],
        containerStatuses: pod.spec.containers.map(({ name: container, image = '' }) => ({
          name: container,
          image,
          imageID: '',
          ready: true,
          started: true,
          restartCount: 0,
          state: { running: { startedAt: time } },
          lastState: {},
        })),
        podIP,
        podIPs: [{ ip: podIP }],
        startTime: time,
      },
    } as Pod);
    this.running++;
  }

  /** Objects come and go under the nodes' hands; what is refused is left. */
  private attempt(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
    }
  }
}
