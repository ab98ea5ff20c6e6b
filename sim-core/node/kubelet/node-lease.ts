import type { Lease } from '../../api/objects.ts';
import { isAlreadyExists, isConflict, isNotFound, StatusError } from '../../api/status.ts';
import { Unreachable } from '../../client/index.ts';
import { formatMicroTime, MILLISECOND, type Micros, SECOND, type Timer } from '../../engine/index.ts';
import { leases } from '../../resources/lease.ts';
import { nodes } from '../../resources/node.ts';
import type { KubeletParts } from './kubelet-parts.ts';

const NAMESPACE = 'kube-node-lease';
/** nodeLeaseRenewIntervalFraction of the duration, jittered by 4 %. */
const RENEW_FRACTION = 0.25;
const JITTER = 0.04;
/** Pause between attempts to make the lease: 100 ms doubling to 7 s. */
const FIRST_RETRY: Micros = 200 * MILLISECOND;
const LONGEST_RETRY: Micros = 7 * SECOND;

/** Renews the node's lease: the heartbeat by which the control plane knows that a node lives (component-helpers/apimachinery/lease). */
export class NodeLease {
  private readonly kubelet: KubeletParts;
  private lease: Lease | undefined;
  private retry = FIRST_RETRY;
  private timer: Timer | undefined;

  constructor(kubelet: KubeletParts) {
    this.kubelet = kubelet;
  }

  start(): void {
    this.timer = this.kubelet.engine.background(0, () => this.tick());
  }

  stop(): void {
    this.kubelet.engine.cancel(this.timer);
  }

  private tick(): void {
    const { engine, actor, configuration } = this.kubelet;
    const renewed = this.renew();
    let period = engine.random(actor).jitter(configuration.nodeLeaseDurationSeconds * RENEW_FRACTION * SECOND, JITTER);
    if (renewed) this.retry = FIRST_RETRY;
    else if (this.lease === undefined) {
      period = this.retry;
      this.retry = Math.min(2 * period, LONGEST_RETRY);
    }
    this.timer = engine.background(period, () => this.tick());
  }

  /** Answers whether the lease has been renewed. */
  private renew(): boolean {
    try {
      if (this.lease === undefined) this.lease = this.create();
      else this.lease = this.update(this.lease);
      return true;
    } catch (error) {
      if (isNotFound(error)) this.lease = undefined;
      else if (isConflict(error)) this.lease = this.read();
      else if (!(error instanceof StatusError || error instanceof Unreachable)) throw error;
      return false;
    }
  }

  private update(lease: Lease): Lease {
    const { client, engine } = this.kubelet;
    const { nodeLeaseDurationSeconds: leaseDurationSeconds } = this.kubelet.configuration;
    return client.update(leases, {
      ...lease,
      spec: { ...lease.spec, leaseDurationSeconds, renewTime: formatMicroTime(engine.now) },
    });
  }

  private create(): Lease {
    const { client, nodeName, engine } = this.kubelet;
    try {
      return client.create(leases, {
        metadata: { name: nodeName, namespace: NAMESPACE, ownerReferences: this.owner() },
        spec: {
          holderIdentity: nodeName,
          leaseDurationSeconds: this.kubelet.configuration.nodeLeaseDurationSeconds,
          renewTime: formatMicroTime(engine.now),
        },
      });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      return this.update(client.get(leases, NAMESPACE, nodeName));
    }
  }

  private read(): Lease | undefined {
    const { client, nodeName } = this.kubelet;
    try {
      return client.get(leases, NAMESPACE, nodeName);
    } catch (error) {
      if (error instanceof StatusError || error instanceof Unreachable) return undefined;
      throw error;
    }
  }

  /** The lease goes with its node. */
  private owner() {
    const { client, nodeName } = this.kubelet;
    const { uid } = client.get(nodes, undefined, nodeName).metadata;
    return [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid }];
  }
}
