import type { SessionLog } from '../../sim-core/host/session.ts';
import type { ToClusterWorker } from './protocol.ts';

/** A Worker that has loaded the simulator already, or is about to: the next cluster is there the sooner. */
let spare: Marked | undefined;

/** One whose script could not be fetched says so once, perhaps before anybody listens: it bears a mark from then on. */
type Marked = Worker & { failed?: boolean };

/** A page begins one before its modules are there, and marks it likewise (integration.ts). */
const page = globalThis as { jotasuWorker?: Marked };

function newWorker(): Marked {
  const { jotasuWorker } = page;
  page.jotasuWorker = undefined;
  if (jotasuWorker !== undefined && jotasuWorker.failed !== true) return jotasuWorker;
  const worker: Marked = new Worker(new URL('./cluster-worker.ts', import.meta.url), {
    type: 'module',
    name: 'cluster',
  });
  worker.onerror = () => {
    worker.failed = true;
  };
  return worker;
}

/** Makes ready for a cluster that may be asked for soon; with a log, for a copy of the logged one as it was at a moment. */
export function warmWorker(copy?: { log: SessionLog; at: number }): void {
  spare ??= newWorker();
  if (copy !== undefined) spare.postMessage({ type: 'prepare', ...copy } satisfies ToClusterWorker);
}

/** The spare one, else a new one. */
export function takeWorker(): Worker {
  const worker = spare === undefined || spare.failed === true ? newWorker() : spare;
  spare = undefined;
  return worker;
}
