import { decodeBase64, isBase64 } from '../api/base64.ts';
import { certificateUsages } from '../api/certificate-usages.ts';
import { humanDuration } from '../api/duration.ts';
import {
  duplicate,
  type ErrorList,
  forbidden,
  invalid,
  notSupported,
  PrintedValue,
  required,
  tooLong,
} from '../api/field-error.ts';
import { isDNS1123Label, isDNS1123Subdomain } from '../api/names.ts';
import type { CertificateSigningRequest } from '../api/objects.ts';
import { readPem } from '../api/pem.ts';
import { parseCertificateRequest } from '../api/x509.ts';
import { formatTime, SECOND } from '../engine/index.ts';
import type { ResourceDefinition } from './resource.ts';
import { isBlank } from './shared/checks.ts';
import { AGE, NAME } from './shared/columns.ts';

const MIN_SECONDS = 600;
const MAX_DOMAIN = 253;
const MAX_PATH = 317;
/** What requests of v1beta1 without a signer were for. */
export const LEGACY_UNKNOWN = 'kubernetes.io/legacy-unknown';

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
  prepareForCreate(request, { user }) {
    const { spec } = request;
    // Who asks is for the server to say.
    for (const field of ['username', 'uid', 'groups', 'extra'] as const) delete spec[field];
    spec.username = user.username;
    if (user.uid !== undefined) spec.uid = user.uid;
    if (user.groups.length > 0) spec.groups = [...user.groups];
    if (user.extra !== undefined)
      spec.extra = Object.fromEntries(Object.entries(user.extra).map(([key, values]) => [key, [...values]]));
    request.status = {};
  },
  prepareForUpdate(request, old) {
    // What was asked for cannot be changed afterwards.
    request.spec = old.spec;
  },
  validate: checkRequest,
  prepareForStatusUpdate(request, old, { now }) {
    // Times that whoever decided left out (populateConditionTimestamps).
    request.status.conditions?.forEach((condition) => {
      condition.lastUpdateTime ||= formatTime(now);
      if (condition.lastTransitionTime) return;
      const before = old.status.conditions?.find(({ type }) => type === condition.type);
      const kept = before?.status === condition.status ? before?.lastTransitionTime : undefined;
      condition.lastTransitionTime = kept || formatTime(now);
    });
  },
  validateUpdate: () => [],
  validateStatusUpdate(request, old, subresource) {
    const errors: ErrorList = [];
    checkConditions(request, errors);
    for (const type of LASTING) {
      if (hasCondition(old, type) && !hasCondition(request, type))
        errors.push(forbidden('status.conditions', `updates may not remove a condition of type "${type}"`));
    }
    if (subresource === 'status') {
      for (const type of ['Approved', 'Denied']) {
        if (!hasCondition(old, type) && hasCondition(request, type))
          errors.push(forbidden('status.conditions', `updates may not add a condition of type "${type}"`));
      }
    }
    if (!isBlank(old.status.certificate) && request.status.certificate !== old.status.certificate)
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

/** Conditions that stay once they are there. */
const LASTING = ['Approved', 'Denied', 'Failed'];

function hasCondition({ status }: CertificateSigningRequest, wanted: string): boolean {
  return status.conditions?.some(({ type }) => type === wanted) === true;
}

/** validateCertificateSigningRequest. The signature of the request itself is not checked. */
function checkRequest({ spec }: CertificateSigningRequest): ErrorList {
  const errors: ErrorList = [];
  const { request = '', usages = [], signerName, expirationSeconds } = spec;
  const problem = requestProblem(request);
  if (problem !== undefined) errors.push(invalid('spec.request', bytesValue(request), problem));
  if (usages.length === 0) errors.push(required('spec.usages'));
  const sorted = [...certificateUsages].sort();
  for (const [index, usage] of usages.entries()) {
    if (!certificateUsages.includes(usage)) errors.push(notSupported(`spec.usages[${index}]`, usage, sorted));
  }
  for (const [index, usage] of usages.entries()) {
    if (usages.indexOf(usage) < index) errors.push(duplicate(`spec.usages[${index}]`, usage));
  }
  if (signerName === LEGACY_UNKNOWN)
    errors.push(invalid('spec.signerName', signerName, 'the legacy signerName is not allowed via this API version'));
  else checkSignerName(signerName, errors);
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

/** Bytes as Go prints them (%#v). */
function bytesValue(base64: string): PrintedValue {
  const bytes = isBase64(base64) ? decodeBase64(base64) : '';
  const digits = [...bytes].map((byte) => `0x${byte.charCodeAt(0).toString(16)}`);
  return new PrintedValue(`[]byte{${digits.join(', ')}}`);
}

function requestProblem(request: string): string | undefined {
  if (!isBase64(request) || readPem(decodeBase64(request))[0]?.label !== 'CERTIFICATE REQUEST')
    return 'PEM block type must be CERTIFICATE REQUEST';
  return parseCertificateRequest(decodeBase64(request)) === undefined
    ? "asn1: structure error: tags don't match"
    : undefined;
}

/** ValidateSignerName: a domain and a path, as in `example.com/signer-name`. */
function checkSignerName(name: string, errors: ErrorList): void {
  const at = 'spec.signerName';
  if (isBlank(name)) {
    errors.push(required(at));
    return;
  }
  const segments = name.split('/');
  const [domain = '', path = ''] = segments;
  if (segments.length !== 2) {
    errors.push(invalid(at, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'"));
    return;
  }
  for (const message of isDNS1123Subdomain(domain))
    errors.push(invalid(at, domain, `validating label "${domain}": ${message}`));
  if (!domain.includes('.'))
    errors.push(invalid(at, domain, 'should be a domain with at least two segments separated by dots'));
  for (const label of path.split('.')) {
    for (const message of isDNS1123Label(label))
      errors.push(invalid(at, path, `validating label "${label}": ${message}`));
  }
  if (domain.length > MAX_DOMAIN || path.length > MAX_PATH) errors.push(tooLong(at, MAX_DOMAIN + MAX_PATH + 1));
}

/** validateConditions */
function checkConditions({ status }: CertificateSigningRequest, errors: ErrorList): void {
  const seen = new Set<string>();
  const decided = new Set<string>();
  for (const [index, { type, status: value }] of (status.conditions ?? []).entries()) {
    const at = `status.conditions[${index}]`;
    if (isBlank(type)) errors.push(required(`${at}.type`));
    if (isBlank(value)) errors.push(required(`${at}.status`));
    else if (LASTING.includes(type) && value !== 'True') errors.push(notSupported(`${at}.status`, value, ['True']));
    else if (!['True', 'False', 'Unknown'].includes(value))
      errors.push(notSupported(`${at}.status`, value, ['False', 'True', 'Unknown']));
    if (type === 'Approved' || type === 'Denied') {
      decided.add(type);
      if (decided.size > 1)
        errors.push(invalid(`${at}.type`, type, 'Approved and Denied conditions are mutually exclusive'));
    }
    if (seen.has(type)) errors.push(duplicate(`${at}.type`, type));
    seen.add(type);
  }
}

/** `Approved,Issued` (extractCSRStatus) */
function conditionText({ status }: CertificateSigningRequest): string {
  const has = (type: string) => status.conditions?.some((condition) => condition.type === type) === true;
  let text = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
  if (has('Failed')) text += ',Failed';
  if (!isBlank(status.certificate)) text += ',Issued';
  return text;
}
