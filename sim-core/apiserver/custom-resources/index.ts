import type * as ApiextensionsV1 from 'kubernetes-types/apiextensions/v1';
import { deepEqual } from '../../api/equality.ts';
import type { AnyObject, CustomResourceDefinition } from '../../api/objects.ts';
import { StatusError } from '../../api/status.ts';
import { formatTime, SECOND } from '../../engine/index.ts';
import type { ResourceDefinition } from '../../resources/resource.ts';
import type { UserInfo } from '../request.ts';
import type { ApiServer } from '../server.ts';
import type { CelCompiler } from './cel.ts';
import { definitionOf } from './definition.ts';

export type { CelCompiler } from './cel.ts';
export { schemaCheck } from './schema-check.ts';

type Condition = ApiextensionsV1.CustomResourceDefinitionCondition;

const TABLE = 'customresourcedefinitions.apiextensions.k8s.io';
export const CLEANUP = 'customresourcecleanup.apiextensions.k8s.io';
const USER: UserInfo = { username: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] };
const AGENT = 'kube-apiserver';
/** How long requests that have begun may keep the former definition (crdHandler.tearDown). */
const DRAIN = SECOND;
/** How often to look whether the last objects of a kind that is going have gone. */
const POLL = SECOND;

/**
 * The part of the API server that serves custom resources (apiextensions-apiserver): it accepts the names of CustomResourceDefinitions, serves
 * the kinds that they describe from then on, and takes the objects along when a definition goes.
 */
export class CustomResources {
  private readonly server: ApiServer;
  private readonly cel: () => CelCompiler | undefined;
  /** What is served, by the definition's name, and for which spec. */
  private readonly served = new Map<string, { readonly spec: unknown; readonly resource: ResourceDefinition }>();

  /** `cel` answers the compiler of rules, where that pack has been loaded. */
  constructor(server: ApiServer, cel: () => CelCompiler | undefined) {
    this.server = server;
    this.cel = cel;
    const { store, watchCache } = server;
    watchCache.watch({
      table: TABLE,
      filter: {},
      actor: AGENT,
      since: store.revision,
      handle: ({ object }) => this.reconcile(object.metadata.name),
    });
  }

  private reconcile(name: string): void {
    const found = this.server.store.get(TABLE, name) as unknown as CustomResourceDefinition | undefined;
    if (found === undefined) {
      this.withdraw(name);
      return;
    }
    if (found.metadata.deletionTimestamp !== undefined) {
      this.cleanUp(found);
      return;
    }
    const status = this.statusFor(found);
    if (!deepEqual(status, found.status)) {
      this.write(found, { ...found, status }, 'status');
      return;
    }
    const established = status.conditions?.some((one) => one.type === 'Established' && one.status === 'True') === true;
    if (established) this.serve(found);
    else this.withdraw(name);
  }

  private serve(definition: CustomResourceDefinition): void {
    const { name } = definition.metadata;
    const before = this.served.get(name);
    if (before !== undefined && deepEqual(before.spec, definition.spec)) return;
    this.withdraw(name);
    const resource = definitionOf(definition, this.cel);
    if (resource === undefined) return;
    this.server.resources.add(resource);
    this.served.set(name, { spec: definition.spec, resource });
  }

  private withdraw(name: string): void {
    const before = this.served.get(name);
    if (before === undefined) return;
    const { server } = this;
    server.resources.remove(before.resource);
    // Watches know the definition under which they began: clients have to begin anew.
    server.engine.after(DRAIN, () => server.endWatches(before.resource));
    this.served.delete(name);
  }

  /** The naming and establishing controllers: names that no other definition of the group has are accepted, for good. */
  private statusFor({ metadata, spec, status }: CustomResourceDefinition): CustomResourceDefinition['status'] {
    const { group, names } = spec;
    const others = (this.server.store.list(TABLE) as unknown as CustomResourceDefinition[]).filter(
      (other) => other.spec.group === group && other.metadata.name !== metadata.name,
    );
    const taken = new Set<string>();
    const kinds = new Set<string>();
    for (const { status: own } of others) {
      const { plural = '', singular = '', shortNames = [], kind = '', listKind = '' } = own?.acceptedNames ?? {};
      for (const one of [plural, singular, ...shortNames]) if (one !== '') taken.add(one);
      for (const one of [kind, listKind]) if (one !== '') kinds.add(one);
    }
    const conflicts: [string, string][] = [];
    if (taken.has(names.plural)) conflicts.push(['PluralConflict', names.plural]);
    if (taken.has(names.singular ?? '')) conflicts.push(['SingularConflict', names.singular!]);
    for (const short of names.shortNames ?? []) if (taken.has(short)) conflicts.push(['ShortNamesConflict', short]);
    if (kinds.has(names.kind)) conflicts.push(['KindConflict', names.kind]);
    if (kinds.has(names.listKind ?? '')) conflicts.push(['ListKindConflict', names.listKind!]);
    const [reason, conflict] = conflicts[0] ?? ['', ''];
    const before = status?.conditions ?? [];
    const had = before.some(({ type, status: value }) => type === 'Established' && value === 'True');
    const accepted = conflicts.length === 0;
    const established = accepted || had;
    return {
      ...status,
      acceptedNames: accepted ? names : (status?.acceptedNames ?? { plural: '', kind: '' }),
      conditions: [
        this.condition(
          before,
          accepted
            ? { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' }
            : { type: 'NamesAccepted', status: 'False', reason, message: `"${conflict}" is already in use` },
        ),
        this.condition(
          before,
          established
            ? {
                type: 'Established',
                status: 'True',
                reason: 'InitialNamesAccepted',
                message: 'the initial names have been accepted',
              }
            : { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' },
        ),
      ],
      storedVersions: status?.storedVersions ?? [],
    };
  }

  private condition(before: readonly Condition[], wanted: Omit<Condition, 'lastTransitionTime'>): Condition {
    const had = before.find(({ type }) => type === wanted.type);
    if (had?.status === wanted.status && had.reason === wanted.reason && had.message === wanted.message) return had;
    const time = had?.status === wanted.status ? had.lastTransitionTime : formatTime(this.server.engine.now);
    return { ...wanted, lastTransitionTime: time } as Condition;
  }

  /** The finalizer controller: the objects go first, then the definition. */
  private cleanUp(definition: CustomResourceDefinition): void {
    const { metadata } = definition;
    if (metadata.finalizers?.includes(CLEANUP) !== true) return;
    const served = this.served.get(metadata.name);
    if (served !== undefined && this.deleteObjects(served.resource) > 0) {
      this.server.engine.after(POLL, () => this.reconcile(metadata.name));
      return;
    }
    const finalizers = metadata.finalizers.filter((one) => one !== CLEANUP);
    this.write(definition, { ...definition, metadata: { ...metadata, finalizers } });
  }

  /** Deletes all objects of a kind; answers how many are held by something. */
  private deleteObjects(resource: ResourceDefinition): number {
    const { server } = this;
    const table = `${resource.plural}.${resource.group}`;
    const target = server.resources.resource(resource.group, resource.version, resource.plural)!;
    for (const { metadata } of server.store.list(table)) {
      if (metadata.deletionTimestamp !== undefined) continue;
      const { name, namespace } = metadata;
      const place = namespace === undefined ? {} : { namespace };
      server.handle({
        verb: 'delete',
        target,
        name,
        ...place,
        user: USER,
        userAgent: AGENT,
        warnings: [],
        options: {},
      });
    }
    return server.store.count(table);
  }

  private write(old: CustomResourceDefinition, next: CustomResourceDefinition, subresource?: string): void {
    const { server } = this;
    try {
      server.handle({
        verb: 'update',
        target: server.resources.resource('apiextensions.k8s.io', 'v1', 'customresourcedefinitions')!,
        name: old.metadata.name,
        ...(subresource === undefined ? {} : { subresource }),
        user: USER,
        userAgent: AGENT,
        warnings: [],
        options: {},
        body: next as unknown as AnyObject,
      });
    } catch (error) {
      // Someone else was first: the event of their change brings us back.
      if (!(error instanceof StatusError)) throw error;
    }
  }
}
