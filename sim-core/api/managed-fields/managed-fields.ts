import { deepFreeze } from '../equality.ts';
import type { ManagedFieldsEntry } from '../objects.ts';
import { type FieldSet, fromFieldsV1, sharingWith, toFieldsV1 } from './field-set.ts';
import { ListedMap, type Lookup } from './listed-map.ts';

/** Who manages which fields: one entry of metadata.managedFields with its fields as a set. */
export interface Manager {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  /** RFC 3339; undefined when the manager has not changed anything. */
  readonly time: string | undefined;
  readonly fields: FieldSet;
}

/**
 * What makes a manager itself (BuildManagerIdentifier): the JSON of its entry without fields and time. An applier keeps its
 * identity when it goes to another version.
 */
export function managerId(manager: Pick<Manager, 'manager' | 'operation' | 'apiVersion' | 'subresource'>): string {
  const entry: Record<string, string> = {};
  if (manager.manager !== '') entry.manager = manager.manager;
  entry.operation = manager.operation;
  if (manager.operation === 'Update' && manager.apiVersion !== '') entry.apiVersion = manager.apiVersion;
  if (manager.subresource !== '') entry.subresource = manager.subresource;
  return JSON.stringify(entry);
}

/** The managers of an object by identity. */
export type Managers = Lookup<Manager>;

const noManagers: Managers = new Map();

/** How many updates may wait to be worked out before one is worked out at once: they keep old versions of the object alive. */
const maxDeferred = 8;

/** What a writer did to an object, as far as its managers are concerned. */
export interface Update {
  managersAfter(before: Managers): Managers;
}

/**
 * The managers of one version of an object, worked out when somebody asks. The API server keeps one beside each stored object and
 * writes `entries()` into metadata.managedFields of what goes to readers. Immutable.
 */
export class ManagedFields {
  /** The version before and what was done to it, until that is worked out. */
  private before: ManagedFields | undefined;
  private update: Update | undefined;
  private known: Managers | undefined;
  private encoded: readonly ManagedFieldsEntry[] | undefined;
  private readonly deferred: number;

  private constructor(
    known: Managers | undefined,
    before: ManagedFields | undefined = undefined,
    update: Update | undefined = undefined,
    deferred = 0,
  ) {
    this.known = known;
    this.before = before;
    this.update = update;
    this.deferred = deferred;
  }

  /** The managers of nothing. */
  static readonly empty = new ManagedFields(noManagers);

  static of(managers: Managers): ManagedFields {
    return managers.size === 0 ? ManagedFields.empty : new ManagedFields(managers);
  }

  /** Managers to be worked out from those before; at once when too many are waiting already. */
  static later(before: ManagedFields, update: Update): ManagedFields {
    const waiting = before.known === undefined ? before.deferred + 1 : 1;
    const result = new ManagedFields(undefined, before, update, waiting);
    if (waiting > maxDeferred) result.managers();
    return result;
  }

  /**
   * Reads metadata.managedFields (DecodeManagedFields). Returns undefined for entries that cannot be read: the API server then goes
   * on with what it knew before.
   */
  static decode(entries: readonly ManagedFieldsEntry[] | undefined): ManagedFields | undefined {
    if (entries === undefined || entries.length === 0) return ManagedFields.empty;
    const managers = new Map<string, Manager>();
    for (const entry of entries) {
      const fields = fromFieldsV1(entry.fieldsV1 ?? {});
      if (fields === undefined || (entry.operation !== 'Apply' && entry.operation !== 'Update')) return undefined;
      if (entry.fieldsType !== 'FieldsV1') return undefined;
      const manager: Manager = {
        manager: entry.manager ?? '',
        operation: entry.operation,
        apiVersion: entry.apiVersion ?? '',
        subresource: entry.subresource ?? '',
        time: entry.time,
        fields,
      };
      managers.set(managerId(manager), manager);
    }
    return ManagedFields.of(managers);
  }

  managers(): Managers {
    if (this.known === undefined) {
      const before = this.before!.managers();
      this.known = ListedMap.of(this.update!.managersAfter(before), before, (manager) => manager);
      this.before = undefined;
      this.update = undefined;
    }
    return this.known;
  }

  /** Whether an old version of the object is kept alive, to work the managers out from it. */
  get keepsOldVersion(): boolean {
    return this.known === undefined && this.before !== ManagedFields.empty;
  }

  /** Works the managers out, so that no old version is kept, and shares what it can with those of an object like this one. */
  settle(other: ManagedFields | undefined): void {
    this.known = ListedMap.of(this.managers(), other?.known, managerLike);
  }

  /** metadata.managedFields: frozen, sorted as upstream sorts it (by operation, time, manager, version, subresource). */
  entries(): readonly ManagedFieldsEntry[] {
    this.encoded ??= deepFreeze([...this.managers().values()].sort(byAge).map(encode));
    return this.encoded;
  }
}

/** A manager, sharing with another what is the same. */
function managerLike(manager: Manager, other: Manager | undefined): Manager {
  const fields = sharingWith(manager.fields, other?.fields);
  if (other !== undefined && fields === other.fields && manager.time === other.time && isSame(manager, other))
    return other;
  return { ...manager, fields };
}

function isSame(a: Manager, b: Manager): boolean {
  return (
    a.manager === b.manager &&
    a.operation === b.operation &&
    a.apiVersion === b.apiVersion &&
    a.subresource === b.subresource
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function byAge(a: Manager, b: Manager): number {
  return (
    compareText(a.operation, b.operation) ||
    compareText(a.time ?? '', b.time ?? '') ||
    compareText(a.manager, b.manager) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource, b.subresource)
  );
}

function encode(manager: Manager): ManagedFieldsEntry {
  const entry: ManagedFieldsEntry = {
    manager: manager.manager,
    operation: manager.operation,
    apiVersion: manager.apiVersion,
  };
  if (manager.time !== undefined) entry.time = manager.time;
  entry.fieldsType = 'FieldsV1';
  entry.fieldsV1 = toFieldsV1(manager.fields);
  if (manager.subresource !== '') entry.subresource = manager.subresource;
  return entry;
}
