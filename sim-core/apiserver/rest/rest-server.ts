import { StatusError } from '../../api/status.ts';
import type { RestRequest, RestResponse, RestStream, StreamHandler } from '../../client/rest.ts';
import type { Authenticator, Credentials } from '../authentication.ts';
import { connectSubresources, type KubeletConnector } from '../connect.ts';
import type { UserInfo } from '../request.ts';
import type { ApiServer } from '../server.ts';
import { answerWith, failure } from './answers.ts';
import { openConnection } from './connect-stream.ts';
import { identify } from './identity.ts';
import { answerMeta, type MetaProvider } from './meta.ts';
import { negotiate } from './negotiation.ts';
import { type ParsedUrl, parsePath, parseUrl } from './path.ts';
import { type ResourceRequest, understand } from './understanding.ts';
import { openWatch } from './watch-stream.ts';

export interface RestServerOptions {
  readonly server: ApiServer;
  readonly authenticators: readonly Authenticator[];
  readonly kubelets?: KubeletConnector;
  /** What is loaded on demand: OpenAPI documents, protobuf decoding. */
  readonly meta?: MetaProvider;
}

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
      const user = identify(this.server, request, credentials);
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
      const call = understand({ request, url, path, target, user }, warnings, this.options.meta);
      const result = this.server.handle(call);
      return answerWith(this.server, call, result, accepted, url);
    } catch (error) {
      return failure(this.server, error, warnings);
    }
  }

  /** Starts a request that goes on: a watch, logs, exec, attach, port-forward. */
  stream(request: RestRequest, credentials: Credentials, handler: StreamHandler): RestStream {
    const url = parseUrl(request.path);
    try {
      const user = identify(this.server, request, credentials);
      const path = parsePath(url.segments);
      const target =
        path.kind === 'other' ? undefined : this.server.resources.resource(path.group, path.version, path.plural);
      if (path.kind === 'other' || target === undefined) {
        handler.head(NOT_FOUND_TEXT);
        handler.end();
        return CLOSED;
      }
      const connect = connectSubresources.find(({ name }) => name === path.subresource);
      const asked: ResourceRequest = { request, url, path, target, user };
      if (connect?.serves(target.resource) === true)
        return openConnection(this.server, this.options.kubelets, asked, handler);
      const accepted = negotiate(request.headers?.accept) ?? { as: 'object', protobuf: false };
      const read = understand({ ...asked, request: { ...request, method: 'GET' } }, [], this.options.meta);
      return openWatch(this.server, read, accepted, url, handler);
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

  /** Paths outside the resources are authorized as what they are; undefined when allowed. */
  private allowPath(user: UserInfo, method: string, { path }: ParsedUrl): RestResponse | undefined {
    const verb = method.toLowerCase();
    const decision = this.server.decide({ user, verb, path });
    if (decision.verdict === 'allow') return undefined;
    throw new StatusError(403, 'Forbidden', `forbidden: User "${user.username}" cannot ${verb} path "${path}"`, {});
  }
}

const CLOSED: RestStream = { send() {}, closeInput() {}, close() {} };

function notAcceptable(): StatusError {
  return new StatusError(
    406,
    'NotAcceptable',
    'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  );
}
