import type { ControllerRevision, DaemonSet, Pod } from '../../api/objects.ts';
import type { Client, Informer } from '../../client/index.ts';
import {
  byRevision,
  createRevision,
  REVISION_HASH,
  renumberRevision,
  sameRevision,
  truncateHistory,
} from '../shared/history.ts';
import { ownedBy } from '../shared/ownership.ts';

/** Keeps the versions of DaemonSets' templates as ControllerRevisions (constructHistory). */
export class DaemonHistory {
  private readonly client: Client;
  private readonly revisions: Informer<ControllerRevision>;

  constructor(client: Client, revisions: Informer<ControllerRevision>) {
    this.client = client;
    this.revisions = revisions;
  }

  /** The hash of the current template, stored as a version if it is a new one, and the other versions. */
  sync(set: DaemonSet): { hash: string; old: ControllerRevision[] } {
    const data = { spec: { template: { ...set.spec.template, $patch: 'replace' } } };
    const known = ownedBy(this.revisions, set).sort(byRevision);
    const next = (known.at(-1)?.revision ?? 0) + 1;
    const same = known.filter((revision) => sameRevision(revision, data));
    const current =
      same.length === 0
        ? createRevision(
            this.client,
            {
              owner: set,
              data,
              labels: { ...set.spec.template.metadata?.labels },
              annotations: set.metadata.annotations,
            },
            next,
            set.status.collisionCount,
          ).revision
        : renumberRevision(this.client, same.at(-1)!, same.at(-1) === known.at(-1) ? next - 1 : next);
    return {
      hash: current.metadata.labels?.[REVISION_HASH] ?? '',
      old: known.filter(({ metadata }) => metadata.name !== current.metadata.name),
    };
  }

  /** Forgets versions beyond the limit, but for those that pods still have. */
  truncate(set: DaemonSet, pods: readonly Pod[], hash: string, old: readonly ControllerRevision[]): void {
    const limit = set.spec.revisionHistoryLimit ?? 10;
    if (old.length <= limit) return;
    const live = new Set([hash, ...pods.map(({ metadata }) => metadata.labels?.[REVISION_HASH])]);
    const inUse = old
      .filter(({ metadata }) => live.has(metadata.labels?.[REVISION_HASH]))
      .map(({ metadata }) => metadata.name);
    truncateHistory(this.client, old, new Set(inUse), limit);
  }
}
