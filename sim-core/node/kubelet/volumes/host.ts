import type { Pod } from '../../../api/objects.ts';
import { StatusError } from '../../../api/status.ts';
import { type Client, type EventRecorder, Unreachable } from '../../../client/index.ts';
import type { Engine } from '../../../engine/index.ts';
import { persistentVolumes } from '../../../resources/persistent-volume.ts';
import { persistentVolumeClaims } from '../../../resources/persistent-volume-claim.ts';
import { serviceAccounts } from '../../../resources/service-account.ts';
import { podSubject } from '../event-subject.ts';
import type { VolumeHost } from './volume.ts';
import { VolumesInUse } from './volumes-in-use.ts';

/** What of a kubelet the volumes' host is made from. */
export interface VolumeHostParts {
  readonly engine: Engine;
  readonly nodeName: string;
  readonly client: Client;
  readonly events: EventRecorder;
}

export interface VolumeHostOptions
  extends Pick<VolumeHost, 'root' | 'furnish' | 'disk' | 'storage' | 'node' | 'configMap' | 'secret' | 'around'> {
  /** Other volumes are in use than before: the node's status must say so. */
  volumesChanged(): void;
}

/** What volume plugins may ask of a kubelet, over its client and its events. */
export function volumeHost(
  { engine, nodeName, client, events }: VolumeHostParts,
  options: VolumeHostOptions,
): VolumeHost {
  const { root, furnish, disk, storage, node, configMap, secret, around } = options;
  return {
    engine,
    nodeName,
    root,
    furnish,
    disk,
    storage,
    node,
    configMap,
    secret,
    around,
    inUse: new VolumesInUse(() => options.volumesChanged()),
    claim: (namespace, name) => client.get(persistentVolumeClaims, namespace, name),
    volume: (name) => client.get(persistentVolumes, undefined, name),
    updateClaimStatus: (claim) => client.updateStatus(persistentVolumeClaims, claim),
    tell(about, type, reason, message) {
      const subject = about.kind === 'Pod' ? podSubject(about as Pod) : about;
      if (type === 'Normal') events.normal(subject, reason, message);
      else events.warning(subject, reason, message);
    },
    token: (pod, audience, expirationSeconds) => requestToken(client, pod, audience, expirationSeconds),
    mountFailed: (pod, volume, message) =>
      events.warning(podSubject(pod), 'FailedMount', `MountVolume.SetUp failed for volume "${volume}" : ${message}`),
  };
}

/** A token of the pod's service account, bound to the pod (TokenRequest). */
function requestToken(client: Client, pod: Pod, audience: string | undefined, expirationSeconds: number): string {
  const { name, namespace, uid } = pod.metadata;
  const account = pod.spec.serviceAccountName ?? 'default';
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: {},
    spec: {
      audiences: audience === undefined || audience === '' ? [] : [audience],
      boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      expirationSeconds,
    },
  };
  try {
    const answer = client.createSubresource(serviceAccounts, namespace, account, 'token', body as never);
    return (answer as { status?: { token?: string } }).status?.token ?? '';
  } catch (error) {
    if (!(error instanceof StatusError || error instanceof Unreachable)) throw error;
    throw new Error(`failed to fetch token: ${error.message}`);
  }
}
