import type { AdmissionPlugin } from './plugin.ts';

const KINDS: Readonly<Record<string, string>> = {
  'validatingwebhookconfigurations.admissionregistration.k8s.io': 'calls admission webhooks',
  'mutatingwebhookconfigurations.admissionregistration.k8s.io': 'calls admission webhooks',
  'flowschemas.flowcontrol.apiserver.k8s.io': 'limits the flow of requests',
  'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io': 'limits the flow of requests',
  'apiservices.apiregistration.k8s.io': 'forwards requests to other API servers',
};

/** Says so, in a Warning, where an object is kept but nothing acts on it: upstream has a component here that this cluster has not. */
export const inactive: AdmissionPlugin = {
  name: 'InactiveKinds',
  handles: (operation, resource, subresource) =>
    subresource === undefined && (operation === 'CREATE' || operation === 'UPDATE') && Object.hasOwn(KINDS, resource),
  validate({ request }) {
    if (request.user.username === 'system:apiserver') return;
    const { group, plural, kind } = request.target.resource;
    request.warnings.push(
      `this simulated cluster stores ${kind} objects, but nothing in it ${KINDS[`${plural}.${group}`]}: the object has no effect`,
    );
  },
};
