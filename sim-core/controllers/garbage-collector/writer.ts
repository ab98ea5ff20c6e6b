import type { AnyObject, KubeObject } from '../../api/objects.ts';
import { isNotFound } from '../../api/status.ts';
import type { Client, DeleteOptions } from '../../client/index.ts';
import type { ResourceDefinition } from '../../resources/resource.ts';

/** The finalizers by which deletion policies are remembered. */
export const ORPHAN = 'orphan';
export const FOREGROUND = 'foregroundDeletion';

/** The garbage collector's writes. Each names the version it was decided on, so that a change in between prevents it. */
export class Writer {
  private readonly client: Client;

  constructor(client: Client) {
    this.client = client;
  }

  delete(
    resource: ResourceDefinition,
    { metadata }: KubeObject,
    propagationPolicy: DeleteOptions['propagationPolicy'],
  ): void {
    const { namespace, name, uid, resourceVersion } = metadata;
    try {
      this.client.delete(resource, namespace, name, { uid, resourceVersion, propagationPolicy });
    } catch (error) {
      // Gone: that was the aim. Changed: the watch will bring it back here.
      if (!isNotFound(error)) throw error;
    }
  }

  removeFinalizer(resource: ResourceDefinition, object: AnyObject, finalizer: string): void {
    const finalizers = (object.metadata.finalizers ?? []).filter((other) => other !== finalizer);
    if (finalizers.length === (object.metadata.finalizers ?? []).length) return;
    this.write(resource, { ...object, metadata: { ...object.metadata, finalizers } });
  }

  removeReferences(resource: ResourceDefinition, object: AnyObject, gone: readonly { uid: string }[]): void {
    const before = object.metadata.ownerReferences ?? [];
    const ownerReferences = before.filter((reference) => !gone.some(({ uid }) => uid === reference.uid));
    if (ownerReferences.length === before.length) return;
    this.write(resource, { ...object, metadata: { ...object.metadata, ownerReferences } });
  }

  unblockOwners(resource: ResourceDefinition, object: AnyObject): void {
    const ownerReferences = (object.metadata.ownerReferences ?? []).map((reference) =>
      reference.blockOwnerDeletion === true ? { ...reference, blockOwnerDeletion: false } : reference,
    );
    this.write(resource, { ...object, metadata: { ...object.metadata, ownerReferences } });
  }

  private write(resource: ResourceDefinition, object: AnyObject): void {
    const { namespace, name, uid, resourceVersion, finalizers, ownerReferences } = object.metadata;
    const body = {
      metadata: { uid, resourceVersion, finalizers: finalizers ?? null, ownerReferences: ownerReferences ?? null },
    };
    try {
      this.client.patch(resource, namespace, name, 'merge', body);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
