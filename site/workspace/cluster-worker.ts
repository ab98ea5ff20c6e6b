/// <reference lib="webworker" />
import { GatedDoor } from '../../sim-core/host/gated-door.ts';
import { LiveChecks } from './live-checks.ts';
import { patiently } from './patiently.ts';
import type { FromClusterWorker, ToClusterWorker } from './protocol.ts';

/** A cluster in a Web Worker, and beside it the checks that can be asked of a living cluster after every change. */
const post = (message: FromClusterWorker): void => postMessage(message);

/** How long a page may take to load its terminal, milliseconds, before the rest of the simulator is loaded beside it. */
const PATIENCE = 10_000;

const door = new GatedDoor(
  {
    post(message) {
      post(message);
      checks.take(message);
    },
    wall: () => Math.floor(performance.now() * 1000),
    date: () => Date.now(),
    after(milliseconds, run) {
      const timer = setTimeout(run, milliseconds);
      return () => clearTimeout(timer);
    },
    report: (error) => console.error(error),
  },
  async () => {
    try {
      await patiently(() => import('../../sim-core/host/programs.ts'));
    } catch (error) {
      post({ type: 'not-loaded' });
      throw error;
    }
    checks.soon();
  },
  async () => (await patiently(() => import('../../sim-core/apiserver/rest/documents.ts'))).apiDocuments(),
  PATIENCE,
);
const checks = new LiveChecks(
  () => (door.isOpen ? door.host.cluster : undefined),
  (report) => post({ type: 'live-report', report }),
);

addEventListener('message', ({ data }: MessageEvent<ToClusterWorker>) => {
  if (data.type === 'exercise') checks.exercise = data.exercise;
  else if (data.type === 'load-rest') door.loadRest();
  else {
    if (data.type === 'boot') checks.forget();
    door.receive(data);
  }
});
