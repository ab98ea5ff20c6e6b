import type { AnyObject, Pod } from '../../api/objects.ts';
import { methodNotSupported } from '../../api/status.ts';
import { patchedObject } from '../patching.ts';
import { replaceObject } from '../writes.ts';
import { bodyOf, type Subresource } from './subresource.ts';

/** `pods/ephemeralcontainers`: how `kubectl debug` adds a container to a running pod. Nothing else of the pod changes. */
export const ephemeralContainers: Subresource = {
  name: 'ephemeralcontainers',
  verbs: ['get', 'patch', 'update'],
  serves: (resource) => resource.group === '' && resource.plural === 'pods',
  handle({ storage }, request, stages) {
    const old = storage.find(request);
    if (request.verb === 'get') return old;
    if (request.verb !== 'update' && request.verb !== 'patch') throw methodNotSupported();
    const { object: incoming, account } =
      request.verb === 'update'
        ? { object: bodyOf(request), account: undefined }
        : patchedObject(storage, request, old);
    const { ephemeralContainers: containers } = (incoming as unknown as Pod).spec;
    const spec = { ...(old as unknown as Pod).spec, ephemeralContainers: containers };
    const object = { ...old, metadata: incoming.metadata, spec } as AnyObject;
    return replaceObject(storage, request, old, object, stages, 'object', account);
  },
};
