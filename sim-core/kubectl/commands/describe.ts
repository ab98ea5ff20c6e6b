import type { Command, Context } from '../command.ts';
import { describerFor } from '../describe/index.ts';
import { DescriptionWriter } from '../describe/writer.ts';
import { asError, asPlain, isNotFound, KubectlError, throwErrors } from '../errors.ts';
import { flag } from '../flags.ts';
import {
  filenameFlags,
  filenameOptions,
  hasFiles,
  type Info,
  queryResources,
  selectorFlag,
} from '../resource-builder.ts';

async function describe(context: Context, info: Info): Promise<string> {
  const describer = await describerFor(info.mapping);
  const writer = new DescriptionWriter();
  await describer(writer, info.object, {
    context,
    showEvents: context.flags.bool('show-events'),
    now: context.env.now(),
  });
  return writer.text();
}

/** Without an object of that name: all whose names begin with it. */
async function describeMatching(
  context: Context,
  original: Error,
  resource: string,
  prefix: string,
): Promise<undefined> {
  const { namespace } = await context.config();
  const { infos } = await queryResources(context, {
    args: [resource],
    namespace,
    allNamespaces: context.flags.bool('all-namespaces'),
    allowEmptySelector: true,
  });
  let found = false;
  for (const info of infos) {
    if (!info.name.startsWith(prefix)) continue;
    found = true;
    context.out(`${await describe(context, info)}\n`);
  }
  if (!found) throw original;
  return undefined;
}

async function run(context: Context): Promise<undefined> {
  const { flags, args } = context;
  const files = filenameOptions(context);
  if (args.length === 0 && !hasFiles(files))
    throw new KubectlError(
      'You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported resources.',
    );
  const { namespace, namespaceExplicit } = await context.config();
  const { infos, errors } = await queryResources(context, {
    args,
    files,
    namespace,
    enforceNamespace: namespaceExplicit,
    allNamespaces: flags.bool('all-namespaces'),
    selector: flags.string('selector'),
    allowEmptySelector: true,
    chunkSize: flags.number('chunk-size'),
    latest: true,
  });
  const [first] = errors;
  if (first !== undefined && errors.length === 1 && infos.length === 0 && isNotFound(first) && args.length === 2)
    return describeMatching(context, first, args[0]!, args[1]!);
  let written = false;
  for (const info of infos) {
    try {
      const text = await describe(context, info);
      context.out(written ? `\n\n${text}` : text);
      written = true;
    } catch (error) {
      errors.push(asError(error));
    }
  }
  if (infos.length === 0 && errors.length === 0)
    context.err(
      flags.bool('all-namespaces') ? 'No resources found\n' : `No resources found in ${namespace} namespace.\n`,
    );
  throwErrors(errors.map(asPlain));
  return undefined;
}

export const command: Command = {
  name: 'describe',
  use: 'describe (-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)',
  short: 'Show an object with what belongs to it',
  examples: ['kubectl describe pod web', 'kubectl describe nodes'],
  flags: [
    ...filenameFlags('the objects to describe'),
    selectorFlag(),
    flag('A,all-namespaces', 'bool', 'false', 'In all namespaces'),
    flag('chunk-size', 'int64', '500', 'How many objects to ask for at once'),
    flag('show-events', 'bool', 'true', 'Show the events of the object'),
  ],
  run,
};
