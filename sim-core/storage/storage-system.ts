import { type Engine, MILLISECOND, SECOND } from '../engine/index.ts';
import { Directory, type Space } from '../images/file-node.ts';
import type { NodeStorage } from '../node/storage.ts';
import { Driver, RpcError } from './driver.ts';

/** Directories on each node; data stay on the node's own disk. */
export const HOST_PATH_DRIVER = 'hostpath.csi.k8s.io';
/** Disks of a cloud: each in one zone, attached to one node at a time. */
export const DISK_DRIVER = 'disk.csi.jotasu.dev';
/** Directories of a file server, for as many nodes as like. */
export const NFS_DRIVER = 'nfs.csi.k8s.io';

const ZONE = 'topology.kubernetes.io/zone';
const HOST_PATH_ROOT = '/var/lib/csi-hostpath-data';
const DISKS_PER_NODE = 16;
const EXPORTS = ['/data', '/exports', '/srv/nfs'];

/** A node, as its storage sees it. */
export interface StorageNode {
  readonly zone: string | undefined;
  /** Its file tree and its disk; `undefined` while it has no machine yet. */
  machine(): { readonly root: Directory; readonly disk: Space } | undefined;
  /** Whether it can reach the file server. */
  connected(): boolean;
}

/** The file server of the machines' network. */
export const FILE_SERVER = { name: 'nfs-server', address: '10.0.0.5' };

/** All storage that is not inside a pod: nodes' disks, a cloud's disks, a file server. */
export class StorageSystem implements NodeStorage {
  readonly drivers: readonly Driver[];
  private readonly nodes: ReadonlyMap<string, StorageNode>;
  private readonly exported = new Directory(new Map(), { mode: 0o777 });

  constructor(engine: Engine, nodes: ReadonlyMap<string, StorageNode>) {
    this.nodes = nodes;
    for (const path of EXPORTS) this.exported.ensure(path, 0o777);
    this.drivers = [
      new Driver(engine, {
        name: HOST_PATH_DRIVER,
        attachRequired: false,
        createTime: 50 * MILLISECOND,
        attachTime: 0,
        topologyKey: 'topology.hostpath.csi/node',
        topologyOf: (node) => node,
        placement: (node) => (node === undefined ? 'anywhere' : { node }),
        within: (node) => nodes.get(node ?? '')?.machine()?.disk,
        handleFor: (_name, _parameters, unique) => unique,
        created: ({ handle, placement, directory }) => {
          const node = typeof placement === 'object' && 'node' in placement ? placement.node : '';
          const machine = nodes.get(node)?.machine();
          if (machine === undefined) throw new RpcError('Unavailable', `no driver runs on node ${node}`);
          machine.root.put(`${HOST_PATH_ROOT}/${handle}`, directory);
        },
        removed: ({ handle, placement }) => {
          const node = typeof placement === 'object' && 'node' in placement ? placement.node : '';
          const parent = nodes.get(node)?.machine()?.root.find(HOST_PATH_ROOT);
          if (parent?.kind === 'directory') parent.entries.delete(handle);
        },
      }),
      new Driver(engine, {
        name: DISK_DRIVER,
        attachRequired: true,
        createTime: 2 * SECOND,
        attachTime: 3 * SECOND,
        topologyKey: ZONE,
        topologyOf: (node) => nodes.get(node)?.zone,
        maxVolumesPerNode: DISKS_PER_NODE,
        placement: (zone) => (zone === undefined ? 'anywhere' : { zone }),
        handleFor: (_name, _parameters, unique) => `disk-${unique.slice(0, 8)}${unique.slice(9, 13)}`,
      }),
      new Driver(engine, {
        name: NFS_DRIVER,
        attachRequired: false,
        createTime: 200 * MILLISECOND,
        attachTime: 0,
        placement: () => 'anywhere',
        handleFor: (name, { server = FILE_SERVER.name, share = '/exports' }) =>
          `${server}#${share.replace(/^\//, '')}#${name}##`,
        created: ({ handle, directory }, { server = FILE_SERVER.name, share = '/exports' }) => {
          const parent = this.served(server) ? this.exported.find(share) : undefined;
          if (parent?.kind !== 'directory') {
            throw new RpcError('Internal', `failed to mount nfs server: ${this.mountFailure(server, share)}`);
          }
          parent.entries.set(handle.split('#')[2]!, directory);
        },
        removed: ({ handle }) => {
          const [, share = '', name = ''] = handle.split('#');
          const parent = this.exported.find(share);
          if (parent?.kind === 'directory') parent.entries.delete(name);
        },
        unreachable: (node) =>
          nodes.get(node)?.connected() === false ? this.timedOut(FILE_SERVER.name, '') : undefined,
      }),
    ];
  }

  driver(name: string): Driver | undefined {
    return this.drivers.find((one) => one.name === name);
  }

  share(node: string, server: string, path: string): Directory {
    if (!this.served(server) || this.nodes.get(node)?.connected() === false) {
      throw new Error(this.mountFailure(server, path));
    }
    const found = this.exported.find(path);
    if (found?.kind === 'directory') return found;
    throw new Error(this.mountFailure(server, path));
  }

  private served(server: string): boolean {
    return server === FILE_SERVER.name || server === FILE_SERVER.address;
  }

  private mountFailure(server: string, path: string): string {
    if (!this.served(server)) {
      const isAddress = /^[\d.]+$/.test(server);
      const why = isAddress
        ? `mount.nfs: Connection timed out for ${server}:${path} on /mnt`
        : `mount.nfs: Failed to resolve server ${server}: Name or service not known`;
      return mountText(server, path, why);
    }
    const why = `mount.nfs: mounting ${server}:${path} failed, reason given by server: No such file or directory`;
    return this.exported.find(path) === undefined ? mountText(server, path, why) : this.timedOut(server, path);
  }

  private timedOut(server: string, path: string): string {
    return mountText(server, path, `mount.nfs: Connection timed out for ${server}:${path} on /mnt`);
  }
}

/** As the kubelet words what mount(8) says. */
function mountText(server: string, path: string, why: string): string {
  return `mount failed: exit status 32\nMounting command: mount\nMounting arguments: -t nfs ${server}:${path}\nOutput: ${why}`;
}
