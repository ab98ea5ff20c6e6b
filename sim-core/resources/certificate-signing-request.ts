import { isBase64 } from '../api/base64.ts';
import { humanDuration } from '../api/duration.ts';
import { semanticEqual } from '../api/equality.ts';
import { type ErrorList, forbidden, invalid, required } from '../api/field-error.ts';
import type { CertificateSigningRequest } from '../api/objects.ts';
import { SECOND } from '../engine/index.ts';
import type { ResourceDefinition } from './resource.ts';
import { isBlank } from './shared/checks.ts';
import { AGE, NAME } from './shared/columns.ts';

const MIN_SECONDS = 600;
/** `-----BEGIN CERTIFICATE REQUEST-----`, as base64 begins it. */
const PEM_START = 'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNU';

export const certificateSigningRequests: ResourceDefinition<CertificateSigningRequest> = {
  group: 'certificates.k8s.io',
  version: 'v1',
  kind: 'CertificateSigningRequest',
  plural: 'certificatesigningrequests',
  singular: 'certificatesigningrequest',
  shortNames: ['csr'],
  namespaced: false,
  hasStatus: true,
  generation: false,
  fields: { 'spec.signerName': ({ spec }) => spec.signerName ?? '' },
  applyDefaults({ spec }) {
    spec.usages ??= ['digital signature', 'key encipherment'];
  },
  prepareForCreate(request) {
    request.status = {};
  },
  prepareForUpdate(request, old) {
    // What was asked for cannot be changed afterwards.
    request.spec = old.spec;
  },
  validate: checkRequest,
  validateUpdate: (_request, _old) => [],
  validateStatusUpdate(request, old) {
    const errors: ErrorList = [];
    if (!semanticEqual(request.status.certificate, old.status.certificate) && !isBlank(old.status.certificate))
      errors.push(forbidden('status.certificate', 'updates may not set certificate content'));
    return errors;
  },
  columns: [
    NAME,
    AGE,
    { name: 'SignerName', value: ({ spec }) => spec.signerName || '<none>' },
    { name: 'Requestor', value: ({ spec }) => spec.username ?? '' },
    {
      name: 'RequestedDuration',
      value: ({ spec }) =>
        spec.expirationSeconds === undefined ? '<none>' : humanDuration(spec.expirationSeconds * SECOND),
    },
    { name: 'Condition', value: conditionText },
  ],
};

/** ValidateCertificateSigningRequestCreate, as far as it can be told without reading the certificate request itself. */
function checkRequest({ spec }: CertificateSigningRequest): ErrorList {
  const errors: ErrorList = [];
  const { request = '', usages = [], signerName, expirationSeconds } = spec;
  if (!isBase64(request) || !request.startsWith(PEM_START))
    errors.push(invalid('spec.request', request, 'PEM block type must be CERTIFICATE REQUEST'));
  if (usages.length === 0) errors.push(required('spec.usages'));
  if (isBlank(signerName)) errors.push(required('spec.signerName'));
  else if (!/^[a-z0-9.-]+\/[a-z0-9.-]+$/.test(signerName))
    errors.push(
      invalid(
        'spec.signerName',
        signerName,
        "must be a fully qualified domain and path of the form 'example.com/signer-name'",
      ),
    );
  if (expirationSeconds !== undefined && expirationSeconds < MIN_SECONDS)
    errors.push(
      invalid(
        'spec.expirationSeconds',
        expirationSeconds,
        'may not specify a duration less than 600 seconds (10 minutes)',
      ),
    );
  return errors;
}

/** `Approved,Issued` (extractCSRStatus) */
function conditionText({ status }: CertificateSigningRequest): string {
  const has = (type: string) => status.conditions?.some((condition) => condition.type === type) === true;
  let text = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
  if (has('Failed')) text += ',Failed';
  if (!isBlank(status.certificate)) text += ',Issued';
  return text;
}
