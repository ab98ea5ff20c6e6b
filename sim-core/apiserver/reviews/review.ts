import type { AnyObject } from '../../api/objects.ts';
import type { ResourceDefinition } from '../../resources/resource.ts';
import type { ApiRequest } from '../request.ts';
import type { ApiServer } from '../server.ts';

/** A kind that is a question: it is created, answered in its status, and never stored. */
export interface Review {
  readonly resource: ResourceDefinition;
  /** The status that answers the request. Throws a StatusError. */
  answer(server: ApiServer, request: ApiRequest, body: AnyObject): Record<string, unknown>;
}

/** A kind of `authorization.k8s.io/v1` or `authentication.k8s.io/v1` that can only be created. */
export function reviewResource(
  group: 'authentication.k8s.io' | 'authorization.k8s.io',
  kind: string,
  namespaced = false,
): ResourceDefinition {
  const singular = kind.toLowerCase();
  return { group, version: 'v1', kind, plural: `${singular}s`, singular, namespaced, verbs: ['create'] };
}
