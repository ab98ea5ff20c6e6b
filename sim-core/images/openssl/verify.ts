import { readPem } from '../../api/pem.ts';
import type { Micros } from '../../engine/index.ts';
import { type Certificate, certificateOf, nameText } from './certificates.ts';
import { isAuthority, namedKey } from './extensions.ts';
import { verifies } from './keys.ts';
import type { Options } from './options.ts';
import { certificateIn, type Surroundings } from './surroundings.ts';

/** Longer chains are not followed. */
const MAX_DEPTH = 20;

interface Problem {
  readonly certificate: Certificate;
  readonly depth: number;
  readonly code: number;
  readonly text: string;
}

function all(text: string): Certificate[] {
  return readPem(text).flatMap(({ label, der }) => (label === 'CERTIFICATE' ? (certificateOf(der) ?? []) : []));
}

/** Whether a certificate may be the issuer of another: by name, and by the key that the other names. */
function mayHaveIssued(issuer: Certificate, one: Certificate): boolean {
  if (issuer.subject !== one.issuer) return false;
  const [named, own] = [namedKey(one, 'issuer'), namedKey(issuer, 'own')];
  return named === undefined || own === undefined || named === own;
}

/** X509_verify_cert: the chain up to a trusted authority, or what is wrong with it. */
function problemOf(
  first: Certificate,
  trusted: Certificate[],
  others: Certificate[],
  now: Micros,
): Problem | undefined {
  const chain = [first];
  for (;;) {
    const one = chain.at(-1)!;
    const depth = chain.length - 1;
    if (trusted.some(({ der }) => der === one.der) && one.subject === one.issuer) break;
    const issuer = [...trusted, ...others].find((each) => each.der !== one.der && mayHaveIssued(each, one));
    if (issuer === undefined || depth >= MAX_DEPTH) {
      if (one.subject === one.issuer)
        return depth === 0
          ? { certificate: one, depth, code: 18, text: 'self-signed certificate' }
          : { certificate: one, depth, code: 19, text: 'self-signed certificate in certificate chain' };
      const known = trusted.some(({ der }) => der === one.der);
      return known
        ? { certificate: one, depth, code: 2, text: 'unable to get issuer certificate' }
        : { certificate: one, depth, code: 20, text: 'unable to get local issuer certificate' };
    }
    if (isAuthority(issuer) === false || (isAuthority(issuer) === undefined && issuer.version === 3))
      return { certificate: issuer, depth: depth + 1, code: 79, text: 'invalid CA certificate' };
    chain.push(issuer);
  }
  for (let depth = chain.length - 1; depth >= 0; depth--) {
    const one = chain[depth]!;
    const { key } = chain[depth + 1] ?? one;
    if (key === undefined || !verifies(key, one.body, one.signature))
      return { certificate: one, depth, code: 7, text: 'certificate signature failure' };
    if (now < one.notBefore) return { certificate: one, depth, code: 9, text: 'certificate is not yet valid' };
    if (now > one.notAfter) return { certificate: one, depth, code: 10, text: 'certificate has expired' };
  }
  return undefined;
}

/** `openssl verify`: 0 when every certificate leads to an authority of -CAfile, 2 otherwise. Nobody else is trusted here. */
export function verify({ values, operands }: Options, around: Surroundings): number {
  const trusted = all(values.has('CAfile') ? around.read(values.get('CAfile')!) : '');
  const others = all(values.has('untrusted') ? around.read(values.get('untrusted')!) : '');
  let code = 0;
  for (const name of operands.length === 0 ? ['stdin'] : operands) {
    const text = operands.length === 0 ? around.input : around.read(name);
    const problem = problemOf(certificateIn(text, name), trusted, others, around.now());
    if (problem === undefined) {
      around.out(`${name}: OK\n`);
      continue;
    }
    const { certificate, depth, code: number, text: why } = problem;
    around.complain(`${nameText(certificate.subject)}\nerror ${number} at ${depth} depth lookup: ${why}\n`);
    around.complain(`error ${name}: verification failed\n`);
    code = 2;
  }
  return code;
}
