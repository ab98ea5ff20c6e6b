import type { NewObject, OwnerReference, PersistentVolumeClaim, Pod, StatefulSet } from '../../api/objects.ts';
import { isNotFound, StatusError } from '../../api/status.ts';
import type { Client, EventRecorder, Informer } from '../../client/index.ts';
import { persistentVolumeClaims } from '../../resources/persistent-volume-claim.ts';
import { pods } from '../../resources/pod.ts';
import { isNamespaceTerminating } from '../shared/pod-control.ts';
import { claimsOf, identityLabels } from './identity.ts';

/** Makes and deletes a StatefulSet's pods and their claims, and says so in events (StatefulPodControl). */
export class StatefulPods {
  readonly events: EventRecorder;
  private readonly client: Client;
  private readonly claims: Informer<PersistentVolumeClaim>;

  constructor({ client, events }: { client: Client; events: EventRecorder }, claims: Informer<PersistentVolumeClaim>) {
    this.client = client;
    this.events = events;
    this.claims = claims;
  }

  /** The claims come before the pod: it could not start without them. */
  create(set: StatefulSet, pod: NewObject<Pod>, ordinal: number): void {
    this.ensureClaims(set, ordinal);
    const { name } = pod.metadata;
    try {
      this.client.create(pods, pod);
    } catch (error) {
      if (error instanceof StatusError && !isNamespaceTerminating(error) && error.reason !== 'AlreadyExists') {
        const message = `create Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${error.message}`;
        this.events.warning(set, 'FailedCreate', message);
      }
      throw error;
    }
    this.events.normal(set, 'SuccessfulCreate', `create Pod ${name} in StatefulSet ${set.metadata.name} successful`);
  }

  delete(set: StatefulSet, pod: Pod): void {
    const { namespace, name } = pod.metadata;
    try {
      this.client.delete(pods, namespace, name);
    } catch (error) {
      if (isNotFound(error)) return;
      if (error instanceof StatusError) {
        const message = `delete Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${error.message}`;
        this.events.warning(set, 'FailedDelete', message);
      }
      throw error;
    }
    this.events.normal(set, 'SuccessfulDelete', `delete Pod ${name} in StatefulSet ${set.metadata.name} successful`);
  }

  restoreIdentity(set: StatefulSet, pod: Pod, ordinal: number): void {
    const { namespace, name } = pod.metadata;
    this.client.patch(pods, namespace, name, 'strategic', { metadata: { labels: identityLabels(set, ordinal) } });
    this.events.normal(set, 'SuccessfulUpdate', `update Pod ${name} in StatefulSet ${set.metadata.name} successful`);
  }

  /** Makes the claims of the n-th pod that are missing. */
  ensureClaims(set: StatefulSet, ordinal: number): void {
    for (const claim of claimsOf(set, ordinal)) {
      const { name, namespace } = claim.metadata;
      if (this.claims.get(namespace, name!) !== undefined) continue;
      const what = `Claim ${name} Pod ${set.metadata.name}-${ordinal} in StatefulSet ${set.metadata.name}`;
      try {
        this.client.create(persistentVolumeClaims, claim);
      } catch (error) {
        if (!(error instanceof StatusError) || error.reason === 'AlreadyExists') continue;
        this.events.warning(set, 'FailedCreate', `create ${what} failed error: ${error.message}`);
        throw error;
      }
      this.events.normal(set, 'SuccessfulCreate', `create ${what} success`);
    }
  }

  /**
   * Claims outlive pods and sets, unless `persistentVolumeClaimRetentionPolicy` says otherwise: then they are given an owner
   * whose deletion takes them along, the set (`whenDeleted`) or the pod that is on its way out (`whenScaled`).
   */
  applyRetention(set: StatefulSet, ordinal: number, pod: Pod, condemned: boolean): void {
    const { whenDeleted = 'Retain', whenScaled = 'Retain' } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
    for (const { metadata } of claimsOf(set, ordinal)) {
      const claim = this.claims.get(metadata.namespace, metadata.name!);
      if (claim === undefined) continue;
      const before = claim.metadata.ownerReferences ?? [];
      const others = before.filter(({ uid }) => uid !== set.metadata.uid && uid !== pod.metadata.uid);
      const owners: OwnerReference[] = [...others];
      if (condemned && whenScaled === 'Delete') owners.push(ownerReference(pod));
      else if (whenDeleted === 'Delete') owners.push(ownerReference(set));
      const same =
        owners.length === before.length && owners.every(({ uid }) => before.some((other) => other.uid === uid));
      if (same) continue;
      this.client.update(persistentVolumeClaims, {
        ...claim,
        metadata: { ...claim.metadata, ownerReferences: owners },
      });
    }
  }
}

function ownerReference({ apiVersion, kind, metadata }: Pod | StatefulSet): OwnerReference {
  const { name, uid } = metadata;
  return { apiVersion, kind, name, uid, ...(kind === 'StatefulSet' ? { controller: true } : {}) };
}
