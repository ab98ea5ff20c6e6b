import { applyJsonPatch } from '../../api/patch/json-patch.ts';
import { applyMergePatch } from '../../api/patch/merge-patch.ts';
import { applyStrategicMergePatch } from '../../api/patch/strategic-merge.ts';
import { decodeUtf8 } from '../../api/utf8.ts';
import type { ApiObject } from '../api.ts';
import { patchView } from '../apply/patch-view.ts';
import type { Command, Context } from '../command.ts';
import { resourcePath } from '../discovery.ts';
import { dryRunFlag, dryRunOf, fieldManagerFlag } from '../dry-run.ts';
import { asError, KubectlError, StatusError, throwErrors } from '../errors.ts';
import { flag } from '../flags.ts';
import { parseYamlDocument, readStdin } from '../manifests.ts';
import { isBuiltIn, patchObject } from '../mutate.ts';
import { resolvePath } from '../paths.ts';
import { operationPrinter, printFlags } from '../printers/print-flags.ts';
import { filenameFlags, filenameOptions, queryResources } from '../resource-builder.ts';

const STRATEGIC = 'application/strategic-merge-patch+json';
const TYPES = ['json', 'merge', 'strategic'];

async function patchText(context: Context): Promise<string> {
  const { flags, env } = context;
  const [text, file] = [flags.string('patch'), flags.string('patch-file')];
  if (text !== '' && file !== '') throw new KubectlError('cannot specify --patch and --patch-file together');
  if (text === '' && file === '')
    throw new KubectlError('must specify --patch or --patch-file containing the contents of the patch');
  if (file === '') return text;
  if (file === '-') return decodeUtf8(await readStdin(env));
  try {
    return decodeUtf8(await env.files.read(resolvePath(env.cwd, file)));
  } catch {
    throw new KubectlError(`unable to read patch file: open ${file}: no such file or directory`);
  }
}

/** The patch as JSON; text that is no YAML goes to the server as it is, which says what is wrong. */
function parsePatch(text: string): unknown {
  const trimmed = text.trim();
  if (trimmed.startsWith('{') || trimmed.startsWith('[')) {
    try {
      return JSON.parse(trimmed);
    } catch {
      try {
        const value = parseYamlDocument(text);
        return typeof value === 'object' && value !== null ? value : text;
      } catch {
        return text;
      }
    }
  }
  try {
    return parseYamlDocument(text);
  } catch (error) {
    throw new KubectlError(`unable to parse ${JSON.stringify(text)}: ${asError(error).message}`);
  }
}

function applyLocally(type: string, object: ApiObject, patch: unknown): ApiObject {
  const plain = object as Record<string, unknown>;
  if (type === 'json') return applyJsonPatch(plain, patch) as ApiObject;
  if (type === 'merge') return applyMergePatch(plain, patch) as ApiObject;
  return applyStrategicMergePatch(
    plain,
    patch as Record<string, unknown>,
    patchView(object.kind),
  ) as unknown as ApiObject;
}

async function run(context: Context): Promise<undefined> {
  const { flags, args } = context;
  const text = await patchText(context);
  const type = flags.string('type').toLowerCase();
  if (!TYPES.includes(type))
    throw new KubectlError(`--type must be one of [${TYPES.join(' ')}], not ${JSON.stringify(flags.string('type'))}`);
  const dryRun = dryRunOf(context);
  const local = flags.bool('local');
  if (local && dryRun === 'server')
    throw new KubectlError('cannot specify --local and --dry-run=server - did you mean --dry-run=client?');
  if (local && args.length > 0) throw new KubectlError('cannot specify --local and server resources');
  const patch = parsePatch(text);
  const subresource = flags.string('subresource');
  const { namespace, namespaceExplicit } = await context.config();
  const { infos, errors } = await queryResources(context, {
    args,
    files: filenameOptions(context),
    namespace,
    enforceNamespace: namespaceExplicit,
    local,
    subresource,
  });
  for (const info of infos) {
    try {
      const custom = type === 'strategic' && !isBuiltIn(info.mapping);
      const kind = `${info.object.apiVersion}, Kind=${info.mapping.kind}`;
      if (local || dryRun === 'client') {
        if (custom)
          throw new KubectlError(`strategic merge patch is not supported for ${kind} locally, try --type merge`);
        let object = info.object;
        if (!local)
          object = await (await context.api()).get(resourcePath(info.mapping, info.namespace, info.name, subresource));
        const after = applyLocally(type, object, patch);
        const changed = JSON.stringify(after) !== JSON.stringify(object);
        context.out((await operationPrinter(context, changed ? 'patched' : 'patched (no change)', dryRun))(after));
        continue;
      }
      const before = info.object;
      const after = await patchObject(context, info.mapping, info.namespace, info.name, patch, {
        type: type as 'json' | 'merge' | 'strategic',
        dryRun: dryRun === 'server' ? 'server' : 'none',
        subresource,
      }).catch((error: unknown) => {
        if (custom && error instanceof StatusError && error.status.reason === 'UnsupportedMediaType')
          throw new KubectlError(`${STRATEGIC} is not supported by ${kind}: ${error.status.message}`);
        throw error;
      });
      const same = before.metadata.resourceVersion !== undefined && JSON.stringify(before) === JSON.stringify(after);
      context.out((await operationPrinter(context, same ? 'patched (no change)' : 'patched', 'none'))(after));
    } catch (error) {
      errors.push(asError(error));
    }
  }
  throwErrors(errors);
  if (infos.length === 0) throw new KubectlError('no objects passed to patch');
  return undefined;
}

export const command: Command = {
  name: 'patch',
  use: 'patch (-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]',
  short: 'Change fields of an object',
  examples: [`kubectl patch deploy web -p '{"spec":{"replicas":3}}'`],
  flags: [
    ...filenameFlags('the object'),
    ...printFlags(),
    dryRunFlag(),
    fieldManagerFlag('kubectl-patch'),
    flag('local', 'bool', 'false', 'Only print what would be; ask no server'),
    flag('p,patch', 'string', '', 'The patch, JSON or YAML'),
    flag('patch-file', 'string', '', 'A file with the patch'),
    flag('subresource', 'string', '', 'Patch a subresource: status, scale or resize'),
    flag('type', 'string', 'strategic', 'Kind of patch: json, merge or strategic'),
  ],
  run,
};
