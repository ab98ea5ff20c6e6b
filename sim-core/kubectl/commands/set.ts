import type { LabelSelectorObject } from '../../api/selector.ts';
import type { ApiObject } from '../api.ts';
import type { Command, Context } from '../command.ts';
import { asError, KubectlError } from '../errors.ts';
import { flag } from '../flags.ts';
import { matchContainers, notPodTemplate, podSpecOf, setFlags, updateObjects } from '../pod-spec-update.ts';
import { filenameOptions, hasFiles } from '../resource-builder.ts';
import { resourceList, selectorObject } from './create/others.ts';
import { subjects } from './create/rbac.ts';
import { envCommand } from './set/env.ts';

/** Splits arguments at the first with an equals sign (GetResourcesAndPairs for image). */
function splitImages(args: readonly string[]): { resources: string[]; images: Map<string, string> } {
  const resources: string[] = [];
  const images = new Map<string, string>();
  for (const arg of args) {
    const equals = arg.indexOf('=');
    if (equals > 0) images.set(arg.slice(0, equals), arg.slice(equals + 1));
    else if (images.size > 0) throw new KubectlError(`all resources must be specified before image changes: ${arg}`);
    else resources.push(arg);
  }
  return { resources, images };
}

function requireResources(context: Context, resources: readonly string[]): void {
  if (resources.length === 0 && !hasFiles(filenameOptions(context)))
    throw new KubectlError(
      "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'",
    );
}

function rejectAllAndSelector({ flags }: Context): void {
  if (flags.bool('all') && flags.string('selector') !== '')
    throw new KubectlError('cannot set --all and --selector at the same time');
}

async function runImage(context: Context): Promise<undefined> {
  const { resources, images } = splitImages(context.args);
  requireResources(context, resources);
  return updateObjects(
    context,
    resources,
    'image updated',
    (object, info) => {
      const spec = podSpecOf(object);
      if (spec === undefined) throw notPodTemplate(info);
      for (const [name, image] of images) {
        const all = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
        const found = name === '*' ? all : all.filter((container) => container.name === name);
        if (found.length === 0) throw new KubectlError(`unable to find container named ${JSON.stringify(name)}`);
        for (const container of found) container.image = image;
      }
      return true;
    },
    (error) => new KubectlError(`failed to patch image update to pod template: ${error.message}`),
    {
      validate: () => {
        rejectAllAndSelector(context);
        if (images.size === 0) throw new KubectlError('at least one image update is required');
        if (images.size > 1 && images.has('*'))
          throw new KubectlError(
            'all containers are already specified by *, but saw more than one container_name=container_image pairs',
          );
      },
    },
  );
}

async function runResources(context: Context): Promise<undefined> {
  const { flags, args } = context;
  requireResources(context, args);
  const [limitsText, requestsText] = [flags.string('limits'), flags.string('requests')];
  let limits: ReturnType<typeof resourceList>;
  let requests: ReturnType<typeof resourceList>;
  const pattern = flags.string('containers');
  return updateObjects(
    context,
    args,
    'resource requirements updated',
    (object, info) => {
      const spec = podSpecOf(object);
      if (spec === undefined) throw notPodTemplate(info);
      const found = matchContainers(spec.containers ?? [], pattern);
      if (found.length === 0) throw new KubectlError(`unable to find container named ${pattern}`);
      for (const container of found) {
        const resources = container.resources ?? {};
        for (const [key, amounts] of [
          ['limits', limits],
          ['requests', requests],
        ] as const) {
          for (const [name, amount] of Object.entries(amounts ?? {})) {
            const target = resources[key] ?? {};
            if (/^0+[a-zA-Z]*$/.test(amount)) delete target[name];
            else target[name] = amount;
            resources[key] = target;
          }
        }
        container.resources = resources;
      }
      return true;
    },
    (error) => new KubectlError(`failed to patch resources update to pod template ${error.message}`),
    {
      validate: () => {
        rejectAllAndSelector(context);
        if (limitsText === '' && requestsText === '')
          throw new KubectlError(
            'you must specify an update to requests or limits (in the form of --requests/--limits)',
          );
        limits = resourceList(limitsText);
        requests = resourceList(requestsText);
      },
    },
  );
}

function selectorMap(text: string): Record<string, string> {
  let selector: LabelSelectorObject;
  try {
    selector = selectorObject(text);
  } catch (error) {
    throw new KubectlError(`couldn't parse the selector string ${JSON.stringify(text)}: ${asError(error).message}`);
  }
  if (selector.matchExpressions !== undefined) {
    const shown = selector.matchExpressions.map(
      ({ key, operator, values = [] }) => `{${key} ${operator} [${values.join(' ')}]}`,
    );
    throw new KubectlError(`match expression [${shown.join(' ')}] not supported on this object`);
  }
  return selector.matchLabels ?? {};
}

async function runSelector(context: Context): Promise<undefined> {
  const args = [...context.args];
  const text = args.pop();
  if (text === undefined)
    throw new KubectlError('one or more resources must be specified as <resource> <name> or <resource>/<name>');
  if (args.length === 1 && !args[0]!.includes('/') && !hasFiles(filenameOptions(context)))
    throw new KubectlError('resource(s) were provided, but no name was specified');
  const selector = selectorMap(text);
  return updateObjects(
    context,
    args,
    'selector updated',
    (object) => {
      if (object.kind !== 'Service') throw new KubectlError('setting a selector is only supported for Services');
      (object.spec as Record<string, unknown>).selector = selector;
      const version = context.flags.string('resource-version');
      if (version !== '') object.metadata.resourceVersion = version;
      return true;
    },
    (error) => error,
    { evenUnchanged: true },
  );
}

async function runServiceAccount(context: Context): Promise<undefined> {
  const args = [...context.args];
  const name = args.pop();
  if (name === undefined) throw new KubectlError('serviceaccount is required');
  requireResources(context, args);
  return updateObjects(
    context,
    context.flags.bool('local') ? [] : args,
    'serviceaccount updated',
    (object, info) => {
      const spec = podSpecOf(object);
      if (spec === undefined) throw notPodTemplate(info);
      spec.serviceAccountName = name;
      return true;
    },
    (error) => new KubectlError(`failed to patch ServiceAccountName ${error.message}`),
  );
}

async function runSubject(context: Context): Promise<undefined> {
  const { args } = context;
  requireResources(context, args);
  let added: { kind: string; name: string; namespace?: string }[] = [];
  return updateObjects(
    context,
    args,
    'subjects updated',
    (object: ApiObject) => {
      if (object.kind !== 'RoleBinding' && object.kind !== 'ClusterRoleBinding')
        throw new KubectlError('setting subjects is only supported for RoleBinding/ClusterRoleBinding');
      const before = (object.subjects ?? []) as { kind: string; name: string; namespace?: string }[];
      const fresh = added.filter(
        (item) =>
          !before.some(
            (old) =>
              old.kind === item.kind && old.name === item.name && (old.namespace ?? '') === (item.namespace ?? ''),
          ),
      );
      object.subjects = [...before, ...fresh];
      return fresh.length > 0;
    },
    (error) => new KubectlError(`failed to patch subjects to rolebinding: ${error.message}`),
    {
      validate: () => {
        rejectAllAndSelector(context);
        added = subjects(context) as typeof added;
        if (added.length === 0)
          throw new KubectlError('you must specify at least one value of user, group or serviceaccount');
      },
    },
  );
}

export const command: Command = {
  name: 'set',
  use: 'set SUBCOMMAND',
  short: 'Change one field of objects: image, env, resources …',
  flags: [],
  subcommands: [
    envCommand,
    {
      name: 'image',
      use: 'set image (-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N',
      short: 'Change the image of containers',
      flags: setFlags(),
      run: runImage,
    },
    {
      name: 'resources',
      use: 'set resources (-f FILENAME | TYPE NAME) ([--limits=LIMITS & --requests=REQUESTS]',
      short: 'Change what containers ask for and may use',
      flags: [
        ...setFlags(),
        flag('c,containers', 'string', '*', 'Only containers whose names match'),
        flag('limits', 'string', '', 'Limits: cpu=200m,memory=512Mi'),
        flag('requests', 'string', '', 'Requests: cpu=100m,memory=256Mi'),
      ],
      run: runResources,
    },
    {
      name: 'selector',
      use: 'set selector (-f FILENAME | TYPE NAME) EXPRESSIONS [--resource-version=version]',
      short: 'Change the selector of a Service',
      flags: [
        ...setFlags().filter(({ name }) => name !== 'selector' && name !== 'kustomize'),
        flag('resource-version', 'string', '', 'Only if the object has this version now'),
      ],
      run: runSelector,
    },
    {
      name: 'serviceaccount',
      aliases: ['sa'],
      use: 'set serviceaccount (-f FILENAME | TYPE NAME) SERVICE_ACCOUNT',
      short: 'Change the ServiceAccount of Pods',
      flags: setFlags().filter(({ name }) => name !== 'selector'),
      run: runServiceAccount,
    },
    {
      name: 'subject',
      use: 'set subject (-f FILENAME | TYPE NAME) [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname]',
      short: 'Add users, groups or service accounts to a binding',
      flags: [
        ...setFlags(),
        flag('user', 'stringSlice', '[]', 'Users to add'),
        flag('group', 'stringSlice', '[]', 'Groups to add'),
        flag('serviceaccount', 'stringSlice', '[]', 'Service accounts to add: namespace:name'),
      ],
      run: runSubject,
    },
  ],
};
