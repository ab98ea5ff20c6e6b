import { Client, EventRecorder, InformerFactory, type Transport, WorkQueue } from '../client/index.ts';
import { type Engine, MILLISECOND, type Timer } from '../engine/index.ts';
import { builtInResources } from '../resources/index.ts';
import type { ResourceDefinition } from '../resources/resource.ts';
import { type ControllerDefinition, type ControllerSettings, defaultSettings } from './controller.ts';
import { LeaderElection } from './leader-election.ts';

export interface ControllerManagerOptions {
  readonly engine: Engine;
  /** How to reach the API server under an identity: the manager's own, or a controller's service account. */
  connect(identity: { username: string; userAgent: string }): Transport;
  readonly controllers: readonly ControllerDefinition[];
  readonly settings?: Partial<ControllerSettings>;
  /** Stand for election under this name (`control-plane_3f2b…`); without it the controllers run at once. */
  readonly identity?: string;
  /** All kinds that the API server serves now. Default: the built-in ones. */
  discover?(): readonly ResourceDefinition[];
}

/** Time between looks at whether all informers have their first list (cache.WaitForCacheSync). */
const SYNC_CHECK = 100 * MILLISECOND;

/** A running kube-controller-manager. */
export interface ControllerManager {
  stop(): void;
}

/**
 * Starts kube-controller-manager. With an `identity` it stands for election first and its controllers run while it holds the
 * Lease `kube-system/kube-controller-manager`; having lost it, they end, and it stands again.
 */
export function startControllerManager(options: ControllerManagerOptions): ControllerManager {
  const { engine, connect, identity } = options;
  if (identity === undefined) return runControllers(options);
  const name = 'kube-controller-manager';
  let running: ControllerManager | undefined;
  const stopControllers = () => {
    running?.stop();
    running = undefined;
  };
  const election = new LeaderElection({
    engine,
    transport: connect({ username: `system:${name}`, userAgent: `${name}/leader-election` }),
    name,
    identity,
    onStarted: () => {
      running = runControllers(options);
    },
    onStopped: stopControllers,
  });
  return {
    stop() {
      election.stop();
      stopControllers();
    },
  };
}

/** Runs controllers side by side in one process: shared informers, one client and event source each. */
function runControllers(options: ControllerManagerOptions): ControllerManager {
  const { engine, connect, controllers } = options;
  const settings = { ...defaultSettings, ...options.settings };
  const userAgent = 'kube-controller-manager';
  const informers = new InformerFactory(engine, new Client(connect({ username: `system:${userAgent}`, userAgent })));
  const queues: WorkQueue[] = [];
  const timers = new Set<{ timer: Timer | undefined }>();
  let stopped = false;

  for (const { name, serviceAccount = name, asManager, eventSource = name, setUp } of controllers) {
    const username = asManager === true ? `system:${userAgent}` : `system:serviceaccount:kube-system:${serviceAccount}`;
    const client = new Client(connect({ username, userAgent: `${userAgent}/${name}` }));
    setUp({
      engine,
      client,
      informers,
      settings,
      discover: options.discover ?? (() => builtInResources),
      events: new EventRecorder(engine, client, { component: eventSource }),
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
        queues.push(queue);
        return queue;
      },
      later: (delay, run) =>
        engine.background(delay, () => {
          if (!stopped) run();
        }),
      every(period, run) {
        const holder: { timer: Timer | undefined } = { timer: undefined };
        timers.add(holder);
        const tick = () => {
          if (stopped) return;
          holder.timer = engine.background(period, tick);
          if (informers.synced) run();
        };
        holder.timer = engine.background(0, tick);
      },
    });
  }
  informers.start();
  return {
    stop() {
      stopped = true;
      informers.stop();
      for (const queue of queues) queue.stop();
      for (const { timer } of timers) engine.cancel(timer);
    },
  };
}
