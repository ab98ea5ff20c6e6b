import { parseTime } from '../engine/index.ts';
import type { Certificate } from '../images/process.ts';

/**
 * The certificate of every cluster's own authority, as kubeadm makes one: pods find it in their service account's ca.crt. Its key
 * (see certificate-pack.ts) is no secret: inside a cluster nothing is encrypted.
 */
export const CLUSTER_AUTHORITY = `-----BEGIN CERTIFICATE-----
MIIBdjCCAR2gAwIBAgIESm90YTAKBggqhkjOPQQDAjAVMRMwEQYDVQQDDAprdWJl
cm5ldGVzMCAXDTI1MDEwMTAwMDAwMFoYDzIxMjUwMTAxMDAwMDAwWjAVMRMwEQYD
VQQDDAprdWJlcm5ldGVzMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEygEbZEUm
iRLQdykIauV6SpuXrYCi2A8p3umchzZ6FUTiQXl4dysql220VOU4v2iCcLZz50Wa
W2Sx01ZLCbSWe6NZMFcwDgYDVR0PAQH/BAQDAgKkMA8GA1UdEwEB/wQFMAMBAf8w
HQYDVR0OBBYEFKDIOlMzD2w8RjWdxKgoJ651WEg8MBUGA1UdEQQOMAyCCmt1YmVy
bmV0ZXMwCgYIKoZIzj0EAwIDRwAwRAIgfS7eG4yAgcFa4HddllMXoBPNRY14LHDC
+VGcKoRU768CIHFr1WuMvf6L/NehRFCgFNMbtbmQu94YA0nfEd67ITkV
-----END CERTIFICATE-----
`;

const VALID = { notBefore: parseTime('2025-01-01T00:00:00Z')!, notAfter: parseTime('2125-01-01T00:00:00Z')! };

/** A certificate that the cluster's authority has signed for one of its components. */
export function componentCertificate(name: string, names: readonly string[]): Certificate {
  return { subject: `CN=${name}`, issuer: 'CN=kubernetes', names, ...VALID };
}
