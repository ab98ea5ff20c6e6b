import type { AnyObject } from '../api/objects.ts';
import { notFound } from '../api/status.ts';
import type { AdmissionPlugin } from './admission/plugin.ts';
import { deleteCollection, deleteObject } from './deletion.ts';
import { listObjects } from './lists.ts';
import { patchObject } from './patching.ts';
import type { ApiRequest, ListResult, Stage } from './request.ts';
import type { ApiServer } from './server.ts';
import { asDefined } from './stored-form.ts';
import type { WatchEvent } from './watch-cache.ts';
import { openWatch } from './watches.ts';
import { createObject, updateObject } from './writes.ts';

/** An open watch. */
export interface WatchHandle {
  close(): void;
}

/** The table of the store in which a resource's objects live: `deployments.apps`, `pods`. */
export function tableOf(target: ApiRequest['target']): string {
  const { group, plural } = target.resource;
  return group === '' ? plural : `${plural}.${group}`;
}

/** The key of an object in its table. */
export function keyOf(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/**
 * What the API server does with any resource, whatever its kind: generic registry.Store upstream. Every verb is a file of its
 * own; kinds differ only in their `ResourceDefinition`.
 */
export class ResourceStorage {
  readonly server: ApiServer;
  readonly admission: readonly AdmissionPlugin[];

  constructor(server: ApiServer, admission: readonly AdmissionPlugin[]) {
    this.server = server;
    this.admission = admission;
  }

  /** The stored object a request names. Throws 404. */
  find(request: ApiRequest): AnyObject {
    const { target, namespace, name } = request;
    const found = this.stored(target, namespace, name!);
    if (found === undefined) throw notFound(target.resource, name!);
    return found;
  }

  /** The stored object of that name, as its kind is defined today; undefined when there is none. */
  stored(target: ApiRequest['target'], namespace: string | undefined, name: string): AnyObject | undefined {
    const found = this.server.store.get(tableOf(target), keyOf(namespace, name));
    return found === undefined ? undefined : asDefined(target.resource, found);
  }

  get(request: ApiRequest): AnyObject {
    return present(request.target, this.find(request));
  }

  list(request: ApiRequest): ListResult {
    return listObjects(this, request);
  }

  watch(request: ApiRequest, onEvent: (event: WatchEvent, revision: number) => void, onEnd: () => void): WatchHandle {
    return openWatch(this, request, onEvent, onEnd);
  }

  create(request: ApiRequest, stages: Stage[]): AnyObject {
    return present(request.target, createObject(this, request, incoming(request), stages));
  }

  update(request: ApiRequest, stages: Stage[]): AnyObject {
    return present(
      request.target,
      updateObject(this, request, () => incoming(request), stages),
    );
  }

  patch(request: ApiRequest, stages: Stage[]): AnyObject {
    return present(request.target, patchObject(this, request, stages));
  }

  delete(request: ApiRequest, stages: Stage[]): AnyObject {
    const result = deleteObject(this, request, this.find(request), stages);
    return result.kind === 'Status' ? result : present(request.target, result);
  }

  deleteCollection(request: ApiRequest, stages: Stage[]): ListResult {
    return deleteCollection(this, request, stages);
  }
}

/** A stored object as its kind is defined today, in the version asked for. */
export function present({ resource, conversion }: ApiRequest['target'], object: AnyObject): AnyObject {
  const today = asDefined(resource, object);
  return conversion === undefined ? today : conversion.fromStored(today);
}

/** Whether `present` may answer something else than what is stored. */
export function presents({ resource, conversion }: ApiRequest['target']): boolean {
  return conversion !== undefined || resource.fromStorage !== undefined;
}

/** The request's object in the stored version. */
function incoming(request: ApiRequest): AnyObject {
  const { target, body } = request;
  if (body === undefined) throw new TypeError(`${request.verb} needs a body`);
  return target.conversion === undefined ? body : target.conversion.toStored(body);
}
