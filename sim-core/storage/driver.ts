import type { Engine, Micros } from '../engine/index.ts';
import type { Directory, Space } from '../images/file-node.ts';
import type { StorageDriver } from '../node/storage.ts';
import { type Placement, StoredVolume } from './volume.ts';

/** What a driver can do, and what it needs. */
export interface DriverTraits {
  readonly name: string;
  readonly attachRequired: boolean;
  readonly topologyKey?: string;
  readonly maxVolumesPerNode?: number;
  /** How long it takes to make a volume, and to attach or detach one: microseconds. */
  readonly createTime: Micros;
  readonly attachTime: Micros;
  /** Value of the topology label for a node. */
  topologyOf?(node: string): string | undefined;
  /** Where a volume with that topology lives. */
  placement(topology: string | undefined): Placement;
  /** The disk that its volumes take space of. */
  within?(topology: string | undefined): Space | undefined;
  /** Handle of a new volume. */
  handleFor(name: string, parameters: Readonly<Record<string, string>>, unique: string): string;
  /** Called with each new volume, to give it its place on a node or server; throws `rpc error: …`. */
  created?(volume: StoredVolume, parameters: Readonly<Record<string, string>>): void;
  removed?(volume: StoredVolume): void;
  /** Whether a node can use its volumes just now; why not, otherwise. */
  unreachable?(node: string, volume: StoredVolume): string | undefined;
}

/** A failed call of a driver, with the text that gRPC gives it. */
export class RpcError extends Error {
  override readonly name = 'RpcError';

  constructor(code: string, description: string) {
    super(`rpc error: code = ${code} desc = ${description}`);
  }
}

/** A storage system behind a CSI driver: makes volumes, attaches them, gives them to nodes. */
export class Driver implements StorageDriver {
  readonly name: string;
  readonly attachRequired: boolean;
  readonly topologyKey: string | undefined;
  readonly maxVolumesPerNode: number | undefined;
  readonly createTime: Micros;
  readonly attachTime: Micros;
  private readonly engine: Engine;
  private readonly traits: DriverTraits;
  private readonly volumes = new Map<string, StoredVolume>();

  constructor(engine: Engine, traits: DriverTraits) {
    this.engine = engine;
    this.traits = traits;
    this.name = traits.name;
    this.attachRequired = traits.attachRequired;
    this.topologyKey = traits.topologyKey;
    this.maxVolumesPerNode = traits.maxVolumesPerNode;
    this.createTime = traits.createTime;
    this.attachTime = traits.attachTime;
  }

  topologyOf(node: string): string | undefined {
    return this.traits.topologyOf?.(node);
  }

  find(handle: string): StoredVolume | undefined {
    return this.volumes.get(handle);
  }

  /** CreateVolume: the same name gives the same volume. */
  create(
    name: string,
    capacity: number,
    topology: string | undefined,
    parameters: Readonly<Record<string, string>>,
  ): StoredVolume {
    const { traits } = this;
    const handle = traits.handleFor(name, parameters, this.engine.random(`storage/${this.name}`).uuid());
    const known = this.volumes.get(handle);
    if (known !== undefined) return known;
    const volume = new StoredVolume(handle, capacity, traits.placement(topology), traits.within?.(topology));
    traits.created?.(volume, parameters);
    this.volumes.set(handle, volume);
    return volume;
  }

  /** DeleteVolume: one that is gone already is gone. */
  delete(handle: string): void {
    const volume = this.volumes.get(handle);
    if (volume === undefined) return;
    const [node] = volume.attached;
    if (node !== undefined)
      throw new RpcError('FailedPrecondition', `volume ${handle} is still attached to node ${node}`);
    this.volumes.delete(handle);
    this.traits.removed?.(volume);
    volume.destroy();
  }

  /** ControllerExpandVolume: volumes only grow. */
  grow(handle: string, capacity: number): void {
    const volume = this.require(handle);
    volume.capacity = Math.max(volume.capacity, capacity);
  }

  /** ControllerPublishVolume */
  attach(handle: string, node: string, shared: boolean): void {
    const volume = this.require(handle);
    if (volume.attached.has(node)) return;
    const [other] = volume.attached;
    if (other !== undefined && !shared) {
      throw new RpcError('FailedPrecondition', `volume ${handle} is already attached to node ${other}`);
    }
    const problem = this.misplaced(volume, node);
    if (problem !== undefined) throw new RpcError('InvalidArgument', problem);
    const limit = this.maxVolumesPerNode ?? Number.POSITIVE_INFINITY;
    const count = [...this.volumes.values()].filter(({ attached }) => attached.has(node)).length;
    if (count >= limit) {
      throw new RpcError('ResourceExhausted', `node ${node} has reached its limit of ${limit} attached volumes`);
    }
    volume.attached.add(node);
  }

  /** ControllerUnpublishVolume: a node that still has it mounted loses it. */
  detach(handle: string, node: string): void {
    const volume = this.volumes.get(handle);
    if (volume?.attached.delete(node) !== true) return;
    if (volume.attached.size === 0) volume.tearAway();
  }

  publish(handle: string, node: string): Directory {
    const volume = this.require(handle);
    if (this.attachRequired && !volume.attached.has(node)) {
      throw new RpcError('FailedPrecondition', `volume ${handle} is not attached to node ${node}`);
    }
    const problem = this.misplaced(volume, node) ?? this.traits.unreachable?.(node, volume);
    if (problem !== undefined) throw new RpcError('Internal', problem);
    return volume.directory;
  }

  expand(handle: string): void {
    this.require(handle).growFileSystem();
  }

  private require(handle: string): StoredVolume {
    const volume = this.volumes.get(handle);
    if (volume === undefined) throw new RpcError('NotFound', `volume ${handle} not found`);
    return volume;
  }

  private misplaced({ placement, handle }: StoredVolume, node: string): string | undefined {
    if (placement === 'anywhere') return undefined;
    if ('node' in placement) {
      return placement.node === node ? undefined : `volume ${handle} is on node ${placement.node}, not on ${node}`;
    }
    const zone = this.topologyOf(node);
    return zone === placement.zone
      ? undefined
      : `volume ${handle} is in zone ${placement.zone}, node ${node} in ${zone}`;
  }
}
