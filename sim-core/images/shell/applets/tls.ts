import { certifies, parseCertificates } from '../../../api/x509.ts';
import { formatDate } from '../../../engine/format-date.ts';
import { type Certificate, NetworkError, type TlsClient, type Trust } from '../../process.ts';

/** The client's side of a handshake with a host. Its errors carry OpenSSL's words. */
export function tlsClient(host: string, now: number, trust: Trust): TlsClient {
  const { insecure, authorities } = trust;
  return {
    serverName: host,
    trust,
    verify(certificate) {
      if (insecure) return undefined;
      const problem = chainProblem(certificate, now, authorities);
      if (problem !== undefined) return new NetworkError('EPROTO', `SSL certificate problem: ${problem}`);
      if (certifies(certificate, host)) return undefined;
      return new NetworkError(
        'EPROTO',
        `SSL: no alternative certificate subject name matches target host name '${host}'`,
      );
    },
  };
}

/** Why a certificate is not to be trusted; `undefined` when an authority vouches for it. No authority of the world does here. */
function chainProblem(certificate: Certificate, now: number, authorities: string): string | undefined {
  const { subject, issuer, notBefore, notAfter } = certificate;
  const known = parseCertificates(authorities).some((authority) => authority.subject === issuer);
  if (!known) return subject === issuer ? 'self-signed certificate' : 'unable to get local issuer certificate';
  if (now < notBefore) return 'certificate is not yet valid';
  return now > notAfter ? 'certificate has expired' : undefined;
}

/** What `curl -v` writes of a handshake. */
export function handshakeNotes(certificate: Certificate, host: string, now: number, trust: Trust): string[] {
  const { subject, issuer, notBefore, notAfter } = certificate;
  const problem = chainProblem(certificate, now, trust.authorities);
  const spaced = (name: string) => name.replaceAll(',', '; ');
  return [
    '* SSL connection using TLSv1.3 / TLS_AES_256_GCM_SHA384',
    '* Server certificate:',
    `*  subject: ${spaced(subject)}`,
    `*  start date: ${dateText(notBefore)}`,
    `*  expire date: ${dateText(notAfter)}`,
    ...(problem === undefined ? [`*  subjectAltName: host "${host}" matched cert's "${host}"`] : []),
    `*  issuer: ${spaced(issuer)}`,
    problem === undefined
      ? '*  SSL certificate verify ok.'
      : `*  SSL certificate verify result: ${problem}, continuing anyway.`,
  ];
}

/** `Jul  1 00:00:00 2025 GMT` */
const dateText = (time: number) => formatDate('%b %e %T %Y GMT', time);
