import { objectKey, type PersistentVolume, type PersistentVolumeClaim, type StorageClass } from '../api/objects.ts';
import { quantity } from '../api/quantity.ts';
import { isAlreadyExists, isNotFound, StatusError } from '../api/status.ts';
import { Unreachable } from '../client/index.ts';
import { MINUTE, SECOND } from '../engine/index.ts';
import { csiNodes } from '../resources/csi-node.ts';
import { nodes } from '../resources/node.ts';
import { persistentVolumes } from '../resources/persistent-volume.ts';
import { persistentVolumeClaims } from '../resources/persistent-volume-claim.ts';
import { storageClasses } from '../resources/storage-class.ts';
import { volumeAttachments } from '../resources/volume-attachment.ts';
import { type ComponentOptions, ComponentParts } from './component.ts';
import { type Driver, RpcError } from './driver.ts';

const PROVISIONER = 'volume.kubernetes.io/storage-provisioner';
const BETA_PROVISIONER = 'volume.beta.kubernetes.io/storage-provisioner';
const SELECTED_NODE = 'volume.kubernetes.io/selected-node';
const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by';
const MIGRATED_TO = 'pv.kubernetes.io/migrated-to';
const FINALIZER = 'external-provisioner.volume.kubernetes.io/finalizer';
/** --retry-interval-start and --retry-interval-max */
const FIRST_RETRY = SECOND;
const LONGEST_RETRY = 5 * MINUTE;

/** external-provisioner: makes volumes for claims that name its driver, and deletes those that are released. */
export function startProvisioner(options: ComponentOptions): () => void {
  return new Provisioner(options).start();
}

/** It cannot be said where a volume is to be. */
class TopologyError extends Error {
  override readonly name = 'TopologyError';
}

class Provisioner {
  private readonly parts: ComponentParts;
  private readonly failures = new Map<string, number>();
  private readonly identity: string;

  constructor(options: ComponentOptions) {
    this.parts = new ComponentParts(options);
    this.identity = options.identity;
  }

  start(): () => void {
    const { parts } = this;
    const { informers } = parts;
    const claimQueue = parts.queue('csi-provisioner', (key) => this.reconcileClaim(key, claimQueue));
    const volumeQueue = parts.queue('csi-provisioner', (name) => this.reconcileVolume(name, volumeQueue));
    const enqueueClaim = (claim: PersistentVolumeClaim) => claimQueue.add(objectKey(claim));
    const enqueueVolume = (volume: PersistentVolume) => volumeQueue.add(volume.metadata.name);
    informers.for(persistentVolumeClaims).addHandler({ added: enqueueClaim, updated: enqueueClaim });
    informers.for(persistentVolumes).addHandler({ added: enqueueVolume, updated: enqueueVolume });
    informers.for(volumeAttachments).addHandler({
      deleted: ({ spec }) => volumeQueue.add(spec.source.persistentVolumeName ?? ''),
    });
    for (const resource of [storageClasses, nodes, csiNodes]) informers.for(resource as typeof nodes);
    informers.start();
    return () => parts.stop();
  }

  private reconcileClaim(key: string, queue: { addAfter(key: string, delay: number): void }): void {
    const { informers } = this.parts;
    const claim = informers.for(persistentVolumeClaims).getByKey(key);
    const { annotations = {}, deletionTimestamp } = claim?.metadata ?? {};
    const driver = this.parts.driver(annotations[PROVISIONER] ?? annotations[BETA_PROVISIONER]);
    if (claim === undefined || driver === undefined || deletionTimestamp !== undefined) return;
    if ((claim.spec.volumeName ?? '') !== '') return;
    const storageClass = informers.for(storageClasses).get(undefined, claim.spec.storageClassName ?? '');
    if (storageClass === undefined) return;
    const delayed = storageClass.volumeBindingMode === 'WaitForFirstConsumer';
    if (delayed && annotations[SELECTED_NODE] === undefined) return;
    const name = `pvc-${claim.metadata.uid}`;
    if (informers.for(persistentVolumes).get(undefined, name) !== undefined) return;
    const retry = () => {
      const wait = Math.min(this.failures.get(key) ?? FIRST_RETRY, LONGEST_RETRY);
      this.failures.set(key, 2 * wait);
      queue.addAfter(key, wait);
    };
    const subject = `"${key}"`;
    const events = this.parts.eventsOf(driver);
    events.normal(claim, 'Provisioning', `External provisioner is provisioning volume for claim ${subject}`);
    this.parts.call(key, driver.createTime, () => {
      try {
        this.provision(claim, storageClass, driver, name);
        this.failures.delete(key);
        events.normal(claim, 'ProvisioningSucceeded', `Successfully provisioned volume ${name}`);
      } catch (error) {
        if (error instanceof Unreachable) retry();
        else if (
          error instanceof RpcError ||
          error instanceof TopologyError ||
          error instanceof SourceError ||
          error instanceof StatusError
        ) {
          const text = `failed to provision volume with StorageClass "${storageClass.metadata.name}": ${error.message}`;
          events.warning(claim, 'ProvisioningFailed', text);
          retry();
        } else throw error;
      }
    });
  }

  private provision(claim: PersistentVolumeClaim, storageClass: StorageClass, driver: Driver, name: string): void {
    const { client } = this.parts;
    const { accessModes = [], resources, volumeMode = 'Filesystem', dataSourceRef } = claim.spec;
    if (dataSourceRef !== undefined) throw new SourceError(sourceProblem(dataSourceRef));
    const many = accessModes.some((mode) => mode === 'ReadWriteMany' || mode === 'ReadOnlyMany');
    if (many && driver.attachRequired) {
      throw new RpcError('InvalidArgument', `volume capabilities not supported: ${accessModes.join(', ')}`);
    }
    const topology = this.topologyFor(claim, storageClass, driver);
    const size = quantity(resources?.requests?.storage ?? '1Gi');
    const parameters = storageClass.parameters ?? {};
    const { handle } = driver.create(name, size.value(), topology, parameters);
    const { namespace, name: claimName, uid, resourceVersion } = claim.metadata;
    const { reclaimPolicy = 'Delete', mountOptions } = storageClass;
    try {
      client.create(persistentVolumes, {
        metadata: {
          name,
          annotations: {
            [PROVISIONED_BY]: driver.name,
            'volume.kubernetes.io/provisioner-deletion-secret-name': '',
            'volume.kubernetes.io/provisioner-deletion-secret-namespace': '',
          },
          ...(reclaimPolicy === 'Delete' ? { finalizers: [FINALIZER] } : {}),
        },
        spec: {
          accessModes,
          capacity: { storage: size.toString() },
          claimRef: {
            apiVersion: 'v1',
            kind: 'PersistentVolumeClaim',
            namespace,
            name: claimName,
            uid,
            resourceVersion,
          },
          csi: {
            driver: driver.name,
            volumeHandle: handle,
            ...(driver.attachRequired ? { fsType: 'ext4' } : {}),
            volumeAttributes: {
              ...parameters,
              'storage.kubernetes.io/csiProvisionerIdentity': `${this.identity}-${driver.name}`,
            },
          },
          ...(topology === undefined || driver.topologyKey === undefined
            ? {}
            : { nodeAffinity: { required: affinity(driver.topologyKey, topology) } }),
          ...(mountOptions === undefined ? {} : { mountOptions }),
          persistentVolumeReclaimPolicy: reclaimPolicy,
          storageClassName: storageClass.metadata.name,
          volumeMode,
        },
        status: {},
      });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }

  /** Where the volume is to be: at the node that the scheduler has chosen, or at any of the class's (GenerateAccessibilityRequirements). */
  private topologyFor(claim: PersistentVolumeClaim, storageClass: StorageClass, driver: Driver): string | undefined {
    const { topologyKey: key } = driver;
    if (key === undefined) return undefined;
    const { informers, engine } = this.parts;
    const selected = claim.metadata.annotations?.[SELECTED_NODE];
    const zoneOf = (name: string) => informers.for(nodes).get(undefined, name)?.metadata.labels?.[key];
    const registered = (name: string) =>
      informers
        .for(csiNodes)
        .get(undefined, name)
        ?.spec.drivers?.some((one) => one.name === driver.name) === true;
    if (selected !== undefined) {
      if (registered(selected) && zoneOf(selected) !== undefined) return zoneOf(selected);
      const problem = `no topology key found on CSINode ${selected}`;
      throw new TopologyError(`error generating accessibility requirements: ${problem}`);
    }
    const allowed = storageClass.allowedTopologies?.flatMap(({ matchLabelExpressions = [] }) =>
      matchLabelExpressions.filter((one) => one.key === key).flatMap(({ values }) => values),
    );
    const all = [...informers.for(nodes).list()]
      .filter(
        ({ metadata, spec }) =>
          registered(metadata.name) && spec.taints?.some(({ effect }) => effect === 'NoSchedule') !== true,
      )
      .flatMap(({ metadata }) => metadata.labels?.[key] ?? []);
    const values = [...new Set(all)].filter((one) => allowed === undefined || allowed.includes(one)).sort();
    if (values.length === 0) throw new RpcError('ResourceExhausted', 'no topology of the class has nodes');
    return values[engine.random(`storage/${driver.name}/topology`).below(values.length)];
  }

  /** Deletes the volume of a claim that is gone, if its policy says so. */
  private reconcileVolume(name: string, queue: { addAfter(key: string, delay: number): void }): void {
    const { informers, client } = this.parts;
    const volume = informers.for(persistentVolumes).get(undefined, name);
    const { annotations = {}, finalizers = [], deletionTimestamp } = volume?.metadata ?? {};
    const driver = this.parts.driver(volume?.spec.csi?.driver);
    if (volume === undefined || driver === undefined) return;
    if (annotations[PROVISIONED_BY] !== driver.name || annotations[MIGRATED_TO] !== undefined) return;
    const released = volume.status.phase === 'Released' && volume.spec.persistentVolumeReclaimPolicy === 'Delete';
    const dropped = deletionTimestamp !== undefined && finalizers.includes(FINALIZER);
    if (!released && !dropped) return;
    if (dropped && volume.status.phase === 'Bound') return;
    this.parts.call(name, driver.createTime, () => {
      const events = this.parts.eventsOf(driver);
      try {
        if (volume.spec.persistentVolumeReclaimPolicy === 'Delete') {
          const attached = [...informers.for(volumeAttachments).list()].find(
            ({ spec }) => spec.source.persistentVolumeName === name,
          );
          if (attached !== undefined) {
            throw new RpcError(
              'FailedPrecondition',
              `persistentvolume ${name} is still attached to node ${attached.spec.nodeName}`,
            );
          }
          driver.delete(volume.spec.csi!.volumeHandle);
        }
        const current = client.get(persistentVolumes, undefined, name);
        const { finalizers: held = [] } = current.metadata;
        if (current.metadata.deletionTimestamp === undefined) client.delete(persistentVolumes, undefined, name);
        if (held.includes(FINALIZER)) {
          const latest = client.get(persistentVolumes, undefined, name);
          const rest = (latest.metadata.finalizers ?? []).filter((one) => one !== FINALIZER);
          client.update(persistentVolumes, { ...latest, metadata: { ...latest.metadata, finalizers: rest } });
        }
      } catch (error) {
        if (isNotFound(error)) return;
        if (error instanceof RpcError) events.warning(volume, 'VolumeFailedDelete', error.message);
        else if (!(error instanceof StatusError || error instanceof Unreachable)) throw error;
        const wait = Math.min(this.failures.get(name) ?? FIRST_RETRY, LONGEST_RETRY);
        this.failures.set(name, 2 * wait);
        queue.addAfter(name, wait);
      }
    });
  }
}

function affinity(key: string, value: string) {
  return { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'In' as const, values: [value] }] }] };
}

/** A volume that is to begin with the data of something else: none of the drivers can do that (csi-provisioner's checkDriverCapabilities). */
class SourceError extends Error {}

function sourceProblem({ kind, name }: { readonly kind: string; readonly name: string }): string {
  if (kind === 'PersistentVolumeClaim')
    return 'CSI driver does not support clone operations: controller CLONE_VOLUME capability is not reported';
  if (kind === 'VolumeSnapshot')
    return 'CSI driver does not support snapshot restore: controller CREATE_DELETE_SNAPSHOT capability is not reported';
  return `data source (${kind}/${name}) is not handled by the provisioner, and no external populator runs`;
}
