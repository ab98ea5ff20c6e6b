import { deepEqual } from '../../api/equality.ts';
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../../api/objects.ts';
import { isNotFound } from '../../api/status.ts';
import type { Informer } from '../../client/index.ts';
import { persistentVolumes } from '../../resources/persistent-volume.ts';
import { persistentVolumeClaims } from '../../resources/persistent-volume-claim.ts';
import type { ControllerContext } from '../controller.ts';
import { isTerminating } from '../shared/pods.ts';
import { bestMatch, isClaimedBy, satisfies } from './matching.ts';

const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';
const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller';
const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by';
const PROVISIONER = 'volume.kubernetes.io/storage-provisioner';
const BETA_PROVISIONER = 'volume.beta.kubernetes.io/storage-provisioner';
const SELECTED_NODE = 'volume.kubernetes.io/selected-node';
const NO_PROVISIONER = 'kubernetes.io/no-provisioner';

/** Binds claims to volumes and reports their phases, one step at a time. */
export class Binder {
  private readonly context: ControllerContext;
  private readonly claims: Informer<PersistentVolumeClaim>;
  private readonly volumes: Informer<PersistentVolume>;
  private readonly classes: Informer<StorageClass>;

  constructor(
    context: ControllerContext,
    claims: Informer<PersistentVolumeClaim>,
    volumes: Informer<PersistentVolume>,
    classes: Informer<StorageClass>,
  ) {
    this.context = context;
    this.claims = claims;
    this.volumes = volumes;
    this.classes = classes;
    volumes.addIndex('class', ({ spec }) => [spec.storageClassName ?? '']);
  }

  syncClaim(claim: PersistentVolumeClaim): void {
    if (claim.metadata.annotations?.[BIND_COMPLETED] !== undefined) this.syncBoundClaim(claim);
    else if ((claim.spec.volumeName ?? '') === '') this.findVolume(claim);
    else this.bindToNamed(claim);
  }

  syncVolume(volume: PersistentVolume): void {
    const { claimRef } = volume.spec;
    if (claimRef === undefined || claimRef.uid === undefined || claimRef.uid === '') {
      this.setVolumePhase(volume, 'Available');
      return;
    }
    const claim = this.claims.get(claimRef.namespace, claimRef.name ?? '');
    if (claim === undefined || claim.metadata.uid !== claimRef.uid) {
      this.setVolumePhase(volume, volume.status.phase === 'Failed' ? 'Failed' : 'Released');
      this.reclaim(volume);
    } else if (claim.spec.volumeName === volume.metadata.name) this.setVolumePhase(volume, 'Bound');
  }

  /** A bound claim must keep its volume: if that is gone, so is the data (syncBoundClaim). */
  private syncBoundClaim(claim: PersistentVolumeClaim): void {
    const volume = this.volumes.get(undefined, claim.spec.volumeName ?? '');
    const { events } = this.context;
    if (volume === undefined) {
      if (claim.status.phase === 'Lost') return;
      this.setClaimStatus(claim, { ...claim.status, phase: 'Lost' });
      events.warning(claim, 'ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!');
    } else if (volume.spec.claimRef === undefined || isClaimedBy(volume, claim)) this.bind(volume, claim);
    else if (claim.status.phase !== 'Lost') {
      this.setClaimStatus(claim, { ...claim.status, phase: 'Lost' });
      events.warning(claim, 'ClaimMisbound', 'Two claims are bound to the same volume, this one is bound incorrectly');
    }
  }

  private findVolume(claim: PersistentVolumeClaim): void {
    const { events } = this.context;
    const className = claim.spec.storageClassName ?? '';
    const storageClass = this.classes.get(undefined, className);
    const delayed = storageClass?.volumeBindingMode === 'WaitForFirstConsumer';
    const node = claim.metadata.annotations?.[SELECTED_NODE];
    const candidates = this.volumes.byIndex('class', className);
    const mine = candidates.find((volume) => isClaimedBy(volume, claim));
    const volume = mine ?? (delayed ? undefined : bestMatch(claim, candidates));
    if (volume !== undefined) {
      this.bind(volume, claim);
      return;
    }
    if (delayed && node === undefined) {
      events.normal(claim, 'WaitForFirstConsumer', 'waiting for first consumer to be created before binding');
    } else if (className !== '') {
      this.provision(claim, className, storageClass);
      return;
    } else {
      events.normal(
        claim,
        'FailedBinding',
        'no persistent volumes available for this claim and no storage class is set',
      );
    }
    this.setClaimStatus(claim, { ...claim.status, phase: 'Pending' });
  }

  /** Asks the class's provisioner, a program outside, to make a volume: by an annotation (provisionClaimOperationExternal). */
  private provision(claim: PersistentVolumeClaim, className: string, storageClass: StorageClass | undefined): void {
    const { client, events } = this.context;
    if (storageClass === undefined) {
      events.warning(claim, 'ProvisioningFailed', `storageclass.storage.k8s.io "${className}" not found`);
      return;
    }
    const { provisioner } = storageClass;
    if (provisioner === NO_PROVISIONER) return;
    const { annotations = {} } = claim.metadata;
    let current = claim;
    if (annotations[PROVISIONER] !== provisioner) {
      const asked = { ...annotations, [BETA_PROVISIONER]: provisioner, [PROVISIONER]: provisioner };
      current = client.update(persistentVolumeClaims, {
        ...claim,
        metadata: { ...claim.metadata, annotations: asked },
      });
    }
    events.normal(
      current,
      'ExternalProvisioning',
      `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`,
    );
  }

  /** The claim names its volume itself. */
  private bindToNamed(claim: PersistentVolumeClaim): void {
    const { events } = this.context;
    const name = claim.spec.volumeName!;
    const volume = this.volumes.get(undefined, name);
    if (volume === undefined) this.setClaimStatus(claim, { ...claim.status, phase: 'Pending' });
    else if (volume.spec.claimRef === undefined) {
      const problem = satisfies(claim, volume);
      if (problem === undefined) {
        this.bind(volume, claim);
        return;
      }
      events.warning(claim, 'VolumeMismatch', `Cannot bind to requested volume "${name}": ${problem}`);
      this.setClaimStatus(claim, { ...claim.status, phase: 'Pending' });
    } else if (isClaimedBy(volume, claim)) this.bind(volume, claim);
    else {
      if (claim.metadata.annotations?.[BOUND_BY_CONTROLLER] === undefined) {
        events.warning(claim, 'FailedBinding', `volume "${name}" already bound to a different claim.`);
      }
      this.setClaimStatus(claim, { ...claim.status, phase: 'Pending' });
    }
  }

  /** Volume to claim, then claim to volume; phases follow (bind). Each part is left out when it is done already. */
  private bind(volume: PersistentVolume, claim: PersistentVolumeClaim): void {
    if (isTerminating(claim) && claim.metadata.annotations?.[BIND_COMPLETED] === undefined) return;
    const bound = this.bindVolume(volume, claim);
    this.setVolumePhase(bound, 'Bound');
    const completed = this.bindClaim(claim, bound);
    const { accessModes } = bound.spec;
    // A claim that was bound before may know that its file system is smaller than its volume by now.
    const capacity = completed.status.phase === 'Bound' ? completed.status.capacity : bound.spec.capacity;
    this.setClaimStatus(completed, { ...completed.status, phase: 'Bound', accessModes, capacity });
  }

  private bindVolume(volume: PersistentVolume, claim: PersistentVolumeClaim): PersistentVolume {
    const { namespace, name, uid, resourceVersion } = claim.metadata;
    if (volume.spec.claimRef?.uid === uid) return volume;
    const prebound = volume.spec.claimRef !== undefined;
    const annotations = { ...volume.metadata.annotations, ...(prebound ? {} : { [BOUND_BY_CONTROLLER]: 'yes' }) };
    const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid, resourceVersion };
    return this.context.client.update(persistentVolumes, {
      ...volume,
      metadata: { ...volume.metadata, annotations },
      spec: { ...volume.spec, claimRef },
    });
  }

  private bindClaim(claim: PersistentVolumeClaim, volume: PersistentVolume): PersistentVolumeClaim {
    const { annotations = {} } = claim.metadata;
    const named = claim.spec.volumeName === volume.metadata.name;
    if (named && annotations[BIND_COMPLETED] !== undefined) return claim;
    const added = { [BIND_COMPLETED]: 'yes', ...(named ? {} : { [BOUND_BY_CONTROLLER]: 'yes' }) };
    return this.context.client.update(persistentVolumeClaims, {
      ...claim,
      metadata: { ...claim.metadata, annotations: { ...annotations, ...added } },
      spec: { ...claim.spec, volumeName: volume.metadata.name },
    });
  }

  /** A volume whose claim is gone is kept, or deleted by whoever made it (reclaimVolume). */
  private reclaim(volume: PersistentVolume): void {
    const { persistentVolumeReclaimPolicy: policy = 'Retain', hostPath, nfs } = volume.spec;
    if (policy === 'Recycle' && volume.status.phase !== 'Failed') {
      const why =
        hostPath === undefined && nfs === undefined
          ? 'No recycler plugin found for the volume!'
          : 'Recycle failed: sim-core empties no volumes for others; choose Retain or Delete, the policy is deprecated';
      this.context.events.warning(volume, 'VolumeFailedRecycle', why);
      this.setVolumePhase(volume, 'Failed', why);
    }
    if (policy !== 'Delete' || volume.metadata.annotations?.[PROVISIONED_BY] !== undefined) return;
    if (volume.spec.csi !== undefined || volume.status.phase === 'Failed') return;
    const { name } = volume.metadata;
    const message = `error getting deleter volume plugin for volume "${name}": no deletable volume plugin matched`;
    this.context.events.warning(volume, 'VolumeFailedDelete', message);
    this.setVolumePhase(volume, 'Failed', message);
  }

  private setVolumePhase(volume: PersistentVolume, phase: string, message?: string): void {
    let current = volume;
    try {
      if (current.status.phase === phase && message === undefined) return;
      current = this.context.client.get(persistentVolumes, undefined, volume.metadata.name);
      const { message: _, ...rest } = current.status;
      const status = { ...rest, phase, ...(message === undefined ? {} : { message }) };
      if (!deepEqual(status, current.status))
        this.context.client.updateStatus(persistentVolumes, { ...current, status });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  private setClaimStatus(claim: PersistentVolumeClaim, status: PersistentVolumeClaim['status']): void {
    if (!deepEqual(status, claim.status))
      this.context.client.updateStatus(persistentVolumeClaims, { ...claim, status });
  }
}
