import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** Keys and certificates of a served cluster, as PEM texts. They belong to the host: the cluster knows nothing of them. */
export interface ServingCertificates {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
  /** The administrator's client certificate. */
  readonly clientCertificate: string;
  readonly clientKey: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY = 86_400_000;
const LIFETIME = 365 * DAY;

/** Makes a certificate authority, a server certificate for loopback, and a client certificate for the administrator. */
export async function makeCertificates(): Promise<ServingCertificates> {
  x509.cryptoProvider.set(webcrypto as unknown as Crypto);
  const notBefore = new Date(Date.now() - DAY);
  const notAfter = new Date(Date.now() + LIFETIME);
  const newKeys = () =>
    webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']) as unknown as Promise<CryptoKeyPair>;
  const authorityKeys = await newKeys();
  const common = { notBefore, notAfter, signingAlgorithm: ALGORITHM };
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    ...common,
    serialNumber: serial(),
    name: 'CN=jotasu-ca',
    keys: authorityKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  });
  const issue = async (subject: string, usage: x509.ExtendedKeyUsage, names: x509.JsonGeneralName[]) => {
    const keys = await newKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      ...common,
      serialNumber: serial(),
      subject,
      issuer: authority.subject,
      signingKey: authorityKeys.privateKey,
      publicKey: keys.publicKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([usage]),
        ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
        await x509.AuthorityKeyIdentifierExtension.create(authorityKeys.publicKey),
      ],
    });
    const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey as unknown as webcrypto.CryptoKey);
    return { certificate: certificate.toString('pem'), key: x509.PemConverter.encode(key, 'PRIVATE KEY') };
  };
  const server = await issue('CN=kube-apiserver', x509.ExtendedKeyUsage.serverAuth, [
    { type: 'dns', value: 'localhost' },
    { type: 'dns', value: 'kubernetes' },
    { type: 'dns', value: 'kubernetes.default' },
    { type: 'dns', value: 'kubernetes.default.svc' },
    { type: 'ip', value: '127.0.0.1' },
    { type: 'ip', value: '::1' },
  ]);
  const client = await issue('O=system:masters, CN=kubernetes-admin', x509.ExtendedKeyUsage.clientAuth, []);
  return {
    authority: authority.toString('pem'),
    certificate: server.certificate,
    key: server.key,
    clientCertificate: client.certificate,
    clientKey: client.key,
  };
}

function serial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0]! &= 0x7f;
  return Buffer.from(bytes).toString('hex');
}
