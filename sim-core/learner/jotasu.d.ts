/**
 * What a component of your own is given. It takes the place of one of the cluster's: of a controller (`replicaset-controller`), of the
 * scheduler (`kube-scheduler`), of one of the scheduler's plugins (`scheduler-plugin/NodeAffinity`). Under a name that nobody has it
 * runs beside the others, with the rights of an administrator.
 *
 * The module's default export is the component: a `Controller` or a `SchedulerPlugin`.
 */
declare module 'jotasu' {
  /** An object of the API. What you are given is frozen: to change an object, send a changed copy. */
  export interface KubeObject {
    readonly apiVersion?: string;
    readonly kind?: string;
    readonly metadata: ObjectMeta;
    // biome-ignore lint/suspicious/noExplicitAny: objects have the shape of their kind
    readonly [field: string]: any;
  }

  export interface ObjectMeta {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly generation?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly OwnerReference[];
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
    // biome-ignore lint/suspicious/noExplicitAny: the rest of metadata
    readonly [field: string]: any;
  }

  export interface OwnerReference {
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
    readonly uid: string;
    readonly controller?: boolean;
    readonly blockOwnerDeletion?: boolean;
  }

  export type Pod = KubeObject;
  export type Node = KubeObject;

  /** A new object: the server gives it what is missing. `generateName` in place of `name` lets the server choose. */
  export interface NewObject {
    readonly metadata: {
      readonly name?: string;
      readonly generateName?: string;
      readonly namespace?: string;
      readonly [field: string]: unknown;
    };
    readonly [field: string]: unknown;
  }

  export interface ListOptions {
    readonly namespace?: string;
    /** `app=web,tier!=db` */
    readonly labelSelector?: string;
    /** `spec.nodeName=worker-1` */
    readonly fieldSelector?: string;
  }

  export interface DeleteOptions {
    readonly gracePeriodSeconds?: number;
    readonly propagationPolicy?: 'Foreground' | 'Background' | 'Orphan';
    readonly uid?: string;
    readonly resourceVersion?: string;
  }

  /**
   * Requests to the API server. Kinds are named as kubectl names them: `pods`, `replicasets.apps`, `websites.example.com`.
   * Every method answers at once, or throws an `ApiError`.
   */
  export interface Client {
    get(resource: string, namespace: string | undefined, name: string): KubeObject;
    list(resource: string, options?: ListOptions): readonly KubeObject[];
    create(resource: string, object: NewObject): KubeObject;
    /** Replaces an object; a conflict when it has changed since you read it. */
    update(resource: string, object: KubeObject): KubeObject;
    /** Replaces an object's status, and nothing else. */
    updateStatus(resource: string, object: KubeObject): KubeObject;
    patch(
      resource: string,
      namespace: string | undefined,
      name: string,
      type: 'json' | 'merge' | 'strategic' | 'apply',
      patch: unknown,
      subresource?: string,
    ): KubeObject;
    delete(resource: string, namespace: string | undefined, name: string, options?: DeleteOptions): void;
    /** Puts a pod on a node, as a scheduler does. */
    bind(pod: Pod, nodeName: string): void;
    /** Asks that a pod leave its node, as `kubectl drain` does. */
    evict(pod: Pod): void;
  }

  /** The API server refused a request. `code` as in HTTP, `reason` as in `metav1.Status`. */
  export class ApiError extends Error {
    readonly code: number;
    readonly reason: string;
  }
  export function isNotFound(error: unknown): boolean;
  export function isAlreadyExists(error: unknown): boolean;
  export function isConflict(error: unknown): boolean;

  export interface EventHandler {
    added?(object: KubeObject): void;
    updated?(object: KubeObject, old: KubeObject): void;
    deleted?(object: KubeObject): void;
  }

  /** A copy of all objects of a kind, kept current by a watch: read from it instead of asking the server. */
  export interface Informer {
    get(namespace: string | undefined, name: string): KubeObject | undefined;
    /** By `namespace/name`, the key that work queues use. */
    getByKey(key: string): KubeObject | undefined;
    list(wanted?: (object: KubeObject) => boolean): KubeObject[];
    addHandler(handler: EventHandler): void;
  }

  /** Keys that wait to be looked at, each once however often it was added. */
  export interface WorkQueue {
    add(key: string): void;
    addAfter(key: string, seconds: number): void;
    /** Adds the object's key. */
    addObject(object: KubeObject): void;
  }

  export interface ControllerContext {
    readonly client: Client;
    /** Informers are asked for in `setUp`. */
    readonly informers: { for(resource: string): Informer };
    /** Events about objects, as `kubectl describe` shows them. */
    readonly events: {
      normal(object: KubeObject, reason: string, message: string): void;
      warning(object: KubeObject, reason: string, message: string): void;
    };
    /**
     * Makes a work queue. `reconcile` brings the object of that key to what it should be; what it throws is tried again, later and
     * later. A number that it returns is seconds after which to look again.
     */
    queue(reconcile: (key: string) => unknown): WorkQueue;
    /** Runs `run` once, after so many seconds of the cluster's time. */
    later(seconds: number, run: () => unknown): void;
    /** Runs `run` now and then every so many seconds, at least 1. */
    every(seconds: number, run: () => unknown): void;
    /** A line for you to read. `console.log` is the same. */
    log(...parts: unknown[]): void;
    /** The cluster's time: `2026-01-05T09:00:00Z`. */
    now(): string;
    /** `namespace/name` of an object. */
    keyOf(object: KubeObject): string;
    splitKey(key: string): { namespace: string | undefined; name: string };
  }

  /** Called once; it asks for informers and adds handlers. */
  export type Controller = { setUp(context: ControllerContext): unknown } | ((context: ControllerContext) => unknown);

  /** Thousandths of a core, bytes, pods. */
  export interface Amounts {
    readonly milliCPU: number;
    readonly memory: number;
    readonly ephemeralStorage: number;
    readonly pods: number;
  }

  /** A node as the scheduler sees it: with the pods on it, and those on their way to it. */
  export interface NodeInfo {
    readonly node: Node;
    readonly pods: readonly Pod[];
    readonly allocatable: Amounts;
    /** What the pods on it ask for. */
    readonly requested: Amounts;
  }

  /** Nothing or true: yes. A text, or several: why not. */
  export type Verdict = undefined | null | boolean | string | readonly string[];

  export interface SchedulerPlugin {
    /** How much its scores count. Default: the weight of the plugin whose place it takes, or 1. */
    readonly weight?: number;
    /** Once for each pod: refuses it, or narrows the nodes. */
    preFilter?(pod: Pod): Verdict | { readonly nodeNames: readonly string[] };
    /** Whether the pod can run on the node. */
    filter?(pod: Pod, node: NodeInfo): Verdict;
    /** How good the node is for the pod: a whole number from 0 to 100, or any if there is `normalize`. */
    score?(pod: Pod, node: NodeInfo): number;
    /** Brings all nodes' scores into 0 to 100. */
    normalize?(
      pod: Pod,
      scores: { name: string; score: number }[],
    ): readonly { name: string; score: number }[] | undefined;
  }

  /** The owner reference that makes `owner` the controller of an object. */
  export function controllerRef(owner: KubeObject, apiVersion: string, kind: string): OwnerReference;
  /** The reference of the object's controller, if it has one. */
  export function controllerOf(object: KubeObject): OwnerReference | undefined;
  /** Whether labels match a `metav1.LabelSelector`. */
  export function matches(
    selector:
      | {
          readonly matchLabels?: Readonly<Record<string, string>>;
          readonly matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[];
        }
      | undefined,
    labels: Readonly<Record<string, string>> | undefined,
  ): boolean;
}
