import type { Lease } from '../api/objects.ts';
import { isConflict, isNotFound, StatusError } from '../api/status.ts';
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
  /** Source of its events. Default: the name. */
  readonly eventSource?: string;
  /** Whether it gives the Lease back when it ends in good order (ReleaseOnCancel). */
  readonly releaseOnStop?: boolean;
  /** Called when this candidate has become the leader. */
  onStarted(): void;
  /** Called when it could not renew the Lease in time and leads no more. It does not stand again: a process would end itself. */
  onStopped(): void;
}

/** `--leader-elect-lease-duration`, `--leader-elect-renew-deadline`, `--leader-elect-retry-period` */
const LEASE_DURATION = 15 * SECOND;
const RENEW_DEADLINE = 10 * SECOND;
const RETRY_PERIOD = 2 * SECOND;
/** By how much of itself a candidate's pause may be longer (leaderelection.JitterFactor). */
const JITTER = 1.2;
const NAMESPACE = 'kube-system';

/**
 * Leader election by a Lease (client-go/tools/leaderelection): of several replicas only the one that holds the Lease works. It
 * renews every two seconds; who sees it unrenewed for as long as it says, by its own clock, may take it.
 */
export class LeaderElection {
  private readonly options: LeaderElectionOptions;
  private readonly client: Client;
  private readonly events: EventRecorder;
  /** The Lease as it was seen last, and when it was first seen that way. */
  private observed: Lease | undefined;
  private observedAt: Micros = 0;
  private leading = false;
  private lastRenewal: Micros = 0;
  private timer: Timer | undefined;

  constructor(options: LeaderElectionOptions) {
    const { engine, transport, name, eventSource = name } = options;
    this.options = options;
    this.client = new Client(transport);
    this.events = new EventRecorder(engine, this.client, { component: eventSource });
    this.timer = engine.after(0, () => this.acquire());
  }

  get isLeader(): boolean {
    return this.leading;
  }

  /** Leaves the election. With `killed` the Lease stays as it is, as when a process is killed. */
  stop(killed = false): void {
    this.options.engine.cancel(this.timer);
    this.events.stop();
    if (this.leading && !killed && this.options.releaseOnStop === true) this.release();
    this.leading = false;
  }

  private acquire(): void {
    const { engine, identity, onStarted } = this.options;
    if (!this.tryToHold()) {
      const pause = engine.random(`leader-election/${identity}`).jitter(RETRY_PERIOD, JITTER);
      this.timer = engine.background(pause, () => this.acquire());
      return;
    }
    this.leading = true;
    this.lastRenewal = engine.now;
    this.timer = engine.background(RETRY_PERIOD, () => this.renew());
    this.events.normal(this.observed!, 'LeaderElection', `${identity} became leader`);
    engine.asWork(onStarted);
  }

  private renew(): void {
    const { engine, identity, onStopped } = this.options;
    if (this.tryToHold()) this.lastRenewal = engine.now;
    if (engine.now - this.lastRenewal < RENEW_DEADLINE) {
      this.timer = engine.background(RETRY_PERIOD, () => this.renew());
      return;
    }
    this.leading = false;
    this.events.normal(this.observed!, 'LeaderElection', `${identity} stopped leading`);
    this.events.stop();
    engine.asWork(onStopped);
  }

  /** Takes or renews the Lease (tryAcquireOrRenew). Answers whether it is held. */
  private tryToHold(): boolean {
    const { engine, name, identity } = this.options;
    const now = formatMicroTime(engine.now);
    const mine = { holderIdentity: identity, leaseDurationSeconds: LEASE_DURATION / SECOND, renewTime: now };
    try {
      // Its own Lease the leader renews as it knows it; somebody else's hand is told by a conflict.
      if (this.observed?.spec.holderIdentity === identity && !this.expired()) {
        try {
          return this.write({ ...this.observed, spec: { ...this.observed.spec, ...mine } });
        } catch (error) {
          if (!isConflict(error)) throw error;
        }
      }
      const lease = this.read();
      if (lease === undefined) {
        const spec = { ...mine, acquireTime: now, leaseTransitions: 0 };
        return this.see(this.client.create(leases, { metadata: { name, namespace: NAMESPACE }, spec }));
      }
      if (lease.spec.renewTime !== this.observed?.spec.renewTime) this.see(lease);
      const { holderIdentity = '', leaseTransitions = 0 } = lease.spec;
      if (holderIdentity === identity) return this.write({ ...lease, spec: { ...lease.spec, ...mine } });
      if (holderIdentity !== '' && !this.expired()) return false;
      const spec = { ...lease.spec, ...mine, acquireTime: now, leaseTransitions: leaseTransitions + 1 };
      return this.write({ ...lease, spec });
    } catch (error) {
      // Somebody was faster, or the server is away: try again in two seconds.
      if (error instanceof StatusError || error instanceof Unreachable) return false;
      throw error;
    }
  }

  /** Gives the Lease back, so that another need not wait until it has run out. */
  private release(): void {
    const now = formatMicroTime(this.options.engine.now);
    const released = { holderIdentity: '', leaseDurationSeconds: 1, renewTime: now, acquireTime: now };
    try {
      this.write({ ...this.observed!, spec: { ...this.observed!.spec, ...released } });
    } catch (error) {
      if (!(error instanceof StatusError || error instanceof Unreachable)) throw error;
    }
  }

  /** Whether the Lease as seen last has not been renewed for as long as it promises. */
  private expired(): boolean {
    const seconds = this.observed?.spec.leaseDurationSeconds ?? 0;
    return this.observedAt + seconds * SECOND < this.options.engine.now;
  }

  private write(lease: Lease): true {
    return this.see(this.client.update(leases, lease));
  }

  private see(lease: Lease): true {
    this.observed = lease;
    this.observedAt = this.options.engine.now;
    return true;
  }

  private read(): Lease | undefined {
    try {
      return this.client.get(leases, NAMESPACE, this.options.name);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
}
