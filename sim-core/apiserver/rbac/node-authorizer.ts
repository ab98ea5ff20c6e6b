import type { AnyObject, Pod } from '../../api/objects.ts';
import { type Store, StoreError } from '../../store/store.ts';
import type { AccessRules, AuthorizationAttributes, Authorizer, Decision } from '../authorization.ts';
import { nodeOf } from '../node-identity.ts';
import { NODE_RULES } from './default-roles.ts';
import { matchesResource } from './rule.ts';

const ALLOW: Decision = { verdict: 'allow', reason: '' };
const ABSTAIN: Decision = { verdict: 'no-opinion', reason: '' };
const NODE_LEASES = 'kube-node-lease';
const READS: ReadonlySet<string> = new Set(['get', 'list', 'watch']);
/** Kubelets make few kinds of requests; whoever acts for one through impersonation may make more. */
const GENERAL_LIMIT = 1_000;
const WRITES: ReadonlySet<string> = new Set(['create', 'get', 'update', 'patch', 'delete']);

const no = (reason: string): Decision => ({ verdict: 'no-opinion', reason });

/**
 * Lets kubelets do their work, and no more: of secrets, config maps, claims, volumes and service accounts a kubelet reaches those that pods on
 * its own node use (plugin/pkg/auth/authorizer/node).
 */
export class NodeAuthorizer implements Authorizer {
  readonly name = 'Node';
  private readonly store: Store;
  /** node → `secrets default/db` … → number of its pods that use it */
  private readonly used = new Map<string, Map<string, number>>();
  private revision = 0;

  constructor(store: Store) {
    this.store = store;
  }

  rules(): AccessRules {
    return { resourceRules: [], nonResourceRules: [] };
  }

  authorize(attributes: AuthorizationAttributes): Decision {
    if (!attributes.user.username.startsWith('system:node:')) return ABSTAIN;
    const node = nodeOf(attributes.user);
    if (node === undefined || attributes.path !== undefined) return ABSTAIN;
    switch (attributes.group) {
      case '':
        switch (attributes.resource) {
          case 'secrets':
          case 'configmaps':
            return this.read(node, attributes);
          case 'persistentvolumeclaims':
            if (attributes.subresource === 'status') return this.updateStatus(node, attributes);
            return this.get(node, attributes);
          case 'persistentvolumes':
            return this.get(node, attributes);
          case 'serviceaccounts':
            return this.serviceAccount(node, attributes);
          case 'nodes':
            return ownNode(node, attributes);
          case 'pods':
            return ownPods(node, attributes);
        }
        break;
      case 'storage.k8s.io':
        if (attributes.resource === 'volumeattachments') return this.get(node, attributes);
        if (attributes.resource === 'csinodes')
          return ownByName(node, attributes, 'can only access CSINode with the same name as the requesting node');
        break;
      case 'coordination.k8s.io':
        if (attributes.resource === 'leases') {
          if (attributes.namespace !== NODE_LEASES)
            return no(`can only access leases in the "${NODE_LEASES}" system namespace`);
          return ownByName(node, attributes, 'can only access node lease with the same name as the requesting node');
        }
    }
    return general(attributes);
  }

  /** authorizeReadNamespacedObject */
  private read(node: string, attributes: AuthorizationAttributes): Decision {
    if (!READS.has(attributes.verb)) return no('can only read resources of this type');
    if (attributes.subresource !== undefined) return no('cannot read subresource');
    if (attributes.namespace === undefined) return no('can only read namespaced object of this type');
    return this.related(node, attributes);
  }

  /** authorizeGet */
  private get(node: string, attributes: AuthorizationAttributes): Decision {
    if (attributes.verb !== 'get') return no('can only get individual resources of this type');
    if (attributes.subresource !== undefined) return no('cannot get subresource');
    return this.related(node, attributes);
  }

  private updateStatus(node: string, attributes: AuthorizationAttributes): Decision {
    const { verb } = attributes;
    return verb === 'get' || verb === 'update' || verb === 'patch'
      ? this.related(node, attributes)
      : no('can only get/update/patch this type');
  }

  private serviceAccount(node: string, attributes: AuthorizationAttributes): Decision {
    if (attributes.verb === 'get' && attributes.subresource === undefined) return this.related(node, attributes);
    if (attributes.verb !== 'create') return no('can only create tokens for individual service accounts');
    if (attributes.subresource !== 'token') return no('can only create token subresource of serviceaccounts');
    return this.related(node, attributes);
  }

  private related(node: string, { resource, namespace, name }: AuthorizationAttributes): Decision {
    if (name === undefined || name === '') return no('No Object name found');
    const key = namespace === undefined ? `${resource} ${name}` : `${resource} ${namespace}/${name}`;
    this.catchUp();
    if (this.used.get(node)?.has(key) === true) return ALLOW;
    if (namespace === undefined && this.reachesVolume(node, resource!, name)) return ALLOW;
    return no(`no relationship found between node '${node}' and this object`);
  }

  /** Volumes are reached through the claims that are bound to them; attachments name their node. */
  private reachesVolume(node: string, resource: string, name: string): boolean {
    const found = this.store.get(resource === 'persistentvolumes' ? resource : `${resource}.storage.k8s.io`, name);
    const spec = found?.spec as { nodeName?: string; claimRef?: { namespace?: string; name?: string } } | undefined;
    if (resource === 'volumeattachments') return spec?.nodeName === node;
    const claim = spec?.claimRef;
    return this.used.get(node)?.has(`persistentvolumeclaims ${claim?.namespace}/${claim?.name}`) === true;
  }

  /** Brings the account of what pods use up to the store's revision. */
  private catchUp(): void {
    if (this.store.tableRevision('pods') <= this.revision) return;
    try {
      for (const { table, object, previous, type } of this.store.changesSince(this.revision)) {
        if (table !== 'pods') continue;
        const was = (previous as unknown as Pod | undefined)?.spec.nodeName ?? '';
        const is = type === 'DELETED' ? '' : ((object as unknown as Pod).spec.nodeName ?? '');
        if (was === is && (previous as AnyObject | undefined)?.spec === object.spec) continue;
        if (was !== '') this.count(was, previous as unknown as Pod, -1);
        if (is !== '') this.count(is, object as unknown as Pod, 1);
      }
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.used.clear();
      for (const pod of this.store.list('pods') as unknown as Pod[])
        if ((pod.spec.nodeName ?? '') !== '') this.count(pod.spec.nodeName!, pod, 1);
    }
    this.revision = this.store.revision;
  }

  private count(node: string, pod: Pod, step: 1 | -1): void {
    let used = this.used.get(node);
    if (used === undefined) {
      used = new Map();
      this.used.set(node, used);
    }
    for (const key of usedBy(pod)) {
      const total = (used.get(key) ?? 0) + step;
      if (total > 0) used.set(key, total);
      else used.delete(key);
    }
  }
}

/** What a pod uses: its mirror on the API server gives a static pod no access (the kubelet made it). */
function usedBy(pod: Pod): Set<string> {
  return pod.metadata.annotations?.['kubernetes.io/config.mirror'] === undefined ? podReferences(pod) : new Set();
}

/** The objects that a pod names: `secrets default/db`. */
export function podReferences({ metadata, spec }: Pod): Set<string> {
  const used = new Set<string>();
  const { namespace } = metadata;
  const add = (resource: string, name: string | undefined) => {
    if (name !== undefined && name !== '') used.add(`${resource} ${namespace}/${name}`);
  };
  add('serviceaccounts', spec.serviceAccountName);
  for (const secret of spec.imagePullSecrets ?? []) add('secrets', secret.name);
  for (const { env = [], envFrom = [] } of [
    ...spec.containers,
    ...(spec.initContainers ?? []),
    ...(spec.ephemeralContainers ?? []),
  ]) {
    for (const { valueFrom } of env) {
      add('secrets', valueFrom?.secretKeyRef?.name);
      add('configmaps', valueFrom?.configMapKeyRef?.name);
    }
    for (const { secretRef, configMapRef } of envFrom) {
      add('secrets', secretRef?.name);
      add('configmaps', configMapRef?.name);
    }
  }
  for (const { name, secret, configMap, persistentVolumeClaim, ephemeral, projected, csi } of spec.volumes ?? []) {
    add('secrets', secret?.secretName);
    add('configmaps', configMap?.name);
    add('persistentvolumeclaims', persistentVolumeClaim?.claimName);
    if (ephemeral !== undefined) add('persistentvolumeclaims', `${metadata.name}-${name}`);
    add('secrets', csi?.nodePublishSecretRef?.name);
    for (const source of projected?.sources ?? []) {
      add('secrets', source.secret?.name);
      add('configmaps', source.configMap?.name);
    }
  }
  return used;
}

function ownByName(node: string, { verb, name, subresource }: AuthorizationAttributes, why: string): Decision {
  if (!WRITES.has(verb)) return no('can only get, create, update, patch, or delete a node lease');
  if (subresource !== undefined) return no('cannot authorize subresource');
  // The name of what is created is in its body: NodeRestriction looks at it.
  if (verb !== 'create' && name !== node) return no(why);
  return ALLOW;
}

/** authorizeNode: its own Node, and for watching it a field selector that chooses nothing else. */
function ownNode(node: string, attributes: AuthorizationAttributes): Decision {
  const { verb, name, subresource, fieldSelector } = attributes;
  if (subresource === 'status' || subresource === undefined) {
    if (verb === 'create' && name === undefined) return ALLOW;
    if (verb === 'update' || verb === 'patch') return general(attributes);
    if (verb === 'get' && name === node) return ALLOW;
    if ((verb === 'list' || verb === 'watch') && fieldSelector === `metadata.name=${node}`) return ALLOW;
  }
  return no(`node '${node}' cannot read '${name ?? ''}', only its own Node object`);
}

/** authorizePod: pods that are bound to it; which those are, the field selector must say. */
function ownPods(node: string, attributes: AuthorizationAttributes): Decision {
  const { verb, subresource, fieldSelector } = attributes;
  if (subresource !== undefined || (verb !== 'list' && verb !== 'watch')) return general(attributes);
  return fieldSelector === `spec.nodeName=${node}`
    ? ALLOW
    : no('can only list/watch pods with spec.nodeName field selector');
}

const generalDecisions = new Map<string, Decision>();

/** What all kubelets may do alike; the rules never change, so the answer of each kind of request is kept. */
function general(attributes: AuthorizationAttributes): Decision {
  const { verb, group, resource, subresource = '' } = attributes;
  const key = `${verb} ${resource}/${subresource}.${group}`;
  let decision = generalDecisions.get(key);
  if (decision === undefined) {
    decision = NODE_RULES.some((rule) => matchesResource(rule, attributes)) ? ALLOW : ABSTAIN;
    if (generalDecisions.size < GENERAL_LIMIT) generalDecisions.set(key, decision);
  }
  return decision;
}
