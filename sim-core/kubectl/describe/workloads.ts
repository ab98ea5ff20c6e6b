import { labelSelectorAsQuery } from '../../api/selector.ts';
import type { ApiObject } from '../api.ts';
import { humanDuration, parseTime } from '../printers/human.ts';
import {
  conditionLines,
  controlledBy,
  eventsOf,
  formatLabels,
  header,
  labelLines,
  labelsAndAnnotations,
  podCounts,
  podStatusLine,
  selectorText,
  time,
} from './common.ts';
import { podTemplateLines } from './pod-template.ts';
import { at, type DescribeContext, type Describer, type DescriptionWriter, list, number, text } from './writer.ts';

function replicaSetText(sets: readonly ApiObject[]): string {
  const parts = sets.map(
    (set) =>
      `${set.metadata.name} (${number(set, 'status', 'replicas')}/${number(set, 'spec', 'replicas')} replicas created)`,
  );
  return parts.length === 0 ? '<none>' : parts.join(', ');
}

/** The template without the hash that tells ReplicaSets apart. */
function templateKey(template: unknown): string {
  const copy = JSON.parse(JSON.stringify(template ?? {})) as { metadata?: { labels?: Record<string, string> } };
  if (copy.metadata?.labels !== undefined) delete copy.metadata.labels['pod-template-hash'];
  return JSON.stringify(sortKeys(copy));
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .filter((key) => (value as Record<string, unknown>)[key] !== null)
      .map((key) => [key, sortKeys((value as Record<string, unknown>)[key])]),
  );
}

/** The ReplicaSets of a Deployment: the one of its template, and the others (GetAllReplicaSetsInChunks). */
export async function replicaSetsOf(
  describe: Pick<DescribeContext, 'context'>,
  deployment: ApiObject,
): Promise<{ old: ApiObject[]; current: ApiObject | undefined }> {
  const api = await describe.context.api();
  const labelSelector = labelSelectorAsQuery(
    at(deployment, 'spec', 'selector') as Parameters<typeof labelSelectorAsQuery>[0],
  );
  const answer = await api.get(`/apis/apps/v1/namespaces/${deployment.metadata.namespace}/replicasets`, {
    query: { labelSelector },
  });
  const owned = list<ApiObject>(answer, 'items').filter((set) =>
    set.metadata.ownerReferences?.some((owner) => owner.controller === true && owner.uid === deployment.metadata.uid),
  );
  const key = templateKey(at(deployment, 'spec', 'template'));
  const byAge = [...owned].sort((a, b) => {
    const [x, y] = [parseTime(a.metadata.creationTimestamp) ?? 0, parseTime(b.metadata.creationTimestamp) ?? 0];
    if (x !== y) return x - y;
    return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
  });
  const current = byAge.find((set) => templateKey(at(set, 'spec', 'template')) === key);
  return { old: owned.filter((set) => set !== current), current };
}

export const describeDeployment: Describer = async (writer, deployment, describe) => {
  const { spec, status } = deployment;
  header(writer, deployment);
  writer.line(0, 'CreationTimestamp:', time(deployment.metadata.creationTimestamp));
  labelsAndAnnotations(writer, deployment);
  writer.line(0, 'Selector:', selectorText(at(spec, 'selector')));
  const counts = [
    `${number(spec, 'replicas')} desired`,
    `${number(status, 'updatedReplicas')} updated`,
    `${number(status, 'replicas')} total`,
    `${number(status, 'availableReplicas')} available`,
    `${number(status, 'unavailableReplicas')} unavailable`,
  ];
  writer.line(0, 'Replicas:', counts.join(' | '));
  writer.line(0, 'StrategyType:', text(spec, 'strategy', 'type'));
  writer.line(0, 'MinReadySeconds:', String(number(spec, 'minReadySeconds')));
  const rolling = at(spec, 'strategy', 'rollingUpdate');
  if (rolling !== undefined && rolling !== null)
    writer.line(
      0,
      'RollingUpdateStrategy:',
      `${text(rolling, 'maxUnavailable')} max unavailable, ${text(rolling, 'maxSurge')} max surge`,
    );
  podTemplateLines(writer, at(spec, 'template'));
  const conditions = list(status, 'conditions');
  if (conditions.length > 0) {
    writer.write(0, 'Conditions:\n  Type\tStatus\tReason\n');
    writer.write(1, '----\t------\t------\n');
    for (const condition of conditions)
      writer.line(1, `${text(condition, 'type')} `, text(condition, 'status'), text(condition, 'reason'));
  }
  const { old, current } = await replicaSetsOf(describe, deployment);
  writer.line(0, 'OldReplicaSets:', replicaSetText(old));
  writer.line(0, 'NewReplicaSet:', replicaSetText(current === undefined ? [] : [current]));
  await eventsOf(writer, deployment, describe);
};

async function podsLine(
  writer: DescriptionWriter,
  title: string,
  object: ApiObject,
  describe: DescribeContext,
): Promise<void> {
  const counts = await podCounts(describe, object, at(object, 'spec', 'selector'));
  writer.line(0, `${title}:`, podStatusLine(counts));
}

export const describeReplicaSet: Describer = async (writer, set, describe) => {
  header(writer, set);
  writer.line(0, 'Selector:', selectorText(at(set, 'spec', 'selector')));
  labelsAndAnnotations(writer, set);
  if (controlledBy(set) !== '') writer.line(0, 'Controlled By:', controlledBy(set));
  writer.line(
    0,
    'Replicas:',
    `${number(set, 'status', 'replicas')} current / ${number(set, 'spec', 'replicas')} desired`,
  );
  await podsLine(writer, 'Pods Status', set, describe);
  podTemplateLines(writer, at(set, 'spec', 'template'));
  conditionLines(writer, list(set, 'status', 'conditions'));
  await eventsOf(writer, set, describe);
};

export const describeReplicationController: Describer = async (writer, controller, describe) => {
  header(writer, controller);
  writer.line(0, 'Selector:', formatLabels(at(controller, 'spec', 'selector')));
  labelsAndAnnotations(writer, controller);
  writer.line(
    0,
    'Replicas:',
    `${number(controller, 'status', 'replicas')} current / ${number(controller, 'spec', 'replicas')} desired`,
  );
  const counts = await podCounts(describe, controller, { matchLabels: at(controller, 'spec', 'selector') });
  writer.line(0, 'Pods Status:', podStatusLine(counts));
  podTemplateLines(writer, at(controller, 'spec', 'template'));
  conditionLines(writer, list(controller, 'status', 'conditions'));
  await eventsOf(writer, controller, describe);
};

export const describeDaemonSet: Describer = async (writer, set, describe) => {
  const { spec, status } = set;
  header(writer, set);
  writer.line(0, 'Selector:', selectorText(at(spec, 'selector')));
  writer.line(0, 'Node-Selector:', formatLabels(at(spec, 'template', 'spec', 'nodeSelector')));
  labelsAndAnnotations(writer, set);
  const numbers: [string, string][] = [
    ['Desired Number of Nodes Scheduled', 'desiredNumberScheduled'],
    ['Current Number of Nodes Scheduled', 'currentNumberScheduled'],
    ['Number of Nodes Scheduled with Up-to-date Pods', 'updatedNumberScheduled'],
    ['Number of Nodes Scheduled with Available Pods', 'numberAvailable'],
    ['Number of Nodes Misscheduled', 'numberMisscheduled'],
  ];
  for (const [title, field] of numbers) writer.write(0, `${title}: ${number(status, field)}\n`);
  await podsLine(writer, 'Pods Status', set, describe);
  podTemplateLines(writer, at(spec, 'template'));
  await eventsOf(writer, set, describe);
};

function claimTemplates(writer: DescriptionWriter, templates: readonly ApiObject[]): void {
  if (templates.length === 0) {
    writer.line(0, 'Volume Claims:', '<none>');
    return;
  }
  writer.write(0, 'Volume Claims:\n');
  for (const template of templates) {
    writer.line(1, 'Name:', template.metadata.name ?? '');
    writer.line(1, 'StorageClass:', text(template, 'spec', 'storageClassName'));
    labelLines(writer, '  Labels', template.metadata.labels, '', '\t');
    const annotations = template.metadata.annotations ?? {};
    const keys = Object.keys(annotations).sort();
    writer.write(0, '  Annotations:\t');
    if (keys.length === 0) writer.write(0, '<none>\n');
    keys.forEach((key, index) => {
      writer.write(0, `${index > 0 ? '\t' : ''}${key}: ${annotations[key]}\n`);
    });
    const storage = at(template, 'spec', 'resources', 'requests', 'storage');
    writer.line(1, 'Capacity:', storage === undefined ? '<default>' : String(storage));
    writer.line(1, 'Access Modes:', `[${list<string>(template, 'spec', 'accessModes').join(' ')}]`);
  }
}

export const describeStatefulSet: Describer = async (writer, set, describe) => {
  const { spec, status } = set;
  header(writer, set);
  writer.line(0, 'CreationTimestamp:', time(set.metadata.creationTimestamp));
  writer.line(0, 'Selector:', selectorText(at(spec, 'selector')));
  labelsAndAnnotations(writer, set);
  writer.line(0, 'Replicas:', `${number(spec, 'replicas')} desired | ${number(status, 'replicas')} total`);
  writer.line(0, 'Update Strategy:', text(spec, 'updateStrategy', 'type'));
  const rolling = at(spec, 'updateStrategy', 'rollingUpdate');
  if (rolling !== undefined && rolling !== null && at(rolling, 'partition') !== undefined) {
    writer.line(1, 'Partition:', String(number(rolling, 'partition')));
    if (at(rolling, 'maxUnavailable') !== undefined) writer.line(1, 'MaxUnavailable:', text(rolling, 'maxUnavailable'));
  }
  await podsLine(writer, 'Pods Status', set, describe);
  podTemplateLines(writer, at(spec, 'template'));
  claimTemplates(writer, list<ApiObject>(spec, 'volumeClaimTemplates'));
  await eventsOf(writer, set, describe);
};

export const describeJob: Describer = async (writer, job, describe) => {
  const { spec, status } = job;
  header(writer, job);
  if (at(spec, 'selector') !== undefined) writer.line(0, 'Selector:', selectorText(at(spec, 'selector')));
  labelsAndAnnotations(writer, job);
  if (controlledBy(job) !== '') writer.line(0, 'Controlled By:', controlledBy(job));
  if (at(spec, 'parallelism') !== undefined) writer.line(0, 'Parallelism:', String(number(spec, 'parallelism')));
  writer.line(
    0,
    'Completions:',
    at(spec, 'completions') === undefined ? '<unset>' : String(number(spec, 'completions')),
  );
  if (at(spec, 'completionMode') !== undefined) writer.line(0, 'Completion Mode:', text(spec, 'completionMode'));
  if (at(spec, 'suspend') !== undefined) writer.line(0, 'Suspend:', text(spec, 'suspend'));
  if (at(spec, 'backoffLimit') !== undefined) writer.line(0, 'Backoff Limit:', text(spec, 'backoffLimit'));
  if (at(spec, 'ttlSecondsAfterFinished') !== undefined)
    writer.line(0, 'TTL Seconds After Finished:', text(spec, 'ttlSecondsAfterFinished'));
  const [start, end] = [parseTime(at(status, 'startTime')), parseTime(at(status, 'completionTime'))];
  if (start !== undefined) writer.line(0, 'Start Time:', time(at(status, 'startTime')));
  if (end !== undefined) writer.line(0, 'Completed At:', time(at(status, 'completionTime')));
  if (start !== undefined && end !== undefined) writer.line(0, 'Duration:', humanDuration(end - start));
  if (at(spec, 'activeDeadlineSeconds') !== undefined)
    writer.line(0, 'Active Deadline Seconds:', `${text(spec, 'activeDeadlineSeconds')}s`);
  const [active, succeeded, failed] = ['active', 'succeeded', 'failed'].map((field) => number(status, field));
  writer.line(
    0,
    'Pods Statuses:',
    at(status, 'ready') === undefined
      ? `${active} Active / ${succeeded} Succeeded / ${failed} Failed`
      : `${active} Active (${number(status, 'ready')} Ready) / ${succeeded} Succeeded / ${failed} Failed`,
  );
  if (text(spec, 'completionMode') === 'Indexed') {
    const done = text(status, 'completedIndexes');
    writer.line(0, 'Completed Indexes:', done === '' ? '<none>' : done);
  }
  podTemplateLines(writer, at(spec, 'template'));
  await eventsOf(writer, job, describe);
};

export const describeCronJob: Describer = async (writer, cron, describe) => {
  const { spec, status } = cron;
  header(writer, cron);
  labelsAndAnnotations(writer, cron);
  writer.line(0, 'Schedule:', text(spec, 'schedule'));
  writer.line(0, 'Concurrency Policy:', text(spec, 'concurrencyPolicy'));
  writer.line(0, 'Suspend:', at(spec, 'suspend') === true ? 'True' : 'False');
  const orUnset = (value: unknown, suffix = ''): string =>
    value === undefined ? '<unset>' : `${String(value)}${suffix}`;
  writer.line(0, 'Successful Job History Limit:', orUnset(at(spec, 'successfulJobsHistoryLimit')));
  writer.line(0, 'Failed Job History Limit:', orUnset(at(spec, 'failedJobsHistoryLimit')));
  writer.line(0, 'Starting Deadline Seconds:', orUnset(at(spec, 'startingDeadlineSeconds'), 's'));
  const job = at(spec, 'jobTemplate', 'spec');
  writer.line(0, 'Selector:', at(job, 'selector') === undefined ? '<unset>' : selectorText(at(job, 'selector')));
  writer.line(0, 'Parallelism:', orUnset(at(job, 'parallelism')));
  writer.line(0, 'Completions:', orUnset(at(job, 'completions')));
  if (at(job, 'activeDeadlineSeconds') !== undefined)
    writer.line(0, 'Active Deadline Seconds:', `${text(job, 'activeDeadlineSeconds')}s`);
  podTemplateLines(writer, at(job, 'template'));
  writer.line(
    0,
    'Last Schedule Time:',
    at(status, 'lastScheduleTime') === undefined ? '<unset>' : time(at(status, 'lastScheduleTime')),
  );
  writer.write(0, 'Active Jobs:\t');
  const active = list(status, 'active');
  writer.write(0, active.length === 0 ? '<none>\n' : `${active.map((item) => text(item, 'name')).join(', ')}\n`);
  await eventsOf(writer, cron, describe);
};
