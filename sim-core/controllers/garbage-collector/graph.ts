import type { AnyObject, OwnerReference } from '../../api/objects.ts';
import { isNotFound } from '../../api/status.ts';
import { groupVersion, type ResourceDefinition } from '../../resources/resource.ts';
import type { ControllerContext } from '../controller.ts';
import { FOREGROUND, ORPHAN } from './writer.ts';

/** An object in the graph of owners. Virtual ones are known only because others name them as their owner. */
export interface GraphNode {
  readonly uid: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly resource: ResourceDefinition | undefined;
  virtual: boolean;
  owners: readonly OwnerReference[];
  /** Made for the first one: most objects own nothing. */
  dependants: Set<GraphNode> | undefined;
  beingDeleted: boolean;
  /** Waiting, with the foreground finalizer, for its dependants to go. */
  deletingDependants: boolean;
}

export function hasDependants({ dependants }: GraphNode): boolean {
  return dependants !== undefined && dependants.size > 0;
}

/** How many owners found absent are remembered (ReferenceCache). */
const ABSENT_LIMIT = 500;

/** Who owns whom, over all kinds (GraphBuilder), kept up to date by watches. */
export class OwnerGraph {
  onDeleteCandidate: (node: GraphNode) => void = () => {};
  onOrphanCandidate: (node: GraphNode) => void = () => {};
  private readonly context: ControllerContext;
  private readonly nodes = new Map<string, GraphNode>();
  private known: readonly ResourceDefinition[] = [];
  private kinds = new Map<string, ResourceDefinition>();
  private readonly absent = new Set<string>();

  constructor(context: ControllerContext) {
    this.context = context;
  }

  setKinds(resources: readonly ResourceDefinition[]): void {
    const { known } = this;
    if (known.length === resources.length && known.every((resource, index) => resource === resources[index])) return;
    this.known = [...resources];
    this.kinds = new Map();
    for (const resource of resources) {
      this.kinds.set(`${groupVersion(resource)}/${resource.kind}`, resource);
      for (const { group, version, kind } of resource.otherVersions ?? []) {
        this.kinds.set(`${groupVersion({ group, version })}/${kind ?? resource.kind}`, resource);
      }
    }
  }

  get(uid: string): GraphNode | undefined {
    return this.nodes.get(uid);
  }

  added(object: AnyObject, resource: ResourceDefinition): void {
    const { metadata, apiVersion, kind } = object;
    const { uid, name, namespace, ownerReferences = [] } = metadata;
    const known = this.nodes.get(uid);
    const node: GraphNode = {
      uid,
      apiVersion,
      kind,
      name,
      namespace,
      resource,
      virtual: false,
      owners: ownerReferences,
      dependants: known?.dependants,
      beingDeleted: metadata.deletionTimestamp !== undefined,
      deletingDependants: false,
    };
    if (known !== undefined) {
      for (const { uid: owner } of known.owners) this.nodes.get(owner)?.dependants?.delete(known);
    }
    this.nodes.set(uid, node);
    for (const reference of ownerReferences) this.link(node, reference);
    // Dependants that named it under other coordinates are wrong about it: let them be looked at.
    for (const dependant of node.dependants ?? []) this.checkNamespaces(dependant, node);
    this.transitions(node, undefined, object);
  }

  updated(object: AnyObject, old: AnyObject, resource: ResourceDefinition): void {
    const after = object.metadata;
    const before = old.metadata;
    const node = this.nodes.get(after.uid);
    if (node === undefined) {
      this.added(object, resource);
      return;
    }
    // Most updates are of status: nothing here changes then.
    if (
      after.ownerReferences === before.ownerReferences &&
      after.finalizers === before.finalizers &&
      after.deletionTimestamp === before.deletionTimestamp
    ) {
      return;
    }
    this.relink(node, after.ownerReferences ?? []);
    node.beingDeleted = after.deletionTimestamp !== undefined;
    this.transitions(node, old, object);
  }

  deleted(uid: string): void {
    const node = this.nodes.get(uid);
    if (node === undefined) return;
    this.nodes.delete(uid);
    this.noteAbsent(uid);
    for (const { uid: owner } of node.owners) {
      const ownerNode = this.nodes.get(owner);
      if (ownerNode === undefined) continue;
      ownerNode.dependants?.delete(node);
      if (ownerNode.virtual && !hasDependants(ownerNode)) this.nodes.delete(owner);
      else if (ownerNode.deletingDependants) this.onDeleteCandidate(ownerNode);
    }
    for (const dependant of node.dependants ?? []) this.onDeleteCandidate(dependant);
  }

  /** The object as it is now; undefined when it, or the one of this uid, is gone. */
  read(node: GraphNode): AnyObject | undefined {
    if (node.resource === undefined) return undefined;
    return this.readLive(node.resource, node.namespace, node.name, node.uid);
  }

  blockingDependants(node: GraphNode): GraphNode[] {
    return [...(node.dependants ?? [])].filter(({ owners }) =>
      owners.some(({ uid, blockOwnerDeletion }) => uid === node.uid && blockOwnerDeletion === true),
    );
  }

  /** Sorts an object's references: owners that are there, gone, or waiting for their dependants to go (classifyReferences). */
  classify(node: GraphNode, references: readonly OwnerReference[]) {
    const solid: OwnerReference[] = [];
    const dangling: OwnerReference[] = [];
    const waiting: OwnerReference[] = [];
    for (const reference of references) {
      const owner = this.owner(node, reference);
      if (owner === undefined) dangling.push(reference);
      else if (
        owner.metadata.deletionTimestamp !== undefined &&
        owner.metadata.finalizers?.includes(FOREGROUND) === true
      ) {
        waiting.push(reference);
      } else solid.push(reference);
    }
    return { solid, dangling, waiting };
  }

  private owner(node: GraphNode, { apiVersion, kind, name, uid }: OwnerReference): AnyObject | undefined {
    if (this.absent.has(uid)) return undefined;
    const resource = this.kinds.get(`${apiVersion}/${kind}`);
    // A kind that nobody serves: upstream cannot tell either and tries again later; the object stays.
    if (resource === undefined) return UNKNOWN_OWNER;
    // A namespaced owner of a cluster-scoped object cannot be: such a reference is reported, and never acted upon.
    if (resource.namespaced && node.namespace === undefined) return UNKNOWN_OWNER;
    const owner = this.readLive(resource, resource.namespaced ? node.namespace : undefined, name, uid);
    if (owner === undefined) this.noteAbsent(uid);
    return owner;
  }

  private readLive(
    resource: ResourceDefinition,
    namespace: string | undefined,
    name: string,
    uid: string,
  ): AnyObject | undefined {
    try {
      const live = this.context.client.get(resource, namespace, name);
      return live.metadata.uid === uid ? live : undefined;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  private noteAbsent(uid: string): void {
    this.absent.add(uid);
    if (this.absent.size > ABSENT_LIMIT) this.absent.delete(this.absent.values().next().value!);
  }

  private link(node: GraphNode, reference: OwnerReference): void {
    let owner = this.nodes.get(reference.uid);
    if (owner === undefined) {
      const resource = this.kinds.get(`${reference.apiVersion}/${reference.kind}`);
      owner = {
        ...reference,
        namespace: resource?.namespaced === false ? undefined : node.namespace,
        resource,
        virtual: true,
        owners: [],
        dependants: undefined,
        beingDeleted: false,
        deletingDependants: false,
      };
      this.nodes.set(reference.uid, owner);
      // It may come with the next event, or never have been: the queue will find out.
      if (resource !== undefined && !(resource.namespaced && node.namespace === undefined))
        this.onDeleteCandidate(owner);
    }
    owner.dependants ??= new Set();
    owner.dependants.add(node);
    this.checkNamespaces(node, owner);
  }

  private checkNamespaces(dependant: GraphNode, owner: GraphNode): void {
    const impossible = owner.resource?.namespaced === true && dependant.namespace === undefined;
    const elsewhere = !owner.virtual && owner.namespace !== undefined && owner.namespace !== dependant.namespace;
    if (!impossible && !elsewhere) return;
    const namespace = dependant.namespace ?? '';
    const reference = dependant.owners.find(({ uid }) => uid === owner.uid);
    if (reference === undefined) return;
    const { apiVersion, kind, name, uid } = reference;
    const identity = `[${apiVersion}/${kind}, namespace: ${namespace}, name: ${name}, uid: ${uid}]`;
    this.context.events.warning(
      dependant,
      'OwnerRefInvalidNamespace',
      `ownerRef ${identity} does not exist in namespace "${namespace}"`,
    );
    if (elsewhere) this.onDeleteCandidate(dependant);
  }

  private relink(node: GraphNode, references: readonly OwnerReference[]): void {
    const before = node.owners;
    node.owners = references;
    for (const reference of before) {
      const after = references.find(({ uid }) => uid === reference.uid);
      const owner = this.nodes.get(reference.uid);
      if (after === undefined) owner?.dependants?.delete(node);
      const unblocked = reference.blockOwnerDeletion === true && after?.blockOwnerDeletion !== true;
      if (unblocked && owner?.deletingDependants === true) this.onDeleteCandidate(owner);
    }
    for (const reference of references) {
      if (!before.some(({ uid }) => uid === reference.uid)) this.link(node, reference);
    }
    // It may have lost its last owner that was there, or gained one that is not.
    if (references.length > 0 && before !== references) this.onDeleteCandidate(node);
  }

  /** What begins when an object comes to be deleted (processTransitions). */
  private transitions(node: GraphNode, old: AnyObject | undefined, object: AnyObject): void {
    if (waitsWith(object, ORPHAN) && (old === undefined || !waitsWith(old, ORPHAN))) {
      this.onOrphanCandidate(node);
    } else if (waitsWith(object, FOREGROUND) && (old === undefined || !waitsWith(old, FOREGROUND))) {
      node.deletingDependants = true;
      for (const dependant of node.dependants ?? []) this.onDeleteCandidate(dependant);
      this.onDeleteCandidate(node);
    }
  }
}

/** Stands for an owner of whom nothing can be said: it counts as there. */
const UNKNOWN_OWNER = { metadata: {} } as AnyObject;

function waitsWith({ metadata }: AnyObject, finalizer: string): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(finalizer) === true;
}
