import { parseTime } from '../engine/index.ts';
import type { Certificate } from '../images/process.ts';

/**
 * The certificate of every cluster's own authority, as kubeadm makes one: pods find it in their service account's ca.crt. Its key was thrown
 * away; inside a cluster nothing is encrypted.
 */
export const CLUSTER_AUTHORITY = `-----BEGIN CERTIFICATE-----
MIIBRzCB7qADAgECAgRKb3RhMAoGCCqGSM49BAMCMBUxEzARBgNVBAMMCmt1YmVy
bmV0ZXMwIBcNMjUwMTAxMDAwMDAwWhgPMjEyNTAxMDEwMDAwMDBaMBUxEzARBgNV
BAMMCmt1YmVybmV0ZXMwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQ1lD272Z1k
cWl7DdQDlXJB5VYJHDzac2VT+Pqgjp0CzbYqD3tZgxzY8mMCdDibxUS14iL6Ftmo
g4YekQR//xWqoyowKDAVBgNVHREEDjAMggprdWJlcm5ldGVzMA8GA1UdEwEB/wQF
MAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgSgHQu5UOEVNMV/7464aCLJw5cvxH32Iq
1RiMQvvFUcoCIQCn9spsAR3aoggNgIAU+SQwikjvwsQ393BMRY4kqTX3aw==
-----END CERTIFICATE-----
`;

const VALID = { notBefore: parseTime('2025-01-01T00:00:00Z')!, notAfter: parseTime('2125-01-01T00:00:00Z')! };

/** A certificate that the cluster's authority has signed for one of its components. */
export function componentCertificate(name: string, names: readonly string[]): Certificate {
  return { subject: `CN=${name}`, issuer: 'CN=kubernetes', names, ...VALID };
}
