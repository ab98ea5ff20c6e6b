import type { SessionLog } from '../../sim-core/host/session.ts';
import type { ToClusterWorker } from './protocol.ts';

/** A Worker that has loaded the simulator already, or is about to: the next cluster is there the sooner. */
let spare: Worker | undefined;

/** A page begins one before its modules are there (integration.ts). */
const page = globalThis as { jotasuWorker?: Worker & { failed?: boolean } };

/** Workers whose script could not be fetched, which they say once only. */
const failed = new WeakSet<Worker>();

function newWorker(): Worker {
  const { jotasuWorker } = page;
  page.jotasuWorker = undefined;
  if (jotasuWorker !== undefined && jotasuWorker.failed !== true) return watched(jotasuWorker);
  return watched(new Worker(new URL('./cluster-worker.ts', import.meta.url), { type: 'module', name: 'cluster' }));
}

function watched(worker: Worker): Worker {
  worker.addEventListener('error', () => failed.add(worker));
  return worker;
}

/** Makes ready for a cluster that may be asked for soon; with a log, for a copy of the logged one as it was at a moment. */
export function warmWorker(copy?: { log: SessionLog; at: number }): void {
  spare ??= newWorker();
  if (copy !== undefined) spare.postMessage({ type: 'prepare', ...copy } satisfies ToClusterWorker);
}

/** The spare one, else a new one. */
export function takeWorker(): Worker {
  const worker = spare === undefined || failed.has(spare) ? newWorker() : spare;
  spare = undefined;
  return worker;
}
