import type { Node } from '../api/objects.ts';
import { MILLISECOND } from '../engine/index.ts';
import { ADMIN, ensure } from './bootstrap.ts';
import type { ClusterParts } from './cluster.ts';

/** How often to look whether the cluster is up. */
const POLL = 100 * MILLISECOND;

/** Creates a cluster's starting objects once all of its nodes are ready, as its administrator would. */
export function applySetup({ engine, server, store, preset, options }: ClusterParts): void {
  const whenUp = () => {
    const nodes = store.list('nodes') as unknown as Node[];
    if (!server.serving || nodes.length < preset.nodes.length || !nodes.every(isReady)) {
      engine.after(POLL, whenUp, 'work');
      return;
    }
    for (const manifest of options.setup ?? []) {
      const metadata = (manifest.metadata ?? {}) as { name: string; namespace?: string };
      const served = server.resources.of(manifest);
      const namespace = metadata.namespace ?? (served?.resource.namespaced === true ? 'default' : undefined);
      ensure(server, ADMIN, 'setup', {
        ...manifest,
        metadata: { ...metadata, ...(namespace === undefined ? {} : { namespace }) },
      });
    }
  };
  engine.after(POLL, whenUp, 'work');
}

function isReady({ status }: Node): boolean {
  return status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;
}
