import type { Container } from 'kubernetes-types/core/v1';
import type { AnyObject, Pod } from '../../api/objects.ts';
import { methodNotSupported } from '../../api/status.ts';
import { patchedObject } from '../patching.ts';
import { replaceObject } from '../writes.ts';
import { bodyOf, type Subresource } from './subresource.ts';

/** `pods/resize`: other CPU and memory for running containers (in-place pod resize). Nothing else of the pod changes. */
export const resize: Subresource = {
  name: 'resize',
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
    const before = old as unknown as Pod;
    const wanted = (incoming as unknown as Pod).spec;
    const spec = {
      ...before.spec,
      containers: resized(before.spec.containers, wanted.containers),
      ...(before.spec.initContainers === undefined
        ? {}
        : { initContainers: resized(before.spec.initContainers, wanted.initContainers) }),
    };
    const object = { ...old, metadata: incoming.metadata, spec } as AnyObject;
    return replaceObject(storage, request, old, object, stages, 'object', account);
  },
};

function resized(old: readonly Container[], wanted: readonly Container[] = []): Container[] {
  return old.map((container) => {
    const next = wanted.find(({ name }) => name === container.name);
    if (next === undefined) return container;
    const { resources, resizePolicy } = next;
    return {
      ...container,
      ...(resources === undefined ? {} : { resources }),
      ...(resizePolicy === undefined ? {} : { resizePolicy }),
    };
  });
}
