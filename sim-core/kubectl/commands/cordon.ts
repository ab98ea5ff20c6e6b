import { cordonCommand } from '../cordon.ts';

export const command = cordonCommand(true);
