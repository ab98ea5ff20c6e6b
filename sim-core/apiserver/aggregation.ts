import { deepEqual } from '../api/equality.ts';
import type { AnyObject } from '../api/objects.ts';
import { StatusError } from '../api/status.ts';
import { formatTime, SECOND } from '../engine/index.ts';
import type { APIService } from '../resources/api-service.ts';
import type { ResourceDefinition } from '../resources/resource.ts';
import type { ApiRequest, ListResult, UserInfo } from './request.ts';
import type { ApiServer } from './server.ts';

const GROUP = 'apiregistration.k8s.io';
const TABLE = `apiservices.${GROUP}`;
const USER: UserInfo = { username: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] };
const AGENT = 'kube-aggregator';
/** How often each APIService is looked after (AvailableConditionController resyncs, and follows Services and endpoints). */
const PERIOD = 5 * SECOND;

/** An API server of somebody else's, which runs in a pod and is reached through a Service. */
export interface ExtensionServer {
  readonly group: string;
  readonly version: string;
  /** What it serves; objects are computed, nothing is stored. */
  readonly resources: readonly ResourceDefinition[];
  /** Address of the pod in which it runs: the Service must lead there. */
  readonly address: string;
  /** Answers a request that has been authorized. Throws a StatusError. */
  handle(request: ApiRequest): AnyObject | ListResult;
}

interface Availability {
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

/**
 * The aggregation layer (kube-aggregator): an APIService says that a group is served by another server behind a Service. As long as that server
 * can be reached its resources belong to this API; while it cannot, requests for them are answered 503.
 */
export class Aggregator {
  private readonly server: ApiServer;
  private readonly running = new Set<ExtensionServer>();
  /** What each APIService has brought, by its name: it stays, unavailable, until the APIService goes. */
  private readonly served = new Map<string, { extension: ExtensionServer; available: boolean }>();

  constructor(server: ApiServer) {
    this.server = server;
    server.watchCache.watch({
      table: TABLE,
      filter: {},
      actor: AGENT,
      since: server.store.revision,
      handle: ({ object }) => this.reconcile(object.metadata.name),
    });
  }

  /** An extension server has begun to listen; answers how to say that it ended. */
  register(extension: ExtensionServer): () => void {
    this.running.add(extension);
    return () => {
      this.running.delete(extension);
    };
  }

  /** Who answers for a resource; undefined: this API server itself. Throws 503 when that one cannot be reached. */
  extensionOf({ target, verb, name }: ApiRequest): ExtensionServer | undefined {
    for (const { extension, available } of this.served.values()) {
      if (!extension.resources.includes(target.resource)) continue;
      if (available && this.running.has(extension)) return extension;
      const what = `${verb === 'list' ? 'get' : verb} ${target.resource.plural}.${target.group}${name === undefined ? '' : ` ${name}`}`;
      throw new StatusError(
        503,
        'ServiceUnavailable',
        `the server is currently unable to handle the request (${what})`,
        {},
      );
    }
    return undefined;
  }

  private reconcile(name: string): void {
    const found = this.server.store.get(TABLE, name) as unknown as APIService | undefined;
    if (found === undefined || found.spec.service === undefined) {
      this.withdraw(name);
      return;
    }
    const { verdict, extension } = this.check(found);
    if (extension !== undefined) this.serve(name, extension);
    const served = this.served.get(name);
    if (served !== undefined) served.available = verdict.status === 'True';
    this.writeStatus(found, verdict);
    this.server.engine.background(PERIOD, () => {
      if (this.server.store.get(TABLE, name) !== undefined) this.reconcile(name);
    });
  }

  /** The checks of AvailableConditionController.sync, in their order. */
  private check({ spec }: APIService): { verdict: Availability; extension?: ExtensionServer } {
    const no = (reason: string, message: string) => ({ verdict: { status: 'False', reason, message } as const });
    const { namespace = '', name = '', port = 443 } = spec.service!;
    const { store } = this.server;
    const where = `"${name}" in "${namespace}"`;
    const service = store.get('services', `${namespace}/${name}`) as AnyObject | undefined;
    if (service === undefined) return no('ServiceNotFound', `service/${name} in "${namespace}" is not present`);
    const slices = store
      .list('endpointslices.discovery.k8s.io', `${namespace}/`)
      .filter(({ metadata: slice }) => slice.labels?.['kubernetes.io/service-name'] === name) as unknown as Slice[];
    if (slices.length === 0) return no('EndpointsNotFound', `cannot find endpoints for service/${where}`);
    const ready = slices.flatMap(({ endpoints }) =>
      (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false).flatMap(({ addresses }) => addresses),
    );
    if (ready.length === 0)
      return no('MissingEndpoints', `endpoints for service/${where} have no addresses with port name "https"`);
    const extension = [...this.running].find(
      (one) => one.group === spec.group && one.version === spec.version && ready.includes(one.address),
    );
    if (extension === undefined) {
      const url = `https://${ready[0]}:${port}/apis/${spec.group}/${spec.version}`;
      return no(
        'FailedDiscoveryCheck',
        `failing or missing response from ${url}: Get "${url}": dial tcp: connection refused`,
      );
    }
    return { verdict: { status: 'True', reason: 'Passed', message: 'all checks passed' }, extension };
  }

  private serve(name: string, extension: ExtensionServer): void {
    const before = this.served.get(name);
    if (before?.extension === extension) return;
    if (before === undefined) for (const resource of extension.resources) this.server.resources.add(resource);
    this.served.set(name, { extension, available: true });
  }

  private withdraw(name: string): void {
    const before = this.served.get(name);
    if (before === undefined) return;
    for (const resource of before.extension.resources) this.server.resources.remove(resource);
    this.served.delete(name);
  }

  private writeStatus(apiService: APIService, { status, reason, message }: Availability): void {
    const had = (apiService.status.conditions as Condition[] | undefined)?.find(({ type }) => type === 'Available');
    const lastTransitionTime = had?.status === status ? had.lastTransitionTime : formatTime(this.server.engine.now);
    const conditions = [{ type: 'Available', status, lastTransitionTime, reason, message }];
    if (deepEqual(apiService.status.conditions, conditions)) return;
    try {
      this.server.handle({
        verb: 'update',
        target: this.server.resources.resource(GROUP, 'v1', 'apiservices')!,
        name: apiService.metadata.name,
        subresource: 'status',
        user: USER,
        userAgent: AGENT,
        warnings: [],
        options: {},
        body: { ...apiService, status: { conditions } } as unknown as AnyObject,
      });
    } catch (error) {
      // Someone else was first: the event of their change brings us back.
      if (!(error instanceof StatusError)) throw error;
    }
  }
}

type Condition = Availability & { readonly type: string; readonly lastTransitionTime: string };

interface Slice {
  readonly endpoints?: readonly {
    readonly addresses: readonly string[];
    readonly conditions?: { readonly ready?: boolean };
  }[];
}
