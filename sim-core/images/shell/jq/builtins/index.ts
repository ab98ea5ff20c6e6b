import { plain } from '../flow.ts';
import { ARRAYS } from './arrays.ts';
import type { Builtin } from './builtin.ts';
import { CONTROL } from './control.ts';
import { NUMBERS } from './numbers.ts';
import { PATHS } from './paths.ts';
import { REGULAR_EXPRESSIONS } from './regex.ts';
import { SORTING } from './sorting.ts';
import { STRINGS } from './strings.ts';
import { VALUES } from './values.ts';

/** The functions that are not written in jq, by `name/arity`. */
export const BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ...CONTROL,
  ...VALUES,
  ...NUMBERS,
  ...STRINGS,
  ...ARRAYS,
  ...SORTING,
  ...PATHS,
  ...REGULAR_EXPRESSIONS,
  ['builtins/0', () => [plain([...BUILTINS.keys()])]],
]);
