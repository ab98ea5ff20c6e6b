import { canonicalJson, deepEqual } from '../../api/equality.ts';
import { fnv1a32, safeEncodeString } from '../../api/names.ts';
import { type ControllerRevision, controllerReference, type KubeObject } from '../../api/objects.ts';
import { isAlreadyExists } from '../../api/status.ts';
import type { Client } from '../../client/index.ts';
import { controllerRevisions } from '../../resources/controller-revision.ts';

export const REVISION_HASH = 'controller-revision-hash';

/** A version of what an owner makes its pods from, before it is stored. */
export interface RevisionDraft {
  readonly owner: KubeObject;
  /** What the version consists of: a patch that brings it back. */
  readonly data: unknown;
  readonly labels: Record<string, string>;
  readonly annotations?: Record<string, string>;
}

/** A short name for a version (history.HashControllerRevision). */
export function revisionHash(data: unknown, collisionCount: number | undefined): string {
  const suffix = collisionCount === undefined ? '' : `/${collisionCount}`;
  return safeEncodeString(String(fnv1a32(canonicalJson(data) + suffix)));
}

export function sameRevision(revision: ControllerRevision, data: unknown): boolean {
  return deepEqual(revision.data, data);
}

/** Oldest first (history.SortControllerRevisions). */
export function byRevision(a: ControllerRevision, b: ControllerRevision): number {
  return a.revision - b.revision || (a.metadata.name < b.metadata.name ? -1 : 1);
}

/**
 * Stores a version under a name made from its hash; another version that has the same hash counts as a collision, and the next
 * name is tried (history.CreateControllerRevision). Answers it and the number of collisions.
 */
export function createRevision(
  client: Client,
  { owner, data, labels, annotations }: RevisionDraft,
  revision: number,
  collisions: number | undefined,
): { revision: ControllerRevision; collisionCount: number | undefined } {
  const { name, namespace } = owner.metadata;
  for (let collisionCount = collisions; ; collisionCount = (collisionCount ?? 0) + 1) {
    const hash = revisionHash(data, collisionCount);
    const metadata = {
      name: `${name}-${hash}`,
      namespace,
      labels: { ...labels, [REVISION_HASH]: hash },
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [controllerReference(owner)],
    };
    try {
      const created = client.create(controllerRevisions, { metadata, data: data as object, revision });
      return { revision: created, collisionCount };
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      const found = client.get(controllerRevisions, namespace, metadata.name);
      if (sameRevision(found, data)) return { revision: found, collisionCount };
    }
  }
}

/** Makes an old version the newest again: a rollback (history.UpdateControllerRevision). */
export function renumberRevision(client: Client, revision: ControllerRevision, number: number): ControllerRevision {
  return revision.revision === number
    ? revision
    : client.update(controllerRevisions, { ...revision, revision: number });
}

/** Deletes the oldest versions that nothing uses any more, beyond the limit. */
export function truncateHistory(
  client: Client,
  revisions: readonly ControllerRevision[],
  inUse: ReadonlySet<string>,
  limit: number,
): void {
  const unused = [...revisions].sort(byRevision).filter(({ metadata }) => !inUse.has(metadata.name));
  for (const { metadata } of unused.slice(0, Math.max(0, unused.length - limit))) {
    client.delete(controllerRevisions, metadata.namespace, metadata.name);
  }
}
