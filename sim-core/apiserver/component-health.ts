import type { AnyObject } from '../api/objects.ts';
import { notFound } from '../api/status.ts';
import type { ApiRequest, ListResult } from './request.ts';

/** A part of the control plane that the API server asks for its health. */
export interface ComponentHealth {
  readonly name: string;
  /** Where it is asked: `https://127.0.0.1:10259/healthz`. */
  readonly url: string;
  readonly healthy: boolean;
}

/** A ComponentStatus: nothing stored, but what the component answers at this moment (registry/core/componentstatus). */
function statusOf({ name, url, healthy }: ComponentHealth): AnyObject {
  const host = /\/\/([^/]+)/.exec(url)?.[1];
  const message = healthy ? 'ok' : `Get "${url}": dial tcp ${host}: connect: connection refused`;
  return {
    apiVersion: 'v1',
    kind: 'ComponentStatus',
    metadata: { name, creationTimestamp: null },
    conditions: [{ type: 'Healthy', status: healthy ? 'True' : 'False', message }],
  } as unknown as AnyObject;
}

/** Answers `get` and `list` of componentstatuses. Throws 404 for a component that there is not. */
export function componentStatus(request: ApiRequest, components: readonly ComponentHealth[]): AnyObject | ListResult {
  if (request.verb === 'list') return { items: components.map(statusOf), resourceVersion: '' };
  const found = components.find(({ name }) => name === request.name);
  if (found === undefined) throw notFound(request.target.resource, request.name!);
  return statusOf(found);
}
