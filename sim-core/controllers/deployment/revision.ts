import type { Deployment, ReplicaSet } from '../../api/objects.ts';
import { desiredReplicas, maxSurge } from './arithmetic.ts';

const PREFIX = 'deployment.kubernetes.io/';
export const REVISION = `${PREFIX}revision`;
const HISTORY = `${PREFIX}revision-history`;
const DESIRED = `${PREFIX}desired-replicas`;
const MAX = `${PREFIX}max-replicas`;
const HISTORY_LIMIT = 2000;

/** Annotations that are the Deployment's own business, or the controller's. */
const NOT_COPIED: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deprecated.deployment.rollback.to',
  REVISION,
  HISTORY,
  DESIRED,
  MAX,
]);

type Annotations = Readonly<Record<string, string>>;

/** The revision that an object says it is; 0 when it says none. */
export function revisionOf(object: { metadata: { annotations?: Record<string, string> } }): number {
  const text = object.metadata.annotations?.[REVISION];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : 0;
}

/** The annotation that counts replicas, as a number. */
export function desiredAnnotation(replicaSet: ReplicaSet): number | undefined {
  return numberIn(replicaSet, DESIRED);
}

export function maxAnnotation(replicaSet: ReplicaSet): number | undefined {
  return numberIn(replicaSet, MAX);
}

function numberIn(replicaSet: ReplicaSet, name: string): number | undefined {
  const text = replicaSet.metadata.annotations?.[name];
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}

/** What the ReplicaSet must carry to be scaled in proportion later: the Deployment's size when it was last scaled. */
export function sizeAnnotations(deployment: Deployment): Annotations {
  const desired = desiredReplicas(deployment);
  return { [DESIRED]: String(desired), [MAX]: String(desired + maxSurge(deployment)) };
}

/** Annotations of a Deployment that its ReplicaSets carry too. */
export function inheritedAnnotations(deployment: Deployment): Annotations {
  const entries = Object.entries(deployment.metadata.annotations ?? {});
  return Object.fromEntries(entries.filter(([name]) => !NOT_COPIED.has(name)));
}

/**
 * The annotations of the ReplicaSet that is the Deployment's newest, or undefined when it has them already
 * (SetNewReplicaSetAnnotations). Its revision only grows: a ReplicaSet that a rollback makes the newest again gets the next
 * number, and remembers which it had.
 */
export function newestAnnotations(
  deployment: Deployment,
  replicaSet: ReplicaSet,
  revision: number,
): Annotations | undefined {
  const before = replicaSet.metadata.annotations ?? {};
  const after: Record<string, string> = { ...before, ...inheritedAnnotations(deployment) };
  const old = before[REVISION];
  if (revisionOf(replicaSet) < revision) {
    after[REVISION] = String(revision);
    if (old !== undefined) after[HISTORY] = extendHistory(before[HISTORY] ?? '', old, String(revision));
  }
  const changed = Object.keys(after).some((name) => after[name] !== before[name]);
  return changed ? after : undefined;
}

function extendHistory(history: string, old: string, next: string): string {
  if (history === '') return old;
  const revisions = history.split(',');
  let length = history.length + next.length + 1;
  while (length > HISTORY_LIMIT && revisions.length > 0) length -= revisions.shift()!.length + 1;
  return [...revisions, old].join(',');
}
