import { decodeBase64 } from '../../api/base64.ts';
import { deepEqual } from '../../api/equality.ts';
import type { CertificateSigningRequest } from '../../api/objects.ts';
import { parseCertificateRequest } from '../../api/x509.ts';
import type { AdmissionAttributes, AdmissionContext, AdmissionPlugin } from './plugin.ts';
import { refuse } from './refuse.ts';

const GROUP = 'certificates.k8s.io';
const REQUESTS = `certificatesigningrequests.${GROUP}`;

/** Who approves a certificate must have the verb `approve` on its signer (plugin/pkg/admission/certificates/approval). */
export const certificateApproval: AdmissionPlugin = {
  name: 'CertificateApproval',
  handles: (operation, resource, subresource) =>
    operation === 'UPDATE' && resource === REQUESTS && subresource === 'approval',
  validate(attributes, context) {
    const { spec } = attributes.old as unknown as CertificateSigningRequest;
    if (!mayUse(attributes, context, 'approve', spec.signerName))
      throw refuse(attributes, `user not permitted to approve requests with signerName "${spec.signerName}"`);
  },
};

/** Who issues a certificate must have the verb `sign` on its signer (plugin/pkg/admission/certificates/signing). */
export const certificateSigning: AdmissionPlugin = {
  name: 'CertificateSigning',
  handles: (operation, resource, subresource) =>
    operation === 'UPDATE' && resource === REQUESTS && subresource === 'status',
  validate(attributes, context) {
    const { status } = attributes.object as unknown as CertificateSigningRequest;
    const old = attributes.old as unknown as CertificateSigningRequest;
    const failed = ({ conditions = [] }: CertificateSigningRequest['status']) =>
      conditions.filter(({ type }) => type === 'Failed');
    if (status.certificate === old.status.certificate && deepEqual(failed(status), failed(old.status))) return;
    const { signerName } = old.spec;
    if (!mayUse(attributes, context, 'sign', signerName))
      throw refuse(attributes, `user not permitted to sign requests with signerName "${signerName}"`);
  },
};

/** Rights on a signer are given by its name, or by its domain with a star (IsAuthorizedForSignerName). */
function mayUse(
  { request: { user } }: AdmissionAttributes,
  context: AdmissionContext,
  verb: string,
  signer: string,
): boolean {
  const asked = { user, verb, group: GROUP, version: '*', resource: 'signers' };
  const domain = signer.slice(0, signer.indexOf('/'));
  return [signer, `${domain}/*`].some((name) => context.decide({ ...asked, name }).verdict === 'allow');
}

const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';

/** Nobody becomes an administrator by a certificate (plugin/pkg/admission/certificates/subjectrestriction). */
export const certificateSubjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  handles: (operation, resource, subresource) =>
    operation === 'CREATE' && resource === REQUESTS && subresource === undefined,
  validate(attributes) {
    const { spec } = attributes.object as unknown as CertificateSigningRequest;
    if (spec.signerName !== CLIENT_SIGNER) return;
    const asked = parseCertificateRequest(decodeBase64(spec.request));
    if (asked?.subject.O?.includes('system:masters') === true)
      throw refuse(attributes, `use of ${CLIENT_SIGNER} signer with system:masters group is not allowed`);
  },
};
