import type { Command } from '../command.ts';
import { usageError } from '../errors.ts';

export const command: Command = {
  name: 'api-versions',
  use: 'api-versions',
  short: 'List the API versions that the server has',
  flags: [],
  async run(context) {
    if (context.args.length > 0) throw usageError(context.path, `unexpected arguments: [${context.args.join(' ')}]`);
    const { groups } = await context.refreshDiscovery();
    const versions = groups.flatMap(({ name, versions: list }) =>
      list.map(({ version }) => (name === '' ? version : `${name}/${version}`)),
    );
    context.out(
      versions
        .sort()
        .map((version) => `${version}\n`)
        .join(''),
    );
    return 0;
  },
};
