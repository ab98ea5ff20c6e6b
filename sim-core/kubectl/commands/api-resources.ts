import type { Command, Context } from '../command.ts';
import { type ApiResource, groupResource, groupVersion } from '../discovery.ts';
import { KubectlError, usageError } from '../errors.ts';
import { flag } from '../flags.ts';
import { TABLE_TABS, TabWriter } from '../printers/tabwriter.ts';

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

async function run(context: Context): Promise<undefined> {
  const { flags, args } = context;
  if (args.length > 0) throw usageError(context.path, `unexpected arguments: [${args.join(' ')}]`);
  const output = flags.string('output');
  if (!['', 'wide', 'name'].includes(output)) throw new KubectlError(`--output ${output} is not available`);
  const sortBy = flags.string('sort-by');
  if (!['', 'name', 'kind'].includes(sortBy)) throw new KubectlError(`--sort-by accepts only name or kind`);
  const discovery = await context.refreshDiscovery();
  const verbs = flags.list('verbs');
  const categories = flags.list('categories');
  const wanted = (resource: ApiResource): boolean => {
    if (resource.verbs.length === 0) return false;
    if (flags.changed('api-group') && resource.group !== flags.string('api-group')) return false;
    if (flags.changed('namespaced') && resource.namespaced !== flags.bool('namespaced')) return false;
    return (
      verbs.every((verb) => resource.verbs.includes(verb)) &&
      categories.every((category) => resource.categories.includes(category))
    );
  };
  const resources = discovery.preferred().filter(wanted);
  resources.sort((a, b) =>
    sortBy === 'name'
      ? compare(a.resource, b.resource)
      : sortBy === 'kind'
        ? compare(a.kind, b.kind)
        : compare(a.group, b.group) || compare(a.resource, b.resource),
  );
  const tabs = new TabWriter(TABLE_TABS);
  const wide = output === 'wide';
  if (output !== 'name' && !flags.bool('no-headers'))
    tabs.write(`NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND${wide ? '\tVERBS\tCATEGORIES' : ''}\n`);
  for (const resource of resources) {
    if (output === 'name') {
      tabs.write(`${groupResource(resource)}\n`);
      continue;
    }
    const cells = [
      resource.resource,
      resource.shortNames.join(','),
      groupVersion(resource),
      String(resource.namespaced),
      resource.kind,
    ];
    if (wide) cells.push([...resource.verbs].join(','), resource.categories.join(','));
    tabs.write(`${cells.join('\t')}\n`);
  }
  context.out(tabs.flush());
  return undefined;
}

export const command: Command = {
  name: 'api-resources',
  use: 'api-resources [flags]',
  short: 'List the resources that the server has',
  flags: [
    flag('api-group', 'string', '', 'Only of this group'),
    flag('cached', 'bool', 'false', 'Use what is cached'),
    flag('categories', 'stringSlice', '[]', 'Only of these categories'),
    flag('namespaced', 'bool', 'true', 'Only with, or only without a namespace'),
    flag('no-headers', 'bool', 'false', 'Leave the heading out'),
    flag('o,output', 'string', '', 'wide or name'),
    flag('sort-by', 'string', '', 'name or kind'),
    flag('verbs', 'stringSlice', '[]', 'Only those that take these verbs'),
  ],
  run,
};
