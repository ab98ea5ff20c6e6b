import { type AnyObject, controllerOf } from '../../../sim-core/api/objects.ts';
import type { LensSource } from './source.ts';

/** One ReplicaSet over time. */
export interface RolloutTrack {
  readonly name: string;
  /** The Deployment's revision that it stands for. */
  readonly revision: number;
  readonly image: string;
  readonly points: readonly RolloutPoint[];
}

export interface RolloutPoint {
  /** Virtual seconds since the beginning of the picture. */
  readonly at: number;
  readonly pods: number;
  readonly ready: number;
}

export interface RolloutModel {
  readonly name: string;
  readonly desired: number;
  /** The most pods there may be at once, and the fewest that must serve. */
  readonly most: number;
  readonly least: number;
  /** Length of the picture in virtual seconds. */
  readonly seconds: number;
  readonly tracks: readonly RolloutTrack[];
}

interface DeploymentShape {
  spec: {
    replicas?: number;
    strategy?: { type?: string; rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string } };
  };
}
interface SetShape {
  spec: { replicas?: number; template?: { spec?: { containers?: readonly { image?: string }[] } } };
  status?: { replicas?: number; readyReplicas?: number };
}

/** The ReplicaSets of a Deployment over time, oldest first. Undefined when there is no Deployment. */
export function rolloutLens({ mirror, changes, now, focus }: LensSource): RolloutModel | undefined {
  const deployments = mirror.list('deployments.apps').filter(({ metadata }) => metadata.namespace !== 'kube-system');
  const deployment =
    focus === undefined ? deployments.at(-1) : mirror.get(focus.table, `${focus.namespace}/${focus.name}`);
  if (deployment === undefined || deployment.kind !== 'Deployment') return undefined;
  const mine = (object: AnyObject) => controllerOf(object)?.uid === deployment.metadata.uid;
  const steps = changes.filter(({ table, object }) => table === 'replicasets.apps' && mine(object));
  const begin = steps[0]?.time ?? now;
  const end = Math.max(steps.at(-1)?.time ?? begin, begin + 1_000_000);
  // A picture of a rollout that is over ends a little after it.
  const until = Math.min(Math.max(now, end), end + (end - begin) * 0.15 + 2_000_000);
  const byName = new Map<string, { name: string; revision: number; image: string; points: RolloutPoint[] }>();
  for (const { object, time, type } of steps) {
    const { spec, status } = object as unknown as SetShape;
    const track = byName.get(object.metadata.name) ?? {
      name: object.metadata.name,
      revision: 0,
      image: '',
      points: [],
    };
    track.revision = Number(object.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? track.revision);
    track.image = spec.template?.spec?.containers?.[0]?.image ?? '';
    const gone = type === 'DELETED';
    track.points.push({
      at: (time - begin) / 1e6,
      pods: gone ? 0 : (status?.replicas ?? 0),
      ready: gone ? 0 : (status?.readyReplicas ?? 0),
    });
    byName.set(track.name, track);
  }
  const { spec } = deployment as unknown as DeploymentShape;
  const desired = spec.replicas ?? 1;
  const { maxSurge = '25%', maxUnavailable = '25%' } = spec.strategy?.rollingUpdate ?? {};
  const recreate = spec.strategy?.type === 'Recreate';
  return {
    name: deployment.metadata.name,
    desired,
    most: recreate ? desired : desired + share(maxSurge, desired, Math.ceil),
    least: recreate ? 0 : Math.max(0, desired - share(maxUnavailable, desired, Math.floor)),
    seconds: (until - begin) / 1e6,
    tracks: [...byName.values()].sort((left, right) => left.revision - right.revision),
  };
}

function share(value: number | string, of: number, round: (value: number) => number): number {
  return typeof value === 'number' ? value : round((Number.parseInt(value, 10) * of) / 100);
}
