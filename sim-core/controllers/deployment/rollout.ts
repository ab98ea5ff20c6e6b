import type { DeploymentCondition } from 'kubernetes-types/apps/v1';
import type { PodTemplateSpec } from 'kubernetes-types/core/v1';
import { canonicalJson, deepEqual, semanticEqual } from '../../api/equality.ts';
import { fnv1a32, safeEncodeString } from '../../api/names.ts';
import { controllerOf, controllerReference, type Deployment, type Pod, type ReplicaSet } from '../../api/objects.ts';
import { isAlreadyExists, StatusError } from '../../api/status.ts';
import { formatTime, type Micros } from '../../engine/index.ts';
import { deployments } from '../../resources/deployment.ts';
import { replicaSets } from '../../resources/replica-set.ts';
import type { ControllerContext } from '../controller.ts';
import { conditionOf, withCondition } from '../shared/conditions.ts';
import { isNamespaceTerminating } from '../shared/pod-control.ts';
import { isTerminating } from '../shared/pods.ts';
import { byAge, desiredReplicas, newReplicaSetSize } from './arithmetic.ts';
import { inheritedAnnotations, newestAnnotations, REVISION, revisionOf, sizeAnnotations } from './revision.ts';

/** The label that tells apart the pods of a Deployment's ReplicaSets. */
const HASH_LABEL = 'pod-template-hash';

/** What reconciling one Deployment may ask of its surroundings. */
export interface RolloutHooks {
  podsOf(replicaSet: ReplicaSet): Pod[];
  retryAfter(delay: Micros): void;
}

/**
 * One reconciliation of one Deployment: the Deployment and its ReplicaSets as they are now, and the writes that all strategies
 * share. Each write is followed by the object as the server answered it.
 */
export class Rollout {
  readonly context: ControllerContext;
  readonly hooks: RolloutHooks;
  deployment: Deployment;
  /** The ReplicaSet whose template is the Deployment's, once there is one. */
  newest: ReplicaSet | undefined;
  /** All others, oldest first. */
  old: ReplicaSet[];

  constructor(context: ControllerContext, deployment: Deployment, owned: readonly ReplicaSet[], hooks: RolloutHooks) {
    this.context = context;
    this.hooks = hooks;
    this.deployment = deployment;
    const sorted = [...owned].sort(byAge);
    this.newest = sorted.find(({ spec }) => sameTemplate(deployment.spec.template, spec.template ?? {}));
    this.old = sorted.filter((replicaSet) => replicaSet !== this.newest);
  }

  get all(): ReplicaSet[] {
    return this.newest === undefined ? this.old : [...this.old, this.newest];
  }

  /** Whether the Deployment has a progress deadline (deploymentutil.HasProgressDeadline). */
  get hasDeadline(): boolean {
    const { progressDeadlineSeconds } = this.deployment.spec;
    return progressDeadlineSeconds !== undefined && progressDeadlineSeconds !== 2147483647;
  }

  /** A condition as of now. */
  condition(type: string, status: string, reason: string, message: string): DeploymentCondition {
    const now = formatTime(this.context.engine.now);
    return { type, status, reason, message, lastUpdateTime: now, lastTransitionTime: now };
  }

  /** Brings revision numbers up to date, and makes the new ReplicaSet if `create` asks for it and there is none. */
  syncRevision(create: boolean): void {
    const revision = this.old.reduce((most, replicaSet) => Math.max(most, revisionOf(replicaSet)), 0) + 1;
    if (this.newest !== undefined) this.refreshNewest(this.newest, revision);
    else if (create) this.createNewest(revision);
  }

  /** Gives a ReplicaSet another size, and says so (scaleReplicaSet). Answers whether the size changed. */
  scale(replicaSet: ReplicaSet, size: number): boolean {
    const { client, events } = this.context;
    const before = desiredReplicas(replicaSet);
    const sizes = sizeAnnotations(this.deployment);
    const { annotations = {} } = replicaSet.metadata;
    const stale = Object.keys(sizes).some((name) => annotations[name] !== sizes[name]);
    if (before === size && !stale) return false;
    const scaled = client.update(replicaSets, {
      ...replicaSet,
      metadata: { ...replicaSet.metadata, annotations: { ...annotations, ...sizes } },
      spec: { ...replicaSet.spec, replicas: size },
    });
    this.replace(scaled);
    if (before === size) return false;
    const direction = before < size ? 'up' : 'down';
    const { name } = replicaSet.metadata;
    events.normal(
      this.deployment,
      'ScalingReplicaSet',
      `Scaled ${direction} replica set ${name} from ${before} to ${size}`,
    );
    return true;
  }

  /** Deletes old ReplicaSets beyond the revision history limit: empty ones only, lowest revision first (cleanupDeployment). */
  cleanUp(): void {
    const { revisionHistoryLimit: limit } = this.deployment.spec;
    if (limit === undefined || limit === 2147483647) return;
    const alive = this.old.filter((replicaSet) => !isTerminating(replicaSet));
    const surplus = alive.length - limit;
    if (surplus <= 0) return;
    alive.sort((a, b) => revisionOf(a) - revisionOf(b) || byAge(a, b));
    for (const { metadata, spec, status } of alive.slice(0, surplus)) {
      const settled = (metadata.generation ?? 0) <= (status.observedGeneration ?? 0);
      if (status.replicas !== 0 || spec.replicas !== 0 || !settled) continue;
      this.context.client.delete(replicaSets, metadata.namespace, metadata.name);
    }
  }

  /** Writes the status (and the revision annotation, which travels with it). */
  writeStatus(status: Deployment['status'], annotations = this.deployment.metadata.annotations): void {
    const metadata = { ...this.deployment.metadata, annotations };
    this.deployment = this.context.client.updateStatus(deployments, { ...this.deployment, metadata, status });
  }

  private replace(replicaSet: ReplicaSet): void {
    const { uid } = replicaSet.metadata;
    if (this.newest?.metadata.uid === uid) this.newest = replicaSet;
    else this.old = this.old.map((other) => (other.metadata.uid === uid ? replicaSet : other));
  }

  private refreshNewest(replicaSet: ReplicaSet, revision: number): void {
    const { deployment } = this;
    const annotations = newestAnnotations(deployment, replicaSet, revision);
    const { minReadySeconds } = deployment.spec;
    if (annotations !== undefined || (replicaSet.spec.minReadySeconds ?? 0) !== (minReadySeconds ?? 0)) {
      // The status is left for the next reconciliation, which sees the ReplicaSet as it is then.
      this.newest = this.context.client.update(replicaSets, {
        ...replicaSet,
        metadata: { ...replicaSet.metadata, annotations: annotations ?? replicaSet.metadata.annotations },
        spec: { ...replicaSet.spec, minReadySeconds },
      });
      return;
    }
    const message = `Found new replica set "${replicaSet.metadata.name}"`;
    this.announce(revisionOf(replicaSet), this.condition('Progressing', 'True', 'FoundNewReplicaSet', message), false);
  }

  /** Notes on the Deployment which revision it is at and, unless it has one, how it came to progress. */
  private announce(revision: number, condition: DeploymentCondition, replace: boolean): void {
    const { metadata, status } = this.deployment;
    const stale = revisionOf(this.deployment) !== revision;
    const missing = this.hasDeadline && (replace || conditionOf(status.conditions, 'Progressing') === undefined);
    if (!stale && !missing) return;
    const conditions = missing ? withCondition(status.conditions, condition) : status.conditions;
    const annotations = { ...metadata.annotations, [REVISION]: String(revision) };
    this.writeStatus({ ...status, ...(conditions === undefined ? {} : { conditions }) }, annotations);
  }

  private createNewest(revision: number): void {
    const { client, events } = this.context;
    const { deployment } = this;
    const { template, selector, minReadySeconds } = deployment.spec;
    const hash = templateHash(template, deployment.status.collisionCount);
    const name = `${deployment.metadata.name}-${hash}`;
    const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
    const replicas = newReplicaSetSize(deployment, this.old, 0);
    let created: ReplicaSet;
    let existed = false;
    try {
      created = client.create(replicaSets, {
        metadata: {
          name,
          namespace: deployment.metadata.namespace,
          labels,
          annotations: {
            ...inheritedAnnotations(deployment),
            [REVISION]: String(revision),
            ...sizeAnnotations(deployment),
          },
          ownerReferences: [controllerReference(deployment)],
        },
        spec: {
          replicas,
          ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
          selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
          template: { ...template, metadata: { ...template.metadata, labels } },
        },
      });
    } catch (error) {
      created = this.afterFailedCreation(error, name);
      existed = true;
    }
    this.newest = created;
    if (!existed && replicas > 0) {
      events.normal(deployment, 'ScalingReplicaSet', `Scaled up replica set ${name} from 0 to ${replicas}`);
    }
    const message = `Created new replica set "${name}"`;
    this.announce(revision, this.condition('Progressing', 'True', 'NewReplicaSetCreated', message), !existed);
  }

  /** A ReplicaSet could not be made: because it is there (an earlier attempt of ours, unseen as yet), or for a reason to report. */
  private afterFailedCreation(error: unknown, name: string): ReplicaSet {
    const { client, events } = this.context;
    const { deployment } = this;
    const { namespace, uid } = deployment.metadata;
    if (isAlreadyExists(error)) {
      const found = client.get(replicaSets, namespace, name);
      const ours = controllerOf(found)?.uid === uid;
      if (ours && sameTemplate(deployment.spec.template, found.spec.template ?? {})) return found;
      // Another template with the same hash: count the collision into the hash and try again.
      const collisionCount = (deployment.status.collisionCount ?? 0) + 1;
      this.writeStatus({ ...deployment.status, collisionCount });
      throw error;
    }
    if (error instanceof StatusError && !isNamespaceTerminating(error)) {
      const message = `Failed to create new replica set "${name}": ${error.message}`;
      if (this.hasDeadline) {
        const condition = this.condition('Progressing', 'False', 'ReplicaSetCreateError', message);
        this.writeStatus({ ...deployment.status, conditions: withCondition(deployment.status.conditions, condition) });
      }
      events.warning(deployment, 'ReplicaSetCreateError', message);
    }
    throw error;
  }
}

/** Whether two templates are alike but for the hash label (deploymentutil.EqualIgnoreHash). */
export function sameTemplate(a: PodTemplateSpec, b: PodTemplateSpec): boolean {
  const left = withoutHash(a);
  const right = withoutHash(b);
  return deepEqual(left, right) || semanticEqual(left, right);
}

function withoutHash(template: PodTemplateSpec): PodTemplateSpec {
  const { [HASH_LABEL]: _, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

/**
 * A short name for a template: equal templates have equal hashes. Upstream hashes a dump of Go's structures; this is the same
 * function over their JSON, so hashes differ from those of a real cluster (controller.ComputeHash).
 */
export function templateHash(template: PodTemplateSpec, collisionCount: number | undefined): string {
  const suffix = collisionCount === undefined ? '' : `/${collisionCount}`;
  return safeEncodeString(String(fnv1a32(canonicalJson(template) + suffix)));
}
