import { byteLength } from './go-format.ts';

/**
 * Checks of names and other short strings: k8s.io/apimachinery/pkg/util/validation. Each returns upstream's messages, none
 * when the value is valid; callers join them into field errors.
 */
export type Messages = string[];

export const dns1123LabelMaxLength = 63;
export const dns1123SubdomainMaxLength = 253;
export const dns1035LabelMaxLength = 63;
export const labelValueMaxLength = 63;

/** validation.MaxLenError */
export function maxLenError(length: number): string {
  return `must be no more than ${length} characters`;
}

/** validation.RegexError: the rule, examples, and the regular expression. */
export function regexError(message: string, format: string, ...examples: string[]): string {
  if (examples.length === 0) return `${message} (regex used for validation is '${format}')`;
  const list = examples.map((example) => `'${example}', `).join(' or ');
  return `${message} (e.g. ${list}regex used for validation is '${format}')`;
}

/** validation.EmptyError */
export const emptyError = 'must be non-empty';

/** validation.InclusiveRangeError */
export function inclusiveRangeError(low: number, high: number): string {
  return `must be between ${low} and ${high}, inclusive`;
}

const whole = (format: string): RegExp => new RegExp(`^(?:${format})$`);

const labelFormat = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomainFormat = `${labelFormat}(\\.${labelFormat})*`;
const dns1035Format = '[a-z]([-a-z0-9]*[a-z0-9])?';
const qualifiedFormat = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const labelValueFormat = `(${qualifiedFormat})?`;
const wildcardFormat = `\\*\\.${subdomainFormat}`;
const cIdentifierFormat = '[A-Za-z_][A-Za-z0-9_]*';
const percentFormat = '[0-9]+%';
const httpHeaderFormat = '[-A-Za-z0-9]+';
const envVarFormat = '[-._a-zA-Z][-._a-zA-Z0-9]*';
const configMapKeyFormat = '[-._a-zA-Z0-9]+';
const httpPathFormat = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";

const label = whole(labelFormat);
// The same language as subdomainFormat, which can take quadratic time on long strings of hyphens.
const subdomain = { test: (value: string): boolean => value.split('.').every((part) => label.test(part)) };
const dns1035 = whole(dns1035Format);
const qualified = whole(qualifiedFormat);
const cIdentifier = whole(cIdentifierFormat);
const percent = whole(percentFormat);
const httpHeader = whole(httpHeaderFormat);
const envVar = whole(envVarFormat);
const configMapKey = whole(configMapKeyFormat);
const httpPath = whole(httpPathFormat);

function tooLongFor(value: string, limit: number): Messages {
  return value.length * 3 > limit && byteLength(value) > limit ? [maxLenError(limit)] : [];
}

/** A DNS label of RFC 1123 (IsDNS1123Label). */
export function isDNS1123Label(value: string): Messages {
  const messages = tooLongFor(value, dns1123LabelMaxLength);
  if (!label.test(value)) {
    messages.push(
      subdomain.test(value)
        ? 'must not contain dots'
        : regexError(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
            labelFormat,
            'my-name',
            '123-abc',
          ),
    );
  }
  return messages;
}

/** A DNS subdomain of RFC 1123 (IsDNS1123Subdomain). */
export function isDNS1123Subdomain(value: string): Messages {
  const messages = tooLongFor(value, dns1123SubdomainMaxLength);
  if (!subdomain.test(value)) {
    messages.push(
      regexError(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
        subdomainFormat,
        'example.com',
      ),
    );
  }
  return messages;
}

/** A DNS label of RFC 1035, which starts with a letter (IsDNS1035Label). */
export function isDNS1035Label(value: string): Messages {
  const messages = tooLongFor(value, dns1035LabelMaxLength);
  if (!dns1035.test(value)) {
    messages.push(
      regexError(
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
        dns1035Format,
        'my-name',
        'abc-123',
      ),
    );
  }
  return messages;
}

/** `*.example.com` (IsWildcardDNS1123Subdomain). */
export function isWildcardDNS1123Subdomain(value: string): Messages {
  const messages = tooLongFor(value, dns1123SubdomainMaxLength);
  if (!value.startsWith('*.') || !subdomain.test(value.slice(2))) {
    messages.push(
      regexError(
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
        wildcardFormat,
        '*.example.com',
      ),
    );
  }
  return messages;
}

const qualifiedMessage =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/** A label or annotation key: `name` or `prefix/name` (IsQualifiedName). */
export function isQualifiedName(value: string): Messages {
  const parts = value.split('/');
  if (parts.length > 2) {
    const rule = regexError(qualifiedMessage, qualifiedFormat, 'MyName', 'my.name', '123-abc');
    return [`a qualified name ${rule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const messages: Messages = [];
  const name = parts[parts.length - 1]!;
  if (parts.length === 2) {
    const prefix = parts[0]!;
    if (prefix === '') messages.push(`prefix part ${emptyError}`);
    else for (const message of isDNS1123Subdomain(prefix)) messages.push(`prefix part ${message}`);
  }
  if (name === '') messages.push(`name part ${emptyError}`);
  else if (byteLength(name) > 63) messages.push(`name part ${maxLenError(63)}`);
  if (!qualified.test(name)) {
    messages.push(`name part ${regexError(qualifiedMessage, qualifiedFormat, 'MyName', 'my.name', '123-abc')}`);
  }
  return messages;
}

/** The value of a label (IsValidLabelValue). */
export function isValidLabelValue(value: string): Messages {
  const messages = tooLongFor(value, labelValueMaxLength);
  if (value !== '' && !qualified.test(value)) {
    messages.push(
      regexError(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        labelValueFormat,
        'MyValue',
        'my_value',
        '12345',
      ),
    );
  }
  return messages;
}

/** An identifier of C (IsCIdentifier). */
export function isCIdentifier(value: string): Messages {
  if (cIdentifier.test(value)) return [];
  return [
    regexError(
      "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
      cIdentifierFormat,
      'my_name',
      'MY_NAME',
      'MyName',
    ),
  ];
}

/** A port number from 1 to 65535 (IsValidPortNum). */
export function isValidPortNum(port: number): Messages {
  return isInRange(port, 1, 65535);
}

/** IsInRange */
export function isInRange(value: number, low: number, high: number): Messages {
  return value >= low && value <= high ? [] : [inclusiveRangeError(low, high)];
}

/** A Unix user or group number (IsValidUserID, IsValidGroupID). */
export function isValidUnixId(id: number): Messages {
  return isInRange(id, 0, 0xffffffff);
}

/** The name of a container's or Service's port (IsValidPortName). */
export function isValidPortName(port: string): Messages {
  const messages = tooLongFor(port, 15);
  if (!/^[-a-z0-9]+$/.test(port))
    messages.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(port)) messages.push('must contain at least one letter (a-z)');
  if (port.includes('--')) messages.push('must not contain consecutive hyphens');
  if (port.startsWith('-') || port.endsWith('-')) messages.push('must not begin or end with a hyphen');
  return messages;
}

/** `25%` (IsValidPercent). */
export function isValidPercent(value: string): Messages {
  if (percent.test(value)) return [];
  return [
    regexError("a valid percent string must be a numeric string followed by an ending '%'", percentFormat, '1%', '93%'),
  ];
}

/** The name of an HTTP header (IsHTTPHeaderName). */
export function isHTTPHeaderName(value: string): Messages {
  if (httpHeader.test(value)) return [];
  return [
    regexError("a valid HTTP header must consist of alphanumeric characters or '-'", httpHeaderFormat, 'X-Header-Name'),
  ];
}

function changeDirPrefix(value: string): Messages {
  if (value === '.') return ["must not be '.'"];
  if (value === '..') return ["must not be '..'"];
  return value.startsWith('..') ? ["must not start with '..'"] : [];
}

/** The name of an environment variable by the strict rule (IsEnvVarName). */
export function isEnvVarName(value: string): Messages {
  const messages: Messages = [];
  if (!envVar.test(value)) {
    messages.push(
      regexError(
        "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit",
        envVarFormat,
        'my.env-name',
        'MY_ENV.NAME',
        'MyEnvName1',
      ),
    );
  }
  return messages.concat(changeDirPrefix(value));
}

/** The name of an environment variable by the relaxed rule, which v1.33 uses in containers (IsRelaxedEnvVarName). */
export function isRelaxedEnvVarName(value: string): Messages {
  if (value === '') return [`environment variable name ${emptyError}`];
  if (/^[ -<>-~]*$/.test(value)) return [];
  return ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

/** A key of a ConfigMap or Secret (IsConfigMapKey). */
export function isConfigMapKey(value: string): Messages {
  const messages = tooLongFor(value, dns1123SubdomainMaxLength);
  if (!configMapKey.test(value)) {
    messages.push(
      regexError(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        configMapKeyFormat,
        'key.name',
        'KEY_NAME',
        'key-name',
      ),
    );
  }
  return messages.concat(changeDirPrefix(value));
}

/** The path part of a domain-prefixed path (IsDomainPrefixedPath uses it). */
export function isHTTPPath(value: string): Messages {
  return httpPath.test(value) ? [] : [regexError('Invalid path', httpPathFormat)];
}

/** `./` and `..` checks of names that become parts of URLs (path.IsValidPathSegmentName). */
export function isValidPathSegmentName(name: string): Messages {
  if (name === '.' || name === '..') return [`may not be '${name}'`];
  const messages: Messages = [];
  for (const part of ['/', '%']) if (name.includes(part)) messages.push(`may not contain '${part}'`);
  return messages;
}

const generatedAlphabet = 'bcdfghjklmnpqrstvwxz2456789';
const generatedLength = 5;
const maxGeneratedBase = dns1123LabelMaxLength - generatedLength;

/** `length` characters of the alphabet that generated names use (rand.String). `random(n)` gives a whole number below n. */
export function randomSuffix(random: (below: number) => number, length = generatedLength): string {
  let text = '';
  for (let index = 0; index < length; index++) text += generatedAlphabet[random(generatedAlphabet.length)];
  return text;
}

/** The name made from a generateName: the base, cut to 58 characters, and five random ones (names.SimpleNameGenerator). */
export function generateName(base: string, random: (below: number) => number): string {
  return base.slice(0, maxGeneratedBase) + randomSuffix(random);
}

/** Encodes digits so that they spell nothing and stay in names (rand.SafeEncodeString): used for hashes of templates. */
export function safeEncodeString(text: string): string {
  let encoded = '';
  for (let index = 0; index < text.length; index++) {
    encoded += generatedAlphabet[text.charCodeAt(index) % generatedAlphabet.length];
  }
  return encoded;
}

/** A name as validated for generateName: a trailing `-` stands for the suffix to come (maskTrailingDash). */
export function maskTrailingDash(name: string): string {
  return name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name;
}

/** FNV-1a of 32 bits over the bytes of the text in UTF-8 (hash/fnv New32a), as in pod-template-hash. */
export function fnv1a32(text: string): number {
  let hash = 0x811c9dc5;
  const add = (byte: number): void => {
    hash = Math.imul(hash ^ byte, 0x01000193);
  };
  for (let index = 0; index < text.length; index++) {
    const code = text.codePointAt(index)!;
    if (code < 0x80) {
      add(code);
      continue;
    }
    if (code < 0x800) add(0xc0 | (code >> 6));
    else {
      if (code < 0x10000) add(0xe0 | (code >> 12));
      else {
        add(0xf0 | (code >> 18));
        add(0x80 | ((code >> 12) & 0x3f));
        index++;
      }
      add(0x80 | ((code >> 6) & 0x3f));
    }
    add(0x80 | (code & 0x3f));
  }
  return hash >>> 0;
}
