import { plain } from '../flow.ts';
import { type Entry, number, simple } from './builtin.ts';

/** Numbers. */
export const NUMBERS: readonly Entry[] = [
  ['floor/0', simple((value) => Math.floor(number(value)))],
  ['ceil/0', simple((value) => Math.ceil(number(value)))],
  ['round/0', simple((value) => Math.round(number(value)))],
  ['trunc/0', simple((value) => Math.trunc(number(value)))],
  ['sqrt/0', simple((value) => Math.sqrt(number(value)))],
  ['infinite/0', () => [plain(Number.POSITIVE_INFINITY)]],
  ['nan/0', () => [plain(Number.NaN)]],
  ['isinfinite/0', simple((value) => !Number.isFinite(number(value)) && !Number.isNaN(value))],
  ['isnan/0', simple((value) => Number.isNaN(number(value)))],
];
