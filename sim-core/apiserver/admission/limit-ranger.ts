import type * as CoreV1 from 'kubernetes-types/core/v1';
import type { LimitRange, PersistentVolumeClaim, Pod } from '../../api/objects.ts';
import { Quantity, quantity } from '../../api/quantity.ts';
import { qosClass } from '../../resources/shared/qos.ts';
import type { AdmissionAttributes, AdmissionContext, AdmissionPlugin } from './plugin.ts';
import { refuse } from './refuse.ts';

const TABLE = 'limitranges';
const ANNOTATION = 'kubernetes.io/limit-ranger';

type Amounts = Readonly<Record<string, string>>;

/** Gives containers the requests and limits of the namespace's LimitRanges, and refuses what is beyond them (plugin/pkg/admission/limitranger). */
export const limitRanger: AdmissionPlugin = {
  name: 'LimitRanger',
  handles: (operation, resource, subresource) =>
    (resource === 'pods' && (subresource === undefined ? operation === 'CREATE' : subresource === 'resize')) ||
    (resource === 'persistentvolumeclaims' &&
      subresource === undefined &&
      (operation === 'CREATE' || operation === 'UPDATE')),
  mutate(attributes, context) {
    if (attributes.request.target.resource.plural !== 'pods') return false;
    const ranges = rangesOf(attributes, context);
    let changed = false;
    for (const range of ranges) changed = applyDefaults(attributes.object as unknown as Pod, range) || changed;
    return changed;
  },
  validate(attributes, context) {
    const pod = attributes.request.target.resource.plural === 'pods';
    if (attributes.object!.metadata.deletionTimestamp !== undefined) return;
    for (const range of rangesOf(attributes, context)) {
      const errors = pod
        ? podProblems(attributes.object as unknown as Pod, range)
        : claimProblems(attributes.object as unknown as PersistentVolumeClaim, range);
      if (errors.length > 0) throw refuse(attributes, ...errors);
    }
  },
};

function rangesOf({ request }: AdmissionAttributes, { store }: AdmissionContext): readonly LimitRange[] {
  if (store.count(TABLE) === 0) return [];
  return store.list(TABLE, `${request.namespace}/`) as unknown as LimitRange[];
}

/** mergePodResourceRequirements; notes in an annotation what it set. */
function applyDefaults(pod: Pod, { spec }: LimitRange): boolean {
  const requests: Record<string, string> = {};
  const limits: Record<string, string> = {};
  for (const { type, default: limit, defaultRequest } of spec.limits ?? []) {
    if (type !== 'Container') continue;
    Object.assign(requests, defaultRequest);
    Object.assign(limits, limit);
  }
  if (Object.keys(requests).length === 0 && Object.keys(limits).length === 0) return false;
  const notes: string[] = [];
  const complete = (what: string) => (container: CoreV1.Container) => {
    const had = container.resources ?? {};
    const missing = (wanted: Amounts, given: Amounts = {}) =>
      Object.keys(wanted)
        .filter((name) => !Object.hasOwn(given, name))
        .sort();
    const addRequests = missing(requests, had.requests);
    const addLimits = missing(limits, had.limits);
    if (addRequests.length > 0) notes.push(`${addRequests.join(', ')} request for ${what} ${container.name}`);
    if (addLimits.length > 0) notes.push(`${addLimits.join(', ')} limit for ${what} ${container.name}`);
    if (addRequests.length + addLimits.length === 0) return container;
    return {
      ...container,
      resources: {
        ...had,
        ...(had.limits === undefined && addLimits.length === 0 ? {} : { limits: { ...limits, ...had.limits } }),
        ...(had.requests === undefined && addRequests.length === 0
          ? {}
          : { requests: { ...requests, ...had.requests } }),
      },
    };
  };
  const containers = pod.spec.containers.map(complete('container'));
  const initContainers = pod.spec.initContainers?.map(complete('init container'));
  if (notes.length === 0) return false;
  pod.spec = { ...pod.spec, containers, ...(initContainers === undefined ? {} : { initContainers }) };
  // The class follows from the resources; upstream works it out after admission.
  pod.status = { ...pod.status, qosClass: qosClass(pod.spec) };
  pod.metadata.annotations = {
    ...pod.metadata.annotations,
    [ANNOTATION]: `LimitRanger plugin set: ${notes.join('; ')}`,
  };
  return true;
}

/** PodValidateLimitFunc */
function podProblems({ spec }: Pod, range: LimitRange): string[] {
  const errors: string[] = [];
  for (const limit of range.spec.limits ?? []) {
    if (limit.type === 'Container') {
      for (const { resources = {} } of [...spec.containers, ...(spec.initContainers ?? [])])
        checkAll(limit, resources.requests ?? {}, resources.limits ?? {}, errors);
    } else if (limit.type === 'Pod') checkAll(limit, podTotal(spec, 'requests'), podTotal(spec, 'limits'), errors);
  }
  return errors;
}

function checkAll(limit: CoreV1.LimitRangeItem, requests: Amounts, limits: Amounts, errors: string[]): void {
  const { type } = limit;
  for (const [name, enforced] of sorted(limit.min)) add(errors, belowMinimum(type, name, enforced, requests, limits));
  for (const [name, enforced] of sorted(limit.max)) add(errors, aboveMaximum(type, name, enforced, requests, limits));
  for (const [name, enforced] of sorted(limit.maxLimitRequestRatio))
    add(errors, aboveRatio(type, name, enforced, requests, limits));
}

function add(errors: string[], error: string | undefined): void {
  if (error !== undefined) errors.push(error);
}

/** Upstream walks a Go map, in no order; ours is that of the names. */
function sorted(amounts: Amounts = {}): [string, string][] {
  return Object.keys(amounts)
    .sort()
    .map((name) => [name, amounts[name]!]);
}

const own = (amounts: Amounts, name: string): Quantity | undefined =>
  Object.hasOwn(amounts, name) ? quantity(amounts[name]!) : undefined;

/** minConstraint */
function belowMinimum(type: string, name: string, enforced: string, requests: Amounts, limits: Amounts) {
  const minimum = quantity(enforced);
  const start = `minimum ${name} usage per ${type} is ${minimum}`;
  const request = own(requests, name);
  const limit = own(limits, name);
  if (request === undefined) return `${start}.  No request is specified`;
  if (request.compare(minimum) < 0) return `${start}, but request is ${request}`;
  return limit !== undefined && limit.compare(minimum) < 0 ? `${start}, but limit is ${limit}` : undefined;
}

/** maxConstraint */
function aboveMaximum(type: string, name: string, enforced: string, requests: Amounts, limits: Amounts) {
  const maximum = quantity(enforced);
  const start = `maximum ${name} usage per ${type} is ${maximum}`;
  const request = own(requests, name);
  const limit = own(limits, name);
  if (limit === undefined) return `${start}.  No limit is specified`;
  if (limit.compare(maximum) > 0) return `${start}, but limit is ${limit}`;
  return request !== undefined && request.compare(maximum) > 0 ? `${start}, but request is ${request}` : undefined;
}

/** limitRequestRatioConstraint */
function aboveRatio(type: string, name: string, enforced: string, requests: Amounts, limits: Amounts) {
  const start = `${name} max limit to request ratio per ${type} is ${quantity(enforced)}`;
  const request = own(requests, name);
  const limit = own(limits, name);
  if (request === undefined || request.isZero()) return `${start}, but no request is specified or request is 0`;
  if (limit === undefined || limit.isZero()) return `${start}, but no limit is specified or limit is 0`;
  const ratio = limit.toNumber() / request.toNumber();
  return ratio > quantity(enforced).toNumber() ? `${start}, but provided ratio is ${ratio.toFixed(6)}` : undefined;
}

/** What a pod asks for in all: its containers and sidecars together, or its most demanding init container (podRequests, podLimits). */
function podTotal(spec: Pod['spec'], kind: 'requests' | 'limits'): Record<string, string> {
  const total = new Map<string, Quantity>();
  const restartable = (container: CoreV1.Container) => container.restartPolicy === 'Always';
  const initContainers = spec.initContainers ?? [];
  for (const { resources } of [...spec.containers, ...initContainers.filter(restartable)]) {
    for (const [name, amount] of Object.entries(resources?.[kind] ?? {}))
      total.set(name, (total.get(name) ?? Quantity.of(0)).add(quantity(amount as string)));
  }
  for (const { resources } of initContainers.filter((container) => !restartable(container))) {
    for (const [name, amount] of Object.entries(resources?.[kind] ?? {})) {
      const needed = quantity(amount as string);
      const had = total.get(name);
      if (had === undefined || needed.compare(had) > 0) total.set(name, needed);
    }
  }
  return Object.fromEntries([...total].map(([name, amount]) => [name, amount.toString()]));
}

/** PersistentVolumeClaimValidateLimitFunc */
function claimProblems({ spec }: PersistentVolumeClaim, range: LimitRange): string[] {
  const errors: string[] = [];
  const requests = (spec.resources?.requests ?? {}) as Amounts;
  for (const { type, min, max } of range.spec.limits ?? []) {
    if (type !== 'PersistentVolumeClaim') continue;
    for (const [name, enforced] of sorted(min)) add(errors, belowMinimum(type, name, enforced, requests, {}));
    for (const [name, enforced] of sorted(max)) {
      const maximum = quantity(enforced);
      const start = `maximum ${name} usage per ${type} is ${maximum}`;
      const request = own(requests, name);
      if (request === undefined) errors.push(`${start}.  No request is specified`);
      else if (request.compare(maximum) > 0) errors.push(`${start}, but request is ${request}`);
    }
  }
  return errors;
}
