import type { Secret, ServiceAccount } from '../api/objects.ts';
import type { CertificateInfo } from '../api/x509.ts';
import type { CertificateOrder } from '../api/x509-issue.ts';
import type { Client, EventRecorder, InformerFactory, WorkQueue, WorkQueueOptions } from '../client/index.ts';
import { type Engine, SECOND, type Timer } from '../engine/index.ts';
import type { ResourceDefinition } from '../resources/resource.ts';

/** A certificate authority: issues certificates in its name, and knows its own. */
export interface CertificateAuthority {
  /** PEM */
  issue(order: Omit<CertificateOrder, 'issuer' | 'authorityKey'>): string;
  /** Whom a certificate (PEM) makes a client; undefined when it is not of this authority, or not valid now. */
  verify(pem: string, now: number): CertificateInfo['owner'] | undefined;
}

/** Flags of kube-controller-manager that controllers heed. Durations in microseconds. */
export interface ControllerSettings {
  /** `--cluster-cidr` */
  readonly clusterCIDR: string;
  /** `--node-cidr-mask-size-ipv4` */
  readonly nodeCIDRMaskSize: number;
  /** `--node-monitor-period`: how often nodes' health is looked at. */
  readonly nodeMonitorPeriod: number;
  /** `--node-monitor-grace-period`: how long a node may be silent before it counts as unhealthy. */
  readonly nodeMonitorGracePeriod: number;
  /** `--node-startup-grace-period`: the same for a node that has never reported. */
  readonly nodeStartupGracePeriod: number;
  /** `--terminated-pod-gc-threshold`: how many ended pods are kept. */
  readonly terminatedPodGCThreshold: number;
  /** Content of `--root-ca-file`, PEM. */
  readonly rootCA: string;
  /** What issues certificates (`--cluster-signing-cert-file` and its key); without it requests stay approved only. */
  readonly authority?: () => CertificateAuthority | undefined;
  /** Signs a token of an account for a Secret (`--service-account-private-key-file`); without it token Secrets stay empty. */
  readonly signToken?: (account: ServiceAccount, secret: Secret) => string;
}

export const defaultSettings: ControllerSettings = {
  clusterCIDR: '10.244.0.0/16',
  nodeCIDRMaskSize: 24,
  nodeMonitorPeriod: 5 * SECOND,
  nodeMonitorGracePeriod: 50 * SECOND,
  nodeStartupGracePeriod: 60 * SECOND,
  terminatedPodGCThreshold: 12_500,
  rootCA: '',
};

/** What a controller is given: its own client and event source, the informers it shares with its siblings. */
export interface ControllerContext {
  readonly engine: Engine;
  readonly client: Client;
  readonly informers: InformerFactory;
  readonly events: EventRecorder;
  readonly settings: ControllerSettings;
  /** All kinds that the API server serves now, custom ones included (discovery). */
  discover(): readonly ResourceDefinition[];
  /** Makes a work queue that ends with the controller. */
  queue(options: Omit<WorkQueueOptions, 'name'>): WorkQueue;
  /** Runs `run` after `delay` microseconds, in the background, unless the controller has ended by then. */
  later(delay: number, run: () => void): Timer;
  /** Runs `run` now and then every `period` microseconds, in the background, until the controller ends. */
  every(period: number, run: () => void): void;
  /** Runs `run` when the controller ends. */
  onStop(run: () => void): void;
}

/**
 * A controller: watches some kinds, and for each object that changes compares what is with what should be, and acts. Setting
 * one up registers its handlers; the manager then starts the informers.
 */
export interface ControllerDefinition {
  /** As in kube-controller-manager's list: `deployment-controller`. It also names its service account and event source. */
  readonly name: string;
  /** Service account in kube-system under which it acts, as upstream; default: its name. */
  readonly serviceAccount?: string;
  /** Whether it acts as kube-controller-manager itself rather than under an account of its own: who makes the accounts' tokens has none. */
  readonly asManager?: boolean;
  /** The user that it acts as, where that is neither: a scheduler, or whoever started it from outside. */
  readonly user?: { readonly username: string; readonly groups?: readonly string[] };
  /** `source.component` of its events, where that is not its name. */
  readonly eventSource?: string;
  setUp(context: ControllerContext): void;
}
