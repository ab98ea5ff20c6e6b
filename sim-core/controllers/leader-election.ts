import { isNotFound, StatusError } from '../api/status.ts';
import { Client, EventRecorder, type Transport, Unreachable } from '../client/index.ts';
import { type Engine, formatMicroTime, type Micros, SECOND, type Timer } from '../engine/index.ts';
import { leases } from '../resources/lease.ts';

export interface LeaderElectionOptions {
  readonly engine: Engine;
  readonly transport: Transport;
  /** Name of the Lease in kube-system: `kube-controller-manager`, `kube-scheduler`. */
  readonly name: string;
  /** Who stands for election: the host's name and something unique. */
  readonly identity: string;
  /** Called when this candidate has become the leader. */
  onStarted(): void;
  /** Called when it has lost the Lease; a process would end itself. */
  onStopped(): void;
}

/** `--leader-elect-lease-duration`, `--leader-elect-renew-deadline`, `--leader-elect-retry-period` */
const LEASE_DURATION = 15 * SECOND;
const RENEW_DEADLINE = 10 * SECOND;
const RETRY_PERIOD = 2 * SECOND;
const NAMESPACE = 'kube-system';

/**
 * Leader election by a Lease (client-go/tools/leaderelection): of several replicas only the one that holds the Lease works. It
 * renews every two seconds; who sees it unrenewed for fifteen, by its own clock, may take it.
 */
export class LeaderElection {
  private readonly options: LeaderElectionOptions;
  private readonly client: Client;
  private readonly events: EventRecorder;
  private observed: { renewTime: string | undefined; at: Micros } = { renewTime: undefined, at: 0 };
  private leading = false;
  private lastRenewal: Micros = 0;
  private timer: Timer | undefined;

  constructor(options: LeaderElectionOptions) {
    this.options = options;
    this.client = new Client(options.transport);
    this.events = new EventRecorder(options.engine, this.client, { component: options.name });
    this.timer = options.engine.after(0, () => this.tick());
  }

  get isLeader(): boolean {
    return this.leading;
  }

  /** Leaves the election without giving the Lease back, as a process that is killed. */
  stop(): void {
    this.options.engine.cancel(this.timer);
    this.leading = false;
  }

  private tick(): void {
    const { engine, onStarted, onStopped } = this.options;
    this.timer = engine.background(RETRY_PERIOD, () => this.tick());
    const held = this.tryToHold();
    if (held) this.lastRenewal = engine.now;
    if (held && !this.leading) {
      this.leading = true;
      engine.asWork(onStarted);
    } else if (this.leading && engine.now - this.lastRenewal >= RENEW_DEADLINE) {
      this.leading = false;
      engine.asWork(onStopped);
    }
  }

  /** Takes or renews the Lease (tryAcquireOrRenew). Answers whether it is held. */
  private tryToHold(): boolean {
    const { engine, name, identity } = this.options;
    const now = formatMicroTime(engine.now);
    const mine = { holderIdentity: identity, leaseDurationSeconds: LEASE_DURATION / SECOND, renewTime: now };
    try {
      const lease = this.read();
      if (lease === undefined) {
        const spec = { ...mine, acquireTime: now, leaseTransitions: 0 };
        const created = this.client.create(leases, { metadata: { name, namespace: NAMESPACE }, spec });
        this.events.normal(created, 'LeaderElection', `${identity} became leader`);
        return true;
      }
      const { holderIdentity = '', renewTime, leaseTransitions = 0 } = lease.spec;
      if (renewTime !== this.observed.renewTime) this.observed = { renewTime, at: engine.now };
      const expired = this.observed.at + LEASE_DURATION < engine.now;
      if (holderIdentity === identity) {
        this.client.update(leases, { ...lease, spec: { ...lease.spec, ...mine } });
        return true;
      }
      if (holderIdentity !== '' && !expired) return false;
      const spec = { ...lease.spec, ...mine, acquireTime: now, leaseTransitions: leaseTransitions + 1 };
      const taken = this.client.update(leases, { ...lease, spec });
      this.events.normal(taken, 'LeaderElection', `${identity} became leader`);
      return true;
    } catch (error) {
      // Somebody was faster, or the server is away: try again in two seconds.
      if (error instanceof StatusError || error instanceof Unreachable) return false;
      throw error;
    }
  }

  private read() {
    try {
      return this.client.get(leases, NAMESPACE, this.options.name);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
}
