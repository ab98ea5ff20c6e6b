import { formatLabelSelector } from '../../api/selector.ts';
import type { ApiObject } from '../api.ts';
import { isReason } from '../errors.ts';
import { LAST_APPLIED } from '../mutate.ts';
import { ageSince, parseTime, rfc1123z } from '../printers/human.ts';
import { type DescribeContext, type DescriptionWriter, type Json, list, text } from './writer.ts';

const MAX_ANNOTATION = 140;

/** Labels, one a line, sorted (printLabelsMultiline). */
export function labelLines(writer: DescriptionWriter, title: string, labels: unknown, indent = '', inner = '\t'): void {
  const record = (labels ?? {}) as Record<string, string>;
  const keys = Object.keys(record).sort();
  writer.write(0, `${indent}${title}:${inner}`);
  if (keys.length === 0) {
    writer.write(0, '<none>\n');
    return;
  }
  keys.forEach((key, index) => {
    writer.write(0, `${index > 0 ? indent + inner : ''}${key}=${record[key]}\n`);
  });
}

/** Annotations without the last-applied one; long ones on lines of their own (printAnnotationsMultiline). */
export function annotationLines(writer: DescriptionWriter, title: string, annotations: unknown): void {
  const record = (annotations ?? {}) as Record<string, string>;
  const keys = Object.keys(record)
    .filter((key) => key !== LAST_APPLIED)
    .sort();
  writer.write(0, `${title}:\t`);
  if (keys.length === 0) writer.write(0, '<none>\n');
  keys.forEach((key, index) => {
    if (index > 0) writer.write(0, '\t');
    const value = record[key]!.replace(/\n$/, '');
    if (value.length + key.length + 2 <= MAX_ANNOTATION && !value.includes('\n')) {
      writer.write(0, `${key}: ${value}\n`);
      return;
    }
    writer.write(0, `${key}:\n`);
    for (const line of value.split('\n')) {
      const short = line.length > MAX_ANNOTATION - 2 ? `${line.slice(0, MAX_ANNOTATION - 2)}...` : line;
      writer.write(0, `\t  ${short}\n`);
    }
  });
}

/** Name, Namespace and what most kinds begin with. */
export function header(writer: DescriptionWriter, object: ApiObject, namespaced = true): void {
  writer.line(0, 'Name:', object.metadata.name ?? '');
  if (namespaced) writer.line(0, 'Namespace:', object.metadata.namespace ?? '');
}

export function labelsAndAnnotations(writer: DescriptionWriter, object: ApiObject): void {
  labelLines(writer, 'Labels', object.metadata.labels);
  annotationLines(writer, 'Annotations', object.metadata.annotations);
}

/** `Deployment/web`, the managing owner; empty without one. */
export function controlledBy(object: ApiObject): string {
  const owner = object.metadata.ownerReferences?.find((reference) => reference.controller === true);
  return owner === undefined ? '' : `${owner.kind}/${owner.name}`;
}

/** A label selector as text; `<none>` for an empty one. */
export function selectorText(selector: unknown): string {
  if (selector === undefined || selector === null) return '<none>';
  return formatLabelSelector(selector as Parameters<typeof formatLabelSelector>[0]);
}

/** A map as `a=1,b=2` (labels.FormatLabels). */
export function formatLabels(labels: unknown): string {
  const record = (labels ?? {}) as Record<string, string>;
  const keys = Object.keys(record).sort();
  return keys.length === 0 ? '<none>' : keys.map((key) => `${key}=${record[key]}`).join(',');
}

export function tolerationLines(
  writer: DescriptionWriter,
  title: string,
  tolerations: readonly Json[],
  indent = '',
  inner = '\t',
): void {
  writer.write(0, `${indent}${title}:${inner}`);
  if (tolerations.length === 0) {
    writer.write(0, '<none>\n');
    return;
  }
  const sorted = [...tolerations].sort((a, b) =>
    text(a, 'key') < text(b, 'key') ? -1 : text(a, 'key') > text(b, 'key') ? 1 : 0,
  );
  sorted.forEach((toleration, index) => {
    const [key, value, effect] = [text(toleration, 'key'), text(toleration, 'value'), text(toleration, 'effect')];
    let line = key;
    if (value !== '') line += `=${value}`;
    if (effect !== '') line += `:${effect}`;
    if (toleration.operator === 'Exists' && value === '') line += line === '' ? 'op=Exists' : ' op=Exists';
    if (toleration.tolerationSeconds !== undefined) line += ` for ${toleration.tolerationSeconds}s`;
    writer.write(0, `${index > 0 ? indent + inner : ''}${line}\n`);
  });
}

interface EventObject extends ApiObject {
  type?: string;
  reason?: string;
  message?: string;
  count?: number;
  firstTimestamp?: string;
  lastTimestamp?: string;
  eventTime?: string;
  source?: { component?: string };
  reportingComponent?: string;
  series?: { count?: number; lastObservedTime?: string };
}

/** Age of an event with how often it came: `5s (x3 over 2m)`. */
export function eventInterval(event: ApiObject, now: number): string {
  const e = event as EventObject;
  const first = ageSince(e.eventTime ?? e.firstTimestamp, now);
  if (e.series !== undefined && e.series !== null)
    return `${ageSince(e.series.lastObservedTime, now)} (x${e.series.count ?? 0} over ${first})`;
  return (e.count ?? 0) > 1 ? `${ageSince(e.lastTimestamp, now)} (x${e.count} over ${first})` : first;
}

export function eventTime(event: ApiObject): number {
  const e = event as EventObject;
  return parseTime(e.series?.lastObservedTime) ?? parseTime(e.lastTimestamp) ?? parseTime(e.eventTime) ?? 0;
}

/** The events of an object, oldest first. */
export async function findEvents(
  { context }: DescribeContext,
  object: ApiObject,
  reference: { kind?: string; uid?: string; namespace?: string } = {},
): Promise<ApiObject[]> {
  const api = await context.api();
  const namespace = reference.namespace ?? object.metadata.namespace ?? '';
  const fields: Record<string, string> = {
    'involvedObject.kind': reference.kind ?? object.kind,
    'involvedObject.name': object.metadata.name ?? '',
    'involvedObject.namespace': namespace,
    'involvedObject.uid': reference.uid ?? object.metadata.uid ?? '',
  };
  const fieldSelector = Object.keys(fields)
    .filter((key) => fields[key] !== '')
    .map((key) => `${key}=${fields[key]}`)
    .join(',');
  const found: ApiObject[] = [];
  let next = '';
  try {
    do {
      const page = await api.get(namespace === '' ? '/api/v1/events' : `/api/v1/namespaces/${namespace}/events`, {
        query: { fieldSelector, limit: 500, continue: next },
      });
      found.push(...((page.items ?? []) as ApiObject[]));
      next = page.metadata?.continue ?? '';
    } while (next !== '');
  } catch (error) {
    if (isReason(error, 'Forbidden') || isReason(error, 'NotFound')) return [];
    throw error;
  }
  return found;
}

export function writeEvents(writer: DescriptionWriter, events: readonly ApiObject[], now: number): void {
  if (events.length === 0) {
    writer.line(0, 'Events:', '<none>');
    return;
  }
  writer.flush();
  // By lastTimestamp alone (event.SortableEvents): those of the new API have none, and so come first.
  const last = (event: ApiObject) => parseTime((event as EventObject).lastTimestamp) ?? 0;
  const sorted = [...events].sort((a, b) => last(a) - last(b));
  writer.write(0, 'Events:\n  Type\tReason\tAge\tFrom\tMessage\n');
  writer.write(1, '----\t------\t----\t----\t-------\n');
  for (const event of sorted) {
    const e = event as EventObject;
    const source = e.source?.component || e.reportingComponent || '';
    writer.line(1, e.type ?? '', e.reason ?? '', eventInterval(e, now), source, (e.message ?? '').trim());
  }
}

/** The events table of an object, or nothing where --show-events=false. */
export async function eventsOf(writer: DescriptionWriter, object: ApiObject, describe: DescribeContext): Promise<void> {
  if (describe.showEvents) writeEvents(writer, await findEvents(describe, object), describe.now);
}

/** Type, Status and Reason of conditions. */
export function conditionLines(writer: DescriptionWriter, conditions: readonly Json[]): void {
  if (conditions.length === 0) return;
  writer.write(0, 'Conditions:\n  Type\tStatus\tReason\n');
  writer.write(1, '----\t------\t------\n');
  for (const condition of conditions)
    writer.line(1, `${text(condition, 'type')} `, text(condition, 'status'), text(condition, 'reason'));
}

export function time(value: unknown): string {
  return rfc1123z(value);
}

/** Conditions with the time of their last change and their message. */
export function changedConditionLines(writer: DescriptionWriter, conditions: readonly Json[]): void {
  writer.write(0, 'Conditions:\n');
  writer.line(1, 'Type', 'Status', 'LastTransitionTime', 'Reason', 'Message');
  writer.line(1, '----', '------', '------------------', '------', '-------');
  for (const one of conditions)
    writer.line(
      1,
      text(one, 'type'),
      text(one, 'status'),
      time(one.lastTransitionTime),
      text(one, 'reason'),
      text(one, 'message'),
    );
}

/** Running, waiting, succeeded and failed Pods of a controller. */
export async function podCounts(
  describe: DescribeContext,
  object: ApiObject,
  selector: unknown,
): Promise<{ running: number; waiting: number; succeeded: number; failed: number } | undefined> {
  const api = await describe.context.api();
  const { labelSelectorAsQuery } = await import('../../api/selector.ts');
  const query = labelSelectorAsQuery(selector as Parameters<typeof labelSelectorAsQuery>[0]);
  try {
    const pods = await api.get(`/api/v1/namespaces/${object.metadata.namespace}/pods`, {
      query: { labelSelector: query },
    });
    const counts = { running: 0, waiting: 0, succeeded: 0, failed: 0 };
    for (const pod of list<ApiObject>(pods, 'items')) {
      const owner = pod.metadata.ownerReferences?.find((reference) => reference.controller === true);
      if (owner === undefined || owner.uid !== object.metadata.uid) continue;
      const phase = text(pod, 'status', 'phase');
      if (phase === 'Running') counts.running++;
      else if (phase === 'Pending') counts.waiting++;
      else if (phase === 'Succeeded') counts.succeeded++;
      else if (phase === 'Failed') counts.failed++;
    }
    return counts;
  } catch {
    return undefined;
  }
}

export function podStatusLine(counts: Awaited<ReturnType<typeof podCounts>>): string {
  if (counts === undefined) return 'error in fetching pods';
  return `${counts.running} Running / ${counts.waiting} Waiting / ${counts.succeeded} Succeeded / ${counts.failed} Failed`;
}
