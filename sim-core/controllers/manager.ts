import { Client, EventRecorder, InformerFactory, type Transport, WorkQueue } from '../client/index.ts';
import { type Engine, MILLISECOND, type Timer } from '../engine/index.ts';
import { builtInResources } from '../resources/index.ts';
import type { ResourceDefinition } from '../resources/resource.ts';
import { type ControllerDefinition, type ControllerSettings, defaultSettings } from './controller.ts';

export interface ControllerManagerOptions {
  readonly engine: Engine;
  /** How to reach the API server under an identity: the manager's own, or a controller's service account. */
  connect(identity: { username: string; groups?: readonly string[]; userAgent: string }): Transport;
  readonly controllers: readonly ControllerDefinition[];
  readonly settings?: Partial<ControllerSettings>;
  /** All kinds that the API server serves now. Default: the built-in ones. */
  discover?(): readonly ResourceDefinition[];
  /** The process, and its user. Default: kube-controller-manager. */
  readonly processName?: string;
}

/** Time between looks at whether all informers have their first list (cache.WaitForCacheSync). */
const SYNC_CHECK = 100 * MILLISECOND;

/** A running kube-controller-manager. */
export interface ControllerManager {
  /** Puts a controller in the place of the one of its name, or beside the others. */
  replace(controller: ControllerDefinition): void;
  /** Ends the controller of that name. */
  remove(name: string): void;
  stop(): void;
}

/** Starts the controllers of a kube-controller-manager that leads, or of another process made of controllers. */
export function startControllerManager(options: ControllerManagerOptions): ControllerManager {
  const { processName = 'kube-controller-manager' } = options;
  const running = new ControllerProcess(options, processName);
  for (const controller of options.controllers) running.add(controller);
  running.start();
  return {
    replace(controller) {
      running.remove(controller.name);
      running.add(controller);
      running.start();
    },
    remove: (name) => running.remove(name),
    stop: () => running.stop(),
  };
}

/** Controllers side by side in one process: shared informers, one client and event source each. */
class ControllerProcess {
  private readonly options: ControllerManagerOptions;
  private readonly name: string;
  private readonly informers: InformerFactory;
  private readonly running = new Map<string, () => void>();

  constructor(options: ControllerManagerOptions, name: string) {
    const { engine, connect } = options;
    this.options = options;
    this.name = name;
    this.informers = new InformerFactory(engine, new Client(connect({ username: `system:${name}`, userAgent: name })));
  }

  /** Starts the informers that controllers have asked for since. */
  start(): void {
    this.informers.start();
  }

  stop(): void {
    this.informers.stop();
    for (const stop of this.running.values()) stop();
    this.running.clear();
  }

  remove(name: string): void {
    this.running.get(name)?.();
    this.running.delete(name);
  }

  add({ name, serviceAccount = name, asManager, user, eventSource = name, setUp }: ControllerDefinition): void {
    const { informers } = this;
    const { engine, connect, settings, discover = () => builtInResources } = this.options;
    const username = asManager === true ? `system:${this.name}` : `system:serviceaccount:kube-system:${serviceAccount}`;
    const client = new Client(connect({ username, ...user, userAgent: `${this.name}/${name}` }));
    const endings: (() => void)[] = [];
    let stopped = false;
    this.running.set(name, () => {
      stopped = true;
      for (const end of endings) end();
    });
    const events = new EventRecorder(engine, client, { component: eventSource });
    endings.push(() => events.stop());
    setUp({
      engine,
      client,
      informers,
      settings: { ...defaultSettings, ...settings },
      discover,
      events,
      queue({ reconcile, pace }) {
        const queue: WorkQueue = new WorkQueue(engine, {
          name,
          pace,
          reconcile(key) {
            // Acting on half a picture would do harm: no pods seen yet does not mean that there are none.
            if (informers.synced) return reconcile(key) ?? 0;
            queue.addAfter(key, SYNC_CHECK);
            return 0;
          },
        });
        endings.push(() => queue.stop());
        return queue;
      },
      later: (delay, run) =>
        engine.background(delay, () => {
          if (!stopped) run();
        }),
      every(period, run) {
        let timer: Timer | undefined;
        const tick = () => {
          timer = engine.background(period, tick);
          if (informers.synced) run();
        };
        timer = engine.background(0, tick);
        endings.push(() => engine.cancel(timer));
      },
      onStop: (run) => endings.push(run),
    });
  }
}
