import { ToolError } from '../shell/applets/tool.ts';
import type { Surroundings } from './surroundings.ts';

/** A number as `-set_serial` takes it, or a random one of 159 bits. Throws ToolError for what is no number. */
export function serialFrom(text: string | undefined, around: Surroundings): bigint {
  if (text === undefined) return BigInt(`0x${around.digits(40)}`) % (1n << 159n);
  if (!/^(0x[0-9a-f]+|\d+)$/i.test(text)) throw new ToolError('bad serial number');
  return BigInt(text);
}
