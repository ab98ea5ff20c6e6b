import { metadataCommand } from '../metadata-edit.ts';

export const command = metadataCommand('annotation');
