import { labelOf } from '../../api/node-selector.ts';
import {
  clone,
  objectKey,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type StorageClass,
} from '../../api/objects.ts';
import { quantity } from '../../api/quantity.ts';
import { SECOND } from '../../engine/index.ts';
import { persistentVolumes } from '../../resources/persistent-volume.ts';
import { persistentVolumeClaims } from '../../resources/persistent-volume-claim.ts';
import { storageClasses } from '../../resources/storage-class.ts';
import { StateKey } from '../cycle-state.ts';
import type { Handle, Plugin } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import { failure, Status, skip, unresolvable } from '../status.ts';
import {
  BOUND_BY_CONTROLLER,
  bindsLate,
  claimsOf,
  classOf,
  findVolume,
  isFullyBound,
  NO_PROVISIONER,
  SELECTED_NODE,
  volumeFitsNode,
} from '../volumes.ts';
import { usesClaim } from './volume-restrictions.ts';

export interface VolumeBindingArgs {
  /** How long binding may take, in virtual microseconds. Default 600 s. */
  readonly bindTimeout?: number;
}

/** What must be done about the claims for the pod to run on a node. */
interface Plan {
  readonly bindings: readonly { readonly claim: PersistentVolumeClaim; readonly volume: PersistentVolume }[];
  readonly provisions: readonly PersistentVolumeClaim[];
}

interface State {
  readonly bound: readonly PersistentVolumeClaim[];
  readonly late: readonly PersistentVolumeClaim[];
  readonly plans: Map<string, Plan>;
  /** Since when the binding has been under way. */
  begun?: number;
}

const key = new StateKey<State>('VolumeBinding');
const wait = new Status('Wait');

const NODE_CONFLICT = 'node(s) had volume node affinity conflict';
const NO_VOLUME = "node(s) didn't find available persistent volumes to bind";
const NO_SUCH_VOLUME = 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)';

/** Whether the class lets volumes be made on the node (MatchTopologySelectorTerms). */
function allowedOn({ allowedTopologies = [] }: StorageClass, node: NodeInfo): boolean {
  if (allowedTopologies.length === 0) return true;
  return allowedTopologies.some(({ matchLabelExpressions = [] }) =>
    matchLabelExpressions.every(({ key: label, values }) => values.includes(labelOf(node.labels, label) ?? '')),
  );
}

/**
 * Keeps pods to nodes where their volumes can be, chooses volumes for claims that wait for their first consumer, and has them
 * bound or provisioned before the pod is.
 */
export function volumeBinding(handle: Handle, { bindTimeout = 600 * SECOND }: VolumeBindingArgs = {}): Plugin {
  const { view, engine } = handle;
  /** Volumes promised to claims, and nodes to claims, that the API server does not know of yet. */
  const promisedVolumes = new Map<string, string>();
  const promisedNodes = new Map<string, string>();

  const selectedNode = (claim: PersistentVolumeClaim) =>
    promisedNodes.get(objectKey(claim)) ?? claim.metadata.annotations?.[SELECTED_NODE];

  /** Finds volumes for claims on the node, smallest claim first, or sees that they can be provisioned there. */
  const planFor = (late: readonly PersistentVolumeClaim[], node: NodeInfo): Plan | string => {
    const bindings: { claim: PersistentVolumeClaim; volume: PersistentVolume }[] = [];
    const provisions: PersistentVolumeClaim[] = [];
    for (const claim of late) {
      const selected = selectedNode(claim);
      if (selected !== undefined) {
        if (selected !== node.name) return NO_VOLUME;
        provisions.push(claim);
        continue;
      }
      const owner = objectKey(claim);
      const volume = findVolume(claim, view.list(persistentVolumes), node, ({ metadata }) => {
        const promised = promisedVolumes.get(metadata.name);
        return (
          (promised !== undefined && promised !== owner) ||
          bindings.some((binding) => binding.volume.metadata.name === metadata.name)
        );
      });
      if (volume !== undefined) bindings.push({ claim, volume });
      else provisions.push(claim);
    }
    for (const claim of provisions) {
      const storageClass = view.get(storageClasses, undefined, classOf(claim));
      if (storageClass === undefined) throw new Error(`failed to find storage class "${classOf(claim)}"`);
      const { provisioner } = storageClass;
      if (provisioner === '' || provisioner === NO_PROVISIONER || !allowedOn(storageClass, node)) return NO_VOLUME;
    }
    return { bindings, provisions };
  };

  const checkBound = (bound: readonly PersistentVolumeClaim[], node: NodeInfo): string | undefined => {
    for (const claim of bound) {
      const volume = view.get(persistentVolumes, undefined, claim.spec.volumeName ?? '');
      if (volume === undefined) return NO_SUCH_VOLUME;
      if (!volumeFitsNode(volume, node)) return NODE_CONFLICT;
    }
    return undefined;
  };

  /** Asks the API server for what the plan needs; the volume controller and provisioners do the rest. */
  const begin = ({ bindings, provisions }: Plan, nodeName: string) => {
    for (const { claim, volume } of bindings) {
      const { namespace, name, uid, resourceVersion } = claim.metadata;
      const changed = clone(volume);
      changed.spec.claimRef = {
        kind: 'PersistentVolumeClaim',
        apiVersion: 'v1',
        namespace,
        name,
        uid,
        resourceVersion,
      };
      changed.metadata.annotations = { ...changed.metadata.annotations, [BOUND_BY_CONTROLLER]: 'yes' };
      handle.client.update(persistentVolumes, changed);
    }
    for (const claim of provisions) {
      const changed = clone(claim);
      changed.metadata.annotations = { ...changed.metadata.annotations, [SELECTED_NODE]: nodeName };
      handle.client.update(persistentVolumeClaims, changed);
    }
  };

  /** Whether all is bound; throws when it must be tried again from the start. */
  const isDone = ({ bindings, provisions }: Plan, nodeName: string): boolean => {
    const latest = (claim: PersistentVolumeClaim) => {
      const { namespace, name } = claim.metadata;
      return handle.client.get(persistentVolumeClaims, namespace, name);
    };
    for (const { claim, volume } of bindings) {
      const { name } = volume.metadata;
      if ((handle.client.get(persistentVolumes, undefined, name).spec.claimRef?.uid ?? '') === '') {
        throw failed(`ClaimRef got reset for pv "${name}"`);
      }
      if (!isFullyBound(latest(claim))) return false;
    }
    for (const claim of provisions) {
      const now = latest(claim);
      if (now.metadata.annotations?.[SELECTED_NODE] !== nodeName) {
        throw failed(`provisioning failed for PVC "${claim.metadata.name}"`);
      }
      if (!isFullyBound(now)) return false;
    }
    return true;
  };

  const forget = ({ bindings, provisions }: Plan) => {
    for (const { volume } of bindings) promisedVolumes.delete(volume.metadata.name);
    for (const claim of provisions) promisedNodes.delete(objectKey(claim));
  };

  return {
    name: 'VolumeBinding',
    preFilter(state, pod) {
      if (pod.claims.length === 0) return skip;
      const claims = claimsOf(pod, view);
      if (claims instanceof Status) return claims;
      const bound = claims.filter(isFullyBound);
      const unbound = claims.filter((claim) => !isFullyBound(claim));
      const waits = (claim: PersistentVolumeClaim) => bindsLate(claim, view) && (claim.spec.volumeName ?? '') === '';
      if (!unbound.every(waits)) return unresolvable('pod has unbound immediate PersistentVolumeClaims');
      const size = ({ spec }: PersistentVolumeClaim) => quantity(spec.resources?.requests?.storage ?? '0');
      state.write(key, { bound, late: unbound.sort((a, b) => size(a).compare(size(b))), plans: new Map() });
      return undefined;
    },
    filter(state, _pod, node) {
      const { bound, late, plans } = state.read(key)!;
      const conflict = checkBound(bound, node);
      const plan = planFor(late, node);
      const reasons = [
        ...(conflict === NODE_CONFLICT ? [conflict] : []),
        ...(typeof plan === 'string' ? [plan] : []),
        ...(conflict === NO_SUCH_VOLUME ? [conflict] : []),
      ];
      if (reasons.length > 0) return unresolvable(...reasons);
      plans.set(node.name, plan as Plan);
      return undefined;
    },
    reserve(state, _pod, nodeName) {
      const plan = state.read(key)?.plans.get(nodeName);
      for (const { claim, volume } of plan?.bindings ?? []) promisedVolumes.set(volume.metadata.name, objectKey(claim));
      for (const claim of plan?.provisions ?? []) promisedNodes.set(objectKey(claim), nodeName);
      return undefined;
    },
    unreserve(state, _pod, nodeName) {
      const plan = state.read(key)?.plans.get(nodeName);
      if (plan !== undefined) forget(plan);
    },
    preBind(state, _pod, nodeName) {
      const own = state.read(key);
      const plan = own?.plans.get(nodeName);
      if (own === undefined || plan === undefined || plan.bindings.length + plan.provisions.length === 0) {
        return undefined;
      }
      if (own.begun === undefined) {
        own.begun = engine.now;
        begin(plan, nodeName);
      }
      try {
        if (isDone(plan, nodeName)) {
          forget(plan);
          return undefined;
        }
      } catch (error) {
        if (error instanceof Status) return error;
        throw error;
      }
      return engine.now - own.begun < bindTimeout ? wait : failed('context deadline exceeded');
    },
    requeue: [
      { on: 'StorageClass/Add' },
      { on: 'StorageClass/Update' },
      { on: 'PersistentVolumeClaim/Add', helps: (pod, { object }) => usesClaim(pod, object) },
      { on: 'PersistentVolumeClaim/Update', helps: (pod, { object }) => usesClaim(pod, object) },
      { on: 'PersistentVolume/Add' },
      { on: 'PersistentVolume/Update' },
      { on: 'Node/Add' },
      { on: 'Node/UpdateLabel' },
      { on: 'CSINode/Add' },
    ],
  };
}

function failed(why: string): Status {
  return failure(`binding volumes: ${why}`);
}
