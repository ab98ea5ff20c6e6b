import { isAlreadyExists, isNotFound, StatusError } from '../../api/status.ts';
import { Unreachable } from '../../client/index.ts';
import { type Micros, SECOND, type Timer } from '../../engine/index.ts';
import { csiNodes } from '../../resources/csi-node.ts';
import { nodes } from '../../resources/node.ts';
import type { StorageDriver } from '../storage.ts';
import type { KubeletParts } from './kubelet-parts.ts';

const RETRY: Micros = SECOND;
const NODE_ID = 'csi.volume.kubernetes.io/nodeid';

/** Tells the cluster which storage drivers the node has: by its CSINode, and by topology labels (pkg/volume/csi/nodeinfomanager). */
export class CsiRegistration {
  private readonly kubelet: KubeletParts;
  private timer: Timer | undefined;

  constructor(kubelet: KubeletParts) {
    this.kubelet = kubelet;
  }

  start(drivers: readonly StorageDriver[]): void {
    const { engine } = this.kubelet;
    const attempt = () => {
      try {
        this.register(drivers);
      } catch (error) {
        if (!(error instanceof StatusError || error instanceof Unreachable)) throw error;
        this.timer = engine.background(RETRY, attempt);
      }
    };
    this.timer = engine.background(0, attempt);
  }

  stop(): void {
    this.kubelet.engine.cancel(this.timer);
  }

  private register(drivers: readonly StorageDriver[]): void {
    const { client, nodeName } = this.kubelet;
    const node = client.get(nodes, undefined, nodeName);
    const topology: Record<string, string> = {};
    for (const { topologyKey, topologyOf } of drivers.map(withTopology)) {
      const value = topologyOf(nodeName);
      if (topologyKey !== undefined && value !== undefined) topology[topologyKey] = value;
    }
    const ids = JSON.stringify(Object.fromEntries(drivers.map(({ name }) => [name, nodeName])));
    const { labels = {}, annotations = {} } = node.metadata;
    const labelled = Object.entries(topology).every(([key, value]) => labels[key] === value);
    if (!labelled || annotations[NODE_ID] !== ids) {
      const metadata = { labels: topology, annotations: { [NODE_ID]: ids } };
      client.patch(nodes, undefined, nodeName, 'merge', { metadata });
    }
    const spec = {
      drivers: drivers.map((driver) => ({
        name: driver.name,
        nodeID: nodeName,
        topologyKeys: driver.topologyKey === undefined ? [] : [driver.topologyKey],
        ...(driver.maxVolumesPerNode === undefined ? {} : { allocatable: { count: driver.maxVolumesPerNode } }),
      })),
    };
    const owner = { apiVersion: 'v1', kind: 'Node', name: nodeName, uid: node.metadata.uid };
    try {
      client.create(csiNodes, { metadata: { name: nodeName, ownerReferences: [owner] }, spec });
    } catch (error) {
      if (!isAlreadyExists(error) && !isNotFound(error)) throw error;
    }
  }
}

function withTopology(driver: StorageDriver) {
  return { topologyKey: driver.topologyKey, topologyOf: (node: string) => driver.topologyOf(node) };
}
