import { defaultAdmission } from '../apiserver/admission/index.ts';
import { type Credentials, clientCertificates, staticTokens } from '../apiserver/authentication.ts';
import { privilegedGroup } from '../apiserver/authorization.ts';
import type { KubeletConnector } from '../apiserver/connect.ts';
import { CustomResources, schemaCheck } from '../apiserver/custom-resources/index.ts';
import { followDefinitions } from '../apiserver/local-api-services.ts';
import { expressionCheck } from '../apiserver/policies/expressions.ts';
import { validatingAdmissionPolicy } from '../apiserver/policies/index.ts';
import { RbacAuthorizer } from '../apiserver/rbac/authorizer.ts';
import { escalationCheck } from '../apiserver/rbac/escalation.ts';
import { NodeAuthorizer } from '../apiserver/rbac/node-authorizer.ts';
import type { MetaProvider } from '../apiserver/rest/meta.ts';
import { RestServer } from '../apiserver/rest/rest-server.ts';
import { ApiServer } from '../apiserver/server.ts';
import { followServices } from '../apiserver/service-addresses.ts';
import type { RestRequest, RestResponse, RestStream, StreamHandler } from '../client/rest.ts';
import { Engine, MINUTE, type Micros, parseTime, type TraceOptions } from '../engine/index.ts';
import type { OwnImage } from '../images/own-image.ts';
import type { Certificate, NetworkStack } from '../images/process.ts';
import { Components } from '../learner/components.ts';
import { builtInResources } from '../resources/index.ts';
import { ResourceRegistry } from '../resources/registry.ts';
import { Store } from '../store/store.ts';
import { ADMIN } from './bootstrap.ts';
import type { Fault } from './faults.ts';
import { type Incident, startIncidents } from './incidents.ts';
import { type LoginMachine, openMachine } from './machine-access.ts';
import { startMachines } from './machines.ts';
import { authorityPack, celPack, programPack } from './packs.ts';
import { type ClusterPreset, presets } from './presets.ts';
import { applySetup } from './setup.ts';
import { startVisitors, type Visit, type Visitor } from './visitors.ts';

export type { Fault } from './faults.ts';
export type { Incident } from './incidents.ts';
export type { Visit, Visitor } from './visitors.ts';

/** What a cluster is made of: with the engine's code, all that its history follows from, but for its inputs. */
export interface ClusterOptions {
  /** Name of a preset, or a cluster of one's own. */
  readonly preset: string | ClusterPreset;
  /** Unsigned 32-bit integer. Default 1. */
  readonly seed?: number;
  /** Virtual time of its start, microseconds since the Unix epoch. Default: 2026-01-05 09:00 UTC, a Monday. */
  readonly epoch?: Micros;
  readonly trace?: TraceOptions;
  /** Manifests applied as soon as the cluster is up: an exercise's starting point. */
  readonly setup?: readonly SetupStep[];
  /** Images that the registries hold beside those of the catalog. */
  readonly images?: readonly OwnImage[];
  /** What befalls the cluster, at times after its setup. */
  readonly incidents?: readonly Incident[];
  /** People who ask for something again and again, from the end of the setup on. */
  readonly visitors?: readonly Visitor[];
  /** Parts left out, for tests. */
  readonly without?: readonly ('kubelet' | 'scheduler' | 'controllers')[];
}

/** An object to be created, as JSON. */
/** A manifest to create, or to merge into the object that is there; or virtual seconds to let pass before the next. */
export type SetupStep = SetupManifest | { readonly wait: number };

export type SetupManifest = { readonly apiVersion: string; readonly kind: string } & Readonly<Record<string, unknown>>;

export const DEFAULT_EPOCH = parseTime('2026-01-05T09:00:00Z')!;

/** The bearer token of the cluster's administrator, in every kubeconfig that a host writes for a simulated cluster. */
export function adminToken(seed: number): string {
  return `jotasu-admin-${(seed >>> 0).toString(16).padStart(8, '0')}`;
}

/** How often the API server has etcd forget what is older than that (--etcd-compaction-interval). */
const COMPACTION_PERIOD = 5 * MINUTE;

/** A running cluster. */
export interface Cluster {
  readonly engine: Engine;
  readonly store: Store;
  readonly server: ApiServer;
  readonly rest: RestServer;
  readonly preset: ClusterPreset;
  /** Controllers, plugins and the like that are the learner's own. */
  readonly components: Components;
  /** Answers an HTTP-shaped request from outside, or says that nobody is there. */
  answer(request: RestRequest): RestResponse;
  /** Breaks or mends something. */
  inject(fault: Fault): void;
  /**
   * Sends an HTTP request from outside and lets virtual time run until the answer is there: to a node port on the first node that answers,
   * or to what `to` names. `error` is what a client would be told: `connection refused`, a time-out, a name that nobody knows.
   */
  outside(port: number, request: OutsideRequest, to?: OutsideTarget): OutsideResponse | { readonly error: string };
  /** How visitors fared, by their names, oldest first. */
  readonly visits: ReadonlyMap<string, readonly Visit[]>;
  /** Virtual time at which the setup was done; undefined before. */
  readonly readySince: Micros | undefined;
  /** The network as it is seen from a place; undefined when there is no such place, or nothing runs there. */
  stackAt(place: Place): NetworkStack | undefined;
  /** The same request without waiting: `done` hears once what came of it. */
  send(port: number, request: OutsideRequest, to: OutsideTarget | undefined, done: OutsideDone): void;
  /** Opens a shell, a tool or an HTTP exchange on a machine, past the API server: what `ssh` and `curl` ask for. */
  openMachine(request: RestRequest, handler: StreamHandler): RestStream;
  /** Parts that are loaded on demand: OpenAPI documents, protobuf. */
  meta: MetaProvider;
}

/** Somewhere that the network can be looked at from. */
export type Place = 'outside' | { readonly node: string } | { readonly namespace: string; readonly pod: string };

export type OutsideDone = (result: OutsideResponse | { readonly error: string }) => void;

/** Where a request from outside goes, when not to a node port. */
export interface OutsideTarget {
  /**
   * An address (of a load balancer, a node), or a name that the world outside knows: a site's, a node's, a host of an Ingress that has an
   * address, as if its owner had told a name server. The request's Host header is this, unless it has one.
   */
  readonly host?: string;
  /** Over TLS. Certificates are not checked, but told: a browser would warn. */
  readonly tls?: boolean;
}

export interface OutsideRequest {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface OutsideResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whom it came from, over TLS. */
  readonly certificate?: Certificate;
}

/** Everything that the starters of a cluster's parts need. */
export interface ClusterParts {
  readonly options: ClusterOptions;
  readonly preset: ClusterPreset;
  readonly engine: Engine;
  readonly store: Store;
  readonly server: ApiServer;
  readonly components: Components;
  /** Answers an HTTP-shaped request, as `Cluster.answer`. */
  answer(request: RestRequest): RestResponse;
}

/** The running parts of a cluster that the outside can reach. */
export interface Running {
  /** The way to the nodes' kubelets, where there are any. */
  readonly kubelets?: KubeletConnector;
  /** Machines that people can log in to, by name. */
  machine?(name: string): LoginMachine | undefined;
  inject(fault: Fault): void;
  outside(port: number, request: OutsideRequest, to?: OutsideTarget): OutsideResponse | { readonly error: string };
  send(port: number, request: OutsideRequest, to: OutsideTarget | undefined, done: OutsideDone): void;
  stackAt(place: Place): NetworkStack | undefined;
}

/** Makes a cluster and switches it on. Virtual time stands at its epoch: let the engine run to see it come up. */
export function createCluster(options: ClusterOptions): Cluster {
  const preset = typeof options.preset === 'string' ? namedPreset(options.preset) : options.preset;
  const seed = options.seed ?? 1;
  const engine = new Engine({ seed, epoch: options.epoch ?? DEFAULT_EPOCH, trace: options.trace });
  const store = new Store(engine);
  const meta: MetaProvider = {};
  const rbac = new RbacAuthorizer(store);
  const server = new ApiServer({
    engine,
    store,
    resources: new ResourceRegistry(builtInResources),
    authorizers: [privilegedGroup, new NodeAuthorizer(store), rbac],
    admission: [
      ...defaultAdmission(preset),
      escalationCheck(rbac),
      schemaCheck(celPack),
      expressionCheck(celPack),
      validatingAdmissionPolicy(celPack, store),
    ],
  });
  followServices(server);
  let rest: RestServer | undefined;
  const answer = (request: RestRequest) =>
    server.serving && rest !== undefined ? rest.handle(request, credentialsOf(request, engine.now)) : UNREACHABLE;
  const components = new Components(engine);
  const parts: ClusterParts = { options, preset, engine, store, server, components, answer };
  compactRegularly(engine, store);
  const running = preset.agent === 'lab' ? programPack().startLab(parts) : startMachines(parts);
  const visits = new Map<string, Visit[]>();
  let readySince: Micros | undefined;
  const { setup = [], incidents = [], visitors = [] } = options;
  if (setup.length + incidents.length + visitors.length > 0) {
    applySetup(parts, () => {
      readySince = engine.now;
      startIncidents(parts, running, incidents);
      startVisitors(parts, running, visitors, visits);
    });
  }
  new CustomResources(server, celPack);
  followDefinitions(server);
  rest = new RestServer({
    server,
    authenticators: [clientCertificates, staticTokens(new Map([[adminToken(seed), ADMIN]]))],
    meta,
    kubelets: running.kubelets,
  });
  return {
    engine,
    store,
    server,
    rest,
    preset,
    components,
    meta,
    answer,
    inject: (fault) => running.inject(fault),
    openMachine: (request, handler) => openMachine(engine, (name) => running.machine?.(name), request, handler),
    outside: (port, request, to) => running.outside(port, request, to),
    send: (port, request, to, done) => running.send(port, request, to, done),
    stackAt: (place) => running.stackAt(place),
    visits,
    get readySince() {
      return readySince;
    },
  };
}

/** What a host says when no API server answers: not HTTP, but hosts must say something. */
const UNREACHABLE: RestResponse = { status: 0, headers: {}, body: 'connect: connection refused' };

/** What a request from outside brings besides its headers. */
export function credentialsOf({ certificate, clientCertificate }: RestRequest, now: Micros): Credentials {
  if (certificate !== undefined) return { certificate };
  if (clientCertificate === undefined) return {};
  return { certificate: authorityPack()?.verify(clientCertificate, now) ?? 'rejected' };
}

function namedPreset(name: string): ClusterPreset {
  const make = Object.hasOwn(presets, name) ? presets[name] : undefined;
  if (make === undefined) {
    throw new UnknownPreset(`there is no cluster preset "${name}"; there are: ${Object.keys(presets).join(', ')}`);
  }
  return make();
}

/** A preset of that name does not exist; the message lists those that do. */
export class UnknownPreset extends Error {
  override readonly name = 'UnknownPreset';
}

function compactRegularly(engine: Engine, store: Store): void {
  let previous = store.revision;
  const compact = () => {
    store.compact(previous);
    previous = store.revision;
    engine.background(COMPACTION_PERIOD, compact);
  };
  engine.background(COMPACTION_PERIOD, compact);
}
