import { sha1 } from '@noble/hashes/legacy.js';
import { byteString, bytesOfString } from '../../api/byte-string.ts';
import { hexOf } from '../../api/der.ts';
import { writePem } from '../../api/pem.ts';
import { sha256Hex } from '../../api/sha256.ts';
import { certifies } from '../../api/x509.ts';
import { SECOND } from '../../engine/index.ts';
import { ToolError } from '../shell/applets/tool.ts';
import { type Certificate, certificateOf, makeCertificate, nameText } from './certificates.ts';
import { extensionsOf, readConfiguration, sectionOf, valueIn } from './configuration.ts';
import { extensionLines, hostsOf, identifiersOf } from './extensions.ts';
import { type Options, wholeNumber } from './options.ts';
import { isSelfSigned, requestIn } from './req.ts';
import { serialFrom } from './serial.ts';
import { certificateIn, formed, formOf, inputOf, keyFrom, put, type Surroundings } from './surroundings.ts';
import { certificateText, dateText, evenHex, modulusText } from './texts.ts';

/** `openssl x509`: tells of a certificate, or with -req makes one out of a signing request. Answers an exit code. */
export function x509(options: Options, around: Surroundings): number {
  const { values, given, has } = options;
  const text = inputOf(values, around);
  const from = values.get('in') ?? '<stdin>';
  const one = has('req') ? issue(text, from, options, around) : certificateIn(text, from, formOf(values, 'inform'));
  const nameopt = values.get('nameopt') ?? 'oneline';
  if (nameopt !== 'oneline' && nameopt !== 'RFC2253')
    throw new ToolError(`-nameopt ${nameopt} is not supported by this openssl; RFC2253 is`);
  let code = 0;
  for (const [option, value] of given) {
    if (option !== 'checkend') around.out(answerTo(option, value, one, nameopt === 'RFC2253', has('sha256')) ?? '');
    else if (one.notAfter < around.now() + wholeNumber(values, 'checkend')! * SECOND) {
      around.out('Certificate will expire\n');
      code = 1;
    } else around.out('Certificate will not expire\n');
  }
  if (!has('noout')) put(around, values.get('out'), formed(values, 'CERTIFICATE', one.der));
  return code;
}

/** What is printed for one of the options that ask for something; undefined for others. */
function answerTo(option: string, value: string, one: Certificate, rfc2253: boolean, sha256: boolean) {
  const from = `notBefore=${dateText(one.notBefore)}\n`;
  const to = `notAfter=${dateText(one.notAfter)}\n`;
  switch (option) {
    case 'subject':
      return `subject=${nameText(one.subject, rfc2253)}\n`;
    case 'issuer':
      return `issuer=${nameText(one.issuer, rfc2253)}\n`;
    case 'startdate':
      return from;
    case 'enddate':
      return to;
    case 'dates':
      return from + to;
    case 'serial':
      return `serial=${evenHex(one.serial).toUpperCase()}\n`;
    case 'pubkey':
      return writePem('PUBLIC KEY', one.publicKey);
    case 'modulus':
      return one.key === undefined ? undefined : modulusText(one.key);
    case 'fingerprint':
      return fingerprint(one, sha256);
    case 'text':
      return certificateText(one);
    case 'ext': {
      const asked = identifiersOf(value);
      const lines = one.extensions
        .filter(({ identifier }) => asked.includes(identifier))
        .flatMap((each) => extensionLines(each, ''));
      return lines.length === 0 ? 'No extensions matched in certificate\n' : `${lines.join('\n')}\n`;
    }
    case 'checkhost':
    case 'checkip': {
      const common = /(?:^|, )CN = ([^,]*)/.exec(nameText(one.subject))?.[1] ?? '';
      const good = certifies({ subject: `CN=${common}`, names: hostsOf(one) }, value);
      return `${option === 'checkip' ? 'IP' : 'Hostname'} ${value} does${good ? '' : ' NOT'} match certificate\n`;
    }
    default:
      return undefined;
  }
}

function fingerprint({ der }: Certificate, sha256: boolean): string {
  const bytes = bytesOfString(der);
  const digits = sha256 ? sha256Hex(bytes) : hexOf(byteString(sha1(bytes)));
  return `${sha256 ? 'sha256' : 'SHA1'} Fingerprint=${digits.toUpperCase().replace(/..(?!$)/g, '$&:')}\n`;
}

/** The certificate that a request asks for, issued by -CA with -CAkey, or by the request's own -signkey. */
function issue(text: string, from: string, { values, has }: Options, around: Surroundings): Certificate {
  const asked = requestIn(text, from, formOf(values, 'inform'));
  if (asked.key === undefined) throw new ToolError('the key of the request is of a kind that is not supported');
  if (!isSelfSigned(asked)) throw new ToolError('Certificate request self-signature did not match the contents');
  around.complain(`Certificate request self-signature ok\nsubject=${nameText(asked.subject)}\n`);
  const file = values.get('CA');
  const keyFile = file === undefined ? (values.get('signkey') ?? values.get('key')) : (values.get('CAkey') ?? file);
  if (keyFile === undefined)
    throw new ToolError('We need a private key to sign with: give -CA and -CAkey, or -signkey');
  const authority = file === undefined ? undefined : certificateIn(around.read(file), file);
  const key = keyFrom(around, keyFile);
  if (authority !== undefined && authority.publicKey !== key.open.der)
    throw new ToolError('CA certificate and CA private key do not match');
  const extfile = values.get('extfile');
  const sections = readConfiguration(extfile === undefined ? '' : around.read(extfile));
  const section = values.get('extensions') ?? valueIn(sections.get('default'), 'extensions') ?? 'default';
  const der = makeCertificate(
    {
      serial: nextSerial(values, file, has('CAcreateserial'), around),
      issuer: authority === undefined ? asked.subject : authority.subject,
      subject: asked.subject,
      publicKey: asked.publicKey,
      from: around.now(),
      days: wholeNumber(values, 'days') ?? 30,
      extensions: extensionsOf(
        sectionOf(sections, section).filter(([name]) => name !== 'extensions'),
        sections,
        asked.key,
        key.open,
      ),
    },
    key,
  );
  return certificateOf(der)!;
}

/** The number that the authority's file has come to, one on from it; a random one where there is no file, which -CAcreateserial then makes. */
function nextSerial(values: Options['values'], authority: string | undefined, create: boolean, around: Surroundings) {
  const set = values.get('set_serial');
  if (set !== undefined || authority === undefined) return serialFrom(set, around);
  const file = values.get('CAserial') ?? `${authority.replace(/\.[^./]*$/, '')}.srl`;
  let before: string | undefined;
  try {
    before = around.read(file).trim();
  } catch (error) {
    if (!(error instanceof ToolError) || (values.has('CAserial') && !create)) throw error;
  }
  if (before !== undefined && !/^[0-9a-f]+$/i.test(before)) throw new ToolError(`Error reading number from ${file}`);
  const serial = before === undefined ? serialFrom(undefined, around) : BigInt(`0x${before}`) + 1n;
  if (before !== undefined || create) around.write(file, `${evenHex(serial).toUpperCase()}\n`);
  return serial;
}
