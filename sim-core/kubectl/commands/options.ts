import type { Command } from '../command.ts';
import { globalOptionsText } from '../help.ts';

export const command: Command = {
  name: 'options',
  use: 'options',
  short: 'List the options that every command takes',
  flags: [],
  async run(context) {
    context.out(globalOptionsText());
    return 0;
  },
};
