import { deepEqual } from '../api/equality.ts';
import { apply, onCreate, onUpdate, type Writer } from '../api/managed-fields/field-manager.ts';
import { setOfFields } from '../api/managed-fields/field-set.ts';
import { ManagedFields } from '../api/managed-fields/managed-fields.ts';
import type { AnyObject, ManagedFieldsEntry } from '../api/objects.ts';
import { anyView, type SchemaView } from '../api/patch/schema-view.ts';
import { viewOf } from '../api/patch/type-view.ts';
import { typeForKind } from '../api/schema/schema.ts';
import { type Engine, formatTime, SECOND } from '../engine/index.ts';
import { groupVersion } from '../resources/resource.ts';
import type { Store } from '../store/store.ts';
import type { ApiRequest } from './request.ts';
import { asStored } from './stored-form.ts';

/** Fields that an endpoint resets, and so nobody may own through it: status through the object, the rest through status. */
const RESET_BY_OBJECT = setOfFields(['status']);
const RESET_BY_STATUS = setOfFields(['spec']);

/** How often the accounts of objects that have not changed since the last time are worked out. */
const SETTLE_PERIOD = 300 * SECOND;

/**
 * Keeps account of who set which field, beside the stored objects, and writes it into metadata.managedFields of what goes to clients.
 * Most objects are never read by one: their accounts are not worked out before they have come to rest.
 */
export class FieldTracker {
  private readonly engine: Engine;
  private readonly store: Store;
  /** When accounts were last settled, and how old the objects were then. */
  private settledAt = 0;
  private settledRevision = 0;
  private readonly accounts = new WeakMap<AnyObject, ManagedFields>();
  private readonly exposed = new WeakMap<AnyObject, AnyObject>();

  constructor(engine: Engine, store: Store) {
    this.engine = engine;
    this.store = store;
  }

  /** A new object is about to be stored; `asWritten` is how it was before admission completed it, and does not change any more. */
  created(request: ApiRequest, object: AnyObject, asWritten: AnyObject): void {
    this.accounts.set(object, onCreate(this.schemaOf(request), asWritten, this.writer(request)));
  }

  /**
   * The account that an update starts from: what the client sends as metadata.managedFields, if it can be read; one empty entry forgets all of
   * it; nothing at all, or what cannot be read, leaves it as it was (decodeLiveOrNew). Undefined: the stored object's own.
   */
  given(
    request: ApiRequest,
    entries: readonly ManagedFieldsEntry[] | undefined,
    old: AnyObject,
  ): ManagedFields | undefined {
    if (request.subresource !== undefined || entries === undefined || entries.length === 0) return undefined;
    if (entries.length === 1 && Object.keys(entries[0]!).length === 0) return ManagedFields.empty;
    const account = ManagedFields.decode(entries);
    if (account === undefined || account === ManagedFields.empty || this.sameAccount(old, account)) return undefined;
    return account;
  }

  /** An object is about to be replaced. `given`: another account than the stored object's to start from. */
  updated(request: ApiRequest, object: AnyObject, asWritten: AnyObject, old: AnyObject, given?: ManagedFields): void {
    if (this.engine.now - this.settledAt >= SETTLE_PERIOD) this.settle();
    const before = given ?? this.accountOf(old) ?? ManagedFields.empty;
    this.accounts.set(object, onUpdate(this.schemaOf(request), old, asWritten, before, this.writer(request)));
  }

  /**
   * Server-side apply: the object that a configuration makes of the live one, both in the request's version. `before`: the stored object.
   * Throws ApplyConflict or TypedError.
   */
  apply(
    request: ApiRequest,
    config: AnyObject,
    live: AnyObject | undefined,
    before = live,
  ): { object: AnyObject; account: ManagedFields } {
    const { target } = request;
    const type = target.conversion === undefined ? undefined : typeForKind(target.group, target.version, target.kind);
    const { object, managedFields } = apply({
      schema: type === undefined ? this.schemaOf(request) : viewOf(type),
      live: live ?? {},
      before: (before === undefined ? undefined : this.accountOf(before)) ?? ManagedFields.empty,
      config,
      writer: this.writer(request),
      force: request.options.force === true,
    });
    return { object: object as AnyObject, account: managedFields };
  }

  /** Gives an object about to be stored the account that an apply came to. */
  adopt(object: AnyObject, account: ManagedFields): void {
    this.accounts.set(object, account);
  }

  /** An object is about to be replaced by the server itself: who set which field stays as it was. */
  kept(object: AnyObject, old: AnyObject): void {
    const account = this.accountOf(old);
    if (account !== undefined) this.accounts.set(object, account);
  }

  /** Whether an account says no more than that of the stored object. */
  sameAccount(object: AnyObject, account: ManagedFields): boolean {
    return deepEqual(this.accountOf(object)?.entries() ?? [], account.entries());
  }

  /** The object as clients see it, managedFields included. */
  expose(object: AnyObject): AnyObject {
    const known = this.exposed.get(object);
    if (known !== undefined) return known;
    const entries = this.accountOf(object)?.entries() ?? [];
    if (entries.length === 0) return object;
    const whole = { ...object, metadata: { ...object.metadata, managedFields: entries as never } };
    this.exposed.set(object, whole);
    return whole;
  }

  /** An account that waits to be worked out keeps old versions of its object: for one that changes no more, that is not worth it. */
  private settle(): void {
    const { store } = this;
    for (const table of store.tableNames()) {
      // Objects of one owner follow each other, and have much in common.
      let last: ManagedFields | undefined;
      for (const object of store.list(table)) {
        const account = this.accounts.get(object);
        if (account?.keepsOldVersion !== true || Number(object.metadata.resourceVersion) > this.settledRevision)
          continue;
        account.settle(last);
        last = account;
      }
    }
    this.settledAt = this.engine.now;
    this.settledRevision = store.revision;
  }

  private accountOf(object: AnyObject): ManagedFields | undefined {
    return this.accounts.get(object) ?? this.accounts.get(asStored(object));
  }

  private writer({ options, userAgent, target, subresource }: ApiRequest): Writer {
    const slash = userAgent.indexOf('/');
    return {
      manager: options.fieldManager ?? (slash < 0 ? userAgent : userAgent.slice(0, slash)),
      apiVersion: groupVersion(target),
      time: formatTime(this.engine.now),
      ...(subresource === undefined ? {} : { subresource }),
      ...(target.resource.hasStatus === true
        ? { resetFields: subresource === 'status' ? RESET_BY_STATUS : RESET_BY_OBJECT }
        : {}),
    };
  }

  private schemaOf({ target }: ApiRequest): SchemaView {
    const { resource } = target;
    const type = resource.type ?? typeForKind(resource.group, resource.version, resource.kind);
    return type === undefined ? anyView : viewOf(type);
  }
}
