import { parseIP } from '../api/ip.ts';
import { KubectlError } from './errors.ts';

/** How a flag's text is read. `stringSlice` splits at commas, `stringArray` does not; both may be repeated. */
export type FlagType =
  | 'bool'
  | 'string'
  | 'int'
  | 'int32'
  | 'int64'
  | 'duration'
  | 'float32'
  | 'ip'
  | 'stringSlice'
  | 'stringArray'
  | 'optionalBool';

export interface FlagSpec {
  readonly name: string;
  readonly short?: string;
  readonly type: FlagType;
  /** As pflag prints it: `false`, `none`, `500`, `[]`. */
  readonly default: string;
  /** The value of the flag when it stands without one (pflag's NoOptDefVal). */
  readonly alone?: string;
  readonly help: string;
  readonly required?: boolean;
  readonly hidden?: boolean;
  /** What stderr says when it is given. */
  readonly deprecated?: string;
}

/** Declares a flag: `flag('o,output', 'string', '', 'How to print the answer')`. */
export function flag(
  names: string,
  type: FlagType,
  defaultValue: string,
  help: string,
  extra: Pick<FlagSpec, 'alone' | 'required' | 'hidden' | 'deprecated'> = {},
): FlagSpec {
  const comma = names.indexOf(',');
  const short = comma < 0 ? undefined : names.slice(0, comma);
  return { name: names.slice(comma + 1), short, type, default: defaultValue, help, ...extra };
}

const INT_RANGES: Record<string, [bigint, bigint]> = {
  int: [-(2n ** 63n), 2n ** 63n - 1n],
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
};

const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

function goQuote(text: string): string {
  return JSON.stringify(text);
}

const UNITS: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Reads a Go duration (`1h2m3.5s`) as milliseconds; the error is Go's. */
export function parseDuration(text: string): number {
  const invalid = () => new KubectlError(`time: invalid duration ${goQuote(text)}`);
  let rest = text;
  let sign = 1;
  if (/^[-+]/.test(rest)) {
    if (rest.startsWith('-')) sign = -1;
    rest = rest.slice(1);
  }
  if (rest === '0') return 0;
  if (rest === '') throw invalid();
  let total = 0;
  while (rest !== '') {
    const match = /^(\d*\.?\d*)([^\d.]*)/.exec(rest)!;
    const [whole, digits, unit] = match as unknown as [string, string, string];
    if (digits === '' || digits === '.') throw invalid();
    if (unit === '') throw new KubectlError(`time: missing unit in duration ${goQuote(text)}`);
    const size = Object.hasOwn(UNITS, unit) ? UNITS[unit]! : undefined;
    if (size === undefined) throw new KubectlError(`time: unknown unit ${goQuote(unit)} in duration ${goQuote(text)}`);
    total += Number(digits) * size;
    rest = rest.slice(whole.length);
  }
  return sign * total;
}

/** Prints milliseconds as Go prints a time.Duration: `1m30s`, `1.5s`, `0s`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds === 0) return '0s';
  const sign = milliseconds < 0 ? '-' : '';
  const ms = milliseconds < 0 ? -milliseconds : milliseconds;
  if (ms < 1) return `${sign}${ms * 1000}µs`;
  if (ms < 1000) return `${sign}${ms}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = (ms % 60_000) / 1000;
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}s`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}s` : `${sign}${seconds}s`;
}

/** Checks a flag's text as Go's parsers do; throws their message without pflag's frame. */
function check(spec: FlagSpec, text: string): void {
  switch (spec.type) {
    case 'bool':
    case 'optionalBool':
      if (!TRUE.has(text) && !FALSE.has(text))
        throw new KubectlError(`strconv.ParseBool: parsing ${goQuote(text)}: invalid syntax`);
      return;
    case 'int':
    case 'int32':
    case 'int64': {
      const bad = (why: string) => new KubectlError(`strconv.ParseInt: parsing ${goQuote(text)}: ${why}`);
      if (!/^[-+]?(0[xX][0-9a-fA-F]+|\d+)$/.test(text)) throw bad('invalid syntax');
      const negative = text.startsWith('-');
      const digits = BigInt(text.replace(/^[-+]/, ''));
      const value = negative ? -digits : digits;
      const [least, most] = INT_RANGES[spec.type]!;
      if (value < least || value > most) throw bad('value out of range');
      return;
    }
    case 'duration':
      parseDuration(text);
      return;
    case 'float32':
      if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text))
        throw new KubectlError(`strconv.ParseFloat: parsing ${goQuote(text)}: invalid syntax`);
      return;
    case 'ip':
      if (text !== '' && parseIP(text.trim()) === undefined)
        throw new KubectlError(`failed to parse IP: ${goQuote(text)}`);
      return;
    default:
  }
}

/** Splits one line of comma-separated values with Go's csv rules for quotes. */
export function splitComma(text: string): string[] {
  if (text === '') return [];
  const fields: string[] = [];
  let field = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (quoted) {
      if (character === '"' && text[i + 1] === '"') field += text[++i];
      else if (character === '"') quoted = false;
      else field += character;
    } else if (character === '"' && field === '') quoted = true;
    else if (character === '"')
      throw new KubectlError(`parse error on line 1, column ${i + 1}: bare " in non-quoted-field`);
    else if (character === ',') {
      fields.push(field);
      field = '';
    } else field += character;
  }
  fields.push(field);
  return fields;
}

/** The flags of one command line after parsing. Getters throw on a name that the command does not declare. */
export class Flags {
  readonly #specs: ReadonlyMap<string, FlagSpec>;
  readonly #values = new Map<string, string[]>();

  constructor(specs: readonly FlagSpec[]) {
    this.#specs = new Map(specs.map((spec) => [spec.name, spec]));
  }

  has(name: string): boolean {
    return this.#specs.has(name);
  }

  /** Whether the flag stood on the command line. */
  changed(name: string): boolean {
    return this.#values.has(name);
  }

  string(name: string): string {
    return this.#values.get(name)?.at(-1) ?? this.#spec(name).default;
  }

  bool(name: string): boolean {
    return TRUE.has(this.string(name));
  }

  number(name: string): number {
    return Number(this.string(name));
  }

  /** Milliseconds. */
  duration(name: string): number {
    return parseDuration(this.string(name));
  }

  list(name: string): string[] {
    const spec = this.#spec(name);
    const values = this.#values.get(name);
    if (values === undefined) return spec.default === '[]' ? [] : splitComma(spec.default.replace(/^\[|\]$/g, ''));
    return spec.type === 'stringSlice' ? values.flatMap(splitComma) : [...values];
  }

  /** Names and values as they were given, one by one. */
  given(): [name: string, value: string][] {
    return [...this.#values].flatMap(([name, values]) => values.map((value): [string, string] => [name, value]));
  }

  /** The same flags with the values of some as if they had not been given. */
  forgetting(specs: readonly FlagSpec[], names: ReadonlySet<string>): Flags {
    const rest = new Flags(specs);
    for (const [name, values] of this.#values)
      if (rest.#specs.has(name) && !names.has(name)) rest.#values.set(name, [...values]);
    return rest;
  }

  /** Sets a flag from code, as a command does that runs another. */
  set(name: string, value: string): void {
    const spec = this.#spec(name);
    const frame = spec.short === undefined ? `--${name}` : `-${spec.short}, --${name}`;
    try {
      check(spec, value);
      if (spec.type === 'stringSlice') splitComma(value);
    } catch (error) {
      throw new KubectlError(`invalid argument ${goQuote(value)} for "${frame}" flag: ${(error as Error).message}`);
    }
    const before = this.#values.get(name);
    if (before !== undefined && (spec.type === 'stringSlice' || spec.type === 'stringArray')) before.push(value);
    else this.#values.set(name, [value]);
  }

  #spec(name: string): FlagSpec {
    const spec = this.#specs.get(name);
    if (spec === undefined) throw new Error(`flag --${name} is not declared`);
    return spec;
  }
}

/** What stands on the command line without its value: `--dry-run`, `-w`. */
function standsAlone(spec: FlagSpec): string | undefined {
  return spec.alone ?? (spec.type === 'bool' || spec.type === 'optionalBool' ? 'true' : undefined);
}

export interface ParsedArguments {
  readonly flags: Flags;
  readonly args: string[];
  /** How many arguments stood before `--`; -1 without one (cobra's ArgsLenAtDash). */
  readonly argsBeforeDash: number;
  readonly help: boolean;
}

/** Parses flags and arguments as pflag does: interspersed, shorthand clusters, `--`. */
export function parseFlags(specs: readonly FlagSpec[], argv: readonly string[]): ParsedArguments {
  const flags = new Flags(specs);
  const byName = new Map(specs.map((spec) => [spec.name, spec]));
  const byShort = new Map(specs.filter((spec) => spec.short !== undefined).map((spec) => [spec.short!, spec]));
  const args: string[] = [];
  let argsBeforeDash = -1;
  let help = false;
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (word === '--') {
      argsBeforeDash = args.length;
      args.push(...argv.slice(i + 1));
      break;
    }
    if (word.startsWith('--')) {
      const equals = word.indexOf('=');
      const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
      if (name === '' || name.startsWith('-') || name.startsWith('='))
        throw new KubectlError(`bad flag syntax: ${word}`);
      const spec = byName.get(name.replaceAll('_', '-'));
      if (spec === undefined) {
        if (name === 'help') {
          help = true;
          continue;
        }
        throw new KubectlError(`unknown flag: --${name}`);
      }
      const alone = standsAlone(spec);
      if (equals >= 0) flags.set(spec.name, word.slice(equals + 1));
      else if (alone !== undefined) flags.set(spec.name, alone);
      else if (i + 1 < argv.length) flags.set(spec.name, argv[++i]!);
      else throw new KubectlError(`flag needs an argument: ${word}`);
      continue;
    }
    if (!word.startsWith('-') || word === '-') {
      args.push(word);
      continue;
    }
    for (let rest = word.slice(1); rest !== ''; ) {
      const short = rest[0]!;
      const spec = byShort.get(short);
      if (spec === undefined) {
        if (short === 'h') {
          help = true;
          rest = rest.slice(1);
          continue;
        }
        throw new KubectlError(`unknown shorthand flag: '${short}' in -${rest}`);
      }
      const alone = standsAlone(spec);
      if (rest.length > 2 && rest[1] === '=') {
        flags.set(spec.name, rest.slice(2));
        rest = '';
      } else if (alone !== undefined) {
        flags.set(spec.name, alone);
        rest = rest.slice(1);
      } else if (rest.length > 1) {
        flags.set(spec.name, rest.slice(1));
        rest = '';
      } else if (i + 1 < argv.length) {
        flags.set(spec.name, argv[++i]!);
        rest = '';
      } else throw new KubectlError(`flag needs an argument: '${short}' in -${rest}`);
    }
    if (help) continue;
  }
  return { flags, args, argsBeforeDash, help };
}

/** Whether a word of a command line takes the next word as its value; cobra asks it while it looks for the command. */
export function takesNextWord(specs: readonly FlagSpec[], word: string): boolean {
  if (word.includes('=')) return false;
  const spec = word.startsWith('--')
    ? specs.find((candidate) => candidate.name === word.slice(2))
    : word.length === 2
      ? specs.find((candidate) => candidate.short === word[1])
      : undefined;
  if (spec === undefined) return false;
  return standsAlone(spec) === undefined;
}
