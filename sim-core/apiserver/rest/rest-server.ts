import type { AnyObject, KubeObject } from '../../api/objects.ts';
import {
  badRequest,
  forbidden,
  methodNotSupported,
  StatusError,
  unauthorized,
  unsupportedMediaType,
} from '../../api/status.ts';
import type { RestRequest, RestResponse, RestStream, StreamHandler } from '../../client/rest.ts';
import type { Served } from '../../resources/registry.ts';
import { groupVersion } from '../../resources/resource.ts';
import { ANONYMOUS, type Authenticator, type Credentials, withAuthenticatedGroup } from '../authentication.ts';
import { connectSubresources, containerOf, type KubeletConnector, podToConnect } from '../connect.ts';
import type { ApiRequest, ListResult, PatchType, UserInfo, Verb } from '../request.ts';
import type { ApiServer } from '../server.ts';
import { subresources } from '../subresources/index.ts';
import type { WatchEvent } from '../watch-cache.ts';
import { bookmark } from '../watches.ts';
import { readBody } from './body.ts';
import { answerMeta, type MetaProvider } from './meta.ts';
import { type Accepted, includeObject, negotiate } from './negotiation.ts';
import { deleteOptions, queryOptions } from './options.ts';
import { type ParsedUrl, parsePath, parseUrl, type RequestPath } from './path.ts';
import { tableOf } from './table.ts';

export interface RestServerOptions {
  readonly server: ApiServer;
  readonly authenticators: readonly Authenticator[];
  readonly kubelets?: KubeletConnector;
  /** What is loaded on demand: OpenAPI documents, protobuf decoding. */
  readonly meta?: MetaProvider;
}

type ResourcePath = Extract<RequestPath, { kind: 'resource' }>;

const PATCH_TYPES: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
  'application/apply-patch+cbor': 'apply',
};

/** How often a watch that asked for bookmarks is told how far it has come. */
const BOOKMARK_PERIOD = 60_000_000;

const NOT_FOUND_TEXT: RestResponse = {
  status: 404,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: '404 page not found\n',
};

/**
 * The API server's HTTP face, without the bytes: understands paths, queries, headers and bodies, hands requests to the server,
 * and gives answers the form that the client accepts.
 */
export class RestServer {
  private readonly server: ApiServer;
  private readonly options: RestServerOptions;

  constructor(options: RestServerOptions) {
    this.server = options.server;
    this.options = options;
    options.server.authenticators = [...options.authenticators, ...options.server.authenticators];
  }

  /** Answers a request. Everything that is wrong with it is in the answer; nothing is thrown. */
  handle(request: RestRequest, credentials: Credentials): RestResponse {
    const url = parseUrl(request.path);
    const warnings: string[] = [];
    try {
      const user = this.authenticate(request, credentials);
      const path = parsePath(url.segments);
      const accepted = negotiate(request.headers?.accept);
      if (path.kind === 'other') {
        return (
          this.allowPath(user, request.method, url) ??
          answerMeta(this.server, url, accepted, this.options.meta) ??
          NOT_FOUND_TEXT
        );
      }
      const target = this.server.resources.resource(path.group, path.version, path.plural);
      if (target === undefined) return NOT_FOUND_TEXT;
      if (accepted === undefined || accepted.protobuf) throw notAcceptable();
      const call = this.understand(request, url, path, target, user, warnings);
      const result = this.server.handle(call);
      return this.answer(call, result, accepted, url, warnings);
    } catch (error) {
      return failure(this.server, error, warnings);
    }
  }

  /** Starts a request that goes on: a watch, logs, exec, attach, port-forward. */
  stream(request: RestRequest, credentials: Credentials, handler: StreamHandler): RestStream {
    const url = parseUrl(request.path);
    try {
      const user = this.authenticate(request, credentials);
      const path = parsePath(url.segments);
      const target =
        path.kind === 'other' ? undefined : this.server.resources.resource(path.group, path.version, path.plural);
      if (path.kind === 'other' || target === undefined) {
        handler.head(NOT_FOUND_TEXT);
        handler.end();
        return CLOSED;
      }
      const connect = connectSubresources.find(({ name }) => name === path.subresource);
      if (connect?.serves(target.resource) === true) return this.connect(request, url, path, target, user, handler);
      return this.watch(request, url, path, target, user, handler);
    } catch (error) {
      const answer = failure(this.server, error, []);
      // That a watch would begin too early is an event of it (cacher's newErrWatcher).
      if (answer.status === 410) {
        handler.head({ ...answer, status: 200, body: undefined });
        handler.chunk({ kind: 'watch', event: { type: 'ERROR', object: answer.body } });
      } else handler.head(answer);
      handler.end();
      return CLOSED;
    }
  }

  private authenticate({ headers = {} }: RestRequest, credentials: Credentials): UserInfo {
    const authorization = headers.authorization ?? '';
    const given = /^Bearer +(.+)$/i.exec(authorization)?.[1];
    const presented = given === undefined ? credentials : { ...credentials, bearerToken: given };
    let user: UserInfo | undefined;
    for (const authenticator of this.server.authenticators) user ??= authenticator.authenticate(presented);
    if (user === undefined && (presented.bearerToken !== undefined || presented.certificate === 'rejected'))
      throw unauthorized();
    const actual = user === undefined ? ANONYMOUS : withAuthenticatedGroup(user);
    return this.impersonated(actual, headers);
  }

  /** `--as`, `--as-group` and `--as-uid`: acting for someone else, for those who may (filters.WithImpersonation). */
  private impersonated(user: UserInfo, headers: Readonly<Record<string, string>>): UserInfo {
    const username = headers['impersonate-user'];
    const groups = headers['impersonate-group']?.split('\n') ?? [];
    const uid = headers['impersonate-uid'];
    if (username === undefined) {
      if (groups.length > 0)
        throw badRequest(`requested [{Group  ${groups[0]}  authentication.k8s.io/v1  }] without impersonating a user`);
      if (uid !== undefined)
        throw badRequest(`requested [{UID  ${uid}  authentication.k8s.io/v1  }] without impersonating a user`);
      return user;
    }
    const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(username);
    const check = (resource: string, name: string, namespace?: string, group = '') => {
      const decision = this.server.decide({
        user,
        verb: 'impersonate',
        group,
        version: 'v1',
        resource,
        name,
        namespace,
      });
      if (decision.verdict === 'allow') return;
      const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
      throw forbidden(
        { group, plural: resource },
        name,
        `User "${user.username}" cannot impersonate resource "${resource}" in API group "${group}" ${where}`,
      );
    };
    if (account === null) check('users', username);
    else check('serviceaccounts', account[2]!, account[1]!);
    for (const group of groups) check('groups', group);
    if (uid !== undefined) check('uids', uid, undefined, 'authentication.k8s.io');
    const identity = uid === undefined ? {} : { uid };
    if (account !== null && groups.length === 0) {
      return withAuthenticatedGroup({
        username,
        groups: ['system:serviceaccounts', `system:serviceaccounts:${account[1]}`],
        ...identity,
      });
    }
    return username === ANONYMOUS.username ? ANONYMOUS : withAuthenticatedGroup({ username, groups, ...identity });
  }

  /** Paths outside the resources are authorized as what they are; undefined when allowed. */
  private allowPath(user: UserInfo, method: string, { path }: ParsedUrl): RestResponse | undefined {
    const verb = method.toLowerCase();
    const decision = this.server.decide({ user, verb, path });
    if (decision.verdict === 'allow') return undefined;
    throw new StatusError(403, 'Forbidden', `forbidden: User "${user.username}" cannot ${verb} path "${path}"`, {});
  }

  private understand(
    request: RestRequest,
    url: ParsedUrl,
    path: ResourcePath,
    target: Served,
    user: UserInfo,
    warnings: string[],
  ): ApiRequest {
    const { resource } = target;
    if (resource.namespaced ? false : path.namespace !== undefined) throw notFoundPath();
    const verb = verbOf(request.method, path.name !== undefined);
    const allowed = path.subresource === undefined ? resource.verbs : this.subresourceVerbs(path.subresource);
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
      const type = PATCH_TYPES[mediaType(request)];
      if (type === undefined) {
        throw unsupportedMediaType(
          'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml',
        );
      }
      return {
        ...base,
        options,
        patch: { type, body: readBody(request, undefined, options, warnings, this.options.meta) },
      };
    }
    if (verb === 'delete' || verb === 'deletecollection') {
      const body =
        request.body === undefined || request.body === ''
          ? undefined
          : readBody(request, undefined, options, warnings, this.options.meta);
      return { ...base, options: deleteOptions(options, body) };
    }
    if (verb === 'create' || verb === 'update') {
      const expected = this.expectedKind(target, path.subresource);
      const body = readBody(request, expected, options, warnings, this.options.meta) as AnyObject;
      return { ...base, options, body };
    }
    return { ...base, options };
  }

  private subresourceVerbs(name: string): readonly string[] | undefined {
    return [...subresources, ...connectSubresources].find((subresource) => subresource.name === name)?.verbs;
  }

  private expectedKind(
    target: Served,
    subresource: string | undefined,
  ): { group: string; version: string; kind: string } {
    const own = subresources.find(({ name }) => name === subresource)?.kind;
    return own ?? target;
  }

  private answer(
    call: ApiRequest,
    result: AnyObject | ListResult,
    accepted: Accepted,
    url: ParsedUrl,
    warnings: readonly string[],
  ): RestResponse {
    const status = call.verb === 'create' || call.created === true ? 201 : 200;
    const headers = headersWith(warnings);
    if ('items' in result && !('kind' in result)) {
      return { status: 200, headers, body: this.listBody(call, result as ListResult, accepted, url) };
    }
    const object = result as AnyObject;
    if (object.kind === 'Status') return { status: (object.code as number | undefined) ?? 200, headers, body: object };
    const whole = this.server.fields.expose(object);
    if (accepted.as === 'Table' && call.subresource === undefined) {
      const metadata = { resourceVersion: object.metadata.resourceVersion };
      const include = includeObject(url.query.get('includeObject')?.[0]);
      return { status, headers, body: tableOf(call.target, [whole], metadata, this.server.engine.now, include) };
    }
    return { status, headers, body: accepted.as === 'PartialObjectMetadata' ? partialMetadata(whole) : whole };
  }

  private listBody(call: ApiRequest, { items, ...list }: ListResult, accepted: Accepted, url: ParsedUrl): unknown {
    const { target } = call;
    const whole = items.map((item) => this.server.fields.expose(item));
    if (accepted.as === 'Table') {
      return tableOf(
        target,
        whole,
        { ...list },
        this.server.engine.now,
        includeObject(url.query.get('includeObject')?.[0]),
      );
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

  private watch(
    request: RestRequest,
    url: ParsedUrl,
    path: ResourcePath,
    target: Served,
    user: UserInfo,
    handler: StreamHandler,
  ): RestStream {
    const warnings: string[] = [];
    const accepted = negotiate(request.headers?.accept) ?? { as: 'object', protobuf: false };
    const read = this.understand({ ...request, method: 'GET' }, url, path, target, user, warnings);
    const call: ApiRequest = { ...read, verb: 'watch' };
    const { engine } = this.server;
    let withHead = true;
    let last = 0;
    const send = (event: WatchEvent, revision: number) => {
      last = revision;
      const object =
        event.type === 'BOOKMARK' && accepted.as !== 'Table'
          ? event.object
          : this.watched(call, event, accepted, url, withHead);
      withHead = false;
      handler.chunk({ kind: 'watch', event: { type: event.type, object } });
    };
    let opened = false;
    const handle = this.server.watch(
      call,
      (event, revision) => opened && send(event, revision),
      () => {
        engine.cancel(timer);
        engine.cancel(beat);
        handler.end();
      },
    );
    handler.head({ status: 200, headers: headersWith(warnings), body: undefined });
    opened = true;
    const seconds = Number(url.query.get('timeoutSeconds')?.[0] ?? 0);
    // Without a limit of its own a watch lasts 30 to 60 minutes (--min-request-timeout).
    const lifetime = seconds > 0 ? seconds * 1_000_000 : engine.random('apiserver/watches').jitter(1_800_000_000, 1);
    const timer = engine.background(lifetime, () => handle.close());
    let beat: ReturnType<typeof engine.background> | undefined;
    const bookmarks = () => {
      const revision = Math.max(last, this.server.watchCache.deliveredRevision);
      send(bookmark(call, revision, false), revision);
      beat = engine.background(BOOKMARK_PERIOD, bookmarks);
    };
    if (call.options.allowWatchBookmarks === true) beat = engine.background(BOOKMARK_PERIOD, bookmarks);
    return { send() {}, closeInput() {}, close: () => handle.close() };
  }

  private watched(
    call: ApiRequest,
    { object, type }: WatchEvent,
    accepted: Accepted,
    url: ParsedUrl,
    withHead: boolean,
  ): unknown {
    const whole = type === 'BOOKMARK' ? object : this.server.fields.expose(object);
    if (accepted.as === 'PartialObjectMetadata') return partialMetadata(whole);
    if (accepted.as !== 'Table') return whole;
    const metadata = { resourceVersion: object.metadata.resourceVersion };
    const include = includeObject(url.query.get('includeObject')?.[0]);
    return tableOf(
      call.target,
      type === 'BOOKMARK' ? [] : [whole],
      metadata,
      this.server.engine.now,
      include,
      withHead,
    );
  }

  private connect(
    request: RestRequest,
    url: ParsedUrl,
    path: ResourcePath,
    target: Served,
    user: UserInfo,
    handler: StreamHandler,
  ): RestStream {
    const { kubelets } = this.options;
    const subresource = path.subresource!;
    const verb: Verb = subresource === 'log' || request.method === 'GET' ? 'get' : 'create';
    const call: ApiRequest = {
      verb,
      target,
      user,
      subresource,
      userAgent: request.headers?.['user-agent'] ?? 'unknown',
      namespace: path.namespace!,
      name: path.name!,
      options: {},
      warnings: [],
    };
    const { pod, node } = this.server.authorizeConnect(call, () => podToConnect(this.server, call));
    const query = new Map(url.query);
    if (subresource !== 'portforward') query.set('container', [containerOf(pod, url.query.get('container')?.[0])]);
    if (kubelets === undefined)
      throw new StatusError(500, 'InternalError', `this cluster has no kubelet to connect to on node ${node}`);
    let headSent = false;
    const head = () => {
      if (headSent) return;
      headSent = true;
      handler.head({
        status: subresource === 'log' ? 200 : 101,
        headers: subresource === 'log' ? { 'content-type': 'text/plain' } : {},
        body: undefined,
      });
    };
    const input = kubelets.connect(this.server, node, pod, subresource, query, {
      data(channel, data) {
        head();
        handler.chunk({ kind: 'data', channel, data });
      },
      end() {
        head();
        handler.end();
      },
    });
    head();
    return input;
  }
}

const CLOSED: RestStream = { send() {}, closeInput() {}, close() {} };

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
export function mediaType({ headers = {} }: RestRequest): string {
  return (headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
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

function partialMetadata({ metadata }: KubeObject): unknown {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}

function headersWith(warnings: readonly string[]): Record<string, string> {
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
function failure(server: ApiServer, error: unknown, warnings: readonly string[]): RestResponse {
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

function notFoundPath(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
}

function notAcceptable(): StatusError {
  return new StatusError(
    406,
    'NotAcceptable',
    'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  );
}
