import { type ErrorList, invalid, required } from '../../api/field-error.ts';
import type { AnyObject, Pod } from '../../api/objects.ts';
import { conflict, success } from '../../api/status.ts';
import { formatTime } from '../../engine/index.ts';
import { admit } from '../admission-chain.ts';
import { invalidObject } from '../validation.ts';
import { store } from '../writes.ts';
import { bodyOf, type Subresource } from './subresource.ts';

interface Binding extends AnyObject {
  target?: { kind?: string; name?: string };
}

/** `pods/binding`: how a scheduler says where a pod runs (registry/core/pod/storage.BindingREST). */
export const binding: Subresource = {
  name: 'binding',
  verbs: ['create'],
  kind: { group: '', version: 'v1', kind: 'Binding' },
  serves: (resource) => resource.group === '' && resource.plural === 'pods',
  handle({ storage, engine }, request, stages) {
    const { target, options } = request;
    const body = bodyOf(request) as Binding;
    const pod = storage.find(request) as unknown as Pod;
    const { name } = pod.metadata;
    const errors = checkBinding(body);
    if (errors.length > 0) throw invalidObject({ group: '', kind: 'Binding' }, name, errors);
    const node = body.target!.name!;
    const { uid } = body.metadata;
    if (uid !== undefined && uid !== '' && uid !== pod.metadata.uid) {
      throw conflict(
        target.resource,
        name,
        `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${pod.metadata.uid}`,
      );
    }
    const refuse = (why: string) => conflict({ group: '', plural: 'pods/binding' }, name, why);
    if (pod.metadata.deletionTimestamp !== undefined)
      throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
    if (pod.spec.nodeName !== undefined && pod.spec.nodeName !== '') {
      throw refuse(`pod ${name} is already assigned to node "${pod.spec.nodeName}"`);
    }
    if ((pod.spec.schedulingGates?.length ?? 0) > 0) throw refuse(`pod ${name} has non-empty .spec.schedulingGates`);

    const scheduled = {
      type: 'PodScheduled',
      status: 'True',
      lastProbeTime: null as unknown as string,
      lastTransitionTime: formatTime(engine.now),
    };
    const others = (pod.status.conditions ?? []).filter((condition) => condition.type !== 'PodScheduled');
    const annotations = { ...pod.metadata.annotations, ...body.metadata.annotations };
    const object = {
      ...pod,
      metadata: Object.keys(annotations).length > 0 ? { ...pod.metadata, annotations } : { ...pod.metadata },
      spec: { ...pod.spec, nodeName: node },
      status: { ...pod.status, conditions: others.concat(scheduled) },
    } as unknown as AnyObject;
    const old = pod as unknown as AnyObject;
    admit(storage, { operation: 'CREATE', request, object, old }, stages, 'validate');
    // The registry writes past the field managers: nobody comes to own the node's name.
    storage.server.fields.kept(object, old);
    if (options.dryRun !== true) store(storage, request, object, old, stages);
    return { ...success({ group: '', plural: 'pods' }, '', ''), details: undefined, code: 201 } as unknown as AnyObject;
  },
};

function checkBinding({ target }: Binding): ErrorList {
  const errors: ErrorList = [];
  const kind = target?.kind ?? '';
  if (kind !== '' && kind !== 'Node') errors.push(invalid('target.kind', kind, 'must be empty or "Node"'));
  if ((target?.name ?? '') === '') errors.push(required('target.name'));
  return errors;
}
