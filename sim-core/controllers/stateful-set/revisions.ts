import type { StatefulSetStatus } from 'kubernetes-types/apps/v1';
import type { ControllerRevision, Pod, StatefulSet } from '../../api/objects.ts';
import type { Client } from '../../client/index.ts';
import {
  byRevision,
  createRevision,
  REVISION_HASH,
  renumberRevision,
  sameRevision,
  truncateHistory,
} from '../shared/history.ts';

type Template = StatefulSet['spec']['template'];

/** The versions that matter to a reconciliation. */
export interface Revisions {
  /** The version that most pods have, until an update is complete. */
  readonly current: ControllerRevision;
  /** The version of the template as it is now. */
  readonly update: ControllerRevision;
  readonly all: readonly ControllerRevision[];
  readonly collisionCount: number | undefined;
}

/** Finds the two versions, storing the template as a new one if it is (getStatefulSetRevisions). */
export function revisionsOf(client: Client, set: StatefulSet, owned: readonly ControllerRevision[]): Revisions {
  const all = [...owned].sort(byRevision);
  const data = { spec: { template: { ...set.spec.template, $patch: 'replace' } } };
  const newest = all.at(-1);
  const same = all.findLast((revision) => sameRevision(revision, data));
  let { collisionCount } = set.status;
  let update: ControllerRevision;
  if (same === undefined) {
    const labels = { ...set.spec.selector.matchLabels };
    const draft = { owner: set, data, labels, annotations: set.metadata.annotations };
    const created = createRevision(client, draft, (newest?.revision ?? 0) + 1, collisionCount ?? 0);
    update = created.revision;
    collisionCount = created.collisionCount;
  } else update = same === newest ? same : renumberRevision(client, same, newest!.revision + 1);
  const current = all.find(({ metadata }) => metadata.name === set.status.currentRevision) ?? update;
  return { current, update, all, collisionCount: collisionCount ?? 0 };
}

/** The template that a version stands for. */
export function templateOf({ data }: ControllerRevision): Template {
  const { $patch: _, ...template } = (data as { spec: { template: Template & { $patch?: string } } }).spec.template;
  return template;
}

/** When every pod has the new version and is ready, it becomes the current one (completeRollingUpdate). */
export function finishUpdate(set: StatefulSet, status: StatefulSetStatus): StatefulSetStatus {
  if (set.spec.updateStrategy?.type === 'OnDelete') return status;
  const { replicas, updatedReplicas = 0, readyReplicas = 0, updateRevision } = status;
  if (updatedReplicas !== replicas || readyReplicas !== replicas) return status;
  const { currentReplicas: _, ...rest } = status;
  return {
    ...rest,
    currentRevision: updateRevision,
    ...(updatedReplicas === 0 ? {} : { currentReplicas: updatedReplicas }),
  };
}

export function truncateRevisions(client: Client, set: StatefulSet, pods: readonly Pod[], revisions: Revisions): void {
  const { current, update, all } = revisions;
  const inUse = new Set([current.metadata.name, update.metadata.name]);
  for (const { metadata } of pods) inUse.add(metadata.labels?.[REVISION_HASH] ?? '');
  truncateHistory(client, all, inUse, set.spec.revisionHistoryLimit ?? 10);
}
