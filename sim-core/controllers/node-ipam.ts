import { formatIP, parseIP } from '../api/ip.ts';
import type { Node } from '../api/objects.ts';
import { nodes } from '../resources/node.ts';
import type { ControllerDefinition } from './controller.ts';

/**
 * The node IPAM controller (pkg/controller/nodeipam, RangeAllocator): gives each node a range of pod addresses of its own, cut
 * from the cluster's. A range goes round all others before it is used again.
 */
export const nodeIpamController: ControllerDefinition = {
  name: 'node-ipam-controller',
  serviceAccount: 'node-controller',
  eventSource: 'cidrAllocator',
  setUp(context) {
    const { client, informers, events, settings } = context;
    const ranges = new Ranges(settings.clusterCIDR, settings.nodeCIDRMaskSize);
    const nodeInformer = informers.for(nodes);
    const queue = context.queue({ reconcile });

    nodeInformer.addHandler({
      added(node) {
        if (cidrOf(node) === undefined) queue.add(node.metadata.name);
        else ranges.occupy(cidrOf(node)!);
      },
      updated(node) {
        if (cidrOf(node) === undefined) queue.add(node.metadata.name);
        else ranges.occupy(cidrOf(node)!);
      },
      deleted(node) {
        const cidr = cidrOf(node);
        if (cidr !== undefined) ranges.release(cidr);
      },
    });

    function reconcile(name: string): void {
      const node = nodeInformer.get(undefined, name);
      if (node === undefined || cidrOf(node) !== undefined) return;
      const cidr = ranges.allocate();
      if (cidr === undefined) {
        events.normal(node, 'CIDRNotAvailable', `Node ${name} status is now: CIDRNotAvailable`);
        return;
      }
      try {
        client.patch(nodes, undefined, name, 'strategic', { spec: { podCIDR: cidr, podCIDRs: [cidr] } });
      } catch (error) {
        ranges.release(cidr);
        throw error;
      }
    }
  },
};

function cidrOf({ spec }: Node): string | undefined {
  return spec.podCIDR === '' ? undefined : spec.podCIDR;
}

/** The ranges of one size that a larger one divides into (cidrset.CidrSet). */
class Ranges {
  private readonly base: number;
  private readonly size: number;
  private readonly count: number;
  private readonly mask: number;
  private readonly used = new Set<number>();
  private next = 0;

  constructor(clusterCIDR: string, maskSize: number) {
    const [address = '', length = ''] = clusterCIDR.split('/');
    this.base = toNumber(address);
    this.mask = maskSize;
    this.size = 2 ** (32 - maskSize);
    this.count = 2 ** (maskSize - Number(length));
  }

  allocate(): string | undefined {
    for (let tried = 0; tried < this.count; tried++) {
      const index = (this.next + tried) % this.count;
      if (this.used.has(index)) continue;
      this.used.add(index);
      this.next = (index + 1) % this.count;
      return `${toText(this.base + index * this.size)}/${this.mask}`;
    }
    return undefined;
  }

  occupy(cidr: string): void {
    this.used.add(this.indexOf(cidr));
  }

  release(cidr: string): void {
    this.used.delete(this.indexOf(cidr));
  }

  private indexOf(cidr: string): number {
    return Math.floor((toNumber(cidr.split('/')[0]!) - this.base) / this.size);
  }
}

function toNumber(address: string): number {
  return (parseIP(address) ?? []).reduce((sum, byte) => sum * 256 + byte, 0);
}

function toText(value: number): string {
  return formatIP([24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256));
}
