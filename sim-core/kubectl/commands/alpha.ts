import type { Command } from '../command.ts';

export const command: Command = {
  name: 'alpha',
  use: 'alpha',
  short: 'Commands to come',
  flags: [],
  async run(context) {
    context.err('No alpha commands are available in this version of kubectl\n');
    return 0;
  },
};
