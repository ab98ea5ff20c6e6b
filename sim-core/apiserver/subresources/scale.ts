import { invalid } from '../../api/field-error.ts';
import type { AnyObject } from '../../api/objects.ts';
import { conflict, isNotFound, methodNotSupported, notFound } from '../../api/status.ts';
import type { ScaleAccess } from '../../resources/resource.ts';
import { AGE, NAME } from '../../resources/shared/columns.ts';
import { appliedObject, applyPatch } from '../patching.ts';
import type { ApiRequest, Stage } from '../request.ts';
import type { ResourceStorage } from '../resource-storage.ts';
import { invalidObject } from '../validation.ts';
import { replaceObject } from '../writes.ts';
import { bodyOf, type Subresource } from './subresource.ts';

const OWN_WORDS: ReadonlySet<string> = new Set(['deployments', 'replicasets', 'replicationcontrollers']);

interface Replicas {
  readonly replicas: number;
}

const SCALE = { group: 'autoscaling', version: 'v1', kind: 'Scale' } as const;

/** `/scale`: the number of replicas of anything that has one, as an autoscaling/v1 Scale. */
export const scale: Subresource = {
  name: 'scale',
  verbs: ['get', 'patch', 'update'],
  kind: SCALE,
  columns: [
    NAME,
    { name: 'Desired', type: 'integer', value: ({ spec }) => (spec as Replicas).replicas },
    { name: 'Available', type: 'integer', value: ({ status }) => (status as Replicas).replicas },
    AGE,
  ],
  serves: (resource) => resource.scale !== undefined,
  handle({ storage }, request, stages) {
    const { target, verb } = request;
    const access = target.resource.scale!;
    const old = findScaled(storage, request);
    const current = scaleOf(old, access);
    if (verb === 'get') return current;
    if (verb !== 'update' && verb !== 'patch') throw methodNotSupported();
    if (request.patch?.type === 'apply') return applyScale(storage, request, old, access, stages);
    const wanted = verb === 'update' ? bodyOf(request) : applyPatch(request, current, SCALE);
    const { resourceVersion } = wanted.metadata ?? {};
    if (resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== old.metadata.resourceVersion) {
      throw conflict(
        target.resource,
        old.metadata.name,
        'the object has been modified; please apply your changes to the latest version and try again',
      );
    }
    const replicas = (wanted.spec as { replicas?: number } | undefined)?.replicas ?? 0;
    if (replicas < 0) {
      throw invalidObject({ group: 'autoscaling', kind: 'Scale' }, old.metadata.name, [
        invalid('spec.replicas', replicas, 'must be greater than or equal to 0'),
      ]);
    }
    return scaleOf(replaceObject(storage, request, old, access.withReplicas(old, replicas), stages), access);
  },
};

/** An apply of a Scale is an apply of its number of replicas to what is scaled (ScaleHandler). */
function applyScale(
  storage: ResourceStorage,
  request: ApiRequest,
  old: AnyObject,
  access: ScaleAccess,
  stages: Stage[],
): AnyObject {
  const { apiVersion, kind, metadata } = old;
  const { spec } = applyPatch(
    { ...request, patch: { type: 'merge', body: request.patch!.body } },
    scaleOf(old, access),
    SCALE,
  );
  const { name, namespace } = metadata;
  const bare = { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } } as AnyObject;
  const body = access.withReplicas(bare, (spec as { replicas?: number } | undefined)?.replicas ?? 0);
  const { object, account } = appliedObject(storage, { ...request, patch: { type: 'apply', body } }, old);
  return scaleOf(replaceObject(storage, request, old, object, stages, 'object', account), access);
}

/** What is scaled. Most kinds say that its scale is missing, where it is missing itself (ScaleREST.Get of each). */
function findScaled(storage: ResourceStorage, request: ApiRequest): AnyObject {
  try {
    return storage.find(request);
  } catch (error) {
    const { group, plural } = request.target.resource;
    if (!isNotFound(error) || request.verb !== 'get' || !OWN_WORDS.has(plural)) throw error;
    throw notFound({ group: group === '' ? 'autoscaling' : group, plural: `${plural}/scale` }, request.name ?? '');
  }
}

function scaleOf(object: AnyObject, access: ScaleAccess): AnyObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion, creationTimestamp },
    spec: { replicas: access.replicas(object) },
    status: { replicas: access.statusReplicas(object), selector: access.selector(object) },
  };
}
