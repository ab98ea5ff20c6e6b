import type { AnyObject, KubeObject, NewObject } from '../api/objects.ts';
import { groupVersion, type ResourceDefinition } from '../resources/resource.ts';

/** What a component's client can ask for; the API server's request options in short. */
export interface ListOptions {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
}

export interface DeleteOptions {
  gracePeriodSeconds?: number;
  propagationPolicy?: 'Foreground' | 'Background' | 'Orphan';
  /** Delete only the object of this uid. */
  uid?: string;
  resourceVersion?: string;
}

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

/** A change as a watch reports it. */
export interface ObjectEvent<T extends KubeObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: T;
}

export interface WatchHandle {
  close(): void;
}

/**
 * How requests get from a component to an API server. Calls answer at once or throw a StatusError (the server refused) or an
 * `Unreachable` (no server answered).
 */
export interface Transport {
  call(call: Call): unknown;
  watch(call: Call, onEvent: (event: ObjectEvent<AnyObject>, revision: number) => void, onEnd: () => void): WatchHandle;
}

/** One request of a client, in the terms of the API. */
export interface Call {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';
  readonly resource: ResourceDefinition;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly body?: AnyObject;
  readonly patch?: { readonly type: PatchType; readonly body: unknown };
  readonly options?: ListOptions & DeleteOptions & { resourceVersion?: string; fieldManager?: string; force?: boolean };
}

/** No API server answered: it is down, or the network between is. `message` is as Go's net/http words it. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/**
 * A component's client: typed, synchronous access to one API server under one identity. What it returns is frozen and shared:
 * to change an object, hand in a changed copy.
 *
 * Every method throws a StatusError when the server refuses (`isNotFound`, `isConflict` tell which), or `Unreachable`.
 */
export class Client {
  private readonly transport: Transport;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  get<T extends KubeObject>(resource: ResourceDefinition<T>, namespace: string | undefined, name: string): T {
    return this.transport.call({ verb: 'get', resource: plain(resource), namespace, name }) as T;
  }

  list<T extends KubeObject>(
    resource: ResourceDefinition<T>,
    options: ListOptions = {},
  ): { items: readonly T[]; resourceVersion: string } {
    const { namespace, ...rest } = options;
    return this.transport.call({ verb: 'list', resource: plain(resource), namespace, options: rest }) as {
      items: readonly T[];
      resourceVersion: string;
    };
  }

  /** Changes after `resourceVersion` as they come. `onEnd` hears when the server or the network ends the watch. */
  watch<T extends KubeObject>(
    resource: ResourceDefinition<T>,
    options: ListOptions & { resourceVersion: string },
    onEvent: (event: ObjectEvent<T>, revision: number) => void,
    onEnd: () => void,
  ): WatchHandle {
    const { namespace, ...rest } = options;
    const call: Call = { verb: 'watch', resource: plain(resource), namespace, options: rest };
    return this.transport.watch(call, onEvent as (event: ObjectEvent<AnyObject>, revision: number) => void, onEnd);
  }

  create<T extends KubeObject>(resource: ResourceDefinition<T>, object: NewObject<T>): T {
    const { namespace } = object.metadata;
    const body = { apiVersion: groupVersion(resource), kind: resource.kind, ...object } as unknown as AnyObject;
    return this.transport.call({ verb: 'create', resource: plain(resource), namespace, body }) as T;
  }

  /** Replaces an object. Conflicts (409) when it has changed since `object` was read. */
  update<T extends KubeObject>(resource: ResourceDefinition<T>, object: T): T {
    return this.replace(resource, object, undefined);
  }

  /** Replaces an object's status, leaving the rest alone. */
  updateStatus<T extends KubeObject>(resource: ResourceDefinition<T>, object: T): T {
    return this.replace(resource, object, 'status');
  }

  patch<T extends KubeObject>(
    resource: ResourceDefinition<T>,
    namespace: string | undefined,
    name: string,
    type: PatchType,
    body: unknown,
    subresource?: string,
  ): T {
    return this.transport.call({
      verb: 'patch',
      resource: plain(resource),
      subresource,
      namespace,
      name,
      patch: { type, body },
    }) as T;
  }

  delete<T extends KubeObject>(
    resource: ResourceDefinition<T>,
    namespace: string | undefined,
    name: string,
    options: DeleteOptions = {},
  ): void {
    this.transport.call({ verb: 'delete', resource: plain(resource), namespace, name, options });
  }

  /** Deletes every object of a resource in a namespace; each goes as if deleted by name. */
  deleteCollection<T extends KubeObject>(
    resource: ResourceDefinition<T>,
    namespace: string | undefined,
    options: DeleteOptions = {},
  ): void {
    this.transport.call({ verb: 'deletecollection', resource: plain(resource), namespace, options });
  }

  /** Reads a subresource: `scale`. */
  getSubresource<T extends KubeObject>(
    resource: ResourceDefinition<T>,
    namespace: string | undefined,
    name: string,
    subresource: string,
  ): AnyObject {
    return this.transport.call({ verb: 'get', resource: plain(resource), subresource, namespace, name }) as AnyObject;
  }

  /** Replaces an object through a subresource: `finalize`, `scale`. */
  updateSubresource<T extends KubeObject>(
    resource: ResourceDefinition<T>,
    object: KubeObject,
    subresource: string,
  ): AnyObject {
    return this.replace(resource, object as T, subresource) as unknown as AnyObject;
  }

  /** Posts to a subresource: `binding`, `eviction`, `token`. */
  createSubresource<T extends KubeObject>(
    resource: ResourceDefinition<T>,
    namespace: string | undefined,
    name: string,
    subresource: string,
    body: AnyObject,
  ): AnyObject {
    return this.transport.call({
      verb: 'create',
      resource: plain(resource),
      subresource,
      namespace,
      name,
      body,
    }) as AnyObject;
  }

  private replace<T extends KubeObject>(
    resource: ResourceDefinition<T>,
    object: T,
    subresource: string | undefined,
  ): T {
    const { namespace, name } = object.metadata;
    const body = object as unknown as AnyObject;
    return this.transport.call({ verb: 'update', resource: plain(resource), subresource, namespace, name, body }) as T;
  }
}

/** A typed definition as the transport sees it. */
function plain<T extends KubeObject>(resource: ResourceDefinition<T>): ResourceDefinition {
  return resource as unknown as ResourceDefinition;
}
