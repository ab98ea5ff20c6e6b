import { createMergePatch } from '../api/patch/merge-patch.ts';
import { changesIdentity, createTwoWayPatch } from '../api/patch/strategic-diff.ts';
import { decodeUtf8 } from '../api/utf8.ts';
import type { ApiObject } from './api.ts';
import { patchView } from './apply/patch-view.ts';
import { originalConfiguration } from './apply/patcher.ts';
import type { Context } from './command.ts';
import { dryRunOf } from './dry-run.ts';
import { type Failure, failureOf, header, untyped, withoutComments } from './edit-failures.ts';
import { asError, KubectlError, quote, throwErrors } from './errors.ts';
import { parseManifests } from './manifests.ts';
import { createObject, isBuiltIn, LAST_APPLIED, patchObject, saveConfig, withLastApplied } from './mutate.ts';
import { compactJson, stringifyJson } from './printers/json.ts';
import { operationPrinter, withoutManagedFields } from './printers/print-flags.ts';
import { stringifyYaml } from './printers/yaml.ts';
import { filenameOptions, findKind, hasFiles, type Info, queryResources } from './resource-builder.ts';

const HEADING = `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`;

let counter = 0;

async function openEditor(context: Context, text: string, extension: string): Promise<{ text: string; path: string }> {
  const { env } = context;
  if (env.edit === undefined) throw new KubectlError('unable to launch the editor: no editor is available here');
  counter++;
  const number = String(Math.floor((env.random?.() ?? 0.5) * 4_000_000_000) + counter).padStart(10, '0');
  const path = `/tmp/kubectl-edit-${number}${extension}`;
  const windows = context.flags.has('windows-line-endings') && context.flags.bool('windows-line-endings');
  await env.files.write(path, windows ? text.replaceAll('\n', '\r\n') : text);
  const editor = env.variables.KUBE_EDITOR || env.variables.EDITOR || 'vi';
  const code = await env.edit(path, editor);
  if (code !== 0) throw new KubectlError(`there was a problem with the editor ${JSON.stringify(editor)}`);
  const saved = decodeUtf8(await env.files.read(path));
  return { text: windows ? saved.replaceAll('\r\n', '\n') : saved, path };
}

function render(context: Context, objects: readonly ApiObject[]): string {
  const shown = objects.map((object) =>
    context.flags.bool('show-managed-fields') ? object : withoutManagedFields(object),
  );
  if (context.flags.string('output') === 'json') return shown.map((object) => stringifyJson(object)).join('\n');
  if (shown.length === 1) return stringifyYaml(shown[0]);
  return stringifyYaml({ apiVersion: 'v1', items: shown, kind: 'List', metadata: {} });
}

async function savePatch(
  context: Context,
  info: Info,
  edited: ApiObject,
): Promise<{ object: ApiObject; message: string }> {
  const original = context.flags.bool('show-managed-fields') ? info.object : withoutManagedFields(info.object);
  const hasSubresource = context.flags.has('subresource') ? context.flags.string('subresource') : '';
  if (compactJson(original) === compactJson(edited)) return { object: info.object, message: 'skipped' };
  const patch = isBuiltIn(info.mapping)
    ? createTwoWayPatch(
        original as Record<string, unknown>,
        edited as Record<string, unknown>,
        patchView(info.mapping.kind),
      )
    : createMergePatch(original as Record<string, unknown>, edited as Record<string, unknown>);
  if (changesIdentity(patch)) throw new KubectlError('At least one of apiVersion, kind and name was changed');
  if (context.flags.has('output-patch') && context.flags.bool('output-patch'))
    context.out(`Patch: ${compactJson(patch)}\n`);
  const object = await patchObject(context, info.mapping, info.namespace, info.name, patch, {
    type: isBuiltIn(info.mapping) ? 'strategic' : 'merge',
    subresource: hasSubresource,
    dryRun: context.flags.has('dry-run') ? dryRunOf(context) : 'none',
  });
  return { object, message: 'edited' };
}

/** `kubectl edit`: opens the objects, sends what changed, and opens them again with what the server refused. */
export async function editObjects(context: Context, mode: 'edit' | 'last-applied'): Promise<number> {
  const { flags, args } = context;
  const { namespace, namespaceExplicit } = await context.config();
  const files = filenameOptions(context);
  const { infos, errors } = await queryResources(context, {
    args,
    files,
    namespace,
    enforceNamespace: namespaceExplicit,
    latest: true,
    allowEmptySelector: true,
    subresource: flags.has('subresource') ? flags.string('subresource') : '',
  });
  throwErrors(errors);
  if (infos.length === 0)
    throw new KubectlError(hasFiles(files) ? 'no objects passed to edit' : 'edit cancelled, no objects found');
  const shown = mode === 'edit' ? infos.map(({ object }) => object) : infos.map(appliedObject);
  const original = render(context, shown);
  let content = original;
  let failure = '';
  for (;;) {
    const notes = failure === '' ? '' : `${failure}#\n`;
    const opened = await openEditor(
      context,
      (flags.string('output') === 'json' ? notes : HEADING + notes) + content,
      flags.string('output') === 'json' ? '.json' : '.yaml',
    );
    if (withoutComments(opened.text) === withoutComments(HEADING + content) && failure !== '') {
      context.err(`A copy of your changes has been stored to ${JSON.stringify(opened.path)}\n`);
      throw new KubectlError('Edit cancelled, no valid changes were saved.');
    }
    if (withoutComments(opened.text) === withoutComments(original)) {
      context.err('Edit cancelled, no changes made.\n');
      return 0;
    }
    const bare = untyped(opened.text, infos[0]!);
    if (bare !== undefined) {
      context.err(bare.message);
      content = stripHeading(opened.text);
      failure = header(bare.reasons);
      continue;
    }
    let edited: ApiObject[];
    try {
      edited = parseManifests(opened.text, 'edited-file').flatMap(({ object }) =>
        Array.isArray(object.items) ? (object.items as ApiObject[]) : [object],
      );
      for (const object of edited) await findKind(context, object, 'edited-file');
    } catch (error) {
      content = stripHeading(opened.text);
      failure = `# The edited file had a syntax error: ${asError(error).message}\n`;
      continue;
    }
    let failures: Failure[];
    try {
      failures = await saveAll(context, infos, edited, mode);
    } catch (error) {
      context.err(`A copy of your changes has been stored to ${quote(opened.path)}\n`);
      throw error;
    }
    if (failures.length === 0) return 0;
    for (const { message } of failures) context.err(message);
    if (failures.some(({ kind }) => kind === 'retryable')) {
      context.err(`You can run \`kubectl replace -f ${opened.path}\` to try this update again.\n`);
      return 1;
    }
    if (failures.some(({ kind }) => kind === 'missing')) {
      context.err(`The edits you made on deleted resources have been saved to ${quote(opened.path)}\n`);
      return 1;
    }
    failure = header(failures.flatMap(({ reasons }) => reasons));
    content = stripHeading(opened.text);
  }
}

function stripHeading(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n');
}

function appliedObject(info: Info): ApiObject {
  const text = originalConfiguration(info.object);
  if (text === undefined)
    throw new KubectlError(`no last-applied-configuration annotation found on resource: ${info.name}`);
  return JSON.parse(text) as ApiObject;
}

async function saveAll(
  context: Context,
  infos: readonly Info[],
  edited: readonly ApiObject[],
  mode: 'edit' | 'last-applied',
): Promise<Failure[]> {
  const failures: Failure[] = [];
  for (const object of edited) {
    const info = infos.find(
      ({ mapping, name, namespace }) =>
        mapping.kind === object.kind &&
        name === object.metadata?.name &&
        (namespace === '' || namespace === (object.metadata.namespace ?? namespace)),
    );
    if (info === undefined) throw new KubectlError('At least one of apiVersion, kind and name was changed');
    try {
      if (mode === 'last-applied') {
        const text = `${compactJson(object)}\n`;
        const same = originalConfiguration(info.object) === text;
        if (!same)
          await patchObject(
            context,
            info.mapping,
            info.namespace,
            info.name,
            { metadata: { annotations: { [LAST_APPLIED]: text } } },
            { type: 'merge' },
          );
        context.out((await operationPrinter(context, same ? 'skipped' : 'edited', 'none'))(info.object));
        continue;
      }
      const { object: after, message } = await savePatch(context, info, keepConfig(context, object));
      context.out((await operationPrinter(context, message, 'none'))(after));
    } catch (error) {
      if (error instanceof KubectlError) throw error;
      failures.push(failureOf(asError(error), info));
    }
  }
  return failures;
}

function keepConfig(context: Context, object: ApiObject): ApiObject {
  return context.flags.has('save-config') && context.flags.bool('save-config') ? withLastApplied(object) : object;
}

/** `kubectl create --edit`: what is saved in the editor is created. */
export async function editBeforeCreate(context: Context): Promise<undefined> {
  const { namespace, namespaceExplicit } = await context.config();
  const { infos, errors } = await queryResources(context, {
    files: filenameOptions(context),
    namespace,
    enforceNamespace: namespaceExplicit,
  });
  throwErrors(errors);
  const printer = await operationPrinter(context, 'created', 'none');
  for (const info of infos) {
    const original = render(context, [info.object]);
    const opened = await openEditor(context, HEADING + original, '.yaml');
    const saved = withoutComments(opened.text);
    if (saved === '' || saved === withoutComments(original)) {
      context.err(`Edit cancelled, ${saved === '' ? 'saved file was empty' : 'no changes made'}.\n`);
      continue;
    }
    for (const { object } of parseManifests(opened.text, 'edited-file')) {
      if (object.kind !== info.mapping.kind)
        throw new KubectlError(`no matches for kind ${quote(String(object.kind))}`);
      const namespace = object.metadata.namespace ?? info.namespace;
      context.out(printer(await createObject(context, info.mapping, namespace, saveConfig(context, object), 'none')));
    }
  }
  return undefined;
}
