import type { Node } from '../../api/objects.ts';
import { type Engine, type Micros, SECOND } from '../../engine/index.ts';
import { conditionOf } from '../shared/conditions.ts';

/** `--node-eviction-rate`, `--secondary-node-eviction-rate`: nodes per second. */
const NORMAL_RATE = 0.1;
const SECONDARY_RATE = 0.01;
/** `--unhealthy-zone-threshold`, `--large-cluster-size-threshold` */
const UNHEALTHY_SHARE = 0.55;
const LARGE_ZONE = 50;

type ZoneState = 'Normal' | 'PartialDisruption' | 'FullDisruption';

interface Zone {
  state: ZoneState;
  /** Nodes per second; 0 stops evictions in this zone. */
  rate: number;
  readonly waiting: Set<string>;
  /** When the next node may be tainted. */
  next: Micros;
}

/**
 * How fast nodes in trouble lose their pods, zone by zone (zoneStates and RateLimitedTimedQueue). Normally one node in ten
 * seconds; in a zone with more than 55 % of its nodes in trouble slower, or in a small zone not at all; and when all zones are
 * down, nowhere: then it is this controller, or the network, that is in trouble.
 */
export class EvictionZones {
  private readonly engine: Engine;
  private readonly zones = new Map<string, Zone>();
  private readonly zoneOfNode = new Map<string, string>();
  private allDown = false;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  enqueue(node: Node): void {
    const name = zoneOf(node);
    this.zoneOfNode.set(node.metadata.name, name);
    this.zone(name).waiting.add(node.metadata.name);
  }

  dequeue(node: string): void {
    const zone = this.zoneOfNode.get(node);
    if (zone !== undefined) this.zones.get(zone)?.waiting.delete(node);
    this.zoneOfNode.delete(node);
  }

  /** Nodes whose turn it is. */
  due(): string[] {
    const { now } = this.engine;
    const due: string[] = [];
    for (const zone of this.zones.values()) {
      const [node] = zone.waiting;
      if (node === undefined || zone.rate === 0 || now < zone.next) continue;
      zone.waiting.delete(node);
      zone.next = now + SECOND / zone.rate;
      due.push(node);
    }
    return due;
  }

  /** When the next node's turn comes, as far as can be said now. */
  get nextDue(): Micros | undefined {
    let next: Micros | undefined;
    for (const zone of this.zones.values()) {
      if (zone.waiting.size > 0 && zone.rate > 0 && (next === undefined || zone.next < next)) next = zone.next;
    }
    return next;
  }

  /** Takes in the state of all nodes. Answers the nodes whose NoExecute taint must go because everything went down at once. */
  update(nodes: Iterable<Node>): Node[] {
    const counts = new Map<string, { total: number; bad: number }>();
    const all: Node[] = [];
    for (const node of nodes) {
      all.push(node);
      const name = zoneOf(node);
      const count = counts.get(name) ?? { total: 0, bad: 0 };
      counts.set(name, count);
      count.total++;
      if (conditionOf(node.status.conditions, 'Ready')?.status !== 'True') count.bad++;
    }
    for (const [name, { total, bad }] of counts) {
      const zone = this.zone(name);
      zone.state = stateOf(total, bad);
      zone.rate = zone.state === 'PartialDisruption' ? (total > LARGE_ZONE ? SECONDARY_RATE : 0) : NORMAL_RATE;
    }
    const allDown = counts.size > 0 && [...counts.keys()].every((name) => this.zone(name).state === 'FullDisruption');
    const justWentDown = allDown && !this.allDown;
    this.allDown = allDown;
    if (!allDown) return [];
    for (const zone of this.zones.values()) {
      zone.rate = 0;
      if (justWentDown) zone.waiting.clear();
    }
    return justWentDown ? all : [];
  }

  private zone(name: string): Zone {
    let zone = this.zones.get(name);
    if (zone === undefined) {
      zone = { state: 'Normal', rate: NORMAL_RATE, waiting: new Set(), next: 0 };
      this.zones.set(name, zone);
    }
    return zone;
  }
}

function stateOf(total: number, bad: number): ZoneState {
  if (bad === total && total > 0) return 'FullDisruption';
  return bad > 2 && bad / total >= UNHEALTHY_SHARE ? 'PartialDisruption' : 'Normal';
}

/** Region and zone of a node; nodes without labels form a zone of their own (GetZoneKey). */
function zoneOf({ metadata }: Node): string {
  const { labels = {} } = metadata;
  const region = labels['topology.kubernetes.io/region'] ?? '';
  const zone = labels['topology.kubernetes.io/zone'] ?? '';
  return `${region}:${zone}`;
}
