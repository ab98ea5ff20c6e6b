import type { AnyObject } from '../../api/objects.ts';
import type { Column, ResourceDefinition } from '../../resources/resource.ts';
import type { ApiRequest, Stage, Verb } from '../request.ts';
import type { ApiServer } from '../server.ts';

/**
 * An endpoint below an object (`pods/web-0/binding`). One file each. Those that stream (log, exec, attach, portforward, proxy)
 * are the connections of `apiserver/connect/`.
 */
export interface Subresource {
  readonly name: string;
  readonly verbs: readonly Verb[];
  /** Kind of what it takes and answers, when not the resource's own: group, version, kind. */
  readonly kind?: { readonly group: string; readonly version: string; readonly kind: string };
  /** What `kubectl get` shows of a kind of its own. */
  readonly columns?: readonly Column<AnyObject>[];
  /** Whether a resource has it. */
  serves(resource: ResourceDefinition): boolean;
  /** Handles a request that has been authorized. Throws a StatusError when it is refused. */
  handle(server: ApiServer, request: ApiRequest, stages: Stage[]): AnyObject;
}

/** The body of a request that must have one. */
export function bodyOf(request: ApiRequest): AnyObject {
  if (request.body === undefined) throw new TypeError(`${request.verb} ${request.subresource} needs a body`);
  return request.body;
}
