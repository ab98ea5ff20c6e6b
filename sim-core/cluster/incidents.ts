import { SECOND } from '../engine/index.ts';
import { ADMIN, createOrMerge } from './bootstrap.ts';
import type { ClusterParts, Running, SetupManifest } from './cluster.ts';
import type { Fault } from './faults.ts';

declare module '../engine/trace.ts' {
  interface TraceEventMap {
    /** Something that was planned befalls the cluster. `text` is what a reader is told of it, by language, if anything. */
    incident: { readonly what: string; readonly text?: Readonly<Record<string, string>> };
  }
}

/** Something that befalls a cluster at a time that is known beforehand. */
export interface Incident {
  /** Virtual seconds after the setup. */
  readonly at: number;
  /** What the page says when it happens, by language; nothing is said without it. */
  readonly text?: Readonly<Record<string, string>>;
  readonly fault?: Fault;
  /** Objects that someone creates, or merges into those that are there. */
  readonly apply?: readonly SetupManifest[];
}

/** Lets incidents happen in their time, counted from now. They keep no cluster from being at rest. */
export function startIncidents(
  { engine, server }: ClusterParts,
  running: Running,
  incidents: readonly Incident[],
): void {
  for (const { at, text, fault, apply = [] } of incidents) {
    engine.background(at * SECOND, () => {
      const what = [...(fault === undefined ? [] : [fault.type]), ...apply.map(({ kind }) => kind)].join(', ');
      const cause = engine.emit('incident', 'outside', { what, ...(text === undefined ? {} : { text }) });
      engine.because(cause, () =>
        engine.asWork(() => {
          if (fault !== undefined) running.inject(fault);
          for (const manifest of apply) {
            const metadata = manifest.metadata as { name: string; namespace?: string };
            const namespaced = server.resources.of(manifest)?.resource.namespaced === true;
            const object = {
              ...manifest,
              metadata: namespaced ? { ...metadata, namespace: metadata.namespace ?? 'default' } : metadata,
            };
            try {
              createOrMerge(server, ADMIN, 'incident', object);
            } catch (error) {
              // Whoever planned it could not know what the learner would make of the cluster.
              engine.emit('incident', 'outside', {
                what: `${what}: ${error instanceof Error ? error.message : error}`,
              });
            }
          }
        }),
      );
    });
  }
}
