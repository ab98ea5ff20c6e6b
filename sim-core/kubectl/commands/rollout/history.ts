import { applyStrategicMergePatch } from '../../../api/patch/strategic-merge.ts';
import { labelSelectorAsQuery } from '../../../api/selector.ts';
import type { ApiObject } from '../../api.ts';
import { patchView } from '../../apply/patch-view.ts';
import type { Context } from '../../command.ts';
import { podTemplateLines } from '../../describe/pod-template.ts';
import { DescriptionWriter } from '../../describe/writer.ts';
import { KubectlError, quote } from '../../errors.ts';
import type { Info } from '../../resource-builder.ts';

const REVISION = 'deployment.kubernetes.io/revision';
const CAUSE = 'kubernetes.io/change-cause';

/** Kinds that kubectl can visit, of which it shows no history. */
const WORKLOADS = ['Pod', 'Job', 'CronJob', 'ReplicaSet', 'ReplicationController'];

interface Revision {
  readonly number: number;
  readonly cause: string;
  /** The Pod template of the revision, for --revision. */
  readonly template: unknown;
  readonly source: ApiObject;
}

function specOf(object: ApiObject): Record<string, unknown> {
  return (object.spec ?? {}) as Record<string, unknown>;
}

async function ownedList(context: Context, owner: ApiObject, path: string): Promise<ApiObject[]> {
  const api = await context.api();
  const labelSelector = labelSelectorAsQuery(specOf(owner).selector as Parameters<typeof labelSelectorAsQuery>[0]);
  const list = await api.get(`/apis/apps/v1/namespaces/${owner.metadata.namespace}/${path}`, {
    query: { labelSelector },
  });
  return ((list.items ?? []) as ApiObject[]).filter((item) =>
    item.metadata.ownerReferences?.some(
      (reference) => reference.controller === true && reference.uid === owner.metadata.uid,
    ),
  );
}

/** The revisions that a Deployment, StatefulSet or DaemonSet can go back to, oldest first. */
export async function revisionsOf(context: Context, object: ApiObject): Promise<Revision[]> {
  const found: Revision[] = [];
  if (object.kind === 'Deployment') {
    for (const set of await ownedList(context, object, 'replicasets')) {
      const annotations = set.metadata.annotations ?? {};
      const number = Number(annotations[REVISION] ?? 0);
      found.push({
        number,
        cause: annotations[CAUSE] ?? '',
        template: withCause(specOf(set).template, annotations[CAUSE]),
        source: set,
      });
    }
  } else {
    const view = patchView(object.kind);
    for (const revision of await ownedList(context, object, 'controllerrevisions')) {
      const data = (revision.data ?? {}) as Record<string, unknown>;
      const applied = applyStrategicMergePatch(object as Record<string, unknown>, data, view) as unknown as ApiObject;
      found.push({
        number: Number(revision.revision ?? 0),
        cause: revision.metadata.annotations?.[CAUSE] ?? '',
        template: specOf(applied).template,
        source: revision,
      });
    }
  }
  return found.sort((a, b) => a.number - b.number);
}

function withCause(template: unknown, cause: string | undefined): unknown {
  if (cause === undefined || cause === '') return template;
  const copy = template as { metadata?: { annotations?: Record<string, string> } };
  return { ...copy, metadata: { ...copy.metadata, annotations: { ...copy.metadata?.annotations, [CAUSE]: cause } } };
}

/** `rollout history` of one object. */
export async function printHistory(context: Context, info: Info): Promise<void> {
  const { object } = info;
  const wanted = context.flags.number('revision');
  if (!['Deployment', 'StatefulSet', 'DaemonSet'].includes(object.kind)) {
    const { group } = info.mapping;
    const kind = quote(group === '' ? object.kind : `${object.kind}.${group}`);
    throw new KubectlError(
      WORKLOADS.includes(object.kind)
        ? `no history viewer has been implemented for ${kind}`
        : `error retrieving history for ${kind}, no visitor method exists for {${group} ${object.kind}}`,
    );
  }
  const revisions = await revisionsOf(context, object);
  const name = `${object.kind.toLowerCase()}.${info.mapping.group}/${info.name}`;
  if (wanted > 0) {
    const revision = revisions.find(({ number }) => number === wanted);
    if (revision === undefined) throw new KubectlError('unable to find the specified revision');
    const writer = new DescriptionWriter({ aligned: false });
    podTemplateLines(writer, revision.template);
    context.out(`${name} with revision #${wanted}\n${writer.text()}\n`);
    return;
  }
  const { TabWriter, DESCRIBE_TABS } = await import('../../printers/tabwriter.ts');
  const tabs = new TabWriter(DESCRIBE_TABS);
  tabs.write('REVISION\tCHANGE-CAUSE\n');
  for (const { number, cause } of revisions) tabs.write(`${number}\t${cause === '' ? '<none>' : cause}\n`);
  context.out(revisions.length === 0 ? `${name} \nNo rollout history found.\n` : `${name} \n${tabs.flush()}\n`);
}

/** What `rollout undo` sends: the patch, or why there is nothing to do. */
export async function undoPatch(
  context: Context,
  info: Info,
): Promise<{ patch: unknown; type: 'json' | 'strategic'; template: unknown; shown?: unknown; skipped?: string }> {
  const { object } = info;
  const to = context.flags.number('to-revision');
  const revisions = await revisionsOf(context, object);
  if (to < 0) throw new KubectlError(`unable to find specified revision ${to} in history`);
  if (object.kind === 'Deployment') {
    const spec = specOf(object);
    const annotations = object.metadata.annotations ?? {};
    const target = to === 0 ? revisions.at(-2) : revisions.find(({ number }) => number === to);
    if (target === undefined)
      throw new KubectlError(
        to === 0
          ? `no rollout history found for deployment ${quote(info.name)}`
          : `unable to find specified revision ${to} in history`,
      );
    if (spec.paused === true)
      throw new KubectlError(
        `you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again`,
      );
    const set = target.source;
    const template = JSON.parse(JSON.stringify(specOf(set).template)) as {
      metadata?: { labels?: Record<string, string> };
    };
    if (template.metadata?.labels !== undefined) delete template.metadata.labels['pod-template-hash'];
    if (sameJson(template, spec.template)) {
      return {
        patch: undefined,
        type: 'json',
        template,
        skipped: `skipped rollback (current template already matches revision ${target.number})`,
      };
    }
    const skipped = [
      'kubectl.kubernetes.io/last-applied-configuration',
      REVISION,
      'deployment.kubernetes.io/revision-history',
      'deployment.kubernetes.io/desired-replicas',
      'deployment.kubernetes.io/max-replicas',
      'deprecated.deployment.rollback.to',
    ];
    const after: Record<string, string> = {};
    for (const key of skipped) if (annotations[key] !== undefined) after[key] = annotations[key]!;
    for (const [key, value] of Object.entries(set.metadata.annotations ?? {}))
      if (!skipped.includes(key)) after[key] = value;
    return {
      patch: [
        { op: 'replace', path: '/spec/template', value: template },
        { op: 'replace', path: '/metadata/annotations', value: after },
      ],
      type: 'json',
      template,
      shown: specOf(set).template,
    };
  }
  if (revisions.length === 0 || (to === 0 && revisions.length <= 1))
    throw new KubectlError(`no last revision to roll back to`);
  const target = to === 0 ? revisions.at(-2) : revisions.find(({ number }) => number === to);
  if (target === undefined) throw new KubectlError(`unable to find specified revision ${to} in history`);
  if (sameJson(target.template, specOf(object).template))
    return {
      patch: undefined,
      type: 'strategic',
      template: target.template,
      skipped: `skipped rollback (current template already matches revision ${target.number})`,
    };
  return { patch: target.source.data, type: 'strategic', template: target.template };
}

function sameJson(left: unknown, right: unknown): boolean {
  const sort = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(sort);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).filter(([, item]) => item !== null && item !== undefined);
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sort(item)]));
  };
  return JSON.stringify(sort(left)) === JSON.stringify(sort(right));
}
