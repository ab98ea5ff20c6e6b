import { Client, EventRecorder, InformerFactory, type Transport, WorkQueue } from '../client/index.ts';
import type { Engine, Timer } from '../engine/index.ts';
import type { ControllerDefinition } from './controller.ts';

export interface ControllerManagerOptions {
  readonly engine: Engine;
  /** How to reach the API server under an identity: the manager's own, or a controller's service account. */
  connect(identity: { username: string; userAgent: string }): Transport;
  readonly controllers: readonly ControllerDefinition[];
}

/** A running kube-controller-manager. */
export interface ControllerManager {
  stop(): void;
}

/** Runs controllers side by side in one process: shared informers, one client and event source each. */
export function startControllerManager({ engine, connect, controllers }: ControllerManagerOptions): ControllerManager {
  const userAgent = 'kube-controller-manager';
  const informers = new InformerFactory(engine, new Client(connect({ username: `system:${userAgent}`, userAgent })));
  const queues: WorkQueue[] = [];
  const timers = new Set<{ timer: Timer | undefined }>();
  let stopped = false;

  for (const { name, serviceAccount = name, setUp } of controllers) {
    const username = `system:serviceaccount:kube-system:${serviceAccount}`;
    const client = new Client(connect({ username, userAgent: `${userAgent}/${name}` }));
    setUp({
      engine,
      client,
      informers,
      events: new EventRecorder(engine, client, { component: name }),
      queue(options) {
        const queue = new WorkQueue(engine, { name, ...options });
        queues.push(queue);
        return queue;
      },
      every(period, run) {
        const holder: { timer: Timer | undefined } = { timer: undefined };
        timers.add(holder);
        const tick = () => {
          if (stopped) return;
          holder.timer = engine.background(period, tick);
          run();
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
