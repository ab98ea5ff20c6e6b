import type { Client, EventRecorder, InformerFactory, WorkQueue, WorkQueueOptions } from '../client/index.ts';
import type { Engine } from '../engine/index.ts';

/** What a controller is given: its own client and event source, the informers it shares with its siblings. */
export interface ControllerContext {
  readonly engine: Engine;
  readonly client: Client;
  readonly informers: InformerFactory;
  readonly events: EventRecorder;
  /** Makes a work queue that ends with the controller. */
  queue(options: Omit<WorkQueueOptions, 'name'>): WorkQueue;
  /** Runs `run` now and then every `period` microseconds, in the background, until the controller ends. */
  every(period: number, run: () => void): void;
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
  setUp(context: ControllerContext): void;
}
