import { methodNotSupported } from '../../api/status.ts';
import { patchedObject } from '../patching.ts';
import { present } from '../resource-storage.ts';
import { replaceObject } from '../writes.ts';
import { bodyOf, type Subresource } from './subresource.ts';

/** `/status`: what controllers and kubelets write, while users write the rest. */
export const status: Subresource = {
  name: 'status',
  verbs: ['get', 'patch', 'update'],
  serves: (resource) => resource.hasStatus === true,
  handle({ storage }, request, stages) {
    const { target, verb } = request;
    const old = storage.find(request);
    switch (verb) {
      case 'get':
        return present(target, old);
      case 'update': {
        const body = bodyOf(request);
        const object = target.conversion === undefined ? body : target.conversion.toStored(body);
        return present(target, replaceObject(storage, request, old, object, stages, 'status'));
      }
      case 'patch': {
        const { object, account } = patchedObject(storage, request, old);
        return present(target, replaceObject(storage, request, old, object, stages, 'status', account));
      }
      default:
        throw methodNotSupported();
    }
  },
};
