import type { AnyObject, KubeObject } from '../../api/objects.ts';
import { StatusError } from '../../api/status.ts';
import type { RestResponse } from '../../client/rest.ts';
import type { Served } from '../../resources/registry.ts';
import { groupVersion } from '../../resources/resource.ts';
import type { ApiRequest, ListResult } from '../request.ts';
import type { ApiServer } from '../server.ts';
import { subresources } from '../subresources/index.ts';
import { type Accepted, includeObject } from './negotiation.ts';
import type { ParsedUrl } from './path.ts';
import { tableOf } from './table.ts';

/** The answer to a request, in the form that the client accepts. */
export function answerWith(
  server: ApiServer,
  call: ApiRequest,
  result: AnyObject | ListResult,
  accepted: Accepted,
  url: ParsedUrl,
): RestResponse {
  const status = call.verb === 'create' || call.created === true ? 201 : 200;
  const headers = headersWith(call.warnings);
  if ('items' in result && !('kind' in result)) {
    return { status: 200, headers, body: listBody(server, call, result as ListResult, accepted, url) };
  }
  const object = result as AnyObject;
  if (object.kind === 'Status') return { status: (object.code as number | undefined) ?? 200, headers, body: object };
  const whole = server.fields.expose(object);
  const below = subresources.find(({ name }) => name === call.subresource);
  if (accepted.as === 'Table' && (below?.kind === undefined || below.columns !== undefined)) {
    const metadata = { resourceVersion: object.metadata.resourceVersion };
    const include = includeObject(url.query.get('includeObject')?.[0]);
    return {
      status,
      headers,
      body: tableOf(call.target, [whole], metadata, server.engine.now, include, true, below?.columns),
    };
  }
  return { status, headers, body: accepted.as === 'PartialObjectMetadata' ? partialMetadata(whole) : whole };
}

function listBody(
  server: ApiServer,
  call: ApiRequest,
  { items, ...list }: ListResult,
  accepted: Accepted,
  url: ParsedUrl,
): unknown {
  const { target } = call;
  const whole = items.map((item) => server.fields.expose(item));
  if (accepted.as === 'Table') {
    return tableOf(target, whole, { ...list }, server.engine.now, includeObject(url.query.get('includeObject')?.[0]));
  }
  if (accepted.as === 'PartialObjectMetadata') {
    return {
      kind: 'PartialObjectMetadataList',
      apiVersion: 'meta.k8s.io/v1',
      metadata: list,
      items: whole.map(partialMetadata),
    };
  }
  // Items of a list do not repeat their kind, as Go's encoder leaves TypeMeta out of typed lists.
  const bare = isCustom(target) ? whole : whole.map(withoutKind);
  return { kind: `${target.kind}List`, apiVersion: groupVersion(target), metadata: list, items: bare };
}

function isCustom({ resource }: Served): boolean {
  return resource.custom === true;
}

const bareItems = new WeakMap<AnyObject, object>();

/** An object as an item of a list; the same one each time, so that hosts can keep its text. */
function withoutKind(object: AnyObject): object {
  const known = bareItems.get(object);
  if (known !== undefined) return known;
  const { apiVersion: _apiVersion, kind: _kind, ...rest } = object;
  bareItems.set(object, rest);
  return rest;
}

export function partialMetadata({ metadata }: KubeObject): unknown {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}

export function headersWith(warnings: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  // Several warnings share one header, as HTTP allows; clients split them at the quotes.
  if (warnings.length > 0) {
    headers.warning = [...new Set(warnings)]
      .map((text) => `299 - "${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`)
      .join(', ');
  }
  return headers;
}

/** The answer that an error becomes. A defect is a 500 that says no more than that. */
export function failure(server: ApiServer, error: unknown, warnings: readonly string[]): RestResponse {
  if (error instanceof StatusError) {
    const headers = headersWith(warnings);
    const retry = error.status.details?.retryAfterSeconds;
    if (retry !== undefined) headers['retry-after'] = String(retry);
    return { status: error.code, headers, body: error.status };
  }
  server.engine.fault('kube-apiserver', error);
  const body = new StatusError(
    500,
    'InternalError',
    'Internal error occurred: the simulated API server failed on this request; this is a defect of the simulator',
  ).status;
  return { status: 500, headers: headersWith([]), body };
}
