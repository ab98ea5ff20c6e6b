import type { Command } from '../command.ts';
import { fieldManagerFlag, validateFlag } from '../dry-run.ts';
import { flag } from '../flags.ts';
import { printFlags } from '../printers/print-flags.ts';
import { filenameFlags } from '../resource-builder.ts';

export const command: Command = {
  name: 'edit',
  use: 'edit (RESOURCE/NAME | -f FILENAME)',
  short: 'Edit an object in your editor',
  long: 'Open an object in the editor that KUBE_EDITOR or EDITOR names (vi without them) and send what was changed when it is saved.',
  flags: [
    ...filenameFlags('the objects to edit'),
    ...printFlags(),
    validateFlag(),
    fieldManagerFlag('kubectl-edit'),
    flag('output-patch', 'bool', 'false', 'Print the patch when the object is edited'),
    flag('save-config', 'bool', 'false', 'Keep the configuration in an annotation, for a later apply'),
    flag('subresource', 'string', '', 'Edit a subresource: status or scale'),
    flag('windows-line-endings', 'bool', 'false', 'Use Windows line endings in the editor'),
  ],
  async run(context) {
    const { editObjects } = await import('../edit.ts');
    return editObjects(context, 'edit');
  },
};
