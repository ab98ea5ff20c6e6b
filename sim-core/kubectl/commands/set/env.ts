import { bytesOfBase64 } from '../../../api/base64.ts';
import { decodeUtf8 } from '../../../api/utf8.ts';
import type { ApiObject } from '../../api.ts';
import type { Command, Context } from '../../command.ts';
import { asError, KubectlError, throwErrors } from '../../errors.ts';
import { flag } from '../../flags.ts';
import { readStdin } from '../../manifests.ts';
import {
  type ContainerLike,
  type EnvVar,
  matchContainers,
  notPodTemplate,
  podSpecOf,
  setFlags,
  updateObjects,
} from '../../pod-spec-update.ts';
import { filenameOptions, hasFiles, queryResources } from '../../resource-builder.ts';
import { checkEnvKey } from '../create/config-data.ts';

function splitEnv(args: readonly string[]): { resources: string[]; pairs: string[] } {
  const resources: string[] = [];
  const pairs: string[] = [];
  for (const arg of args) {
    const isPair =
      arg === '-' ||
      (arg.includes('=') && !arg.startsWith('=')) ||
      (arg.endsWith('-') && arg.length > 1 && !arg.includes('/'));
    if (isPair) pairs.push(arg);
    else if (pairs.length > 0)
      throw new KubectlError(`all resources must be specified before environment changes: ${arg}`);
    else resources.push(arg);
  }
  return { resources, pairs };
}

async function parsePairs(context: Context, pairs: readonly string[]): Promise<{ add: EnvVar[]; remove: string[] }> {
  const add: EnvVar[] = [];
  const remove: string[] = [];
  for (const pair of pairs) {
    if (pair === '-') {
      for (const line of decodeUtf8(await readStdin(context.env)).split('\n')) {
        const equals = line.indexOf('=');
        if (equals > 0) add.push({ name: line.slice(0, equals), value: line.slice(equals + 1) });
      }
      continue;
    }
    const equals = pair.indexOf('=');
    if (equals >= 0) {
      const name = pair.slice(0, equals);
      checkEnvKey(name);
      add.push({ name, value: pair.slice(equals + 1) });
    } else remove.push(pair.slice(0, -1));
  }
  return { add, remove };
}

/** `database-password` as `DATABASE_PASSWORD`. */
function keyToEnv(key: string): string {
  return key.replace(/[^a-zA-Z0-9_]/g, '_').toUpperCase();
}

/** Variables for every key of a ConfigMap or Secret. */
async function fromSource(context: Context): Promise<EnvVar[]> {
  const { flags } = context;
  const from = flags.string('from');
  if (from === '') return [];
  const { namespace } = await context.config();
  const { infos, errors } = await queryResources(context, { args: [from], namespace });
  throwErrors(errors);
  const keys = flags.list('keys');
  return infos.flatMap(({ object, name }) => {
    if (object.kind !== 'ConfigMap' && object.kind !== 'Secret')
      throw new KubectlError(`unsupported resource specified in --from`);
    const reference = object.kind === 'ConfigMap' ? 'configMapKeyRef' : 'secretKeyRef';
    return Object.keys((object.data ?? {}) as object)
      .sort()
      .filter((key) => keys.length === 0 || keys.includes(key))
      .map((key) => {
        const variable = keyToEnv(key);
        if (variable !== key) context.err(`Warning: key ${key} transferred to ${variable}\n`);
        return { name: flags.string('prefix') + variable, valueFrom: { [reference]: { name, key } } };
      });
  });
}

function refText(variable: EnvVar): string {
  const from = variable.valueFrom ?? {};
  if (from.configMapKeyRef !== undefined)
    return `configmap ${from.configMapKeyRef.name}, key ${from.configMapKeyRef.key}`;
  if (from.secretKeyRef !== undefined) return `secret ${from.secretKeyRef.name}, key ${from.secretKeyRef.key}`;
  if (from.fieldRef !== undefined) return `field path ${from.fieldRef.fieldPath}`;
  if (from.resourceFieldRef !== undefined) {
    const { containerName, resource } = from.resourceFieldRef;
    return `resource field ${containerName === undefined || containerName === '' ? '' : `${String(containerName)}/`}${String(resource)}`;
  }
  return 'invalid valueFrom';
}

async function resolve(context: Context, variable: EnvVar, namespace: string): Promise<string> {
  const config = variable.valueFrom?.configMapKeyRef;
  const secret = variable.valueFrom?.secretKeyRef;
  const reference = config ?? secret;
  if (reference === undefined) return refText(variable);
  const api = await context.api();
  const object = await api.get(
    `/api/v1/namespaces/${namespace}/${config === undefined ? 'secrets' : 'configmaps'}/${String(reference.name)}`,
  );
  const value = ((object.data ?? {}) as Record<string, string>)[String(reference.key)];
  if (value === undefined)
    throw new KubectlError(
      `key ${String(reference.key)} not found in ${config === undefined ? 'secret' : 'config map'} ${String(reference.name)}`,
    );
  return config === undefined ? decodeUtf8(bytesOfBase64(value) ?? new Uint8Array()) : value;
}

async function listVariables(context: Context, object: ApiObject, container: ContainerLike): Promise<void> {
  context.out(`# ${object.kind} ${object.metadata.name}, container ${container.name}\n`);
  for (const variable of container.env ?? []) {
    if (variable.valueFrom === undefined) context.out(`${variable.name}=${variable.value ?? ''}\n`);
    else if (!context.flags.bool('resolve')) context.out(`# ${variable.name} from ${refText(variable)}\n`);
    else {
      try {
        context.out(`${variable.name}=${await resolve(context, variable, object.metadata.namespace ?? '')}\n`);
      } catch (error) {
        context.out(`# ${variable.name} from ${refText(variable)}: ${asError(error).message}\n`);
      }
    }
  }
}

function update(env: readonly EnvVar[], add: readonly EnvVar[], remove: readonly string[]): EnvVar[] {
  const out = env.filter(({ name }) => !remove.includes(name));
  for (const variable of add) {
    if (remove.includes(variable.name)) continue;
    const at = out.findIndex(({ name }) => name === variable.name);
    if (at < 0) out.push(variable);
    else out[at] = variable;
  }
  return out;
}

async function run(context: Context): Promise<undefined> {
  const { flags } = context;
  const { resources, pairs } = splitEnv(context.args);
  pairs.push(...flags.list('env'));
  const list = flags.bool('list');
  if (resources.length === 0 && !hasFiles(filenameOptions(context)))
    throw new KubectlError('one or more resources must be specified as <resource> <name> or <resource>/<name>');
  if (flags.bool('all') && flags.string('selector') !== '')
    throw new KubectlError('cannot set --all and --selector at the same time');
  if (flags.list('keys').length > 0 && flags.string('from') === '')
    throw new KubectlError('when specifying --keys, a configmap or secret must be provided with --from');
  const parsed = await parsePairs(context, pairs);
  if (parsed.add.some(({ name }) => parsed.remove.includes(name)))
    throw new KubectlError('can not both modify and remove the same environment variable in the same command');
  const add = [...parsed.add, ...(await fromSource(context))];
  const pattern = flags.string('containers');
  const overwrite = flags.bool('overwrite');
  return updateObjects(
    context,
    context.flags.bool('local') ? [] : resources,
    'env updated',
    async (object, info) => {
      const spec = podSpecOf(object);
      if (spec === undefined) throw notPodTemplate(info);
      const found = matchContainers([...(spec.initContainers ?? []), ...(spec.containers ?? [])], pattern);
      if (found.length === 0) {
        context.err(
          `Warning: ${info.mapping.kind}/${info.name} does not have any containers matching ${JSON.stringify(pattern)}\n`,
        );
        return false;
      }
      for (const container of found) {
        if (!overwrite) {
          const clash = add.find(
            (variable) =>
              container.env?.some((old) => old.name === variable.name && old.value !== variable.value) === true,
          );
          if (clash !== undefined)
            throw new KubectlError(
              `${info.mapping.resource}/${info.name} '${clash.name}' already has a value (${container.env!.find(({ name }) => name === clash.name)!.value ?? ''}), and --overwrite is false`,
            );
        }
        const after = update(container.env ?? [], add, parsed.remove);
        if (after.length === 0) delete container.env;
        else container.env = after;
        if (list) await listVariables(context, object, container);
      }
      return !list;
    },
    (error) => new KubectlError(`failed to patch env update to pod template: ${error.message}`),
    {
      validate: () => {
        if (!list && pairs.length === 0 && flags.string('from') === '')
          throw new KubectlError('at least one environment variable must be provided');
      },
    },
  );
}

export const envCommand: Command = {
  name: 'env',
  use: 'set env RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N',
  short: 'Change environment variables of containers',
  flags: [
    ...setFlags(),
    flag('c,containers', 'string', '*', 'Only containers whose names match'),
    flag('e,env', 'stringArray', '[]', 'A variable: key=value'),
    flag('from', 'string', '', 'Take the variables of configmap/NAME or secret/NAME'),
    flag('keys', 'stringSlice', '[]', 'Only these keys of --from'),
    flag('list', 'bool', 'false', 'Show the variables'),
    flag('overwrite', 'bool', 'true', 'Change variables that are there already'),
    flag('prefix', 'string', '', 'Put this before each name of --from'),
    flag('resolve', 'bool', 'false', 'With --list: show the values of references'),
  ],
  run,
};
