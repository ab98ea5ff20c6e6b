import { deepEqual } from '../../api/equality.ts';
import type { AnyObject, Node, Pod } from '../../api/objects.ts';
import { notFound } from '../../api/status.ts';
import { nodeOf } from '../node-identity.ts';
import { podReferences } from '../rbac/node-authorizer.ts';
import { keyOf, tableOf } from '../resource-storage.ts';
import type { AdmissionAttributes, AdmissionContext, AdmissionPlugin } from './plugin.ts';
import { refuse } from './refuse.ts';

const MIRROR = 'kubernetes.io/config.mirror';
const NODE_LEASES = 'kube-node-lease';
/** Labels of the kubernetes.io and k8s.io domains that a kubelet may set on its node (kubeletapis.IsKubeletLabel). */
const KUBELET_LABELS: ReadonlySet<string> = new Set([
  'kubernetes.io/hostname',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'node.kubernetes.io/instance-type',
  'beta.kubernetes.io/instance-type',
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
]);

/** Keeps a kubelet to its own Node, Lease and CSINode, and to the pods bound to it (plugin/pkg/admission/noderestriction). */
export const nodeRestriction: AdmissionPlugin = {
  name: 'NodeRestriction',
  handles: (_operation, resource) =>
    resource === 'pods' ||
    resource === 'nodes' ||
    resource === 'serviceaccounts' ||
    resource === 'leases.coordination.k8s.io' ||
    resource === 'csinodes.storage.k8s.io',
  validate(attributes, context) {
    const node = nodeOf(attributes.request.user);
    if (node === undefined) return;
    switch (tableOf(attributes.request.target)) {
      case 'pods':
        return checkPod(attributes, context, node);
      case 'nodes':
        return checkNode(attributes, node);
      case 'serviceaccounts':
        return checkToken(attributes, context, node);
      case 'leases.coordination.k8s.io': {
        const { request, object } = attributes;
        if (request.namespace !== NODE_LEASES)
          throw refuse(attributes, `can only access leases in the "${NODE_LEASES}" system namespace`);
        if ((request.name ?? object?.metadata.name) !== node)
          throw refuse(attributes, 'can only access node lease with the same name as the requesting node');
        return;
      }
      default:
        if ((attributes.request.name ?? attributes.object?.metadata.name) !== node)
          throw refuse(attributes, 'can only access CSINode with the same name as the requesting node');
    }
  },
};

function checkPod(attributes: AdmissionAttributes, { store }: AdmissionContext, node: string): void {
  const { operation, request } = attributes;
  const pod = attributes.object as unknown as Pod | undefined;
  const old = attributes.old as unknown as Pod | undefined;
  switch (request.subresource) {
    case undefined:
      if (operation === 'CREATE') {
        checkMirrorPod(attributes, store.get('nodes', node), node);
        return;
      }
      if (operation === 'DELETE') {
        if (old?.spec.nodeName !== node)
          throw refuse(attributes, `node "${node}" can only delete pods with spec.nodeName set to itself`);
        return;
      }
      throw refuse(
        attributes,
        `unexpected operation "${operation}", node "${node}" can only create and delete mirror pods`,
      );
    case 'status':
      if (old?.spec.nodeName !== node)
        throw refuse(attributes, `node "${node}" can only update pod status for pods with spec.nodeName set to itself`);
      if (!deepEqual(pod!.metadata.labels ?? {}, old.metadata.labels ?? {}))
        throw refuse(attributes, `node "${node}" cannot update labels through pod status`);
      return;
    case 'eviction': {
      const found = store.get('pods', keyOf(request.namespace, request.name!)) as unknown as Pod | undefined;
      if (found === undefined) throw notFound({ group: '', plural: 'pods' }, request.name!);
      if (found.spec.nodeName !== node)
        throw refuse(attributes, `node ${node} can only evict pods with spec.nodeName set to itself`);
      return;
    }
    default:
      throw refuse(
        attributes,
        `unexpected pod subresource "${request.subresource}", only 'status' and 'eviction' are allowed`,
      );
  }
}

/** The only pods that a kubelet may make are the mirrors of its static ones, which can use nothing that others own. */
function checkMirrorPod(attributes: AdmissionAttributes, self: AnyObject | undefined, node: string): void {
  const pod = attributes.object as unknown as Pod;
  const { metadata, spec } = pod;
  if (metadata.annotations?.[MIRROR] === undefined)
    throw refuse(attributes, `pod does not have "${MIRROR}" annotation, node "${node}" can only create mirror pods`);
  if (spec.nodeName !== node)
    throw refuse(attributes, `node "${node}" can only create pods with spec.nodeName set to itself`);
  const owners = metadata.ownerReferences ?? [];
  if (owners.length > 1)
    throw refuse(attributes, `node "${node}" can only create pods with a single owner reference set to itself`);
  if (owners.length === 0)
    throw refuse(attributes, `node "${node}" can only create pods with an owner reference set to itself`);
  const [owner] = owners;
  if (owner!.apiVersion !== 'v1' || owner!.kind !== 'Node' || owner!.name !== node)
    throw refuse(attributes, `node "${node}" can only create pods with an owner reference set to itself`);
  if (owner!.controller !== true)
    throw refuse(attributes, `node "${node}" can only create pods with a controller owner reference set to itself`);
  if (self !== undefined && self.metadata.uid !== owner!.uid)
    throw refuse(attributes, `node ${node} UID mismatch: expected ${owner!.uid} got ${self.metadata.uid}`);
  if ((spec.serviceAccountName ?? '') !== '')
    throw refuse(attributes, `node "${node}" can not create pods that reference a service account`);
  const references = [...podReferences(pod)];
  for (const what of ['secrets', 'configmaps', 'persistentvolumeclaims'])
    if (references.some((reference) => reference.startsWith(`${what} `)))
      throw refuse(attributes, `node "${node}" can not create pods that reference ${what}`);
}

function checkNode(attributes: AdmissionAttributes, node: string): void {
  const { operation, request } = attributes;
  const object = attributes.object as unknown as Node | undefined;
  const old = attributes.old as unknown as Node | undefined;
  const name = request.name ?? object?.metadata.name ?? '';
  if (name !== node) throw refuse(attributes, `node "${node}" is not allowed to modify node "${name}"`);
  if (operation === 'CREATE') {
    if (object!.spec?.configSource != null)
      throw refuse(attributes, `node "${node}" is not allowed to create pods with a non-nil configSource`);
    const forbidden = forbiddenLabels(Object.keys(object!.metadata.labels ?? {}));
    if (forbidden.length > 0)
      throw refuse(attributes, `node "${node}" is not allowed to set the following labels: ${forbidden.join(', ')}`);
    return;
  }
  if (operation !== 'UPDATE') return;
  if (!deepEqual(object!.spec?.taints ?? [], old!.spec?.taints ?? []))
    throw refuse(attributes, `node "${node}" is not allowed to modify taints`);
  if (!deepEqual(object!.metadata.ownerReferences ?? [], old!.metadata.ownerReferences ?? []))
    throw refuse(attributes, `node "${node}" is not allowed to modify ownerReferences`);
  const labels = object!.metadata.labels ?? {};
  const before = old!.metadata.labels ?? {};
  const changed = [...new Set([...Object.keys(labels), ...Object.keys(before)])].filter(
    (key) => labels[key] !== before[key],
  );
  const forbidden = forbiddenLabels(changed);
  if (forbidden.length > 0) throw refuse(attributes, `is not allowed to modify labels: ${forbidden.join(', ')}`);
}

/** Of these label keys, those that say what a node is for: a kubelet must not (getForbiddenLabels). */
function forbiddenLabels(keys: readonly string[]): string[] {
  return keys
    .filter((key) => {
      const [domain = '', ...rest] = key.split('/');
      if (rest.length === 0) return false;
      if (domain === 'node-restriction.kubernetes.io' || domain.endsWith('.node-restriction.kubernetes.io'))
        return true;
      const kubernetes = /(^|\.)(kubernetes|k8s)\.io$/.test(domain);
      if (!kubernetes || KUBELET_LABELS.has(key)) return false;
      return !/(^|\.)(kubelet|node)\.kubernetes\.io$/.test(domain);
    })
    .sort();
}

/** A kubelet asks for tokens of the pods that it runs, no others. */
function checkToken(attributes: AdmissionAttributes, { store }: AdmissionContext, node: string): void {
  const { request } = attributes;
  if (request.subresource !== 'token') return;
  const { spec } = attributes.object as { spec?: { boundObjectRef?: { kind?: string; name?: string; uid?: string } } };
  const bound = spec?.boundObjectRef;
  if (bound?.kind !== 'Pod' || (bound.name ?? '') === '')
    throw refuse(attributes, 'node requested token not bound to a pod');
  if ((bound.uid ?? '') === '') throw refuse(attributes, `node requested token with a pod binding without a uid`);
  const pod = store.get('pods', keyOf(request.namespace, bound.name!)) as unknown as Pod | undefined;
  if (pod === undefined) throw notFound({ group: '', plural: 'pods' }, bound.name!);
  if (bound.uid !== pod.metadata.uid)
    throw refuse(
      attributes,
      `the UID in the bound object reference (${bound.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  if (pod.spec.nodeName !== node)
    throw refuse(attributes, 'node requested token bound to a pod scheduled on a different node');
}
