import { encodeBase64 } from '../../api/base64.ts';
import { bytesOfString } from '../../api/byte-string.ts';
import { fromHex, objectIdentifier, partsOf } from '../../api/der.ts';
import { firstPem, writePem } from '../../api/pem.ts';
import { sha256Hex } from '../../api/sha256.ts';
import { encodeUtf8 } from '../../api/utf8.ts';
import { ToolError } from '../shell/applets/tool.ts';
import { ecKeyOf, type PrivateKey, publicKeyOf, readPrivateKey } from './keys.ts';
import type { Options } from './options.ts';
import { formed, formOf, inputOf, put, type Surroundings } from './surroundings.ts';
import { modulusText } from './texts.ts';

/** Key files are for their owner alone. */
const SECRET = 0o600;
const P256 = /^(P-256|prime256v1|secp256r1)$/;

function bitsOf(text: string): number {
  const bits = Number(text);
  if (!/^\d+$/.test(text) || bits < 512 || bits > 8192 || bits % 8 !== 0)
    throw new ToolError(`Can't parse "${text}" as a number of bits`);
  return bits;
}

export function newCurveKey(curve: string | undefined, around: Surroundings): PrivateKey {
  if (curve === undefined || !P256.test(curve))
    throw new ToolError(`the curve ${curve ?? '(none)'} is not supported by this openssl; prime256v1 is`);
  return ecKeyOf(fromHex(`00${around.digits(62)}`));
}

/** The text of a private key: PKCS #8, or what `-traditional` asks for. */
export function keyText(key: PrivateKey, plain = false): string {
  return plain ? writePem(`${key.open.kind} PRIVATE KEY`, key.plain) : writePem('PRIVATE KEY', key.der);
}

/** How many bits the RSA key has that a command line asks for; undefined where it asks for none. */
export function bitsWanted(command: string, { values, operands, has }: Options): number | undefined {
  if (command === 'genrsa') return bitsOf(operands[0] ?? '2048');
  const option = /^rsa_keygen_bits:(.*)$/.exec(values.get('pkeyopt') ?? '')?.[1];
  if (command === 'genpkey')
    return values.get('algorithm')?.toUpperCase() === 'RSA' ? bitsOf(option ?? '2048') : undefined;
  const asked = values.get('newkey');
  if (command !== 'req' || values.has('key') || values.has('in')) return undefined;
  if (asked === undefined) return has('new') || has('x509') ? 2048 : undefined;
  const rsa = /^rsa(?::(.*))?$/.exec(asked);
  return rsa === null ? undefined : bitsOf(rsa[1] ?? option ?? '2048');
}

export function genrsa(options: Options, around: Surroundings): void {
  const key = around.newKey(bitsWanted('genrsa', options)!);
  put(around, options.values.get('out'), keyText(key, options.has('traditional')), SECRET);
}

export function genpkey(options: Options, around: Surroundings): void {
  const { values } = options;
  const algorithm = values.get('algorithm') ?? '';
  const bits = bitsWanted('genpkey', options);
  if (bits === undefined && algorithm.toUpperCase() !== 'EC')
    throw new ToolError(`the algorithm ${algorithm} is not supported by this openssl; RSA and EC are`);
  const curve = /^ec_paramgen_curve:(.*)$/.exec(values.get('pkeyopt') ?? '')?.[1];
  const key = bits === undefined ? newCurveKey(curve, around) : around.newKey(bits);
  put(around, values.get('out'), keyText(key), SECRET);
}

export function ecparam({ values, has }: Options, around: Surroundings): void {
  const key = newCurveKey(values.get('name'), around);
  const parameters = has('noout') ? '' : writePem('EC PARAMETERS', objectIdentifier('1.2.840.10045.3.1.7'));
  put(
    around,
    values.get('out'),
    parameters + (has('genkey') ? keyText(key, true) : ''),
    has('genkey') ? SECRET : 0o644,
  );
}

const CHECKED = { rsa: 'RSA key ok', ec: 'EC Key valid.', pkey: 'Key is valid' } as const;

/** `rsa`, `ec`, `pkey`: looks at a key, checks it, writes it in another form. */
export function showKey(command: 'rsa' | 'ec' | 'pkey') {
  return ({ values, has }: Options, around: Surroundings): void => {
    const text = inputOf(values, around);
    const form = formOf(values, 'inform');
    const kind = command === 'pkey' ? undefined : (command.toUpperCase() as 'RSA' | 'EC');
    const from = values.get('in') ?? '<stdin>';
    const key = has('pubin') ? undefined : readPrivateKey(text, form);
    const open = has('pubin') ? readPublicKey(text, form) : key?.open;
    if (open === undefined)
      throw new ToolError(`Could not find ${has('pubin') ? 'public' : 'private'} key from ${from}`);
    if (kind !== undefined && open.kind !== kind) throw new ToolError(`Not an ${kind} key`);
    if (has('modulus')) around.out(modulusText(open));
    if (has('check')) {
      if (key === undefined) throw new ToolError('Only private keys can be checked');
      if (!key.check()) throw new ToolError(command === 'rsa' ? 'RSA key not ok' : 'Key is invalid');
      around.out(`${CHECKED[command]}\n`);
    }
    if (has('noout')) return;
    if (kind !== undefined) around.complain(`writing ${kind} key\n`);
    const isOpen = key === undefined || has('pubout');
    const plain = key !== undefined && (has('traditional') || command === 'ec');
    const label = isOpen ? 'PUBLIC KEY' : plain ? `${open.kind} PRIVATE KEY` : 'PRIVATE KEY';
    const der = isOpen ? open.der : plain ? key.plain : key.der;
    put(around, values.get('out'), formed(values, label, der), isOpen ? 0o644 : SECRET);
  };
}

function readPublicKey(text: string, form: string) {
  const der = form === 'DER' ? text : firstPem(text, 'PUBLIC KEY');
  return der === undefined ? undefined : publicKeyOf(der);
}

export function rand({ values, operands, has }: Options, around: Surroundings): void {
  const count = Number(operands[0]);
  if (!Number.isInteger(count) || count < 1 || count > 1_000_000) throw new ToolError('how many bytes is not a number');
  const digits = around.digits(2 * count);
  const lines = (text: string) => `${text.replace(/.{64}(?!$)/g, '$&\n')}\n`;
  put(
    around,
    values.get('out'),
    has('hex') ? `${digits}\n` : has('base64') ? lines(encodeBase64(fromHex(digits))) : fromHex(digits),
  );
}

/** Whether what a file holds is DER: bytes, a code unit each, and not a text to be encoded. */
const isDer = (text: string) => text.startsWith('0') && !/[^\0-\xff]/.test(text) && partsOf(text).length > 0;

/** The hash of a text, or of DER. */
export function dgst({ operands, has }: Options, around: Surroundings): void {
  for (const name of operands.length === 0 ? ['-'] : operands) {
    const text = name === '-' ? around.input : around.read(name);
    const digits = sha256Hex(isDer(text) ? bytesOfString(text) : encodeUtf8(text));
    around.out(
      has('r')
        ? `${digits} *${name === '-' ? 'stdin' : name}\n`
        : `SHA2-256(${name === '-' ? 'stdin' : name})= ${digits}\n`,
    );
  }
}
