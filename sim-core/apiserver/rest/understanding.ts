import type { AnyObject } from '../../api/objects.ts';
import { methodNotSupported, StatusError, unsupportedMediaType } from '../../api/status.ts';
import type { RestRequest } from '../../client/rest.ts';
import type { Served } from '../../resources/registry.ts';
import { connectSubresources } from '../connect.ts';
import type { ApiRequest, PatchType, UserInfo, Verb } from '../request.ts';
import { subresources } from '../subresources/index.ts';
import { readBody } from './body.ts';
import type { MetaProvider } from './meta.ts';
import { deleteOptions, queryOptions } from './options.ts';
import type { ParsedUrl, ResourcePath } from './path.ts';

const PATCH_TYPES: ReadonlyMap<string, PatchType> = new Map([
  ['application/json-patch+json', 'json'],
  ['application/merge-patch+json', 'merge'],
  ['application/strategic-merge-patch+json', 'strategic'],
  ['application/apply-patch+yaml', 'apply'],
  ['application/apply-patch+cbor', 'apply'],
]);

/** A request whose path names resources that are served, and who makes it. */
export interface ResourceRequest {
  readonly request: RestRequest;
  readonly url: ParsedUrl;
  readonly path: ResourcePath;
  readonly target: Served;
  readonly user: UserInfo;
}

/** What a request asks of the API, from its method, path, query and body. Throws 400, 404, 405 or 415. */
export function understand(
  { request, url, path, target, user }: ResourceRequest,
  warnings: string[],
  meta: MetaProvider | undefined,
): ApiRequest {
  const { resource } = target;
  if (resource.namespaced ? false : path.namespace !== undefined) throw notFoundPath();
  const verb = verbOf(request.method, path.name !== undefined);
  const allowed = path.subresource === undefined ? resource.verbs : subresourceVerbs(path.subresource);
  if (path.subresource !== undefined && allowed === undefined) throw notFoundPath();
  if (allowed !== undefined && !allowed.includes(verb)) throw methodNotSupported();
  const named = path.name !== undefined;
  if (verb === 'create' ? named && path.subresource === undefined : !named && (verb === 'update' || verb === 'patch'))
    throw methodNotSupported();
  if (verb === 'create' && resource.namespaced && path.namespace === undefined) throw methodNotSupported();
  if (resource.namespaced && path.namespace === undefined && path.name !== undefined) throw notFoundPath();
  const base = {
    verb,
    target,
    user,
    userAgent: request.headers?.['user-agent'] ?? 'unknown',
    warnings,
    ...(path.namespace === undefined ? {} : { namespace: path.namespace }),
    ...(path.name === undefined ? {} : { name: path.name }),
    ...(path.subresource === undefined ? {} : { subresource: path.subresource }),
  };
  const deprecation = target.conversion === undefined ? resource.deprecation : target.conversion.deprecation;
  if (deprecation !== undefined) warnings.push(deprecation);
  const options = queryOptions(url, verb);
  if (verb === 'patch') {
    const type = PATCH_TYPES.get(mediaType(request));
    if (type === undefined) {
      throw unsupportedMediaType(
        'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml',
      );
    }
    return {
      ...base,
      options,
      patch: { type, body: readBody(request, undefined, options, warnings, meta) },
    };
  }
  if (verb === 'delete' || verb === 'deletecollection') {
    const body =
      request.body === undefined || request.body === ''
        ? undefined
        : readBody(request, undefined, options, warnings, meta);
    return { ...base, options: deleteOptions(options, body) };
  }
  if (verb === 'create' || verb === 'update') {
    const expected = expectedKind(target, path.subresource);
    const body = readBody(request, expected, options, warnings, meta) as AnyObject;
    return { ...base, options, body };
  }
  return { ...base, options };
}

function subresourceVerbs(name: string): readonly string[] | undefined {
  return [...subresources, ...connectSubresources].find((subresource) => subresource.name === name)?.verbs;
}

function expectedKind(
  target: Served,
  subresource: string | undefined,
): { group: string; version: string; kind: string } {
  const own = subresources.find(({ name }) => name === subresource)?.kind;
  return own ?? target;
}

function verbOf(method: RestRequest['method'], named: boolean): Verb {
  switch (method) {
    case 'GET':
      return named ? 'get' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return named ? 'delete' : 'deletecollection';
  }
}

/** The content type without its parameters. */
function mediaType({ headers = {} }: RestRequest): string {
  return (headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
}

function notFoundPath(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
}
