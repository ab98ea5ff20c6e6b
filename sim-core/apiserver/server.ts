import type { AnyObject } from '../api/objects.ts';
import {
  forbidden,
  methodNotSupported,
  notFound,
  qualified,
  StatusError,
  serviceUnavailable,
  unauthorized,
} from '../api/status.ts';
import type { Engine } from '../engine/index.ts';
import { bindings } from '../resources/binding.ts';
import type { ResourceRegistry } from '../resources/registry.ts';
import type { ResourceDefinition } from '../resources/resource.ts';
import type { Store } from '../store/store.ts';
import { AccountTokens } from './account-tokens.ts';
import type { AdmissionPlugin } from './admission/plugin.ts';
import { Aggregator } from './aggregation.ts';
import type { Authenticator } from './authentication.ts';
import {
  type AccessRules,
  type AuthorizationAttributes,
  type Authorizer,
  type Decision,
  nameChosenBy,
  namespaceOf,
  refusal,
} from './authorization.ts';
import { type ComponentHealth, componentStatus } from './component-health.ts';
import { FieldTracker } from './field-tracker.ts';
import type { ApiRequest, ListResult, Stage, UserInfo } from './request.ts';
import { ResourceStorage, type WatchHandle } from './resource-storage.ts';
import { type Review, reviews } from './reviews/index.ts';
import { builtInSubresources, type Subresource } from './subresources/index.ts';
import { WatchCache, type WatchEvent } from './watch-cache.ts';

export interface ApiServerOptions {
  readonly engine: Engine;
  readonly store: Store;
  readonly resources: ResourceRegistry;
  readonly authorizers: readonly Authorizer[];
  readonly admission: readonly AdmissionPlugin[];
}

/**
 * The API server: the only door to the store. Every request, from wherever, passes here through authorization, admission and
 * validation, and leaves one trace event that says what each stage made of it.
 *
 * In-process callers hand in and receive plain objects; those received are frozen and shared.
 */
export class ApiServer {
  readonly engine: Engine;
  readonly store: Store;
  readonly resources: ResourceRegistry;
  readonly watchCache: WatchCache;
  readonly storage: ResourceStorage;
  readonly fields: FieldTracker;
  readonly accountTokens: AccountTokens;
  /** Other API servers, whose groups are served here as well. */
  readonly aggregator: Aggregator;
  /** Who can tell whose a bearer token is; hosts add theirs. */
  authenticators: readonly Authenticator[];
  private readonly authorizers: readonly Authorizer[];
  private readonly subresources: ReadonlyMap<string, Subresource>;
  /** Open watches, which end when the server stops. */
  private readonly watches = new Map<WatchHandle, ResourceDefinition>();
  /** How the control plane's other parts are, for whoever asks for componentstatuses. Hosts that have such parts say. */
  componentHealth: () => readonly ComponentHealth[] = () => [];
  private readonly reviews = new Map<ResourceDefinition, Review>();
  private running = true;
  private storageAnswers = true;

  constructor(options: ApiServerOptions) {
    this.engine = options.engine;
    this.store = options.store;
    this.resources = options.resources;
    this.authorizers = options.authorizers;
    this.watchCache = new WatchCache(options.engine, options.store);
    options.store.onChange = (change) => this.watchCache.add(change);
    this.fields = new FieldTracker(options.engine, options.store);
    this.storage = new ResourceStorage(this, options.admission);
    this.accountTokens = new AccountTokens(options.engine, options.store);
    this.authenticators = [this.accountTokens];
    this.aggregator = new Aggregator(this);
    for (const review of reviews) {
      options.resources.add(review.resource);
      this.reviews.set(review.resource, review);
    }
    this.subresources = builtInSubresources();
    this.engine.trace.sample('request');
  }

  /** Whether it answers; a server that does not refuses connections. */
  get serving(): boolean {
    return this.running;
  }

  /** The server's process starts or stops (the kube-apiserver pod lives or dies). Stopping ends every watch. */
  setServing(serving: boolean): void {
    this.running = serving;
    if (serving) return;
    for (const watch of [...this.watches.keys()]) watch.close();
  }

  /** Ends the watches of a kind that is no longer served, or defined anew since they began. */
  endWatches(resource: ResourceDefinition): void {
    for (const [watch, watched] of [...this.watches]) if (watched === resource) watch.close();
  }

  /** Whether what it stores in answers. */
  get hasStorage(): boolean {
    return this.storageAnswers;
  }

  /** etcd went away or is back. Without it the server runs on: its watches say nothing, and every request waits in vain. */
  setStorage(answers: boolean): void {
    this.storageAnswers = answers;
  }

  /** Handles a request other than a watch. Throws a StatusError when it is refused. */
  handle(request: ApiRequest): AnyObject | ListResult {
    return this.traced(request, (stages) => {
      this.authorize(request, stages);
      if (request.subresource !== undefined) {
        return this.subresource(request).handle(this, request, stages);
      }
      const review = this.reviews.get(request.target.resource);
      if (review !== undefined) return this.review(review, request);
      if (request.target.resource === bindings) return this.bind(request, stages);
      const extension = this.aggregator.extensionOf(request);
      if (extension !== undefined) return extension.handle(request);
      if (request.target.resource.kind === 'ComponentStatus' && request.target.group === '')
        return componentStatus(request, this.componentHealth());
      const { storage } = this;
      switch (request.verb) {
        case 'get':
          return storage.get(request);
        case 'list':
          return storage.list(request);
        case 'create':
          return storage.create(request, stages);
        case 'update':
          return storage.update(request, stages);
        case 'patch':
          return storage.patch(request, stages);
        case 'delete':
          return storage.delete(request, stages);
        case 'deletecollection':
          return storage.deleteCollection(request, stages);
        case 'watch':
          throw new TypeError('a watch goes through ApiServer.watch');
      }
    });
  }

  /** Starts a watch. `onEnd` hears when the server ends it. Throws a StatusError when it is refused. */
  watch(request: ApiRequest, onEvent: (event: WatchEvent, revision: number) => void, onEnd: () => void): WatchHandle {
    return this.traced(request, (stages) => {
      this.authorize(request, stages);
      if (this.aggregator.extensionOf(request) !== undefined) throw methodNotSupported();
      const handle = this.storage.watch(request, onEvent, () => {
        this.watches.delete(handle);
        onEnd();
      });
      this.watches.set(handle, request.target.resource);
      return handle;
    });
  }

  /** Authorizes and traces a connection to a kubelet, which `open` then finds the way to. */
  authorizeConnect<T>(request: ApiRequest, open: () => T): T {
    return this.traced(request, (stages) => {
      this.authorize(request, stages);
      return open();
    });
  }

  /** The union of the authorizers: the first that allows or denies decides. Their reasons are put together when none does. */
  decide(attributes: AuthorizationAttributes): Decision & { readonly by: string } {
    let reasons = '';
    for (const authorizer of this.authorizers) {
      const { verdict, reason } = authorizer.authorize(attributes);
      if (verdict !== 'no-opinion') return { verdict, reason, by: authorizer.name };
      if (reason !== '') reasons = reasons === '' ? reason : `${reasons}\n${reason}`;
    }
    return { verdict: 'no-opinion', reason: reasons, by: '' };
  }

  /** Whose a bearer token is; undefined when nobody knows it. */
  whoHolds(bearerToken: string): UserInfo | undefined {
    for (const authenticator of this.authenticators) {
      const user = authenticator.authenticate({ bearerToken });
      if (user !== undefined) return user;
    }
    return undefined;
  }

  /** What someone may do in a namespace. `incomplete` when an authorizer cannot list its rules. */
  rulesFor(user: UserInfo, namespace: string): AccessRules & { incomplete: boolean; evaluationError?: string } {
    const resourceRules: AccessRules['resourceRules'][number][] = [];
    const nonResourceRules: AccessRules['nonResourceRules'][number][] = [];
    const silent: string[] = [];
    for (const authorizer of this.authorizers) {
      const rules = authorizer.rules?.(user, namespace);
      if (rules === undefined) silent.push(authorizer.name);
      resourceRules.push(...(rules?.resourceRules ?? []));
      nonResourceRules.push(...(rules?.nonResourceRules ?? []));
    }
    return {
      resourceRules,
      nonResourceRules,
      incomplete: silent.length > 0,
      ...(silent.length === 0
        ? {}
        : { evaluationError: silent.map((name) => `${name} does not support user rule resolution`).join(', ') }),
    };
  }

  private review(review: Review, request: ApiRequest): AnyObject {
    const { target, body, verb } = request;
    if (verb !== 'create' || body === undefined) throw methodNotSupported();
    const status = review.answer(this, request, body);
    const { group, version, kind } = target;
    return { ...body, apiVersion: `${group}/${version}`, kind, metadata: body.metadata ?? {}, status } as AnyObject;
  }

  /** `bindings`: what is asked of `pods/binding`, by another path (LegacyBindingREST). */
  private bind(request: ApiRequest, stages: Stage[]): AnyObject {
    const target = this.resources.resource('', 'v1', 'pods')!;
    const name = request.body?.metadata?.name ?? '';
    return this.subresources.get('binding')!.handle(this, { ...request, target, name, subresource: 'binding' }, stages);
  }

  private subresource(request: ApiRequest): Subresource {
    const { subresource, target } = request;
    const found = this.subresources.get(subresource!);
    if (found?.serves(target.resource) !== true) {
      // Custom resources word it so.
      if (target.resource.custom === true) throw notFound(target.resource, request.name ?? '');
      throw new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
    }
    return found;
  }

  private authorize(request: ApiRequest, stages: Stage[]): void {
    const { target, user, verb, subresource, options } = request;
    const namespace = namespaceOf(request);
    const name = request.name ?? nameChosenBy(options.fieldSelector);
    const { group, version, resource } = target;
    if (user.username === '') throw unauthorized();
    const decision = this.decide({
      user,
      verb,
      group,
      version,
      resource: resource.plural,
      subresource,
      namespace,
      name,
      fieldSelector: options.fieldSelector,
    });
    stages.push({
      stage: 'authorization',
      by: decision.by,
      verdict: decision.verdict === 'allow' ? 'pass' : 'refused',
      detail: decision.reason,
    });
    if (decision.verdict === 'allow') return;
    const why = decision.reason === '' ? '' : `: ${decision.reason}`;
    throw forbidden(resource, name ?? '', `${refusal(request)}${why}`);
  }

  /** Runs a request as the cause of all it does, and records it. */
  private traced<R>(request: ApiRequest, run: (stages: Stage[]) => R): R {
    if (!this.running) throw serviceUnavailable('the API server is not running');
    const { engine } = this;
    const stages: Stage[] = [
      { stage: 'authentication', by: request.userAgent, verdict: 'pass', detail: request.user.username },
    ];
    const perform = this.storageAnswers ? run : storageTimeout;
    if (!engine.trace.enabled) return perform(stages);
    const { verb, target, subresource, namespace, name, user } = request;
    const data = {
      verb,
      resource: qualified(target.resource),
      ...(subresource === undefined ? {} : { subresource }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(name === undefined ? {} : { name }),
      user: user.username,
      stages,
      code: verb === 'create' ? 201 : 200,
      message: undefined as string | undefined,
    };
    const outer = engine.cause;
    engine.cause = engine.emit('request', request.userAgent, data);
    try {
      return perform(stages);
    } catch (error) {
      if (error instanceof StatusError) {
        data.code = error.code;
        data.message = error.message;
      } else data.code = 500;
      throw error;
    } finally {
      engine.cause = outer;
    }
  }
}

/** What the time-out filter answers when etcd has not. The minute until then does not pass: nobody would learn from it. */
function storageTimeout(): never {
  const message = 'Timeout: request did not complete within requested timeout - context deadline exceeded';
  throw new StatusError(504, 'Timeout', message, {});
}
