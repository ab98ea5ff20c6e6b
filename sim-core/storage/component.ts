import { type Client, EventRecorder, InformerFactory, WorkQueue } from '../client/index.ts';
import { type Engine, MILLISECOND, type Timer } from '../engine/index.ts';
import type { Driver } from './driver.ts';

const SYNC_CHECK = 100 * MILLISECOND;

/** What a controller beside storage drivers works with: external-provisioner, external-attacher, external-resizer. */
export interface ComponentOptions {
  readonly engine: Engine;
  readonly client: Client;
  readonly drivers: readonly Driver[];
  /** Who it is, in events: the pod's name. */
  readonly identity: string;
}

/** Informers, queues and events of one such controller; all end together. */
export class ComponentParts {
  readonly engine: Engine;
  readonly client: Client;
  readonly informers: InformerFactory;
  private readonly options: ComponentOptions;
  private readonly queues: WorkQueue[] = [];
  private readonly calls = new Map<string, Timer>();
  private readonly recorders = new Map<string, EventRecorder>();

  constructor(options: ComponentOptions) {
    this.options = options;
    this.engine = options.engine;
    this.client = options.client;
    this.informers = new InformerFactory(options.engine, options.client);
  }

  driver(name: string | undefined): Driver | undefined {
    return this.options.drivers.find((one) => one.name === name);
  }

  queue(name: string, reconcile: (key: string) => void): WorkQueue {
    const made: WorkQueue = new WorkQueue(this.engine, {
      name,
      reconcile: (key) => {
        // Acting on half a picture would do harm.
        if (this.informers.synced) reconcile(key);
        else made.addAfter(key, SYNC_CHECK);
      },
    });
    this.queues.push(made);
    return made;
  }

  /** Does something that takes a driver so long; while it lasts, asking for it again does nothing. */
  call(key: string, time: number, act: () => void): void {
    if (this.calls.has(key)) return;
    const timer = this.engine.after(time, () => {
      this.calls.delete(key);
      act();
    });
    this.calls.set(key, timer);
  }

  /** Events in the name of a driver: `nfs.csi.k8s.io_csi-controller-7d4b`, or `external-resizer nfs.csi.k8s.io`. */
  eventsOf(driver: Driver, component = `${driver.name}_${this.options.identity}`): EventRecorder {
    let recorder = this.recorders.get(component);
    if (recorder === undefined) {
      recorder = new EventRecorder(this.engine, this.client, { component });
      this.recorders.set(component, recorder);
    }
    return recorder;
  }

  stop(): void {
    this.informers.stop();
    for (const queue of this.queues) queue.stop();
    for (const timer of this.calls.values()) this.engine.cancel(timer);
  }
}
