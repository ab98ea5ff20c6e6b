import { ToolError } from '../shell/applets/tool.ts';

/** The options of one subcommand, without their dashes. */
export interface OptionTable {
  readonly flags: readonly string[];
  readonly values: readonly string[];
}

export interface Options {
  /** Values by option, the last one where it was given several times. */
  readonly values: ReadonlyMap<string, string>;
  /** Everything in the order in which it was given. */
  readonly given: readonly (readonly [name: string, value: string])[];
  has(flag: string): boolean;
  readonly operands: readonly string[];
}

/** Words of a command line that belong together: lists of `a b c`. */
export const table = (flags: string, values: string): OptionTable => ({
  flags: flags.split(' '),
  values: values.split(' '),
});

/** Reads a command line. Throws ToolError for an option that is not in the table: it would have no effect. */
export function readOptions(args: readonly string[], { flags, values: named }: OptionTable): Options {
  const values = new Map<string, string>();
  const given: [string, string][] = [];
  const operands: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const word = args[index]!;
    const name = word.replace(/^--?/, '');
    if (!word.startsWith('-') || word === '-') operands.push(word);
    else if (named.includes(name)) {
      const value = args[++index];
      if (value === undefined) throw new ToolError(`Option -${name} needs a value`);
      values.set(name, value);
      given.push([name, value]);
    } else if (flags.includes(name)) given.push([name, '']);
    else throw new ToolError(`${word} is not supported by this openssl`);
  }
  return { values, given, operands, has: (flag) => given.some(([name]) => name === flag) };
}

/** The number that an option gives; undefined where it is not given. Throws ToolError for what is no number. */
export function wholeNumber(values: ReadonlyMap<string, string>, option: string): number | undefined {
  const text = values.get(option);
  if (text !== undefined && !/^-?\d{1,9}$/.test(text))
    throw new ToolError(`Can't parse "${text}" as a number for -${option}`);
  return text === undefined ? undefined : Number(text);
}
