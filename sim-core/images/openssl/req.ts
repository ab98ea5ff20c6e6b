import { firstPem, writePem } from '../../api/pem.ts';
import { ToolError } from '../shell/applets/tool.ts';
import { makeCertificate, makeRequest, nameFrom, nameOf, nameText, requestOf, type Signed } from './certificates.ts';
import { extensionsOf, type Lines, readConfiguration, sectionOf, valueIn } from './configuration.ts';
import { bitsWanted, keyText, newCurveKey } from './key-commands.ts';
import { type PrivateKey, verifies } from './keys.ts';
import { type Options, wholeNumber } from './options.ts';
import { serialFrom } from './serial.ts';
import { formed, formOf, inputOf, keyFrom, put, type Surroundings } from './surroundings.ts';
import { modulusText, requestText } from './texts.ts';

/** Reads a signing request. Throws ToolError in OpenSSL's words. */
export function requestIn(text: string, from: string, form = 'PEM'): Signed {
  const der = form === 'DER' ? text : firstPem(text, 'CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST');
  const found = der === undefined ? undefined : requestOf(der);
  if (found === undefined) throw new ToolError(`Unable to load X509 request from ${from}`);
  return found;
}

export const isSelfSigned = ({ key, body, signature }: Signed) => key !== undefined && verifies(key, body, signature);

/** What `openssl req -x509` writes into a certificate of its own accord. */
const OF_AUTHORITIES: Lines = [
  ['subjectKeyIdentifier', 'hash'],
  ['authorityKeyIdentifier', 'keyid'],
  ['basicConstraints', 'critical,CA:TRUE'],
];

/** `openssl req`: makes a signing request, or with -x509 a certificate that its own key signs; or tells of a request. */
export function req(options: Options, around: Surroundings): void {
  const { values, given, has } = options;
  const makes = has('new') || has('x509') || values.has('newkey');
  if (!makes || values.has('in')) {
    show(requestIn(inputOf(values, around), values.get('in') ?? '<stdin>', formOf(values, 'inform')), options, around);
    return;
  }
  const config = values.get('config');
  const sections = readConfiguration(config === undefined ? '' : around.read(config));
  const main = sections.get('req');
  const name = subjectOf(values.get('subj'), sections, main);
  const key = keyOf(options, around);
  const section = values.get(has('x509') ? 'extensions' : 'reqexts') ?? values.get('extensions');
  const usual = section ?? valueIn(main, has('x509') ? 'x509_extensions' : 'req_extensions');
  const lines: (readonly [string, string])[] = [
    ...(usual !== undefined ? sectionOf(sections, usual) : has('x509') ? OF_AUTHORITIES : []),
  ];
  for (const [option, text] of given) {
    if (option !== 'addext') continue;
    const equals = text.indexOf('=');
    const line = [text.slice(0, equals).trim(), text.slice(equals + 1)] as const;
    const same = lines.findIndex(([known]) => known === line[0]);
    if (same >= 0) lines[same] = line;
    else lines.push(line);
  }
  const extensions = extensionsOf(lines, sections, key.open, key.open);
  if (!has('x509')) {
    const made = requestOf(makeRequest(key, name, extensions))!;
    show(made, options, around);
    return;
  }
  const der = makeCertificate(
    {
      serial: serialFrom(values.get('set_serial'), around),
      issuer: name,
      subject: name,
      publicKey: key.open.der,
      from: around.now(),
      days: wholeNumber(values, 'days') ?? 30,
      extensions,
    },
    key,
  );
  if (!has('noout')) put(around, values.get('out'), formed(values, 'CERTIFICATE', der));
}

function subjectOf(subj: string | undefined, sections: ReadonlyMap<string, Lines>, main: Lines | undefined): string {
  if (subj !== undefined) return nameOf(subj);
  const section = valueIn(main, 'distinguished_name');
  if (section !== undefined && valueIn(main, 'prompt') === 'no') {
    const long: Readonly<Record<string, string>> = {
      countryName: 'C',
      stateOrProvinceName: 'ST',
      localityName: 'L',
      organizationName: 'O',
      organizationalUnitName: 'OU',
      commonName: 'CN',
    };
    return nameFrom(
      sectionOf(sections, section).map(([type, value]) => {
        const short = type.replace(/^\d+\./, '');
        return [Object.hasOwn(long, short) ? long[short]! : short, value];
      }),
    );
  }
  throw new ToolError(
    'there is nobody here to ask for the parts of the name: give it with -subj, such as -subj "/CN=jane/O=dev"',
  );
}

function keyOf(options: Options, around: Surroundings): PrivateKey {
  const { values, has } = options;
  const file = values.get('key');
  if (file !== undefined) return keyFrom(around, file);
  if (!has('nodes') && !has('noenc'))
    throw new ToolError('keys with a pass phrase are not supported by this openssl: give -nodes (or -noenc)');
  const bits = bitsWanted('req', options);
  const curve = /^ec_paramgen_curve:(.*)$/.exec(values.get('pkeyopt') ?? '')?.[1];
  if (bits === undefined && values.get('newkey') !== 'ec')
    throw new ToolError(`-newkey ${values.get('newkey')} is not supported by this openssl; rsa:2048 and ec are`);
  const key = bits === undefined ? newCurveKey(curve, around) : around.newKey(bits);
  around.write(values.get('keyout') ?? 'privkey.pem', keyText(key), 0o600);
  return key;
}

function show(one: Signed, { values, given, has }: Options, around: Surroundings): void {
  if (has('verify')) {
    if (!isSelfSigned(one)) throw new ToolError('Certificate request self-signature verify failure');
    around.complain('Certificate request self-signature verify OK\n');
  }
  for (const [option] of given) {
    if (option === 'text') around.out(requestText(one));
    if (option === 'subject') around.out(`subject=${nameText(one.subject, values.get('nameopt') === 'RFC2253')}\n`);
    if (option === 'pubkey') around.out(writePem('PUBLIC KEY', one.publicKey));
    if (option === 'modulus' && one.key !== undefined) around.out(modulusText(one.key));
  }
  if (!has('noout')) put(around, values.get('out'), formed(values, 'CERTIFICATE REQUEST', one.der));
}
