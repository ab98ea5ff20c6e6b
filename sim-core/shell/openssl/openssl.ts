import { encodeBase64 } from '../../api/base64.ts';
import { firstPem } from '../../api/pem.ts';
import { parseCertificateRequest, parseCertificates } from '../../api/x509.ts';
import type { Micros } from '../../engine/index.ts';
import type { WebCrypto } from '../shell-host.ts';
import {
  AUTHORITY,
  alternativeNames,
  answerTo,
  makeCertificate,
  makeRequest,
  nameOf,
  partsOf,
  textOf,
} from './certificates.ts';
import { generateKey, type PrivateKey, randomBytes, readKey } from './keys.ts';

/** What the program takes from the computer: files, the clock, standard input, and where it writes. */
export interface Surroundings {
  /** Throws an Error for a file that is not there. */
  read(name: string): string;
  write(name: string, text: string): void;
  input(): Promise<string>;
  now(): Micros;
  readonly crypto: WebCrypto;
  out(text: string): void;
  complain(text: string): void;
}

const WITH_VALUE = new Set(
  'in out key keyout subj days newkey addext CA CAkey CAserial extfile extensions signkey algorithm pkeyopt set_serial inform outform passout passin config'.split(
    ' ',
  ),
);
const FLAGS = new Set(
  'new nodes noenc x509 noout text subject issuer dates startdate enddate serial req CAcreateserial pubkey verify sha256 check modulus'.split(
    ' ',
  ),
);

interface Options {
  readonly values: ReadonlyMap<string, string>;
  /** In the order in which they were given. */
  readonly flags: readonly string[];
  /** `-addext`, each. */
  readonly extensions: readonly string[];
  readonly operands: readonly string[];
}

function parse(command: string, args: readonly string[]): Options {
  const values = new Map<string, string>();
  const flags: string[] = [];
  const extensions: string[] = [];
  const operands: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const word = args[index]!;
    const name = word.replace(/^--?/, '');
    if (!word.startsWith('-')) operands.push(word);
    else if (WITH_VALUE.has(name)) {
      const value = args[++index];
      if (value === undefined) throw new Error(`Option -${name} needs a value`);
      if (name === 'addext') extensions.push(value);
      else values.set(name, value);
    } else if (FLAGS.has(name) || (command === 'rand' && /^(hex|base64)$/.test(name))) flags.push(name);
    else throw new Error(`Unknown option: ${word}`);
  }
  return { values, flags, extensions, operands };
}

/** `openssl` with genrsa, req, x509, rand and version: what keys and certificates of users and servers are made with. Answers an exit code. */
export async function openssl(args: readonly string[], around: Surroundings): Promise<number> {
  const [command = '', ...rest] = args;
  try {
    const run = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
    if (run === undefined) {
      around.complain(`Invalid command '${command}'; type "help" for a list.\n`);
      around.complain(`Here there are: ${Object.keys(COMMANDS).join(', ')}.\n`);
      return 1;
    }
    await run(parse(command, rest), around);
    return 0;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    around.complain(`${command}: ${error.message}\n`);
    return 1;
  }
}

const COMMANDS: Readonly<Record<string, (options: Options, around: Surroundings) => Promise<void>>> = {
  genrsa: async ({ values, operands }, around) => {
    put(around, values.get('out'), (await generateKey(around.crypto, bitsOf(operands[0] ?? '2048'))).pem);
  },
  genpkey: async ({ values }, around) => {
    if (values.get('algorithm')?.toUpperCase() !== 'RSA')
      throw new Error('only RSA keys are made here: -algorithm RSA');
    const bits = /^rsa_keygen_bits:(\d+)$/.exec(values.get('pkeyopt') ?? '')?.[1];
    put(around, values.get('out'), (await generateKey(around.crypto, bitsOf(bits ?? '2048'))).pem);
  },
  req: request,
  x509: certificate,
  rand: async ({ values, flags, operands }, around) => {
    const bytes = randomBytes(around.crypto, Number(operands[0] ?? 0));
    const digits = [...bytes].map((one) => one.charCodeAt(0).toString(16).padStart(2, '0')).join('');
    put(around, values.get('out'), flags.includes('hex') ? `${digits}\n` : `${encodeBase64(bytes)}\n`);
  },
  version: async (_options, around) => around.out('OpenSSL 3.0.13 30 Jan 2024 (as simulated here)\n'),
};

function bitsOf(text: string): number {
  const bits = Number(text);
  if (!/^\d+$/.test(text) || bits < 512 || bits > 8192 || bits % 8 !== 0)
    throw new Error(`Can't parse "${text}" as a number of bits`);
  return bits;
}

function put(around: Surroundings, file: string | undefined, text: string): void {
  if (file === undefined) around.out(text);
  else around.write(file, text);
}

function extensionsOf(texts: readonly string[]): string[] {
  return texts.map(alternativeNames).filter((one) => one !== undefined);
}

async function keyFrom(around: Surroundings, file: string): Promise<PrivateKey> {
  const key = await readKey(around.crypto, around.read(file));
  if (key === undefined) throw new Error(`Could not find private key from ${file}`);
  return key;
}

/** A signing request, or with -x509 a certificate that its own key signs. */
async function request({ values, flags, extensions }: Options, around: Surroundings): Promise<void> {
  const input = values.get('in');
  if (input !== undefined || !(flags.includes('new') || flags.includes('x509') || values.has('newkey'))) {
    const text = input === undefined ? await around.input() : around.read(input);
    const asked = parseCertificateRequest(text);
    if (asked === undefined) throw new Error(`Unable to load X509 request from ${input ?? 'stdin'}`);
    const subject = Object.entries(asked.subject).flatMap(([type, all]) => all.map((value) => `${type} = ${value}`));
    if (flags.includes('subject')) around.out(`subject=${subject.join(', ')}\n`);
    if (flags.includes('text'))
      around.out(`Certificate Request:\n    Data:\n        Version: 1 (0x0)\n        Subject: ${subject.join(', ')}\n`);
    if (!flags.includes('noout')) put(around, values.get('out'), text);
    return;
  }
  const subject = values.get('subj');
  if (subject === undefined)
    throw new Error(
      'there is nobody here to ask for the parts of the name: give it with -subj, such as -subj "/CN=jane/O=dev"',
    );
  const name = nameOf(subject);
  const file = values.get('key');
  let key: PrivateKey;
  if (file !== undefined) key = await keyFrom(around, file);
  else {
    const bits = /^rsa(?::(\d+))?$/.exec(values.get('newkey') ?? 'rsa');
    if (bits === null) throw new Error('only RSA keys are made here');
    key = await generateKey(around.crypto, bitsOf(bits[1] ?? '2048'));
    around.write(values.get('keyout') ?? 'privkey.pem', key.pem);
  }
  const more = extensionsOf(extensions);
  const made = flags.includes('x509')
    ? await makeCertificate(
        around.crypto,
        {
          issuer: name,
          subject: name,
          publicKey: key.publicKey,
          from: around.now(),
          days: Number(values.get('days') ?? 30),
          extensions: [AUTHORITY, ...more],
        },
        key,
      )
    : await makeRequest(key, name, more);
  put(around, values.get('out'), made);
}

/** Tells of a certificate, or with -req makes one out of a signing request. */
async function certificate({ values, flags }: Options, around: Surroundings): Promise<void> {
  const input = values.get('in');
  const text = input === undefined ? await around.input() : around.read(input);
  const made = flags.includes('req') ? await sign(text, values, around) : text;
  const [info] = parseCertificates(made);
  const der = firstPem(made, 'CERTIFICATE');
  if (info === undefined || der === undefined) throw new Error(`Could not find certificate from ${input ?? '<stdin>'}`);
  for (const flag of flags) {
    const answer = flag === 'text' ? textOf(info, der) : answerTo(flag, info, partsOf(der).serial);
    if (answer !== undefined) around.out(answer);
  }
  if (!flags.includes('noout')) put(around, values.get('out'), made);
}

/** The certificate that a request asks for, issued by -CA with -CAkey, or by the request's own -key. */
async function sign(text: string, values: ReadonlyMap<string, string>, around: Surroundings): Promise<string> {
  const asked = parseCertificateRequest(text);
  if (asked === undefined) throw new Error('Unable to load X509 request');
  const authority = values.get('CA');
  const keyFile = values.get('CAkey') ?? values.get('signkey') ?? values.get('key') ?? authority;
  if (keyFile === undefined) throw new Error('We need a private key to sign with: give -CA and -CAkey, or -key');
  const key = await keyFrom(around, keyFile);
  const issuer = authority === undefined ? undefined : firstPem(around.read(authority), 'CERTIFICATE');
  const extfile = values.get('extfile');
  around.complain('Certificate request self-signature ok\n');
  return makeCertificate(
    around.crypto,
    {
      issuer: issuer === undefined ? asked.raw.subject : partsOf(issuer).subject,
      subject: asked.raw.subject,
      publicKey: asked.raw.publicKey,
      from: around.now(),
      days: Number(values.get('days') ?? 30),
      extensions: extfile === undefined ? [] : extensionsOf(around.read(extfile).split('\n')),
    },
    key,
  );
}
