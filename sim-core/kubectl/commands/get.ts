import { bytesOfString } from '../../api/byte-string.ts';
import { decodeUtf8 } from '../../api/utf8.ts';
import type { ApiObject } from '../api.ts';
import type { Command, Context } from '../command.ts';
import { type ApiResource, groupResource, resourcePath } from '../discovery.ts';
import { asError, asPlain, isNotFound, KubectlError, quote, StatusError, throwErrors, usageError } from '../errors.ts';
import { flag, parseDuration } from '../flags.ts';
import { resolvePath } from '../paths.ts';
import { CustomColumns } from '../printers/custom-columns.ts';
import { type ObjectPrinter, printerFor, printFlags } from '../printers/print-flags.ts';
import { sortByField } from '../printers/sort.ts';
import { isTable, type Table, type TableOptions, TablePrinter } from '../printers/table.ts';
import { TABLE_TABS, TabWriter } from '../printers/tabwriter.ts';
import { rawText, rawUri } from '../raw.ts';
import {
  filenameFlags,
  filenameOptions,
  flattenList,
  hasFiles,
  type Info,
  type Query,
  queryResources,
  selectorFlag,
} from '../resource-builder.ts';
import { deadline } from '../wait-deletion.ts';

const TABLE_ACCEPT =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';
const EXTRA_FORMATS = ['custom-columns', 'custom-columns-file', 'wide'];

function isHuman(output: string): boolean {
  return output === '' || output === 'wide';
}

/** A table of what the server did not send as a table: NAME and AGE. */
function genericTable(object: ApiObject, now: number, age: (time: unknown, now: number) => string): Table {
  const objects = Array.isArray(object.items) ? flattenList(object) : [object];
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    columnDefinitions: [
      { name: 'Name', type: 'string', format: 'name' },
      { name: 'Age', type: 'string' },
    ],
    rows: objects.map((item) => ({
      cells: [item.metadata?.name ?? '', age(item.metadata?.creationTimestamp, now)],
      object: item,
    })),
  };
}

/** `-o custom-columns`, `-o custom-columns-file` or any general format. */
async function generalPrinter(context: Context): Promise<ObjectPrinter> {
  const output = context.flags.string('output');
  const noHeaders = context.flags.bool('no-headers');
  const equals = output.indexOf('=');
  const format = equals < 0 ? output : output.slice(0, equals);
  if (format !== 'custom-columns' && format !== 'custom-columns-file')
    return printerFor(context, { extraFormats: EXTRA_FORMATS });
  const argument = equals < 0 ? context.flags.string('template') : output.slice(equals + 1);
  if (argument === '') throw new KubectlError('custom-columns format specified but no custom columns given');
  let columns: CustomColumns;
  if (format === 'custom-columns') columns = CustomColumns.fromSpec(argument, noHeaders);
  else {
    let text: string;
    try {
      text = decodeUtf8(await context.env.files.read(resolvePath(context.env.cwd, argument)));
    } catch {
      throw new KubectlError(`error reading template ${argument}, open ${argument}: no such file or directory`);
    }
    columns = CustomColumns.fromTemplate(text, noHeaders);
  }
  const tabs = new TabWriter(TABLE_TABS);
  return (object) => {
    tabs.write(columns.print(object));
    return tabs.flush();
  };
}

function severalKinds(infos: readonly Info[]): boolean {
  return new Set(infos.map(({ mapping }) => `${groupResource(mapping)} ${mapping.version}`)).size > 1;
}

function tableOptions(context: Context, mapping: ApiResource, namespaced: boolean, withKind: boolean): TableOptions {
  const { flags } = context;
  const kind = mapping.kind.toLowerCase();
  return {
    noHeaders: flags.bool('no-headers'),
    wide: flags.string('output') === 'wide',
    showLabels: flags.bool('show-labels'),
    withNamespace: namespaced && mapping.namespaced,
    withKind:
      withKind || flags.bool('show-kind') ? (mapping.group === '' ? kind : `${kind}.${mapping.group}`) : undefined,
    columnLabels: flags.list('label-columns'),
  };
}

/** Sorts the rows of a table; answers false where that cannot be done, also of a path that cannot be read. */
function sortTable(info: Info, field: string): boolean {
  if (!isTable(info.object)) return false;
  const rows = [...(info.object.rows ?? [])];
  try {
    if (!sortByField(rows, field, (row) => row.object)) return false;
  } catch {
    return false;
  }
  info.object = { ...(info.object as unknown as Table), rows } as unknown as ApiObject;
  return true;
}

async function printHuman(
  context: Context,
  infos: Info[],
  errors: Error[],
  allNamespaces: boolean,
): Promise<undefined> {
  const { flags } = context;
  const { ageSince } = await import('../printers/human.ts');
  const field = flags.string('sort-by');
  if (field !== '' && infos.length > 1 && infos.some(({ object }) => isTable(object))) throw fieldNotFound(field);
  const shown = field === '' ? infos : infos.filter((info) => sortTable(info, field));
  const withKind = severalKinds(infos);
  const tabs = new TabWriter(TABLE_TABS);
  let writer = tabs;
  let printer = new TablePrinter();
  let last: ApiResource | undefined;
  let written = '';
  let separate = false;
  const flush = () => {
    const text = writer.flush();
    if (text === '') return;
    written += text;
    context.out(separate ? `\n${text}` : text);
    separate = false;
  };
  for (const { mapping, object } of shown) {
    if (last === undefined || groupResource(last) !== groupResource(mapping)) {
      flush();
      writer = new TabWriter(TABLE_TABS);
      printer = new TablePrinter();
      if (last !== undefined && !flags.bool('no-headers') && written !== '') separate = true;
      last = mapping;
    }
    const table = isTable(object) ? object : genericTable(object, context.env.now(), ageSince);
    if (table.rows === undefined || table.rows === null || table.rows.length === 0) continue;
    writer.write(printer.print(table, tableOptions(context, mapping, allNamespaces, withKind)));
  }
  flush();
  if (written === '' && !flags.bool('ignore-not-found') && errors.length === 0) {
    const { namespace } = await context.config();
    const namespaced = !allNamespaces && infos.every(({ mapping }) => mapping.namespaced);
    context.err(namespaced ? `No resources found in ${namespace} namespace.\n` : 'No resources found\n');
  }
  throwErrors(errors);
  return undefined;
}

/** metav1.List of the server's list, or of several objects. */
function listOf(items: readonly ApiObject[]): ApiObject {
  return { apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } } as ApiObject;
}

async function printGeneral(
  context: Context,
  infos: readonly Info[],
  errors: Error[],
  singleItem: boolean,
): Promise<undefined> {
  const { flags } = context;
  if (singleItem && errors.length > 0) throwErrors(errors);
  const printer = await generalPrinter(context);
  if (infos.length === 0 && flags.bool('ignore-not-found')) {
    throwErrors(errors);
    return undefined;
  }
  const objects = infos.map(({ object }) => object);
  const field = flags.string('sort-by');
  if (field !== '' && !sortByField(objects, field, (object) => object)) throw fieldNotFound(field);
  if (singleItem && objects.length === 1) context.out(printer(objects[0]!));
  else if (flags.string('output') === 'name') for (const object of objects) context.out(printer(object));
  else context.out(printer(listOf(objects)));
  throwErrors(errors);
  return undefined;
}

function fieldNotFound(field: string): KubectlError {
  const path = `{.${field.replace(/^\{?\.?/, '').replace(/\}$/, '')}}`;
  return new KubectlError(`couldn't find any field with path ${quote(path)} in the list of objects`);
}

/** An event of a watch as `--output-watch-events` prints it. */
function watchEvent(type: string, object: unknown): ApiObject {
  return { object, type } as unknown as ApiObject;
}

async function watchObjects(context: Context, query: Query, allNamespaces: boolean): Promise<undefined> {
  const { flags } = context;
  const human = isHuman(flags.string('output'));
  const { infos, errors } = await queryResources(context, { ...query, singleResourceType: true });
  throwErrors(errors);
  if (infos.length === 0) throw new KubectlError('no objects passed to get');
  if (severalKinds(infos) || infos.length !== 1)
    throw new KubectlError(
      'watch is only supported on individual resources and resource collections - more than 1 resource was found',
    );
  const [{ mapping, namespace, name, object }] = infos as [Info];
  const isList = Array.isArray(object.items) || (isTable(object) && name === '');
  const { ageSince } = await import('../printers/human.ts');
  const events = flags.bool('output-watch-events');
  const general = human ? undefined : await generalPrinter(context);
  const tables = new TablePrinter();
  const writer = new TabWriter(TABLE_TABS);
  const options = tableOptions(context, mapping, allNamespaces, false);
  const print = (type: string, item: ApiObject) => {
    if (general !== undefined) {
      context.out(general(events ? watchEvent(type, item) : item));
      return;
    }
    const table = isTable(item) ? item : genericTable(item, context.env.now(), ageSince);
    const typed: Table = events
      ? {
          ...table,
          columnDefinitions: table.columnDefinitions?.length
            ? [{ name: 'Event', type: 'string' }, ...table.columnDefinitions]
            : table.columnDefinitions,
          rows: table.rows.map((row) => ({ ...row, cells: [type, ...row.cells] })),
        }
      : table;
    if (typed.rows.length === 0) return;
    writer.write(tables.print(typed, options));
  };
  if (!flags.bool('watch-only')) {
    if (human) print('ADDED', object);
    else for (const item of isList ? flattenList(object) : [object]) print('ADDED', item);
    context.out(writer.flush());
  }
  let output = isList;
  const api = await context.api();
  const allowed = flags.string('request-timeout');
  const limit = parseDuration(/^\d+$/.test(allowed) ? `${allowed}s` : allowed);
  const timer = limit > 0 ? deadline(context, limit) : undefined;
  await api.watch(
    resourcePath(mapping, namespace, undefined),
    {
      ...query.request,
      query: {
        ...query.request?.query,
        watch: 'true',
        labelSelector: flags.string('selector'),
        fieldSelector: name === '' ? flags.string('field-selector') : `metadata.name=${name}`,
        resourceVersion: isList ? (object.metadata?.resourceVersion ?? '0') : '0',
      },
    },
    (event) => {
      if (event.type === 'ERROR') throw new StatusError(event.object as StatusError['status']);
      if (event.type === 'BOOKMARK') return undefined;
      if (output || (flags.bool('watch-only') && isList)) {
        print(event.type, event.object as ApiObject);
        context.out(writer.flush());
      }
      output = true;
      return undefined;
    },
    timer?.signal,
  );
  timer?.cancel();
  return undefined;
}

/** What is answered piece by piece, and perhaps without end. */
const LOG = /^\/api\/v1\/namespaces\/[^/]+\/pods\/[^/]+\/log(\?|$)/;

async function raw(context: Context): Promise<undefined> {
  const { flags, args } = context;
  if (args.length > 0 || hasFiles(filenameOptions(context)))
    throw new KubectlError('arguments may not be passed when --raw is specified');
  const uri = rawUri(flags.string('raw'));
  const api = await context.api();
  if (LOG.test(uri)) {
    const { opened, ended } = api.open('GET', uri, { accept: '*/*' }, (chunk) => {
      if (chunk.kind === 'data') context.out(decodeUtf8(bytesOfString(chunk.data)));
    });
    await opened;
    await ended;
    return undefined;
  }
  const body = await api.request<unknown>('GET', uri, { accept: '*/*' });
  context.out(rawText(uri, body));
  return undefined;
}

async function run(context: Context): Promise<undefined> {
  const { flags, args } = context;
  if (flags.string('raw') !== '') return raw(context);
  const files = filenameOptions(context);
  const output = flags.string('output') || (flags.string('template') === '' ? '' : 'go-template');
  const human = isHuman(output);
  if (flags.bool('output-watch-events') && !flags.bool('watch') && !flags.bool('watch-only'))
    throw new KubectlError('--output-watch-events option can only be used with --watch or --watch-only');
  if (flags.bool('show-labels') && output !== '' && output !== 'wide')
    throw new KubectlError('--show-labels option cannot be used with '.concat(output.split('=')[0]!, ' printer'));
  if (args.length === 0 && !hasFiles(files)) {
    context.err(
      'You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.\n\n',
    );
    throw usageError(
      context.path,
      'Required resource not specified.\nUse "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).',
    );
  }
  const { namespace, namespaceExplicit } = await context.config();
  const allNamespaces = flags.bool('all-namespaces');
  const table = human && flags.bool('server-print');
  const query: Query = {
    args,
    files,
    namespace,
    enforceNamespace: namespaceExplicit && !allNamespaces,
    allNamespaces,
    selector: flags.string('selector'),
    fieldSelector: flags.string('field-selector'),
    chunkSize: flags.string('sort-by') === '' ? flags.number('chunk-size') : 0,
    allowEmptySelector: true,
    latest: true,
    keepLists: table || flags.bool('watch') || flags.bool('watch-only'),
    subresource: flags.string('subresource'),
    request: table
      ? { accept: TABLE_ACCEPT, query: flags.string('sort-by') === '' ? {} : { includeObject: 'Object' } }
      : {},
  };
  if (flags.bool('watch') || flags.bool('watch-only')) return watchObjects(context, query, allNamespaces);
  const result = await queryResources(context, query).catch((error: unknown) => {
    throw flags.string('kustomize') === '' ? error : asPlain(asError(error));
  });
  const errors = (
    flags.bool('ignore-not-found') ? result.errors.filter((error) => !isNotFound(error)) : result.errors
  ).map(asPlain);
  return human
    ? printHuman(context, result.infos, [...errors], allNamespaces)
    : printGeneral(context, result.infos, [...errors], result.singleItem);
}

export const command: Command = {
  name: 'get',
  use: 'get (TYPE [NAME | -l label] | TYPE/NAME ...)',
  short: 'List or show objects',
  long: 'List the objects of a kind, or show those you name. Kinds may be short (po), plural, or with their group (deployments.apps).',
  examples: [
    'kubectl get pods',
    'kubectl get deploy web -o yaml',
    'kubectl get pods -l app=web -w',
    'kubectl get pods,svc -A -o wide',
  ],
  flags: [
    ...filenameFlags('the objects to show'),
    ...printFlags(),
    selectorFlag(),
    flag('A,all-namespaces', 'bool', 'false', 'In all namespaces'),
    flag('chunk-size', 'int64', '500', 'How many objects to ask for at once; 0 for all'),
    flag('field-selector', 'string', '', 'Only objects whose fields match, such as status.phase=Running'),
    flag('ignore-not-found', 'bool', 'false', 'It is no error when an object does not exist'),
    flag('L,label-columns', 'stringSlice', '[]', 'Labels to show as columns'),
    flag('no-headers', 'bool', 'false', 'Leave the heading out'),
    flag('output-watch-events', 'bool', 'false', 'Show what kind of change each line is; with --watch'),
    flag('raw', 'string', '', 'A path of the API to read as it is'),
    flag('server-print', 'bool', 'true', 'Let the server choose the columns'),
    flag('show-kind', 'bool', 'false', 'Show the kind before each name'),
    flag('show-labels', 'bool', 'false', 'Show the labels in the last column'),
    flag('sort-by', 'string', '', 'Sort by a field, such as .metadata.name'),
    flag('subresource', 'string', '', 'Show a subresource: status, scale or resize'),
    flag('w,watch', 'bool', 'false', 'Go on and show every change'),
    flag('watch-only', 'bool', 'false', 'Show only changes'),
  ],
  run,
};
