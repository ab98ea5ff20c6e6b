import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as names from './names.ts';

describe('DNS names', () => {
  it('accepts labels and subdomains', () => {
    for (const name of ['a', 'a-b', '1a', 'a'.repeat(63)]) expect(names.isDNS1123Label(name)).toEqual([]);
    for (const name of ['a.b', 'a-b.c1', 'a'.repeat(253)]) expect(names.isDNS1123Subdomain(name)).toEqual([]);
    expect(names.isDNS1035Label('a-1')).toEqual([]);
    expect(names.isWildcardDNS1123Subdomain('*.example.com')).toEqual([]);
  });

  it('words refusals as upstream does', () => {
    expect(names.isDNS1123Label('V_1')).toEqual([
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ]);
    expect(names.isDNS1123Label('a.b')).toEqual(['must not contain dots']);
    expect(names.isDNS1123Label('a'.repeat(64))).toEqual(['must be no more than 63 characters']);
    expect(names.isDNS1123Subdomain('A..b')).toEqual([
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ]);
    expect(names.isDNS1035Label('1st')).toEqual([
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
    ]);
    expect(names.isWildcardDNS1123Subdomain('*bar.com')[0]).toContain("must start with '*.'");
  });

  it('is quick on names made to be slow', () => {
    expect(names.isDNS1123Subdomain(`${'a-'.repeat(200_000)}!`)).toHaveLength(2);
  });
});

describe('labels and keys', () => {
  it('checks qualified names', () => {
    for (const name of ['app', 'example.com/App.name_1', 'A'.repeat(63)])
      expect(names.isQualifiedName(name)).toEqual([]);
    const rule =
      "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
    expect(names.isQualifiedName('x y')).toEqual([`name part ${rule}`]);
    expect(names.isQualifiedName('/a')).toEqual(['prefix part must be non-empty']);
    expect(names.isQualifiedName('a/')).toEqual(['name part must be non-empty', `name part ${rule}`]);
    expect(names.isQualifiedName('a/b/c')).toEqual([
      `a qualified name ${rule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ]);
    expect(names.isQualifiedName('a'.repeat(64))).toEqual(['name part must be no more than 63 characters']);
  });

  it('checks label values', () => {
    expect(names.isValidLabelValue('')).toEqual([]);
    expect(names.isValidLabelValue('v1.2_x')).toEqual([]);
    expect(names.isValidLabelValue('-a')).toEqual([
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    ]);
  });
});

describe('other names', () => {
  it('port names', () => {
    expect(names.isValidPortName('http-2')).toEqual([]);
    expect(names.isValidPortName('a_very_long_port_name')).toEqual([
      'must be no more than 15 characters',
      'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
    ]);
    expect(names.isValidPortName('1--2-')).toEqual([
      'must contain at least one letter (a-z)',
      'must not contain consecutive hyphens',
      'must not begin or end with a hyphen',
    ]);
    expect(names.isValidPortNum(0)).toEqual(['must be between 1 and 65535, inclusive']);
    expect(names.isValidUnixId(-1)).toEqual(['must be between 0 and 4294967295, inclusive']);
  });

  it('environment variables, config keys, headers', () => {
    expect(names.isEnvVarName('MY_ENV.NAME')).toEqual([]);
    expect(names.isEnvVarName('A B')).toEqual([
      "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')",
    ]);
    expect(names.isEnvVarName('..a')).toEqual(["must not start with '..'"]);
    expect(names.isRelaxedEnvVarName('A B!')).toEqual([]);
    expect(names.isRelaxedEnvVarName('A=B')).toEqual([
      "a valid environment variable name must consist only of printable ASCII characters other than '='",
    ]);
    expect(names.isConfigMapKey('bad key')).toEqual([
      "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
    ]);
    expect(names.isConfigMapKey('..')).toEqual(["must not be '..'"]);
    expect(names.isHTTPHeaderName('X:')[0]).toMatch(/^a valid HTTP header must consist/);
    expect(names.isValidPercent('5')).toEqual([
      "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    ]);
    expect(names.isCIdentifier('a-b')).toHaveLength(1);
    expect(names.isHTTPPath('a b')).toEqual([
      "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')",
    ]);
    expect(names.isValidPathSegmentName('..')).toEqual(["may not be '..'"]);
    expect(names.isValidPathSegmentName('a/b%')).toEqual(["may not contain '/'", "may not contain '%'"]);
  });
});

describe('generated names', () => {
  it('appends five letters to the first 58', () => {
    let next = 0;
    const random = (below: number): number => next++ % below;
    expect(names.generateName('web-', random)).toBe('web-bcdfg');
    expect(names.generateName('x'.repeat(80), random)).toHaveLength(63);
    expect(names.maskTrailingDash('web-')).toBe('wea');
  });

  it('encodes hashes as template hashes are', () => {
    // Digits are bytes 48 to 57, taken modulo the 27 letters.
    expect(names.safeEncodeString('0123456789')).toBe('456789bcdf');
  });

  it('FNV-1a runs over the bytes of UTF-8', () => {
    const slow = (text: string): number => {
      let hash = 0x811c9dc5n;
      for (const byte of Buffer.from(text, 'utf8')) hash = ((hash ^ BigInt(byte)) * 0x01000193n) & 0xffffffffn;
      return Number(hash);
    };
    expect(names.fnv1a32('')).toBe(0x811c9dc5);
    expect(names.fnv1a32('foobar')).toBe(0xbf9cf968);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(names.fnv1a32(text)).toBe(slow(text));
      }),
      { seed: 5, numRuns: 200 },
    );
  });
});
