import { type ErrorList, forbidden, invalid, required } from '../api/field-error.ts';
import { isDNS1035Label } from '../api/names.ts';
import type { KubeObject } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { addInvalid, checkDnsSubdomain, checkRange, isBlank } from './shared/checks.ts';
import { AGE, NAME } from './shared/columns.ts';

export interface APIService extends KubeObject {
  spec: {
    service?: { namespace?: string; name?: string; port?: number };
    group?: string;
    version?: string;
    insecureSkipTLSVerify?: boolean;
    caBundle?: string;
    groupPriorityMinimum: number;
    versionPriority: number;
  };
  status: { conditions?: { type: string; status: string; reason?: string }[] };
}

export const apiServices: ResourceDefinition<APIService> = {
  group: 'apiregistration.k8s.io',
  version: 'v1',
  kind: 'APIService',
  plural: 'apiservices',
  singular: 'apiservice',
  categories: ['api-extensions'],
  namespaced: false,
  conditionalUpdateOnly: true,
  hasStatus: true,
  generation: false,
  applyDefaults({ spec }) {
    if (spec.service !== undefined) spec.service.port ??= 443;
  },
  prepareForCreate(apiService) {
    apiService.status = {};
  },
  validate: checkApiService,
  validateUpdate: (apiService) => checkApiService(apiService),
  columns: [
    NAME,
    {
      name: 'Service',
      value: ({ spec }) => (spec.service === undefined ? 'Local' : `${spec.service.namespace}/${spec.service.name}`),
    },
    {
      name: 'Available',
      value({ status }) {
        const available = status.conditions?.find(({ type }) => type === 'Available');
        if (available === undefined) return 'Unknown';
        return available.status === 'True' ? 'True' : `${available.status} (${available.reason ?? ''})`;
      },
    },
    AGE,
  ],
};

/** ValidateAPIService */
function checkApiService({ metadata, spec }: APIService): ErrorList {
  const errors: ErrorList = [];
  const { group = '', version = '', service } = spec;
  const expected = `${version}.${group}`;
  if (metadata.name !== expected && !(group === '' && metadata.name === `${version}.`))
    errors.push(invalid('metadata.name', metadata.name, `must be \`spec.version+"."+spec.group\`: "${expected}"`));
  if (group !== '') checkDnsSubdomain(group, 'spec.group', errors);
  addInvalid(errors, 'spec.version', version, isDNS1035Label(version));
  checkPriority(spec.groupPriorityMinimum ?? 0, 20_000, 'spec.groupPriorityMinimum', errors);
  checkPriority(spec.versionPriority ?? 0, 1000, 'spec.versionPriority', errors);
  if (service === undefined) {
    if (!isBlank(spec.caBundle))
      errors.push(
        invalid('spec.caBundle', `${spec.caBundle.length} bytes`, 'local APIServices may not have a caBundle'),
      );
    if (spec.insecureSkipTLSVerify === true)
      errors.push(invalid('spec.insecureSkipTLSVerify', true, 'local APIServices may not have insecureSkipTLSVerify'));
    return errors;
  }
  if (isBlank(service.namespace)) errors.push(required('spec.service.namespace'));
  if (isBlank(service.name)) errors.push(required('spec.service.name'));
  checkRange(service.port ?? 0, 1, 65_535, 'spec.service.port', errors);
  if (spec.insecureSkipTLSVerify === true && !isBlank(spec.caBundle))
    errors.push(forbidden('spec.insecureSkipTLSVerify', 'may not be true if caBundle is present'));
  return errors;
}

function checkPriority(value: number, most: number, at: string, errors: ErrorList): void {
  if (value <= 0 || value > most) errors.push(invalid(at, value, `must be positive and less than ${most}`));
}
