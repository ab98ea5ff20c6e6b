import type { ApiObject } from '../../api.ts';
import { KubectlError } from '../../errors.ts';

interface Verdict {
  readonly message: string;
  readonly done: boolean;
}

const number = (value: unknown, key: string): number =>
  Number((value as Record<string, unknown> | undefined)?.[key] ?? 0);

/** The revision of a Deployment, StatefulSet or DaemonSet as --revision means it. */
function deploymentStatus(object: ApiObject, revision: number): Verdict {
  const { name } = object.metadata;
  const status = object.status as { conditions?: { type: string; reason?: string }[] } | undefined;
  if (revision > 0) {
    const running = Number(object.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0);
    if (running !== revision)
      throw new KubectlError(`desired revision (${revision}) is different from the running revision (${running})`);
  }
  if ((object.metadata.generation ?? 0) > number(status, 'observedGeneration'))
    return { message: 'Waiting for deployment spec update to be observed...\n', done: false };
  const progressing = status?.conditions?.find(({ type }) => type === 'Progressing');
  if (progressing?.reason === 'ProgressDeadlineExceeded')
    throw new KubectlError(`deployment ${JSON.stringify(name)} exceeded its progress deadline`);
  const replicas = number(object.spec, 'replicas');
  const updated = number(status, 'updatedReplicas');
  if (updated < replicas)
    return {
      message: `Waiting for deployment ${JSON.stringify(name)} rollout to finish: ${updated} out of ${replicas} new replicas have been updated...\n`,
      done: false,
    };
  const total = number(status, 'replicas');
  if (total > updated)
    return {
      message: `Waiting for deployment ${JSON.stringify(name)} rollout to finish: ${total - updated} old replicas are pending termination...\n`,
      done: false,
    };
  const available = number(status, 'availableReplicas');
  if (available < updated)
    return {
      message: `Waiting for deployment ${JSON.stringify(name)} rollout to finish: ${available} of ${updated} updated replicas are available...\n`,
      done: false,
    };
  return { message: `deployment ${JSON.stringify(name)} successfully rolled out\n`, done: true };
}

function daemonSetStatus(object: ApiObject): Verdict {
  const { name } = object.metadata;
  const type = (object.spec as { updateStrategy?: { type?: string } }).updateStrategy?.type;
  if (type !== 'RollingUpdate')
    throw new KubectlError('rollout status is only available for RollingUpdate strategy type');
  const { status } = object;
  if ((object.metadata.generation ?? 0) > number(status, 'observedGeneration'))
    return { message: 'Waiting for daemon set spec update to be observed...\n', done: false };
  const [updated, desired, available] = ['updatedNumberScheduled', 'desiredNumberScheduled', 'numberAvailable'].map(
    (key) => number(status, key),
  ) as [number, number, number];
  if (updated < desired)
    return {
      message: `Waiting for daemon set ${JSON.stringify(name)} rollout to finish: ${updated} out of ${desired} new pods have been updated...\n`,
      done: false,
    };
  if (available < desired)
    return {
      message: `Waiting for daemon set ${JSON.stringify(name)} rollout to finish: ${available} of ${desired} updated pods are available...\n`,
      done: false,
    };
  return { message: `daemon set ${JSON.stringify(name)} successfully rolled out\n`, done: true };
}

function statefulSetStatus(object: ApiObject): Verdict {
  const spec = object.spec as {
    replicas?: number;
    updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } };
  };
  if (spec.updateStrategy?.type !== 'RollingUpdate')
    throw new KubectlError('rollout status is only available for RollingUpdate strategy type');
  const { status } = object;
  if (
    number(status, 'observedGeneration') === 0 ||
    (object.metadata.generation ?? 0) > number(status, 'observedGeneration')
  )
    return { message: 'Waiting for statefulset spec update to be observed...\n', done: false };
  const replicas = spec.replicas ?? 0;
  const ready = number(status, 'readyReplicas');
  if (ready < replicas) return { message: `Waiting for ${replicas - ready} pods to be ready...\n`, done: false };
  const updated = number(status, 'updatedReplicas');
  const partition = spec.updateStrategy.rollingUpdate?.partition;
  if (partition !== undefined) {
    if (updated < replicas - partition)
      return {
        message: `Waiting for partitioned roll out to finish: ${updated} out of ${replicas - partition} new pods have been updated...\n`,
        done: false,
      };
    return { message: `partitioned roll out complete: ${updated} new pods have been updated...\n`, done: true };
  }
  const { updateRevision, currentRevision } = (status ?? {}) as { updateRevision?: string; currentRevision?: string };
  if (updateRevision !== currentRevision)
    return {
      message: `waiting for statefulset rolling update to complete ${updated} pods at revision ${updateRevision ?? ''}...\n`,
      done: false,
    };
  return {
    message: `statefulset rolling update complete ${number(status, 'currentReplicas')} pods at revision ${currentRevision ?? ''}...\n`,
    done: true,
  };
}

/** How far a rollout is (polymorphichelpers.StatusViewer). */
export function rolloutStatus(object: ApiObject, revision: number, groupKind: string): Verdict {
  if (object.kind === 'Deployment') return deploymentStatus(object, revision);
  if (object.kind === 'DaemonSet') return daemonSetStatus(object);
  if (object.kind === 'StatefulSet') return statefulSetStatus(object);
  throw new KubectlError(`no status viewer has been implemented for ${groupKind}`);
}
