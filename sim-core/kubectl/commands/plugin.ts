import type { Command } from '../command.ts';
import { KubectlError } from '../errors.ts';
import { flag } from '../flags.ts';

export const command: Command = {
  name: 'plugin',
  use: 'plugin [flags]',
  short: 'List plugins',
  long: 'Plugins are programs named kubectl-NAME on the PATH. None can be installed here.',
  flags: [],
  subcommands: [
    {
      name: 'list',
      use: 'plugin list [flags]',
      short: 'List the plugins on the PATH',
      flags: [flag('name-only', 'bool', 'false', 'Names without their paths')],
      async run() {
        throw new KubectlError('unable to find any kubectl plugins in your PATH');
      },
    },
  ],
};
