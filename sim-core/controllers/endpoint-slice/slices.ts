import type { Endpoint } from 'kubernetes-types/discovery/v1';
import { deepEqual } from '../../api/equality.ts';
import { type EndpointSlice, type KubeObject, type NewObject, objectKey } from '../../api/objects.ts';
import { isNotFound } from '../../api/status.ts';
import type { Client, Informer } from '../../client/index.ts';
import { endpointSlices } from '../../resources/endpoint-slice.ts';
import { isTerminating } from '../shared/pods.ts';
import { TRIGGER_TIME } from '../shared/trigger-time.ts';
import type { EndpointGroup, IPFamily } from './desired.ts';

export const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
export const SERVICE_NAME = 'kubernetes.io/service-name';
const HEADLESS = 'service.kubernetes.io/headless';
const MAX_ENDPOINTS = 100;
const BY_SERVICE = 'service';

/** A slice as it is to become: an existing one, or a new one. */
interface Draft {
  readonly slice: EndpointSlice | undefined;
  endpoints: Endpoint[];
  changed: boolean;
}

/**
 * Brings a Service's slices to what they should hold with as few writes as it can (endpointslice.Reconciler): endpoints stay
 * where they are, gaps are filled before new slices are made, and a slice that stays the same is not written.
 */
export class SliceWriter {
  private readonly client: Client;
  private readonly slices: Informer<EndpointSlice>;
  private readonly manager: string;
  /** Slices written and not yet seen in that version: the cache is not to be trusted on them (EndpointSliceTracker). */
  private readonly ahead = new Map<string, Map<string, EndpointSlice | 'deleted'>>();
  /** Requests made so far that change something. */
  writes = 0;

  constructor({ client }: { client: Client }, slices: Informer<EndpointSlice>, manager: string) {
    this.client = client;
    this.slices = slices;
    this.manager = manager;
    slices.addIndex(BY_SERVICE, ({ metadata }) => [
      `${metadata.namespace}/${metadata.labels?.[SERVICE_NAME]}@${metadata.labels?.[MANAGED_BY]}`,
    ]);
  }

  forget(key: string): void {
    this.ahead.delete(key);
  }

  /**
   * A slice has come by the watch. Answers whether it is as the manager itself has written it last: then there is no need to look again
   * (EndpointSliceTracker.ShouldSync).
   */
  isOwnWrite({ metadata }: EndpointSlice): boolean {
    const ahead = this.ahead.get(`${metadata.namespace}/${metadata.labels?.[SERVICE_NAME]}`);
    const own = ahead?.get(metadata.name);
    if (own === undefined || own === 'deleted' || own.metadata.resourceVersion !== metadata.resourceVersion)
      return false;
    ahead!.delete(metadata.name);
    return true;
  }

  /** The slices of `subject` (a Service, or Endpoints to mirror) as far as this manager's writes have come. */
  current(key: string): EndpointSlice[] {
    const cached = this.slices.byIndex(BY_SERVICE, `${key}@${this.manager}`);
    const ahead = this.ahead.get(key);
    if (ahead === undefined || ahead.size === 0) return cached;
    const byName = new Map(cached.map((slice) => [slice.metadata.name, slice]));
    for (const [name, own] of ahead) {
      const seen = byName.get(name);
      if (own === 'deleted') {
        if (seen === undefined) ahead.delete(name);
        byName.delete(name);
      } else if (seen !== undefined && Number(seen.metadata.resourceVersion) >= Number(own.metadata.resourceVersion)) {
        ahead.delete(name);
      } else if (this.slices.get(own.metadata.namespace, name) === undefined && seen === undefined) {
        byName.set(name, own);
      } else byName.set(name, own);
    }
    return [...byName.values()];
  }

  bring(
    subject: KubeObject,
    labelled: { metadata: { labels?: Record<string, string> }; spec?: { clusterIP?: string } },
    family: IPFamily,
    groups: ReadonlyMap<string, EndpointGroup>,
    trigger: string | undefined,
  ): void {
    const key = objectKey(subject);
    const mine = this.current(key).filter((slice) => slice.addressType === family);
    const byPorts = new Map<string, EndpointSlice[]>();
    for (const slice of mine) {
      if (isTerminating(slice)) continue;
      const ports = JSON.stringify(slice.ports ?? []);
      const list = byPorts.get(ports);
      if (list === undefined) byPorts.set(ports, [slice]);
      else list.push(slice);
    }
    const drafts: (Draft & { ports: EndpointGroup['ports'] })[] = [];
    const wantsPlaceholder = groups.size === 0;
    for (const [ports, group] of groups) {
      for (const draft of distribute(byPorts.get(ports) ?? [], group.endpoints))
        drafts.push({ ...draft, ports: group.ports });
      byPorts.delete(ports);
    }
    for (const stale of byPorts.values()) {
      for (const slice of stale) {
        // Without endpoints one empty slice stays, so that readers can tell "none" from "not known yet".
        const placeholder =
          wantsPlaceholder && !drafts.some(({ endpoints }) => endpoints.length === 0 && wantsPlaceholder);
        if (placeholder)
          drafts.push({ slice, endpoints: [], changed: (slice.endpoints ?? []).length > 0, ports: slice.ports ?? [] });
        else this.remove(key, slice);
      }
    }
    if (wantsPlaceholder && drafts.length === 0)
      drafts.push({ slice: undefined, endpoints: [], changed: true, ports: [] });
    const labels = this.labelsFor(subject, labelled);
    for (const draft of drafts) {
      if (draft.endpoints.length === 0 && !wantsPlaceholder) {
        if (draft.slice !== undefined) this.remove(key, draft.slice);
      } else this.write(key, subject, draft, draft.ports, family, labels, trigger);
    }
  }

  private labelsFor(
    subject: KubeObject,
    { metadata, spec }: { metadata: { labels?: Record<string, string> }; spec?: { clusterIP?: string } },
  ): Record<string, string> {
    const labels: Record<string, string> = {};
    for (const [name, value] of Object.entries(metadata.labels ?? {})) {
      if (name !== SERVICE_NAME && name !== MANAGED_BY && name !== HEADLESS) labels[name] = value;
    }
    if (spec?.clusterIP === 'None') labels[HEADLESS] = '';
    return { ...labels, [SERVICE_NAME]: subject.metadata.name, [MANAGED_BY]: this.manager };
  }

  private write(
    key: string,
    subject: KubeObject,
    { slice, endpoints, changed }: Draft,
    ports: EndpointGroup['ports'],
    family: IPFamily,
    labels: Record<string, string>,
    trigger: string | undefined,
  ): void {
    const { apiVersion, kind, metadata } = subject;
    const annotations = (before: Record<string, string> | undefined) => {
      const { [TRIGGER_TIME]: _, ...others } = before ?? {};
      return trigger === undefined ? others : { ...others, [TRIGGER_TIME]: trigger };
    };
    if (slice === undefined) {
      const { name, uid, namespace } = metadata;
      const created = this.client.create(endpointSlices, {
        metadata: {
          generateName: `${name}-`,
          namespace,
          labels,
          annotations: annotations(undefined),
          ownerReferences: [{ apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true }],
        },
        addressType: family,
        endpoints,
        ports,
      } as NewObject<EndpointSlice>);
      this.note(key, created.metadata.name, created);
      return;
    }
    if (!changed && deepEqual(slice.metadata.labels, labels)) return;
    const updated = this.client.update(endpointSlices, {
      ...slice,
      metadata: { ...slice.metadata, labels, annotations: annotations(slice.metadata.annotations) },
      endpoints,
      ports,
    });
    this.note(key, updated.metadata.name, updated);
  }

  private remove(key: string, slice: EndpointSlice): void {
    const { namespace, name } = slice.metadata;
    try {
      this.client.delete(endpointSlices, namespace, name);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    this.note(key, name, 'deleted');
  }

  private note(key: string, name: string, slice: EndpointSlice | 'deleted'): void {
    this.writes++;
    let ahead = this.ahead.get(key);
    if (ahead === undefined) {
      ahead = new Map();
      this.ahead.set(key, ahead);
    }
    ahead.set(name, slice);
  }
}

/** Spreads endpoints over slices: each stays where it is, then changed slices are filled up, then others, then new ones. */
function distribute(slices: readonly EndpointSlice[], desired: ReadonlyMap<string, Endpoint>): Draft[] {
  const missing = new Map(desired);
  const drafts: Draft[] = slices.map((slice) => {
    let changed = false;
    const endpoints: Endpoint[] = [];
    for (const endpoint of slice.endpoints ?? []) {
      const identity = endpoint.targetRef?.uid ?? endpoint.addresses[0]!;
      const wanted = missing.get(identity);
      if (wanted === undefined) {
        changed = true;
        continue;
      }
      missing.delete(identity);
      if (deepEqual(endpoint, wanted)) endpoints.push(endpoint);
      else {
        endpoints.push(wanted);
        changed = true;
      }
    }
    return { slice, endpoints, changed };
  });
  if (missing.size === 0) return drafts;
  const rest = [...missing.values()];
  for (const draft of drafts) if (draft.changed) fill(draft, rest);
  // The fullest slice that has room for all the rest: fuller slices, fewer of them (getSliceToFill).
  if (rest.length > 0 && rest.length < MAX_ENDPOINTS) {
    const roomy = drafts.filter((draft) => !draft.changed && draft.endpoints.length + rest.length <= MAX_ENDPOINTS);
    roomy.sort((a, b) => b.endpoints.length - a.endpoints.length);
    if (roomy[0] !== undefined) fill(roomy[0], rest);
  }
  while (rest.length > 0) drafts.push({ slice: undefined, endpoints: rest.splice(0, MAX_ENDPOINTS), changed: true });
  return drafts;
}

function fill(draft: Draft, rest: Endpoint[]): void {
  const taken = rest.splice(0, MAX_ENDPOINTS - draft.endpoints.length);
  if (taken.length === 0) return;
  draft.endpoints = [...draft.endpoints, ...taken];
  draft.changed = true;
}
