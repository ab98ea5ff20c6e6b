import { DAY, HOUR, MINUTE, type Micros, SECOND } from '../../../engine/index.ts';
import { ToolError } from './tool.ts';

const UNITS: Readonly<Record<string, Micros>> = { '': SECOND, s: SECOND, m: MINUTE, h: HOUR, d: DAY };

/** How long `1.5m` is; undefined, if it is no such text. */
export function durationOf(text: string): Micros | undefined {
  const match = /^(\d+(?:\.\d*)?|\.\d+)([smhd]?)$/.exec(text);
  return match === null ? undefined : Number(match[1]) * UNITS[match[2]!]!;
}

/** The same, for busybox's tools: throws their text. */
export function duration(text: string): Micros {
  const time = durationOf(text);
  if (time === undefined) throw new ToolError(`invalid number '${text}'`);
  return time;
}
