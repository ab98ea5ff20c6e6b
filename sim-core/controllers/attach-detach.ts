import { fnv1a32 } from '../api/names.ts';
import type { Node, PersistentVolume, Pod, VolumeAttachment } from '../api/objects.ts';
import { isAlreadyExists, isNotFound } from '../api/status.ts';
import { MINUTE } from '../engine/index.ts';
import { csiDrivers } from '../resources/csi-driver.ts';
import { nodes } from '../resources/node.ts';
import { persistentVolumes } from '../resources/persistent-volume.ts';
import { persistentVolumeClaims } from '../resources/persistent-volume-claim.ts';
import { pods } from '../resources/pod.ts';
import { volumeAttachments } from '../resources/volume-attachment.ts';
import type { ControllerDefinition } from './controller.ts';
import { indexByNode, podsOn } from './shared/node-pods.ts';
import { isPodTerminal, isTerminating } from './shared/pods.ts';
import { updateStatus } from './shared/update-status.ts';

/** How long a volume that its node still mounts is left attached before it is torn away (maxWaitForUnmountDuration). */
const MAX_UNMOUNT_WAIT = 6 * MINUTE;
/** How soon a volume that its node will not let go of is looked at again. */
const RECHECK = MINUTE;

const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';

/**
 * The attach/detach controller (pkg/controller/volume/attachdetach): tells storage drivers, by VolumeAttachments, which volumes
 * must be attached to which nodes, from the pods that run there, and tells kubelets in their Node's status what is attached.
 */
export const attachDetachController: ControllerDefinition = {
  name: 'persistentvolume-attach-detach-controller',
  serviceAccount: 'attachdetach-controller',
  eventSource: 'attachdetach-controller',
  setUp(context) {
    const { client, engine, events, informers } = context;
    const podInformer = indexByNode(informers.for(pods));
    const nodeInformer = informers.for(nodes);
    const claims = informers.for(persistentVolumeClaims);
    const volumes = informers.for(persistentVolumes);
    const attachments = informers.for(volumeAttachments);
    const drivers = informers.for(csiDrivers);
    attachments.addIndex('node', ({ spec }) => [spec.nodeName]);
    attachments.addIndex('volume', ({ spec }) => [spec.source.persistentVolumeName ?? '']);
    /** Nodes that wait for a volume until another lets go of it. */
    const waiting = new Map<string, Set<string>>();
    /** Attach errors that pods have been told of. */
    const told = new Map<string, string>();
    /** When a volume was first found to be of no use on its node any more. */
    const idleSince = new Map<string, number>();
    const queue = context.queue({ reconcile });

    const enqueuePod = ({ spec }: Pod) => {
      const { nodeName = '', volumes: used } = spec;
      if (
        nodeName !== '' &&
        used?.some(({ persistentVolumeClaim, ephemeral }) => persistentVolumeClaim ?? ephemeral) === true
      ) {
        queue.add(nodeName);
      }
    };
    podInformer.addHandler({ added: enqueuePod, updated: enqueuePod, deleted: enqueuePod });
    const enqueueAttachment = ({ spec }: VolumeAttachment) => queue.add(spec.nodeName);
    attachments.addHandler({
      added: enqueueAttachment,
      updated: enqueueAttachment,
      deleted(attachment) {
        enqueueAttachment(attachment);
        const volume = attachment.spec.source.persistentVolumeName ?? '';
        for (const node of waiting.get(volume) ?? []) queue.add(node);
        waiting.delete(volume);
      },
    });
    nodeInformer.addHandler({
      updated(node, old) {
        if (node.status.volumesInUse !== old.status.volumesInUse || node.spec.taints !== old.spec.taints)
          queue.add(node.metadata.name);
      },
    });
    // Pods come before what their claims are bound to is known here.
    claims.addHandler({
      updated({ metadata, status }, old) {
        if (status.phase === 'Bound' && old.status.phase !== 'Bound') {
          for (const pod of podInformer.list()) if (pod.metadata.namespace === metadata.namespace) enqueuePod(pod);
        }
      },
    });

    function reconcile(node: string): void {
      const wanted = new Map<string, { volume: PersistentVolume; pods: Pod[] }>();
      for (const pod of podsOn(podInformer, node)) {
        if (isPodTerminal(pod) || (isTerminating(pod) && !runs(pod))) continue;
        for (const volume of attachableVolumes(pod)) {
          const entry = wanted.get(volume.metadata.name) ?? { volume, pods: [] };
          entry.pods.push(pod);
          wanted.set(volume.metadata.name, entry);
        }
      }
      const present = attachments.byIndex('node', node);
      for (const attachment of present) detachUnless(wanted, node, attachment);
      for (const { volume, pods: users } of wanted.values()) {
        const name = attachmentName(volume, node);
        const own = present.find(({ metadata }) => metadata.name === name);
        if (own !== undefined) tellError(own, volume, users);
        else if (!isTakenElsewhere(volume, node, users)) attach(volume, node, name);
      }
      report(node, present, wanted);
    }

    /** Volumes of a pod that a CSI driver has to attach. */
    function attachableVolumes({ metadata, spec }: Pod): PersistentVolume[] {
      return (spec.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
        const claimName =
          persistentVolumeClaim?.claimName ?? (ephemeral === undefined ? undefined : `${metadata.name}-${name}`);
        const claim = claimName === undefined ? undefined : claims.get(metadata.namespace, claimName);
        if (claim?.status.phase !== 'Bound') return [];
        const volume = volumes.get(undefined, claim.spec.volumeName ?? '');
        const { csi } = volume?.spec ?? {};
        if (volume === undefined || csi === undefined) return [];
        return drivers.get(undefined, csi.driver)?.spec.attachRequired === false ? [] : [volume];
      });
    }

    /** A volume that only one node may have is not attached to another; its pods are told once (reportMultiAttachError). */
    function isTakenElsewhere(volume: PersistentVolume, node: string, users: readonly Pod[]): boolean {
      const { name } = volume.metadata;
      if (volume.spec.accessModes?.some((mode) => mode.endsWith('Many')) === true) return false;
      const others = attachments.byIndex('volume', name).filter(({ spec }) => spec.nodeName !== node);
      if (others.length === 0) return false;
      const nodesWaiting = waiting.get(name) ?? new Set<string>();
      const known = nodesWaiting.has(node);
      waiting.set(name, nodesWaiting.add(node));
      if (known) return true;
      const holders = others.flatMap(({ spec }) =>
        [...podsOn(podInformer, spec.nodeName)].filter((pod) =>
          attachableVolumes(pod).some(({ metadata }) => metadata.name === name),
        ),
      );
      for (const pod of users) {
        const what = `Multi-Attach error for volume "${name}" ${holdersText(holders, pod)}`;
        events.warning(pod, 'FailedAttachVolume', what);
      }
      return true;
    }

    function tellError({ metadata, status }: VolumeAttachment, volume: PersistentVolume, users: readonly Pod[]): void {
      const message = status?.attached === true ? undefined : status?.attachError?.message;
      if (told.get(metadata.name) === message) return;
      if (message === undefined) told.delete(metadata.name);
      else {
        told.set(metadata.name, message);
        const text = `AttachVolume.Attach failed for volume "${volume.metadata.name}" : ${message}`;
        for (const pod of users) events.warning(pod, 'FailedAttachVolume', text);
      }
    }

    function attach(volume: PersistentVolume, nodeName: string, name: string): void {
      try {
        client.create(volumeAttachments, {
          metadata: { name },
          spec: { attacher: volume.spec.csi!.driver, nodeName, source: { persistentVolumeName: volume.metadata.name } },
        });
      } catch (error) {
        if (!isAlreadyExists(error)) throw error;
      }
    }

    /** A volume is only detached when its kubelet has unmounted it, or has been silent about it for too long. */
    function detachUnless(wanted: ReadonlyMap<string, unknown>, node: string, attachment: VolumeAttachment): void {
      const { name, deletionTimestamp } = attachment.metadata;
      const volumeName = attachment.spec.source.persistentVolumeName ?? '';
      if (wanted.has(volumeName) || deletionTimestamp !== undefined) {
        idleSince.delete(name);
        return;
      }
      const since = idleSince.get(name) ?? engine.now;
      idleSince.set(name, since);
      const machine = nodeInformer.get(undefined, node);
      const inUse = machine?.status.volumesInUse ?? [];
      const mounted = inUse.includes(uniqueName(volumes.get(undefined, volumeName)));
      const left = since + MAX_UNMOUNT_WAIT - engine.now;
      const outOfService = machine?.spec.taints?.some(({ key }) => key === OUT_OF_SERVICE) === true;
      // Time is only up for a node that is not well: one that is may still be writing.
      if (mounted && !outOfService && (left > 0 || isHealthy(machine))) {
        queue.addAfter(node, left > 0 ? left : RECHECK);
        return;
      }
      idleSince.delete(name);
      try {
        client.delete(volumeAttachments, undefined, name);
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    }

    function report(
      name: string,
      present: readonly VolumeAttachment[],
      wanted: ReadonlyMap<string, { volume: PersistentVolume; pods: Pod[] }>,
    ): void {
      const node = nodeInformer.get(undefined, name);
      if (node === undefined) return;
      const before = node.status.volumesAttached ?? [];
      const attached = present
        .filter(({ status, metadata }) => status.attached === true && metadata.deletionTimestamp === undefined)
        .map(({ spec }) => uniqueName(volumes.get(undefined, spec.source.persistentVolumeName ?? '')))
        .filter((unique) => unique !== '');
      for (const { volume, pods: users } of wanted.values()) {
        const unique = uniqueName(volume);
        if (!attached.includes(unique) || before.some((one) => one.name === unique)) continue;
        const message = `AttachVolume.Attach succeeded for volume "${volume.metadata.name}" `;
        for (const pod of users) events.normal(pod, 'SuccessfulAttachVolume', message);
      }
      const same = attached.length === before.length && before.every((one) => attached.includes(one.name));
      if (same) return;
      const { volumesAttached: _, ...status } = node.status;
      const list = attached.map((unique) => ({ name: unique, devicePath: '' }));
      updateStatus(client, nodes, node, list.length === 0 ? status : { ...status, volumesAttached: list });
    }
  },
};

/** Whether anything of a pod that is to go still runs, as far as is known (notRunning). */
function runs({ status }: Pod): boolean {
  const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  return all.some(({ state }) => state?.terminated === undefined && state?.waiting === undefined);
}

function isHealthy(node: Node | undefined): boolean {
  return node?.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}

/** Who has the volume, in the words that a pod's own namespace may know. */
function holdersText(holders: readonly Pod[], { metadata }: Pod): string {
  if (holders.length === 0) {
    return "Volume is already exclusively attached to one node and can't be attached to another";
  }
  const near = holders.filter((pod) => pod.metadata.namespace === metadata.namespace).map((pod) => pod.metadata.name);
  const far = holders.length - near.length;
  if (near.length === 0) return `Volume is already used by ${far} pod(s) in different namespaces`;
  const rest = far === 0 ? '' : ` and ${far} pod(s) in different namespaces`;
  return `Volume is already used by pod(s) ${near.join(', ')}${rest}`;
}

/** `kubernetes.io/csi/driver^handle`: how a volume is called in a Node's status. */
function uniqueName(volume: PersistentVolume | undefined): string {
  const csi = volume?.spec.csi;
  return csi === undefined ? '' : `kubernetes.io/csi/${csi.driver}^${csi.volumeHandle}`;
}

/** `csi-` and 64 hexadecimal digits that follow from volume, driver and node (getAttachmentName, there by SHA-256). */
function attachmentName({ spec }: PersistentVolume, node: string): string {
  const text = `${spec.csi!.volumeHandle}${spec.csi!.driver}${node}`;
  let digits = '';
  for (let part = 0; part < 8; part++) digits += fnv1a32(`${part}/${text}`).toString(16).padStart(8, '0');
  return `csi-${digits}`;
}
