import type { ApiObject } from '../api.ts';
import type { Command, Context } from '../command.ts';
import { eventInterval, eventTime } from '../describe/common.ts';
import { KubectlError, StatusError } from '../errors.ts';
import { flag } from '../flags.ts';
import { printerFor, printFlags } from '../printers/print-flags.ts';
import { TABLE_TABS, TabWriter } from '../printers/tabwriter.ts';
import { findBareResource } from '../resource-builder.ts';

interface Target {
  kind: string;
  name: string;
}

async function targetOf(context: Context): Promise<Target | undefined> {
  const text = context.flags.string('for');
  if (text === '') return undefined;
  const parts = text.split('/');
  if (parts.length > 2) throw new KubectlError('arguments in resource/name form may not have more than one slash');
  if (parts.length !== 2 || parts[0] === '' || parts[1] === '')
    throw new KubectlError('--for must be in resource/name form');
  const mapping = await findBareResource(context, parts[0]!);
  return { kind: mapping.kind, name: parts[1]! };
}

function row(context: Context, event: ApiObject, withNamespace: boolean): string {
  const involved = (event.involvedObject ?? {}) as { kind?: string; name?: string };
  const cells = [
    eventInterval(event, context.env.now()),
    String(event.type ?? ''),
    String(event.reason ?? ''),
    `${involved.kind ?? ''}/${involved.name ?? ''}`,
    String(event.message ?? '').trim(),
  ];
  return `${(withNamespace ? [event.metadata.namespace ?? '', ...cells] : cells).join('\t')}\n`;
}

async function run(context: Context): Promise<undefined> {
  const { flags } = context;
  const types = flags.list('types');
  for (const type of types)
    if (type.toLowerCase() !== 'normal' && type.toLowerCase() !== 'warning')
      throw new KubectlError('valid --types are Normal or Warning');
  const general = flags.string('output') === '' ? undefined : await printerFor(context);
  const target = await targetOf(context);
  const all = flags.bool('all-namespaces');
  const { namespace } = await context.config();
  const path = all ? '/api/v1/events' : `/api/v1/namespaces/${namespace}/events`;
  const fieldSelector =
    target === undefined ? '' : `involvedObject.kind=${target.kind},involvedObject.name=${target.name}`;
  const wanted = (event: ApiObject): boolean =>
    types.length === 0 || types.some((type) => type.toLowerCase() === String(event.type).toLowerCase());
  const api = await context.api();
  const events: ApiObject[] = [];
  let version = '';
  let next = '';
  do {
    const page = await api.get(path, {
      query: { fieldSelector, limit: flags.number('chunk-size') || undefined, continue: next },
    });
    events.push(...((page.items ?? []) as ApiObject[]).map((item) => ({ ...item, kind: 'Event', apiVersion: 'v1' })));
    next = page.metadata?.continue ?? '';
    version = page.metadata?.resourceVersion ?? version;
  } while (next !== '');
  const shown = events.filter(wanted).sort((a, b) => eventTime(a) - eventTime(b));
  const watch = flags.bool('watch');
  const tabs = new TabWriter(TABLE_TABS);
  const header = `${all ? 'NAMESPACE\t' : ''}LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n`;
  let headed = flags.bool('no-headers');
  const print = (list: readonly ApiObject[]): void => {
    if (!headed) tabs.write(header);
    headed = true;
    for (const event of list) tabs.write(row(context, event, all));
    context.out(tabs.flush());
  };
  if (!watch && shown.length === 0) {
    context.err(all ? 'No events found.\n' : `No events found in ${namespace} namespace.\n`);
    return undefined;
  }
  if (general !== undefined && flags.string('output') !== 'name')
    context.out(
      general({
        kind: 'EventList',
        apiVersion: 'v1',
        metadata: { resourceVersion: version },
        items: shown,
      } as unknown as ApiObject),
    );
  else if (general === undefined && (shown.length > 0 || !watch)) print(shown);
  if (!watch) return undefined;
  await api.watch(path, { query: { fieldSelector, watch: 'true', resourceVersion: version } }, (event) => {
    if (event.type === 'ERROR') throw new StatusError(event.object as StatusError['status']);
    if (event.type === 'BOOKMARK' || event.type === 'DELETED') return undefined;
    const item = event.object as ApiObject;
    if (!wanted(item)) return undefined;
    if (general !== undefined) context.out(general(item));
    else print([item]);
    return undefined;
  });
  return undefined;
}

export const command: Command = {
  name: 'events',
  use: 'events [--for TYPE/NAME] [--watch] [--types=Normal,Warning]',
  short: 'List events',
  flags: [
    ...printFlags(),
    flag('A,all-namespaces', 'bool', 'false', 'In all namespaces'),
    flag('chunk-size', 'int64', '500', 'How many objects to ask for at once'),
    flag('for', 'string', '', 'Only those of one object: pod/web'),
    flag('no-headers', 'bool', 'false', 'Leave the heading out'),
    flag('types', 'stringSlice', '[]', 'Only Normal or only Warning'),
    flag('w,watch', 'bool', 'false', 'Go on and show every new one'),
  ],
  run,
};
