import type { AnyObject, Namespace } from '../../api/objects.ts';
import { methodNotSupported } from '../../api/status.ts';
import { finishDeletion } from '../deletion.ts';
import { store } from '../writes.ts';
import { bodyOf, type Subresource } from './subresource.ts';

/** `namespaces/finalize`: how the namespace controller says that a namespace is empty (FinalizeREST). */
export const finalize: Subresource = {
  name: 'finalize',
  verbs: ['update'],
  serves: (resource) => resource.group === '' && resource.plural === 'namespaces',
  handle({ storage }, request, stages) {
    if (request.verb !== 'update') throw methodNotSupported();
    const old = storage.find(request) as unknown as Namespace;
    const { spec } = bodyOf(request) as unknown as Namespace;
    const object = {
      ...old,
      metadata: { ...old.metadata },
      spec: { ...old.spec, finalizers: spec.finalizers ?? [] },
    } as unknown as AnyObject;
    const before = old as unknown as AnyObject;
    if ((spec.finalizers?.length ?? 0) === 0) {
      const gone = finishDeletion(storage, request, object, before, stages);
      if (gone !== undefined) return gone;
    }
    return store(storage, request, object, before, stages);
  },
};
