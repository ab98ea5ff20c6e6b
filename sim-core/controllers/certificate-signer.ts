import { decodeBase64, encodeBase64 } from '../api/base64.ts';
import type { CertificateSigningRequest } from '../api/objects.ts';
import { type CertificateRequestInfo, parseCertificateRequest } from '../api/x509.ts';
import { DAY, formatTime, HOUR, MINUTE, SECOND } from '../engine/index.ts';
import { certificateSigningRequests, LEGACY_UNKNOWN } from '../resources/certificate-signing-request.ts';
import type { ControllerDefinition } from './controller.ts';

/** `--cluster-signing-duration` */
const LIFETIME = 365 * DAY;
const SHORTEST = 10 * MINUTE;
/** Certificates are valid from a little before they were made, since clocks differ. Those of a few hours last as long as was asked all the same. */
const BACKDATE = 5 * MINUTE;
const SHORT = 8 * HOUR;

type Problem = (request: CertificateRequestInfo, usages: readonly string[]) => string | undefined;

/** What each of Kubernetes' own signers refuses to sign (getCSRVerificationFuncForSignerName). */
const SIGNERS: ReadonlyMap<string, Problem> = new Map([
  ['kubernetes.io/kube-apiserver-client', clientProblem],
  ['kubernetes.io/kube-apiserver-client-kubelet', kubeletClientProblem],
  ['kubernetes.io/kubelet-serving', kubeletServingProblem],
  [LEGACY_UNKNOWN, () => undefined],
]);

/** The CSR signer (pkg/controller/certificates/signer): issues what was approved, or says why it does not. */
export const certificateSignerController: ControllerDefinition = {
  name: 'certificatesigningrequest-signing-controller',
  serviceAccount: 'certificate-controller',
  setUp(context) {
    const { client, engine, informers, settings } = context;
    const informer = informers.for(certificateSigningRequests);
    const queue = context.queue({ reconcile });
    const enqueue = ({ metadata }: CertificateSigningRequest) => queue.add(metadata.name);
    informer.addHandler({ added: enqueue, updated: enqueue });

    function reconcile(name: string): void {
      const request = informer.get(undefined, name);
      if (request === undefined || !isDue(request)) return;
      const { signerName, usages = [] } = request.spec;
      const refuses = SIGNERS.get(signerName);
      if (refuses === undefined) return;
      const asked = parseCertificateRequest(decodeBase64(request.spec.request));
      if (asked === undefined) throw new Error(`unable to parse csr "${name}"`);
      const problem = refuses(asked, usages);
      if (problem === undefined) {
        const authority = settings.authority?.();
        if (authority === undefined) return;
        const certificate = authority.issue({
          ...asked.raw,
          ...validity(request, engine.now),
          serial: serial(),
          usages,
        });
        client.updateStatus(
          certificateSigningRequests,
          withStatus(request, { certificate: encodeBase64(certificate) }),
        );
        return;
      }
      const failed = {
        type: 'Failed',
        status: 'True',
        reason: 'SignerValidationFailure',
        message: problem,
        lastUpdateTime: formatTime(engine.now),
        lastTransitionTime: formatTime(engine.now),
      };
      const conditions = [...(request.status.conditions ?? []), failed];
      client.updateStatus(certificateSigningRequests, withStatus(request, { conditions }));
    }

    /** A positive number of 127 bits. */
    function serial(): string {
      const digits = engine.random('certificatesigningrequest-signing-controller').uuid().replaceAll('-', '');
      return `4${digits.slice(1)}`;
    }
  },
};

/** Approved, neither failed nor issued. */
function isDue({ status }: CertificateSigningRequest): boolean {
  const has = (wanted: string) =>
    status.conditions?.some(({ type, status: value }) => type === wanted && value === 'True') === true;
  return has('Approved') && !has('Denied') && !has('Failed') && (status.certificate ?? '') === '';
}

function withStatus(
  request: CertificateSigningRequest,
  change: CertificateSigningRequest['status'],
): CertificateSigningRequest {
  return { ...request, status: { ...request.status, ...change } };
}

function validity({ spec }: CertificateSigningRequest, now: number): { notBefore: number; notAfter: number } {
  const asked = spec.expirationSeconds === undefined ? LIFETIME : spec.expirationSeconds * SECOND;
  const lifetime = Math.max(SHORTEST, Math.min(asked, LIFETIME));
  const notBefore = now - BACKDATE;
  return { notBefore, notAfter: lifetime < SHORT ? now + lifetime : notBefore + lifetime };
}

/** validAPIServerClientUsages */
function clientProblem(_request: CertificateRequestInfo, usages: readonly string[]): string | undefined {
  const known = ['digital signature', 'key encipherment', 'client auth'];
  const odd = usages.find((usage) => !known.includes(usage));
  if (odd !== undefined) return `invalid usage for client certificate: ${odd}`;
  return usages.includes('client auth') ? undefined : 'missing required usage for client certificate: client auth';
}

/** ValidateKubeletClientCSR */
function kubeletClientProblem(request: CertificateRequestInfo, usages: readonly string[]): string | undefined {
  if (!isOfNodes(request)) return 'subject organization is not system:nodes';
  if (request.dnsNames.length > 0) return 'DNS subjectAltNames are not allowed';
  if (request.emails.length > 0) return 'Email subjectAltNames are not allowed';
  if (request.addresses.length > 0) return 'IP subjectAltNames are not allowed';
  if (request.uris.length > 0) return 'URI subjectAltNames are not allowed';
  if (!isNamedAsNode(request)) return 'subject common name does not begin with system:node:';
  return usageProblem(usages, 'client auth');
}

/** ValidateKubeletServingCSR */
function kubeletServingProblem(request: CertificateRequestInfo, usages: readonly string[]): string | undefined {
  if (!isOfNodes(request)) return 'subject organization is not system:nodes';
  if (request.dnsNames.length === 0 && request.addresses.length === 0) return 'DNS or IP subjectAltName is required';
  if (request.emails.length > 0) return 'Email subjectAltNames are not allowed';
  if (request.uris.length > 0) return 'URI subjectAltNames are not allowed';
  const problem = usageProblem(usages, 'server auth');
  if (problem !== undefined) return problem;
  return isNamedAsNode(request) ? undefined : 'subject common name does not begin with system:node:';
}

function isOfNodes({ subject }: CertificateRequestInfo): boolean {
  return subject.O?.length === 1 && subject.O[0] === 'system:nodes';
}

function isNamedAsNode({ subject }: CertificateRequestInfo): boolean {
  return subject.CN?.[0]?.startsWith('system:node:') === true;
}

/** Keys other than RSA's need no encipherment. */
function usageProblem(usages: readonly string[], auth: string): string | undefined {
  const wanted = [auth, 'digital signature', 'key encipherment'];
  const given = new Set(usages);
  const isEnough = given.has(auth) && given.has('digital signature');
  if (isEnough && [...given].every((usage) => wanted.includes(usage))) return undefined;
  return `usages did not match [${wanted.join(' ')}]`;
}
