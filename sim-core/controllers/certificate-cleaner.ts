import type { CertificateSigningRequest } from '../api/objects.ts';
import { isNotFound } from '../api/status.ts';
import { HOUR, type Micros, parseTime } from '../engine/index.ts';
import { certificateSigningRequests } from '../resources/certificate-signing-request.ts';
import type { ControllerDefinition } from './controller.ts';

const PERIOD = HOUR;
/** How long requests are kept after they were decided, and how long undecided ones wait. */
const DECIDED = HOUR;
const PENDING = 24 * HOUR;

/** The CSR cleaner (pkg/controller/certificates/cleaner): removes requests for certificates that nobody needs any more. */
export const certificateCleanerController: ControllerDefinition = {
  name: 'certificatesigningrequest-cleaner-controller',
  serviceAccount: 'certificate-controller',
  setUp(context) {
    const { engine, client, informers } = context;
    const informer = informers.for(certificateSigningRequests);
    context.every(PERIOD, () => {
      for (const request of [...informer.list()]) {
        if (!isStale(request, engine.now)) continue;
        try {
          client.delete(certificateSigningRequests, undefined, request.metadata.name, { uid: request.metadata.uid });
        } catch (error) {
          // Another cleaner was faster, or the server is away: the next round will see.
          if (!isNotFound(error)) break;
        }
      }
    });
  },
};

function isStale({ metadata, status }: CertificateSigningRequest, now: Micros): boolean {
  const conditions = status.conditions ?? [];
  const decided = conditions.filter(({ type }) => type === 'Approved' || type === 'Denied' || type === 'Failed');
  if (decided.length === 0) return now - (parseTime(metadata.creationTimestamp) ?? now) > PENDING;
  return decided.some(
    ({ lastUpdateTime }) => now - (parseTime(lastUpdateTime ?? metadata.creationTimestamp) ?? now) > DECIDED,
  );
}
