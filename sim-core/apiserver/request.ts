import type { AnyObject } from '../api/objects.ts';
import type { Served } from '../resources/registry.ts';

/** Who asks: authentication's result (user.Info upstream). */
export interface UserInfo {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

export type PropagationPolicy = 'Foreground' | 'Background' | 'Orphan';

/** The options of a request, from its query and (for deletions) its body: metav1.*Options in one. */
export interface RequestOptions {
  readonly dryRun?: boolean;
  /** metav1's fieldManager; by default the user agent up to its first slash. */
  readonly fieldManager?: string;
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore';
  /** Server-side apply takes over fields of others. */
  readonly force?: boolean;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan';
  readonly sendInitialEvents?: boolean;
  readonly allowWatchBookmarks?: boolean;
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: PropagationPolicy;
  readonly orphanDependents?: boolean;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

/** A request on a resource, after its path has been understood. */
export interface ApiRequest {
  readonly verb: Verb;
  readonly target: Served;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly user: UserInfo;
  readonly userAgent: string;
  readonly body?: AnyObject;
  readonly patch?: { readonly type: PatchType; readonly body: unknown };
  readonly options: RequestOptions;
  /** `Warning` headers to send with the answer; stages add to it. */
  readonly warnings: string[];
  /** Set when it made the object, which PUT and apply may do as well as POST. */
  created?: boolean;
}

/** A stage that a request went through, for the trace: what it decided, and why. */
export interface Stage {
  readonly stage:
    | 'authentication'
    | 'authorization'
    | 'mutating admission'
    | 'schema'
    | 'validation'
    | 'validating admission'
    | 'storage';
  readonly by: string;
  readonly verdict: 'pass' | 'changed' | 'refused';
  readonly detail?: string;
}

declare module '../engine/trace.ts' {
  interface TraceEventMap {
    /** A request to the API server. `stages`, `code` and `message` are filled in as it is handled. */
    request: {
      readonly verb: Verb;
      /** `deployments.apps` */
      readonly resource: string;
      readonly subresource?: string;
      readonly namespace?: string;
      readonly name?: string;
      readonly user: string;
      readonly stages: Stage[];
      code: number;
      message?: string;
    };
  }
}

/** A page of a list, before it is given its wire form. */
export interface ListResult {
  readonly items: readonly AnyObject[];
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}
