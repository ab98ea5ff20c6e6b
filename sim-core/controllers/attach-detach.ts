import { fnv1a32 } from '../api/names.ts';
import type { PersistentVolume, Pod, VolumeAttachment } from '../api/objects.ts';
import { isAlreadyExists, isNotFound } from '../api/status.ts';
import { MINUTE } from '../engine/index.ts';
import { nodes } from '../resources/node.ts';
import { persistentVolumes } from '../resources/persistent-volume.ts';
import { persistentVolumeClaims } from '../resources/persistent-volume-claim.ts';
import { pods } from '../resources/pod.ts';
import { volumeAttachments } from '../resources/volume-attachment.ts';
import type { ControllerDefinition } from './controller.ts';
import { indexByNode, podsOn } from './shared/node-pods.ts';
import { isPodTerminal } from './shared/pods.ts';
import { updateStatus } from './shared/update-status.ts';

/** How long a volume that its node still mounts is left attached before it is torn away (maxWaitForUnmountDuration). */
const MAX_UNMOUNT_WAIT = 6 * MINUTE;

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
    attachments.addIndex('node', ({ spec }) => [spec.nodeName]);
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
    attachments.addHandler({ added: enqueueAttachment, updated: enqueueAttachment, deleted: enqueueAttachment });
    nodeInformer.addHandler({
      updated(node, old) {
        if (node.status.volumesInUse !== old.status.volumesInUse) queue.add(node.metadata.name);
      },
    });

    function reconcile(node: string): void {
      const wanted = new Map<string, { volume: PersistentVolume; pods: Pod[] }>();
      for (const pod of podsOn(podInformer, node)) {
        if (isPodTerminal(pod)) continue;
        for (const volume of attachableVolumes(pod)) {
          const entry = wanted.get(volume.metadata.name) ?? { volume, pods: [] };
          entry.pods.push(pod);
          wanted.set(volume.metadata.name, entry);
        }
      }
      const present = attachments.byIndex('node', node);
      for (const attachment of present) detachUnless(wanted, node, attachment);
      for (const { volume } of wanted.values()) {
        const name = attachmentName(volume, node);
        if (!present.some(({ metadata }) => metadata.name === name)) attach(volume, node, name);
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
        return volume?.spec.csi === undefined ? [] : [volume];
      });
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
      const inUse = nodeInformer.get(undefined, node)?.status.volumesInUse ?? [];
      const mounted = inUse.includes(uniqueName(volumes.get(undefined, volumeName)));
      const left = since + MAX_UNMOUNT_WAIT - engine.now;
      if (mounted && left > 0) {
        queue.addAfter(node, left);
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
