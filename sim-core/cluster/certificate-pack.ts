import { p256 } from '@noble/curves/nist.js';
import { byteString, bytesOfString } from '../api/byte-string.ts';
import { BIT_STRING, fromHex, partsOf, wholeOf, within } from '../api/der.ts';
import { firstPem } from '../api/pem.ts';
import { parseCertificates } from '../api/x509.ts';
import { issueCertificate } from '../api/x509-issue.ts';
import type { CertificateAuthority } from '../controllers/controller.ts';
import { CLUSTER_AUTHORITY } from './authority.ts';

/** SHA-256 of "jotasu: certificate authority of simulated clusters". */
const KEY = bytesOfString(fromHex('a3fda08d4b499d5b135b91c419d620611303b21d6e143faa6ca9b213f8d3c030'));
/** How the authority's certificate identifies that key. */
const KEY_IDENTIFIER = 'a0c83a53330f6c3c46359dc4a82827ae7558483c';

/** The cluster's certificate authority at work. It comes with the programs, since few clusters ever issue a certificate. */
export const clusterAuthority: CertificateAuthority = {
  issue: (order) =>
    issueCertificate({ ...order, issuer: authorityName(), authorityKey: KEY_IDENTIFIER }, (bytes) =>
      byteString(p256.sign(bytesOfString(bytes), KEY, { format: 'der' })),
    ),
  verify(pem, now) {
    const [certificate] = parseCertificates(pem);
    const bytes = firstPem(pem, 'CERTIFICATE');
    if (certificate === undefined || bytes === undefined || !isSigned(bytes)) return undefined;
    if (now < certificate.notBefore || now > certificate.notAfter) return undefined;
    return certificate.owner;
  },
};

/** The authority's name as its certificate has it, in DER. */
function authorityName(): string {
  const bytes = firstPem(CLUSTER_AUTHORITY, 'CERTIFICATE')!;
  const [signed] = partsOf(bytes);
  const [, , , issuer] = within(bytes, signed!);
  return wholeOf(bytes, issuer!);
}

/** Whether the authority signed a certificate. */
function isSigned(bytes: string): boolean {
  const [signed, , signature] = partsOf(bytes);
  if (signed === undefined || signature?.tag !== BIT_STRING) return false;
  try {
    const der = bytesOfString(bytes.slice(signature.start + 1, signature.end));
    return p256.verify(der, bytesOfString(wholeOf(bytes, signed)), p256.getPublicKey(KEY), {
      format: 'der',
      lowS: false,
    });
  } catch {
    // Not a signature of this kind: another authority's.
    return false;
  }
}
