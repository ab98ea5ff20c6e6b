import {
  BIT_STRING,
  BOOLEAN,
  contentOf,
  element,
  elements,
  hex,
  hexOf,
  objectIdentifier,
  partsOf,
  SEQUENCE,
  textOf,
} from '../../api/der.ts';
import { formatIP, parseIP } from '../../api/ip.ts';
import { extension } from '../../api/x509-issue.ts';
import { ToolError } from '../shell/applets/tool.ts';
import { type Certificate, dotted, type Extension, keyIdentifier } from './certificates.ts';
import { integer, type PublicKey } from './keys.ts';

/** Extensions by the names that configuration files and `-ext` have for them, and how texts call them. */
const KINDS: readonly (readonly [name: string, identifier: string, title: string])[] = [
  ['subjectAltName', '2.5.29.17', 'X509v3 Subject Alternative Name'],
  ['basicConstraints', '2.5.29.19', 'X509v3 Basic Constraints'],
  ['keyUsage', '2.5.29.15', 'X509v3 Key Usage'],
  ['extendedKeyUsage', '2.5.29.37', 'X509v3 Extended Key Usage'],
  ['subjectKeyIdentifier', '2.5.29.14', 'X509v3 Subject Key Identifier'],
  ['authorityKeyIdentifier', '2.5.29.35', 'X509v3 Authority Key Identifier'],
];

const KEY_USAGES: readonly (readonly [name: string, title: string])[] = [
  ['digitalSignature', 'Digital Signature'],
  ['nonRepudiation', 'Non Repudiation'],
  ['keyEncipherment', 'Key Encipherment'],
  ['dataEncipherment', 'Data Encipherment'],
  ['keyAgreement', 'Key Agreement'],
  ['keyCertSign', 'Certificate Sign'],
  ['cRLSign', 'CRL Sign'],
  ['encipherOnly', 'Encipher Only'],
];

const PURPOSES: readonly (readonly [name: string, identifier: string, title: string])[] = [
  ['serverAuth', '1.3.6.1.5.5.7.3.1', 'TLS Web Server Authentication'],
  ['clientAuth', '1.3.6.1.5.5.7.3.2', 'TLS Web Client Authentication'],
  ['codeSigning', '1.3.6.1.5.5.7.3.3', 'Code Signing'],
  ['emailProtection', '1.3.6.1.5.5.7.3.4', 'E-mail Protection'],
  ['timeStamping', '1.3.6.1.5.5.7.3.8', 'Time Stamping'],
];

const colons = (digits: string) => digits.toUpperCase().replace(/..(?!$)/g, '$&:');

/** The names of an alternative-name extension: `DNS:web`, `IP Address:10.0.0.5`. */
function alternatives(value: string): string[] {
  return partsOf(value).map((name) => {
    if (name.tag === 0x87) {
      const bytes = [...contentOf(value, name)].map((one) => one.charCodeAt(0));
      return `IP Address:${formatIP(bytes)}`;
    }
    const kind = name.tag === 0x81 ? 'email' : name.tag === 0x86 ? 'URI' : 'DNS';
    return `${kind}:${textOf(value, name)}`;
  });
}

/** Host names and addresses that a certificate stands for. */
export function hostsOf({ extensions }: Pick<Certificate, 'extensions'>): string[] {
  const found = extensions.find(({ identifier }) => identifier === '2.5.29.17');
  return found === undefined ? [] : alternatives(found.value).map((name) => name.slice(name.indexOf(':') + 1));
}

/** Whether a certificate says that its owner may issue others; undefined when it says nothing. */
export function isAuthority({ extensions }: Pick<Certificate, 'extensions'>): boolean | undefined {
  const found = extensions.find(({ identifier }) => identifier === '2.5.29.19');
  return found === undefined ? undefined : partsOf(found.value)[0]?.tag === BOOLEAN;
}

/** The key that an extension names, in hexadecimal: a certificate's own, or its issuer's. */
export function namedKey({ extensions }: Pick<Certificate, 'extensions'>, whose: 'own' | 'issuer'): string | undefined {
  const found = extensions.find(({ identifier }) => identifier === (whose === 'own' ? '2.5.29.14' : '2.5.29.35'));
  if (found === undefined) return undefined;
  if (whose === 'own') {
    const [key] = elements(found.value, 0, found.value.length);
    return key === undefined ? '' : hex(found.value, key);
  }
  const key = partsOf(found.value).find(({ tag }) => tag === 0x80);
  return key === undefined ? undefined : hex(found.value, key);
}

function contentText({ identifier, value, ...rest }: Extension): string {
  switch (identifier) {
    case '2.5.29.17':
      return alternatives(value).join(', ');
    case '2.5.29.19': {
      const length = partsOf(value).find(({ tag }) => tag === 2);
      const depth = length === undefined ? '' : `, pathlen:${Number.parseInt(hex(value, length), 16)}`;
      return partsOf(value)[0]?.tag === BOOLEAN ? `CA:TRUE${depth}` : 'CA:FALSE';
    }
    case '2.5.29.15': {
      const bits = value.charCodeAt(3);
      return KEY_USAGES.flatMap(([, title], index) => ((bits & (0x80 >> index)) !== 0 ? [title] : [])).join(', ');
    }
    case '2.5.29.37':
      return partsOf(value)
        .map((each) => dotted(value, each))
        .map((each) => PURPOSES.find(([, known]) => known === each)?.[2] ?? each)
        .join(', ');
    case '2.5.29.14':
      return colons(namedKey({ extensions: [{ identifier, value, ...rest }] }, 'own') ?? '');
    case '2.5.29.35':
      return colons(namedKey({ extensions: [{ identifier, value, ...rest }] }, 'issuer') ?? '');
    default:
      return colons(hexOf(value));
  }
}

/** An extension in two lines, as `-text` and `-ext` print them. */
export function extensionLines(one: Extension, indent: string): string[] {
  const title = KINDS.find(([, identifier]) => identifier === one.identifier)?.[2] ?? one.identifier;
  return [`${indent}${title}: ${one.critical ? 'critical' : ''}`, `${indent}    ${contentText(one)}`];
}

/** The identifiers of names such as `subjectAltName,keyUsage`. Throws ToolError for others. */
export function identifiersOf(names: string): string[] {
  return names.split(',').map((name) => {
    const found = KINDS.find(([known]) => known === name.trim());
    if (found === undefined) throw new ToolError(`-ext ${name} is not supported by this openssl`);
    return found[1];
  });
}

/** What the words of an extension may stand for. */
export interface ExtensionContext {
  /** A section of the configuration file: its lines as name and value. */
  section(name: string): readonly (readonly [string, string])[];
  readonly own: PublicKey;
  readonly issuer: PublicKey;
}

function generalName(text: string): string {
  const [, kind = '', value = ''] = /^\s*([A-Za-z]+)(?:\.\d+)?[:=]\s*(.*?)\s*$/.exec(text) ?? [];
  switch (kind) {
    case 'DNS':
      return element(0x82, value);
    case 'email':
      return element(0x81, value);
    case 'URI':
      return element(0x86, value);
    case 'IP': {
      const bytes = parseIP(value);
      if (bytes === undefined) throw new ToolError(`bad ip address: value=${value}`);
      return element(0x87, String.fromCharCode(...bytes));
    }
    default:
      throw new ToolError(`unsupported option: name=${kind === '' ? text.trim() : kind}`);
  }
}

function usageBits(words: readonly string[]): string {
  let byte = 0;
  let last = 0;
  for (const word of words) {
    const index = KEY_USAGES.findIndex(([name]) => name === word);
    if (index < 0) throw new ToolError(`unknown bit string argument: section:<NULL>,name:${word},value:<NULL>`);
    byte |= 0x80 >> index;
    last = Math.max(last, index);
  }
  return element(BIT_STRING, String.fromCharCode(7 - last, byte));
}

function constraints(words: readonly string[]): string {
  const depth = words.map((word) => /^pathlen:(\d+)$/.exec(word)?.[1]).find((found) => found !== undefined);
  const limit = depth === undefined ? '' : integer(BigInt(depth));
  const isOne = words.some((word) => /^CA:true$/i.test(word));
  return element(SEQUENCE, isOne ? element(BOOLEAN, '\u00ff') : '', limit);
}

/** The DER of an extension as configuration files and `-addext` write it. Throws ToolError for one that is not made here. */
export function extensionOf(name: string, text: string, context: ExtensionContext): string {
  const kind = KINDS.find(([known]) => known === name);
  if (kind === undefined) throw new ToolError(`the extension ${name} is not supported by this openssl`);
  let words = text.split(',').map((word) => word.trim());
  const critical = words[0] === 'critical';
  if (critical) words = words.slice(1);
  const value = (): string => {
    switch (name) {
      case 'subjectAltName': {
        const names = words.flatMap((word) =>
          word.startsWith('@') ? context.section(word.slice(1)).map(([key, value]) => `${key}:${value}`) : [word],
        );
        return element(SEQUENCE, ...names.map(generalName));
      }
      case 'basicConstraints':
        return constraints(words);
      case 'keyUsage':
        return usageBits(words);
      case 'extendedKeyUsage':
        return element(
          SEQUENCE,
          ...words.map((word) => {
            const found = PURPOSES.find(([known]) => known === word);
            if (found === undefined) throw new ToolError(`extendedKeyUsage ${word} is not supported by this openssl`);
            return objectIdentifier(found[1]);
          }),
        );
      case 'subjectKeyIdentifier':
        return element(4, keyIdentifier(context.own));
      default:
        return element(SEQUENCE, element(0x80, keyIdentifier(context.issuer)));
    }
  };
  return extension(kind[1], value(), critical);
}
