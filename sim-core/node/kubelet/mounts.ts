import type { Pod } from '../../api/objects.ts';
import { type FileNode, RegularFile } from '../../images/file-node.ts';
import type { Mount } from '../cri/container.ts';
import { hostsFile } from './hosts-file.ts';
import type { PodWorker } from './pod-worker.ts';
import type { MountedVolume, VolumeHost } from './volumes/volume.ts';

// What the kubelet mounts into containers. A steady container's mounts are seldom looked at: their paths on the node are put together when
// somebody asks for them.

const podDirectory = (uid: string) => `/var/lib/kubelet/pods/${uid}`;

/** A volume of the pod, or a part of it. */
export class VolumeMount implements Mount {
  readonly containerPath: string;
  readonly readonly: boolean;
  private readonly uid: string;
  private readonly name: string;
  private readonly volume: MountedVolume;
  private readonly subPath: string;
  private readonly part: FileNode | undefined;

  /** `part`: what is at `subPath` of the volume, if that is not empty. */
  constructor(
    pod: Pod,
    name: string,
    volume: MountedVolume,
    at: { readonly containerPath: string; readonly readonly: boolean; readonly subPath: string },
    part: FileNode | undefined,
  ) {
    this.containerPath = at.containerPath;
    this.readonly = at.readonly;
    this.uid = pod.metadata.uid;
    this.name = name;
    this.volume = volume;
    this.subPath = at.subPath;
    this.part = part;
  }

  get hostPath(): string {
    const { name, subPath, uid, volume } = this;
    const base = volume.path ?? `${podDirectory(uid)}/volumes/${volume.plugin}/${name}`;
    return subPath === '' ? base : `${base}/${subPath}`;
  }

  get memory(): number | undefined {
    return this.volume.memory;
  }

  open(): FileNode {
    return this.part ?? this.volume.source();
  }
}

/** A volume of mode Block. */
export class DeviceMount implements Mount {
  readonly containerPath: string;
  readonly device = true;
  readonly readonly: boolean;
  readonly hostPath: string;
  private readonly node: FileNode;

  constructor(pod: Pod, name: string, volume: MountedVolume, devicePath: string, node: FileNode) {
    this.containerPath = devicePath;
    this.hostPath = `${podDirectory(pod.metadata.uid)}/volumeDevices/${volume.plugin}/${name}`;
    this.readonly = volume.readOnly === true;
    this.node = node;
  }

  open(): FileNode {
    return this.node;
  }
}

/** /etc/hosts, as the pod's addresses were when the container was made, or as the node's file is when somebody first looks. */
export class HostsMount implements Mount {
  readonly containerPath = '/etc/hosts';
  private readonly host: VolumeHost;
  private readonly uid: string;
  private readonly spec: Pod['spec'];
  private readonly ips: readonly string[];
  private readonly names: { readonly hostname: string; readonly domain: string };

  constructor(host: VolumeHost, pod: Pod, ips: readonly string[], names: HostsMount['names']) {
    this.host = host;
    this.uid = pod.metadata.uid;
    this.spec = pod.spec;
    this.ips = ips;
    this.names = names;
  }

  get hostPath(): string {
    return `${podDirectory(this.uid)}/etc-hosts`;
  }

  open(): FileNode {
    const { host } = this;
    const ofNode = () => {
      host.furnish();
      const file = host.root.find('etc/hosts');
      return file?.kind === 'file' ? file.content : undefined;
    };
    return new RegularFile(hostsFile(this.spec, ofNode, this.ips, this.names), { modified: host.engine.now });
  }
}

/** The file for a container's last words (terminationMessagePath), made when it first looks there. */
export class TerminationLogMount implements Mount {
  readonly containerPath: string;
  private readonly worker: PodWorker;
  private readonly name: string;
  private readonly attempt: number;

  constructor(worker: PodWorker, name: string, attempt: number, containerPath: string) {
    this.worker = worker;
    this.name = name;
    this.attempt = attempt;
    this.containerPath = containerPath;
  }

  get hostPath(): string {
    return `${podDirectory(this.worker.pod.metadata.uid)}/containers/${this.name}/${this.attempt}`;
  }

  open(): FileNode {
    const { worker } = this;
    const key = `${this.name}/${this.attempt}`;
    worker.terminationLogs ??= new Map();
    let file = worker.terminationLogs.get(key);
    if (file === undefined) {
      file = new RegularFile('', { mode: 0o666 });
      worker.terminationLogs.set(key, file);
    }
    return file;
  }
}
