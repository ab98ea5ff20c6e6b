import { type Environment, Optional } from '@marcbachmann/cel-js';
import {
  isDNS1035Label,
  isDNS1123Label,
  isDNS1123Subdomain,
  isQualifiedName,
  isValidLabelValue,
  maskTrailingDash,
} from '../../api/names.ts';
import { parseUrl } from './cel-urls.ts';
import { matchesFormat } from './validate.ts';

/** What the named formats are called by: `format` in `format.uuid()`. */
class Formats {}

/** A format of texts as an expression holds it. */
class Format {
  readonly problems: (text: string) => readonly string[];
  constructor(problems: (text: string) => readonly string[]) {
    this.problems = problems;
  }
}

const is = (format: string, problem: string) => (text: string) => (matchesFormat(format, text) ? [] : [problem]);

const FORMATS: ReadonlyMap<string, Format> = new Map(
  Object.entries({
    dns1123Label: isDNS1123Label,
    dns1123Subdomain: isDNS1123Subdomain,
    dns1035Label: isDNS1035Label,
    qualifiedName: isQualifiedName,
    dns1123LabelPrefix: (text: string) => isDNS1123Label(maskTrailingDash(text)),
    dns1123SubdomainPrefix: (text: string) => isDNS1123Subdomain(maskTrailingDash(text)),
    dns1035LabelPrefix: (text: string) => isDNS1035Label(maskTrailingDash(text)),
    labelValue: isValidLabelValue,
    uri: (text: string) => (parseUrl(text) === undefined ? [`parse "${text}": invalid URI for request`] : []),
    uuid: is('uuid', 'does not match the UUID format'),
    byte: is('byte', 'invalid base64'),
    date: is('date', 'invalid date'),
    datetime: is('date-time', 'invalid datetime'),
  }).map(([name, problems]) => [name, new Format(problems)] as const),
);

/** Kubernetes' library of named formats (library/format.go): what is wrong with a text, if something is. */
export function addFormats(environment: Environment): void {
  const own = 'kubernetes.NamedFormat';
  environment.registerType(own, Format);
  environment.registerType('kubernetes.Formats', Formats);
  environment.registerConstant('format', 'kubernetes.Formats', new Formats());
  environment.registerFunction(`kubernetes.Formats.named(string): optional<${own}>`, (_: Formats, name: string) =>
    optional(FORMATS.get(name)),
  );
  for (const [name, format] of FORMATS)
    environment.registerFunction(`kubernetes.Formats.${name}(): ${own}`, () => format);
  environment.registerFunction(`${own}.validate(string): optional<list<string>>`, (one: Format, text: string) => {
    const problems = one.problems(text);
    return optional(problems.length === 0 ? undefined : [...problems]);
  });
}

function optional<T>(value: T | undefined): Optional<T> {
  return (value === undefined ? Optional.none() : Optional.of(value)) as Optional<T>;
}
