import type { Node } from '../api/objects.ts';
import { isStatus } from '../api/status.ts';
import { MILLISECOND } from '../engine/index.ts';
import { ADMIN, ensure } from './bootstrap.ts';
import type { ClusterParts, SetupManifest } from './cluster.ts';

/** How often to look whether the cluster is up. */
const POLL = 100 * MILLISECOND;
/** A namespace's account `default` comes a moment after the namespace: until then it takes no pods. */
const NO_ACCOUNT_YET = /serviceaccount "default" not found$/;

/** Creates a cluster's starting objects once all of its nodes are ready, as its administrator would. */
export function applySetup({ engine, server, store, preset, options }: ClusterParts): void {
  const whenUp = () => {
    const nodes = store.list('nodes') as unknown as Node[];
    if (!server.serving || nodes.length < preset.nodes.length || !nodes.every(isReady)) {
      engine.after(POLL, whenUp, 'work');
      return;
    }
    apply(options.setup ?? []);
  };
  const apply = (manifests: readonly SetupManifest[]) => {
    for (const [index, manifest] of manifests.entries()) {
      const metadata = (manifest.metadata ?? {}) as { name: string; namespace?: string };
      const served = server.resources.of(manifest);
      const namespace = metadata.namespace ?? (served?.resource.namespaced === true ? 'default' : undefined);
      try {
        ensure(server, ADMIN, 'setup', {
          ...manifest,
          metadata: { ...metadata, ...(namespace === undefined ? {} : { namespace }) },
        });
      } catch (error) {
        if (!isStatus(error, 'Forbidden') || !NO_ACCOUNT_YET.test(error.message)) throw error;
        engine.after(POLL, () => apply(manifests.slice(index)), 'work');
        return;
      }
    }
  };
  engine.after(POLL, whenUp, 'work');
}

function isReady({ status }: Node): boolean {
  return status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;
}
