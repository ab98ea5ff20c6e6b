import { type ErrorList, forbidden, invalid, notSupported, required, tooLong } from '../api/field-error.ts';
import { byteLength } from '../api/go-format.ts';
import { isHTTPPath } from '../api/names.ts';
import type { IngressClass } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { addInvalid, checkDnsLabel, checkDnsSubdomain, checkImmutable, isBlank } from './shared/checks.ts';
import { AGE, NAME } from './shared/columns.ts';

const MAX_CONTROLLER = 250;

export const ingressClasses: ResourceDefinition<IngressClass> = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IngressClass',
  plural: 'ingressclasses',
  singular: 'ingressclass',
  namespaced: false,
  generation: true,
  applyDefaults({ spec }) {
    if (spec?.parameters !== undefined) spec.parameters.scope ??= 'Cluster';
  },
  validate: checkClass,
  validateUpdate(ingressClass, old) {
    const errors: ErrorList = [];
    checkImmutable(ingressClass.spec?.controller, old.spec?.controller, 'spec.controller', errors);
    checkParameters(ingressClass, errors);
    return errors;
  },
  columns: [
    NAME,
    { name: 'Controller', value: ({ spec }) => spec?.controller ?? '' },
    {
      name: 'Parameters',
      value({ spec }) {
        const { parameters } = spec ?? {};
        if (parameters === undefined) return '<none>';
        const group = isBlank(parameters.apiGroup) ? '' : `.${parameters.apiGroup}`;
        return `${parameters.kind}${group}/${parameters.name}`;
      },
    },
    AGE,
  ],
};

/** ValidateIngressClassSpec */
function checkClass(ingressClass: IngressClass): ErrorList {
  const errors: ErrorList = [];
  const controller = ingressClass.spec?.controller ?? '';
  const slash = controller.indexOf('/');
  if (byteLength(controller) > MAX_CONTROLLER) errors.push(tooLong('spec.controller', MAX_CONTROLLER));
  if (controller === '') errors.push(required('spec.controller'));
  else if (slash <= 0 || slash === controller.length - 1)
    errors.push(invalid('spec.controller', controller, 'must be a domain-prefixed path (such as "acme.io/foo")'));
  else {
    checkDnsSubdomain(controller.slice(0, slash), 'spec.controller', errors);
    const path = controller.slice(slash + 1);
    addInvalid(errors, 'spec.controller', path, isHTTPPath(path));
  }
  checkParameters(ingressClass, errors);
  return errors;
}

function checkParameters({ spec }: IngressClass, errors: ErrorList): void {
  const { parameters } = spec ?? {};
  if (parameters === undefined) return;
  const at = 'spec.parameters';
  const { kind, name, apiGroup, scope, namespace } = parameters;
  if (apiGroup !== undefined) checkDnsSubdomain(apiGroup, `${at}.apiGroup`, errors);
  if (isBlank(kind)) errors.push(required(`${at}.kind`, 'kind is required'));
  if (isBlank(name)) errors.push(required(`${at}.name`, 'name is required'));
  if (scope === undefined) errors.push(required(`${at}.scope`));
  else if (scope !== 'Cluster' && scope !== 'Namespace')
    errors.push(notSupported(`${at}.scope`, scope, ['Cluster', 'Namespace']));
  if (scope === 'Namespace') {
    if (isBlank(namespace)) errors.push(required(`${at}.namespace`, "`parameters.scope` is set to 'Namespace'"));
    else checkDnsLabel(namespace, `${at}.namespace`, errors);
  } else if (namespace !== undefined)
    errors.push(forbidden(`${at}.namespace`, "`parameters.scope` is set to 'Cluster'"));
}
