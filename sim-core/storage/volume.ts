import { Directory, Space } from '../images/file-node.ts';

/** Where a volume can be used: on one node, in one zone, or anywhere. */
export type Placement = { readonly node: string } | { readonly zone: string } | 'anywhere';

/** A volume as its driver has it. */
export class StoredVolume {
  /** What the driver calls it. */
  readonly handle: string;
  readonly placement: Placement;
  /** Bytes, as the volume is; the file system on it may still be smaller. */
  capacity: number;
  readonly space: Space;
  /** Nodes that it is attached to. */
  readonly attached = new Set<string>();
  private root: Directory;

  constructor(handle: string, capacity: number, placement: Placement, within?: Space) {
    this.handle = handle;
    this.capacity = capacity;
    this.placement = placement;
    this.space = new Space(capacity, within);
    this.root = new Directory(new Map(), { mode: 0o777, space: this.space });
  }

  /** Its file tree. */
  get directory(): Directory {
    return this.root;
  }

  /** Takes it from whoever still has it mounted: they lose it, what is on it stays. */
  tearAway(): void {
    this.root = this.root.tearAway();
  }

  /** Makes the file system as large as the volume. */
  growFileSystem(): void {
    this.space.limit = this.capacity;
  }

  /** All that is on it is gone. */
  destroy(): void {
    this.root.tearAway();
    this.space.release();
  }
}
