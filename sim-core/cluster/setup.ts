import type { Node } from '../api/objects.ts';
import { isStatus } from '../api/status.ts';
import { MILLISECOND, SECOND } from '../engine/index.ts';
import { ADMIN, createOrMerge } from './bootstrap.ts';
import type { ClusterParts, SetupStep } from './cluster.ts';

/** How often to look whether the cluster is up. */
const POLL = 100 * MILLISECOND;
/** A namespace's account `default` comes a moment after the namespace: until then it takes no pods. */
const NO_ACCOUNT_YET = /serviceaccount "default" not found$/;

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
    apply(options.setup ?? []);
  };
  const apply = (steps: readonly SetupStep[]) => {
    for (const [index, step] of steps.entries()) {
      if (!('kind' in step)) {
        const { wait } = step as { wait: number };
        engine.after(wait * SECOND, () => apply(steps.slice(index + 1)), 'work');
        return;
      }
      const metadata = (step.metadata ?? {}) as { name: string; namespace?: string };
      const served = server.resources.of(step);
      const namespace = metadata.namespace ?? (served?.resource.namespaced === true ? 'default' : undefined);
      const object = { ...step, metadata: { ...metadata, ...(namespace === undefined ? {} : { namespace }) } };
      try {
        createOrMerge(server, ADMIN, 'setup', object);
      } catch (error) {
        if (!isStatus(error, 'Forbidden') || !NO_ACCOUNT_YET.test(error.message)) throw error;
        engine.after(POLL, () => apply(steps.slice(index)), 'work');
        return;
      }
    }
    done();
  };
  engine.after(POLL, whenUp, 'work');
}

function isReady({ status }: Node): boolean {
  return status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;
}
