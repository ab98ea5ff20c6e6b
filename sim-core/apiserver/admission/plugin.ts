import type { AnyObject } from '../../api/objects.ts';
import type { Engine } from '../../engine/index.ts';
import type { ResourceRegistry } from '../../resources/registry.ts';
import type { Store } from '../../store/store.ts';
import type { AuthorizationAttributes, Decision } from '../authorization.ts';
import type { ApiRequest } from '../request.ts';

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** What an admission plugin is asked about (admission.Attributes). */
export interface AdmissionAttributes {
  readonly operation: Operation;
  readonly request: ApiRequest;
  /** The object to be; plugins' `mutate` may change it. Absent for DELETE. */
  readonly object: AnyObject | undefined;
  readonly old: AnyObject | undefined;
}

/** What plugins may look at: the store as it is, and how kinds are called. They write nothing. */
export interface AdmissionContext {
  readonly engine: Engine;
  readonly store: Store;
  readonly resources: ResourceRegistry;
  /** What the authorizers say to a request, for plugins that ask for further rights. */
  readonly decide: (attributes: AuthorizationAttributes) => Decision;
}

/**
 * An admission plugin. `mutate` may change the object; `validate` may only refuse, by throwing a StatusError.
 * `handles` is asked first, so that requests of no concern cost nothing.
 *
 * The object and its metadata are private to the request. What is below them (spec, labels, lists) may be shared with the stored object and
 * with what is remembered of the object as it was written: replace it by a changed copy, as in `object.spec = { ...object.spec, priority }`.
 */
export interface AdmissionPlugin {
  readonly name: string;
  handles(operation: Operation, resource: string, subresource: string | undefined): boolean;
  /** As `validate`, but asked in the round in which others change the object, before it is validated (upstream's Admit, where it only refuses). */
  refuse?(attributes: AdmissionAttributes, context: AdmissionContext): void;
  /** Changes `attributes.object`; answers whether it did. */
  mutate?(attributes: AdmissionAttributes, context: AdmissionContext): boolean;
  validate?(attributes: AdmissionAttributes, context: AdmissionContext): void;
}
