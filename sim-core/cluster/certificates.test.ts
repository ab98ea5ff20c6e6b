import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { CERTIFICATE_REQUEST } from '../api/x509.fixture.ts';
import { Lab } from '../apiserver/testing/lab.ts';
import { CLUSTER_AUTHORITY } from './authority.ts';

/** O=system:masters, CN=jane */
const MASTER = `-----BEGIN CERTIFICATE REQUEST-----
MIHjMIGKAgEAMCgxFzAVBgNVBAoMDnN5c3RlbTptYXN0ZXJzMQ0wCwYDVQQDDARq
YW5lMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEtBTUC9x6eqTVI5+nfar+Hu7+
BVxpXmH3tHTsKoCHlrPCCRGbTzrhU2b1eq9cgpxltl3TocAjs7t+Jn9KbF6XFaAA
MAoGCCqGSM49BAMCA0gAMEUCIQDWQm278MbxcgXJKCL2DOVUOx5LK+vR4u7fgA+1
MtZGDgIgLCwxgr+zxzArulLtZmGStxDeE/m91FpA/vPoI6cPgK4=
-----END CERTIFICATE REQUEST-----
`;
/** O=system:nodes, CN=system:node:worker-1, with a DNS name and an address. */
const NODE = `-----BEGIN CERTIFICATE REQUEST-----
MIIBHDCBxAIBADA2MRUwEwYDVQQKDAxzeXN0ZW06bm9kZXMxHTAbBgNVBAMMFHN5
c3RlbTpub2RlOndvcmtlci0xMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEtBTU
C9x6eqTVI5+nfar+Hu7+BVxpXmH3tHTsKoCHlrPCCRGbTzrhU2b1eq9cgpxltl3T
ocAjs7t+Jn9KbF6XFaAsMCoGCSqGSIb3DQEJDjEdMBswGQYDVR0RBBIwEIIId29y
a2VyLTGHBAoAAAswCgYIKoZIzj0EAwIDRwAwRAIgBAJfmhxNbwDF0P/56W1W2h/t
iOr4INYVhi3GLFd7B08CIAcq//8jOoqgk1IKBrxqvr/mHKPA9w4ncc08lgI+sliA
-----END CERTIFICATE REQUEST-----
`;
const REQUESTS = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
const CLIENT = 'kubernetes.io/kube-apiserver-client';
let lab: Lab;

beforeAll(() => {
  lab = new Lab();
});

function ask(name: string, request: string, signerName: string, usages: string[], rest: object = {}) {
  return lab.send('POST', REQUESTS, {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name },
    spec: { request: Buffer.from(request).toString('base64'), signerName, usages, username: 'forged', ...rest },
  });
}

interface Status {
  certificate?: string;
  conditions: { type: string; reason: string; message: string; lastTransitionTime: string }[];
}

/** Approves a request; answers its status when the signer has been there. */
function approve(name: string): Status {
  const condition = { type: 'Approved', status: 'True', reason: 'KubectlApprove', message: 'by hand' };
  lab.send('PUT', `${REQUESTS}/${name}/approval`, {
    ...lab.get(`${REQUESTS}/${name}`),
    status: { conditions: [condition] },
  });
  lab.settle();
  return lab.get(`${REQUESTS}/${name}`).status as Status;
}

const pemOf = (status: Status) => Buffer.from(status.certificate!, 'base64').toString();

describe('a certificate of the cluster', () => {
  it('is issued for what was asked and approved, and makes its owner a client', () => {
    expect(ask('jane', CERTIFICATE_REQUEST, CLIENT, ['client auth'], { expirationSeconds: 3600 }).status).toBe(201);
    const { spec } = lab.get(`${REQUESTS}/jane`);
    expect(spec).toMatchObject({ username: 'kubernetes-admin', groups: expect.arrayContaining(['system:masters']) });
    const status = approve('jane');
    expect(status.conditions[0]!.lastTransitionTime).toBe('2026-01-05T09:00:05Z');
    const certificate = new X509Certificate(pemOf(status));
    expect(certificate.verify(new X509Certificate(CLUSTER_AUTHORITY).publicKey)).toBe(true);
    expect(certificate.subject).toBe('O=devs\nCN=jane');
    expect(certificate.validFrom).toBe('Jan  5 08:55:05 2026 GMT');
    expect(certificate.validTo).toBe('Jan  5 10:00:05 2026 GMT');
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);

    const whoAmI = {
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    } as const;
    const answer = (pem: string) => lab.cluster.answer({ ...whoAmI, clientCertificate: pem });
    expect(answer(pemOf(status)).body).toMatchObject({
      status: { userInfo: { username: 'jane', groups: ['devs', 'system:authenticated'] } },
    });
    const other = pemOf(status).split('\n');
    other[5] = other[5]!.replace(/^./, (letter) => (letter === 'A' ? 'B' : 'A'));
    expect(answer(other.join('\n')).status).toBe(401);
    lab.settle(3600);
    expect(answer(pemOf(status)).status).toBe(401);
  });

  it('serves a kubelet under the names that were asked for', () => {
    ask('node', NODE, 'kubernetes.io/kubelet-serving', ['digital signature', 'server auth']);
    const certificate = new X509Certificate(pemOf(approve('node')));
    expect(certificate.subjectAltName).toBe('DNS:worker-1, IP Address:10.0.0.11');
  });

  it.each([
    ['client', CERTIFICATE_REQUEST, CLIENT, ['server auth'], 'invalid usage for client certificate: server auth'],
    [
      'kubelet',
      CERTIFICATE_REQUEST,
      'kubernetes.io/kube-apiserver-client-kubelet',
      ['client auth'],
      'subject organization is not system:nodes',
    ],
    [
      'serving',
      NODE,
      'kubernetes.io/kubelet-serving',
      ['client auth'],
      'usages did not match [server auth digital signature key encipherment]',
    ],
  ])('is refused where its signer does not sign such: %s', (name, request, signer, usages, message) => {
    ask(`bad-${name}`, request, signer, usages);
    const { certificate, conditions } = approve(`bad-${name}`);
    expect(certificate).toBeUndefined();
    expect(conditions[1]).toMatchObject({ type: 'Failed', reason: 'SignerValidationFailure', message });
  });

  it('is left to others where the signer is not of Kubernetes', () => {
    ask('theirs', CERTIFICATE_REQUEST, 'example.com/theirs', ['client auth']);
    expect(approve('theirs').certificate).toBeUndefined();
  });

  it('makes nobody an administrator', () => {
    expect(ask('root', MASTER, CLIENT, ['client auth']).body.message).toBe(
      'certificatesigningrequests.certificates.k8s.io "root" is forbidden: use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
    );
  });

  it('cannot be asked for in odd ways', () => {
    const { body } = ask('odd', 'hello', 'plain', ['client auth', 'client auth']);
    expect(body.message).toBe(
      'CertificateSigningRequest.certificates.k8s.io "odd" is invalid: [spec.request: Invalid value: []byte{0x68, 0x65, 0x6c, 0x6c, 0x6f}: PEM block type must be CERTIFICATE REQUEST, spec.usages[1]: Duplicate value: "client auth", spec.signerName: Invalid value: "plain": must be a fully qualified domain and path of the form \'example.com/signer-name\']',
    );
  });
});
