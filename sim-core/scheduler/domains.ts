import { labelOf } from '../api/node-selector.ts';
import type { NodeInfo } from './node-info.ts';

/** The domains of a topology: values of a node label, numbered, and which node belongs to which. */
export class Domains {
  private readonly ids = new Map<string, number>();
  private readonly byNode: Int32Array;

  /** Without a topology key each node is a domain by itself. `nodes` are those of the snapshot, in its order. */
  constructor(topologyKey: string | undefined, nodes: readonly NodeInfo[]) {
    this.byNode = new Int32Array(nodes.length);
    for (const node of nodes) {
      const domain = topologyKey === undefined ? node.name : labelOf(node.labels, topologyKey);
      this.byNode[node.index] = domain === undefined ? -1 : this.idOf(domain);
    }
  }

  get size(): number {
    return this.ids.size;
  }

  /** The number of the node's domain; -1 when the node lacks the label. */
  of(node: NodeInfo): number {
    return this.byNode[node.index] ?? -1;
  }

  /** In how many domains these nodes are; those without the label are one. */
  among(nodes: readonly NodeInfo[]): number {
    const seen = new Uint8Array(this.ids.size + 1);
    let count = 0;
    for (const node of nodes) {
      const index = this.of(node) + 1;
      if (seen[index] !== 0) continue;
      seen[index] = 1;
      count++;
    }
    return count;
  }

  private idOf(domain: string): number {
    let id = this.ids.get(domain);
    if (id === undefined) {
      id = this.ids.size;
      this.ids.set(domain, id);
    }
    return id;
  }
}
