import type { AnyObject } from '../../api/objects.ts';
import { methodNotSupported } from '../../api/status.ts';
import { patchedObject } from '../patching.ts';
import { present } from '../resource-storage.ts';
import { replaceObject } from '../writes.ts';
import { bodyOf, type Subresource } from './subresource.ts';

/** Only the conditions of the status may be changed here (csrApprovalStrategy.PrepareForUpdate). */
function withConditions(old: AnyObject, asked: AnyObject): AnyObject {
  const conditions = (asked as unknown as { status?: { conditions?: unknown } }).status?.conditions;
  const { status } = old as unknown as { status?: object };
  return { ...old, metadata: asked.metadata, status: { ...status, conditions } } as unknown as AnyObject;
}

/** `certificatesigningrequests/approval`: where a request is approved or denied (ApprovalREST). */
export const approval: Subresource = {
  name: 'approval',
  verbs: ['get', 'patch', 'update'],
  serves: (resource) => resource.group === 'certificates.k8s.io' && resource.plural === 'certificatesigningrequests',
  handle({ storage }, request, stages) {
    const { target, verb } = request;
    const old = storage.find(request);
    if (verb === 'get') return present(target, old);
    if (verb !== 'update' && verb !== 'patch') throw methodNotSupported();
    const { object, account } =
      verb === 'update' ? { object: bodyOf(request), account: undefined } : patchedObject(storage, request, old);
    const approved = withConditions(old, object);
    return present(target, replaceObject(storage, request, old, approved, stages, 'status', account));
  },
};
