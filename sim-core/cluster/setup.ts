import type { Node } from '../api/objects.ts';
import { StatusError } from '../api/status.ts';
import { waitForAccount } from '../apiserver/account-wait.ts';
import { MILLISECOND, SECOND } from '../engine/index.ts';
import { ADMIN, createOrMerge } from './bootstrap.ts';
import type { ClusterParts, SetupManifest } from './cluster.ts';

/** How often to look whether the cluster is up. */
const POLL = 100 * MILLISECOND;

/**
 * Creates a cluster's starting objects once all of its nodes are ready (without a network they are not, and it is enough that they are there), as
 * its administrator would, one after the other. An object that is
 * named again is changed: so a history can be set up, such as a rollout that was begun and went wrong. `done` is called when all is there.
 */
export function applySetup({ engine, server, store, preset, options }: ClusterParts, done: () => void): void {
  const whenUp = () => {
    const nodes = store.list('nodes') as unknown as Node[];
    const expected = options.without?.includes('kubelet') === true ? 0 : preset.nodes.length;
    const usable = preset.network === 'none' || nodes.every(isReady);
    if (!server.serving || nodes.length < expected || !usable) {
      engine.after(POLL, whenUp, 'work');
      return;
    }
    next(0);
  };
  const { setup = [] } = options;
  const next = (index: number) => {
    const step = setup[index];
    const then = () => next(index + 1);
    if (step === undefined) done();
    else if ('kind' in step) create(step, then);
    else engine.after((step as { wait: number }).wait * SECOND, then, 'work');
  };
  const create = (step: SetupManifest, then: () => void) => {
    const metadata = (step.metadata ?? {}) as { name: string; namespace?: string };
    const served = server.resources.of(step);
    const namespace = metadata.namespace ?? (served?.resource.namespaced === true ? 'default' : undefined);
    const object = { ...step, metadata: { ...metadata, ...(namespace === undefined ? {} : { namespace }) } };
    let refused: StatusError | undefined;
    const attempt = () => {
      refused = undefined;
      try {
        createOrMerge(server, ADMIN, 'setup', object);
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        refused = error;
      }
      return refused?.status;
    };
    waitForAccount(engine, attempt, () => {
      if (refused !== undefined) throw refused;
      then();
    });
  };
  engine.after(POLL, whenUp, 'work');
}

function isReady({ status }: Node): boolean {
  return status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;
}
