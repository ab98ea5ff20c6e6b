import type { Ingress } from '../../api/objects.ts';
import { defaultClass } from './default-class.ts';
import type { AdmissionPlugin } from './plugin.ts';

const TABLE = 'ingressclasses.networking.k8s.io';
const DEFAULT = 'ingressclass.kubernetes.io/is-default-class';
const OLD_CLASS = 'kubernetes.io/ingress.class';

/** Ingresses that name no class get the default one, if there is one (plugin/pkg/admission/network/defaultingressclass). */
export const defaultIngressClass: AdmissionPlugin = {
  name: 'DefaultIngressClass',
  handles: (operation, resource, subresource) =>
    operation === 'CREATE' && resource === 'ingresses.networking.k8s.io' && subresource === undefined,
  mutate({ object }, context) {
    const ingress = object as unknown as Ingress;
    if (ingress.spec.ingressClassName !== undefined || ingress.metadata.annotations?.[OLD_CLASS] !== undefined)
      return false;
    const chosen = defaultClass(context, TABLE, DEFAULT);
    if (chosen === undefined) return false;
    ingress.spec = { ...ingress.spec, ingressClassName: chosen.metadata.name };
    return true;
  },
};
