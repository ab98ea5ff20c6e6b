import type { ErrorList } from '../api/field-error.ts';
import type { AnyObject, KubeObject } from '../api/objects.ts';
import type { TypeSchema } from '../api/schema/schema.ts';
import type { Micros } from '../engine/index.ts';

/** A version under which a kind is served besides its own, with the conversion both ways. */
export interface OtherVersion {
  readonly group: string;
  readonly version: string;
  /** Kind name in that version, when it differs. */
  readonly kind?: string;
  /** From that version to the stored one. May change its argument. */
  toStored(object: AnyObject): AnyObject;
  /** From the stored version to that one. Must not change its argument, which is frozen. */
  fromStored(object: AnyObject): AnyObject;
  /** The `Warning` header that upstream sends with every use of it. */
  readonly deprecation?: string;
  /** Columns, when they differ. */
  readonly columns?: readonly Column<AnyObject>[];
  /** Type and published schema in that version, when they are not built in. */
  readonly type?: TypeSchema;
  readonly schema?: unknown;
}

/** One cell of a Table row. */
export type Cell = string | number | boolean | null;

/** A column of `kubectl get`, as in metav1.TableColumnDefinition. */
export interface Column<T> {
  readonly name: string;
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: string;
  readonly description?: string;
  /** 0 is always shown; 1 with `-o wide`. Default 0. */
  readonly priority?: number;
  value(object: T, now: Micros): Cell;
}

/** What a strategy may need beside the object. */
export interface StrategyContext {
  readonly now: Micros;
  /** Who asks. */
  readonly user: {
    readonly username: string;
    readonly uid?: string;
    readonly groups: readonly string[];
    readonly extra?: Readonly<Record<string, readonly string[]>>;
  };
}

/** How a kind supports the `scale` subresource: where its numbers live. */
export interface ScaleAccess {
  replicas(object: AnyObject): number;
  withReplicas(object: AnyObject, replicas: number): AnyObject;
  statusReplicas(object: AnyObject): number;
  /** The pods' selector in string form. */
  selector(object: AnyObject): string;
}

/**
 * A kind of the API: everything the API server must know to serve it. One file of `resources/` defines one.
 *
 * Hooks marked "changes" receive a private, unfrozen object and may change it; all others receive frozen ones.
 */
export interface ResourceDefinition<T extends KubeObject = AnyObject> {
  /** API group; empty for the core group. */
  readonly group: string;
  /** The version stored, and preferred by clients. */
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly namespaced: boolean;
  /** Whether a CustomResourceDefinition made it. */
  readonly custom?: boolean;
  /** The type of its objects, when it is not in the built-in table. */
  readonly type?: TypeSchema;
  /** The OpenAPI schema that a CustomResourceDefinition publishes for it. */
  readonly schema?: unknown;
  /** What names are allowed (`NameIsDNSSubdomain` and its siblings upstream). Default: `subdomain`. */
  readonly nameRule?: 'subdomain' | 'label' | 'dns1035-label' | 'path-segment';
  /** Verbs served, when not all of them. */
  readonly verbs?: readonly string[];
  readonly otherVersions?: readonly OtherVersion[];
  /** The `Warning` header that upstream sends with every use of the kind. */
  readonly deprecation?: string;

  /** Whether `metadata.generation` counts changes of everything but metadata and status. Default: true when there is a status subresource. */
  readonly generation?: boolean;
  /** Whether PUT and PATCH of the main resource leave status alone, and `/status` leaves the rest alone. */
  readonly hasStatus?: boolean;
  readonly scale?: ScaleAccess;
  /** Whether PUT may create (Lease, Event, Endpoints …: `AllowCreateOnUpdate`). */
  readonly createOnUpdate?: boolean;
  /** Whether PUT without a resourceVersion is refused (`AllowUnconditionalUpdate` is false). */
  readonly conditionalUpdateOnly?: boolean;

  /**
   * What an object is that was stored, perhaps under an earlier definition of the kind: itself, or the same frozen copy each time. Only
   * kinds whose definition changes have it (the decoding of custom resources from etcd).
   */
  fromStorage?(stored: AnyObject): AnyObject;
  /** Fills in defaults. Changes. (`SetDefaults_*` and `SetObjectDefaults_*` upstream.) */
  applyDefaults?(object: T): void;
  /** Clears what clients may not set. Changes. */
  prepareForCreate?(object: T, context: StrategyContext): void;
  /** Carries over what clients may not change. Changes `object`. */
  prepareForUpdate?(object: T, old: T, context: StrategyContext): void;
  /** What is wrong with a new object, beside its metadata. */
  validate?(object: T): ErrorList;
  /**
   * What is wrong with a change. `validate` is not asked again: repeat here what still matters, as upstream does. `subresource`: by
   * which endpoint the change came, when not the object's own (`scale`, `ephemeralcontainers`).
   */
  validateUpdate?(object: T, old: T, subresource?: string): ErrorList;
  prepareForStatusUpdate?(object: T, old: T, context: StrategyContext): void;
  /** `subresource`: `status`, or another whose business is the status (`approval`). */
  validateStatusUpdate?(object: T, old: T, subresource?: string): ErrorList;
  /** The `Warning` headers of a create or update. */
  warnings?(object: T, old: T | undefined): string[];
  /** Seconds of grace with which the object is to be deleted; `undefined`: at once (only Pods have grace). */
  graceSeconds?(object: T, asked: number | undefined): number | undefined;
  /** Whether something besides metadata.finalizers keeps a deleted object for now (a Namespace's spec.finalizers). */
  heldFromDeletion?(object: T): boolean;
  /** What else changes when deletion begins (a Namespace's phase). Changes. */
  markDeleted?(object: T): void;
  /** Fields that field selectors may name, besides metadata.name and metadata.namespace. */
  readonly fields?: Readonly<Record<string, (object: T) => string>>;
  readonly columns?: readonly Column<T>[];
}

/** `apps/v1`, or `v1` for the core group. */
export function groupVersion(resource: { group: string; version: string }): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** Reads a field by its path; undefined when the kind has no such selectable field. */
export type FieldSource = (field: string) => string | undefined;

/** The fields that a field selector can read on an object of the resource. */
export function fieldSource(resource: ResourceDefinition, object: AnyObject): FieldSource {
  return (field) => {
    if (field === 'metadata.name') return object.metadata.name;
    if (field === 'metadata.namespace') return object.metadata.namespace ?? '';
    return resource.fields?.[field]?.(object);
  };
}
