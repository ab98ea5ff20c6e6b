import type { Directory } from '../images/file-node.ts';

/** What a kubelet asks of the cluster's storage. Errors' texts become events. */
export interface NodeStorage {
  readonly drivers: readonly StorageDriver[];
  /** The directory that a file server exports under a path, as seen from a node. Throws what mount(8) says. */
  share(node: string, server: string, path: string): Directory;
}

/** The node side of a CSI driver (its Identity and Node services). */
export interface StorageDriver {
  /** `nfs.csi.k8s.io` */
  readonly name: string;
  /** Whether volumes are attached to a node before it mounts them. */
  readonly attachRequired: boolean;
  /** Label of nodes that says from where a volume can be reached; the driver sets it where `topologyOf` knows a value. */
  readonly topologyKey: string | undefined;
  topologyOf(node: string): string | undefined;
  /** Most volumes that a node can have attached. */
  readonly maxVolumesPerNode: number | undefined;
  /** The volume's directory on a node that may use it. Throws `rpc error: …`. */
  publish(handle: string, node: string): Directory;
  /** Makes the file system as large as the volume is by now. */
  expand(handle: string): void;
}
