import { ageOf } from '../api/duration.ts';
import { deepEqual } from '../api/equality.ts';
import { type ErrorList, invalid, required } from '../api/field-error.ts';
import { byteLength } from '../api/go-format.ts';
import { isQualifiedName } from '../api/names.ts';
import type { AnyObject, CoreEvent } from '../api/objects.ts';
import type { Micros } from '../engine/index.ts';
import type { Column, OtherVersion, ResourceDefinition } from './resource.ts';
import { addInvalid, IMMUTABLE, isBlank } from './shared/checks.ts';

const COLUMNS: readonly Column<CoreEvent>[] = [
  { name: 'Last Seen', value: lastSeen },
  { name: 'Type', value: ({ type }) => type ?? '' },
  { name: 'Reason', value: ({ reason }) => reason ?? '' },
  { name: 'Object', value: objectOf },
  { name: 'Subobject', priority: 1, value: ({ involvedObject }) => involvedObject?.fieldPath ?? '' },
  { name: 'Source', priority: 1, value: sourceOf },
  { name: 'Message', value: ({ message }) => (message ?? '').trim() },
  { name: 'First Seen', priority: 1, value: firstSeen },
  { name: 'Count', priority: 1, value: countOf },
  { name: 'Name', priority: 1, value: ({ metadata }) => metadata.name },
];

/** events.k8s.io/v1: the same events under newer names (Convert_v1_Event_To_core_Event and back). */
const EVENTS_V1: OtherVersion = {
  group: 'events.k8s.io',
  version: 'v1',
  toStored(object) {
    const event = object as AnyObject & Record<string, unknown>;
    return renamed(event, 'v1', [
      ['regarding', 'involvedObject'],
      ['note', 'message'],
      ['reportingController', 'reportingComponent'],
      ['deprecatedSource', 'source'],
      ['deprecatedFirstTimestamp', 'firstTimestamp'],
      ['deprecatedLastTimestamp', 'lastTimestamp'],
      ['deprecatedCount', 'count'],
    ]);
  },
  fromStored(object) {
    return renamed(object, 'events.k8s.io/v1', [
      ['involvedObject', 'regarding'],
      ['message', 'note'],
      ['reportingComponent', 'reportingController'],
      ['source', 'deprecatedSource'],
      ['firstTimestamp', 'deprecatedFirstTimestamp'],
      ['lastTimestamp', 'deprecatedLastTimestamp'],
      ['count', 'deprecatedCount'],
    ]);
  },
};

export const events: ResourceDefinition<CoreEvent> = {
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  singular: 'event',
  shortNames: ['ev'],
  namespaced: true,
  createOnUpdate: true,
  otherVersions: [EVENTS_V1],
  fields: {
    'involvedObject.kind': ({ involvedObject }) => involvedObject?.kind ?? '',
    'involvedObject.namespace': ({ involvedObject }) => involvedObject?.namespace ?? '',
    'involvedObject.name': ({ involvedObject }) => involvedObject?.name ?? '',
    'involvedObject.uid': ({ involvedObject }) => involvedObject?.uid ?? '',
    'involvedObject.apiVersion': ({ involvedObject }) => involvedObject?.apiVersion ?? '',
    'involvedObject.resourceVersion': ({ involvedObject }) => involvedObject?.resourceVersion ?? '',
    'involvedObject.fieldPath': ({ involvedObject }) => involvedObject?.fieldPath ?? '',
    reason: ({ reason }) => reason ?? '',
    reportingComponent: ({ reportingComponent }) => reportingComponent ?? '',
    source: ({ source, reportingComponent }) => source?.component || reportingComponent || '',
    type: ({ type }) => type ?? '',
  },
  validate: (event) => checkEvent(event, true),
  validateUpdate(event, old) {
    const errors = checkEvent(event, false);
    // Only events of the old kind may be rewritten at will.
    if (isBlank(event.eventTime) && isBlank(old.eventTime)) return errors;
    for (const field of ['involvedObject', 'reason', 'message', 'type', 'eventTime', 'action', 'related'] as const)
      if (!deepEqual(event[field], old[field])) errors.push(invalid(field, event[field] ?? '', IMMUTABLE));
    return errors;
  },
  columns: COLUMNS,
};

function renamed(object: AnyObject, apiVersion: string, names: readonly (readonly [string, string])[]): AnyObject {
  const table = new Map(names);
  const result: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(object)) result[table.get(field) ?? field] = value;
  return { ...result, apiVersion, kind: 'Event', metadata: object.metadata } as AnyObject;
}

/** legacyValidateEvent; for events with a time of their own also ValidateEventCreate. */
function checkEvent(event: CoreEvent, isNew: boolean): ErrorList {
  const errors: ErrorList = [];
  const { involvedObject = {}, metadata } = event;
  const namespace = involvedObject.namespace ?? '';
  if (namespace === '') {
    if (metadata.namespace !== 'default' && metadata.namespace !== undefined)
      errors.push(invalid('involvedObject.namespace', namespace, 'does not match event.namespace'));
  } else if (namespace !== metadata.namespace)
    errors.push(invalid('involvedObject.namespace', namespace, 'does not match event.namespace'));
  if (isBlank(event.eventTime) || !isNew) return errors;
  const { reportingComponent, reportingInstance, action, reason, message = '', type } = event;
  if (isBlank(reportingComponent)) errors.push(required('reportingController'));
  addInvalid(errors, 'reportingController', reportingComponent ?? '', isQualifiedName(reportingComponent ?? ''));
  if (isBlank(reportingInstance)) errors.push(required('reportingInstance'));
  else if (byteLength(reportingInstance) > 128)
    errors.push(invalid('reportingInstance', '', 'can have at most 128 characters'));
  for (const [field, value] of [
    ['action', action],
    ['reason', reason],
  ] as const) {
    if (isBlank(value)) errors.push(required(field));
    else if (byteLength(value) > 128) errors.push(invalid(field, '', 'can have at most 128 characters'));
  }
  if (byteLength(message) > 1024) errors.push(invalid('message', '', 'can have at most 1024 characters'));
  if (type !== 'Normal' && type !== 'Warning') errors.push(invalid('type', '', `has invalid value: ${type ?? ''}`));
  return errors;
}

function objectOf({ involvedObject }: CoreEvent): string {
  const kind = (involvedObject?.kind ?? '').toLowerCase();
  const name = involvedObject?.name ?? '';
  return name === '' ? kind : `${kind}/${name}`;
}

function sourceOf({ source, reportingComponent, reportingInstance }: CoreEvent): string {
  const component = source?.component || reportingComponent || '';
  const host = source?.host || reportingInstance || '';
  return [component, host].filter((part) => part !== '').join(', ');
}

function firstSeen({ firstTimestamp, eventTime }: CoreEvent, now: Micros): string {
  return ageOf(isBlank(firstTimestamp) ? eventTime : firstTimestamp, now);
}

function lastSeen(event: CoreEvent, now: Micros): string {
  const observed = event.series?.lastObservedTime;
  if (!isBlank(observed)) return ageOf(observed, now);
  return isBlank(event.lastTimestamp) ? firstSeen(event, now) : ageOf(event.lastTimestamp, now);
}

function countOf({ series, count }: CoreEvent): string {
  return String(series?.count ?? (count === undefined || count === 0 ? 1 : count));
}
