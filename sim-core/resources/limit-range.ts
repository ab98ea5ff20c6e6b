import type * as CoreV1 from 'kubernetes-types/core/v1';
import { duplicate, type ErrorList, forbidden, invalid, required } from '../api/field-error.ts';
import { isQualifiedName } from '../api/names.ts';
import type { LimitRange } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { addInvalid, amountOf } from './shared/checks.ts';
import { CREATED, NAME } from './shared/columns.ts';
import { checkContainerResourceName, checkResourceName, isOvercommitAllowed } from './shared/resource-names.ts';

const TYPES = ['Pod', 'Container', 'PersistentVolumeClaim'];

export const limitRanges: ResourceDefinition<LimitRange> = {
  group: '',
  version: 'v1',
  kind: 'LimitRange',
  plural: 'limitranges',
  singular: 'limitrange',
  shortNames: ['limits'],
  namespaced: true,
  createOnUpdate: true,
  applyDefaults({ spec }) {
    for (const limit of spec?.limits ?? []) {
      // What bounds a container is also what it gets when it asks for nothing (SetDefaults_LimitRangeItem).
      if (limit.type !== 'Container') continue;
      limit.default = { ...limit.max, ...limit.default };
      limit.defaultRequest = { ...limit.min, ...limit.default, ...limit.defaultRequest };
      if (Object.keys(limit.default).length === 0) delete limit.default;
      if (Object.keys(limit.defaultRequest).length === 0) delete limit.defaultRequest;
    }
  },
  validate: checkLimits,
  validateUpdate: (range) => checkLimits(range),
  columns: [NAME, CREATED],
};

/** ValidateLimitRange */
function checkLimits({ spec }: LimitRange): ErrorList {
  const errors: ErrorList = [];
  const seen = new Set<string>();
  for (const [index, limit] of (spec?.limits ?? []).entries()) {
    const at = `spec.limits[${index}]`;
    const { type = '' } = limit;
    const messages = isQualifiedName(type);
    addInvalid(errors, `${at}.type`, type, messages);
    if (messages.length === 0 && !type.includes('/') && !TYPES.includes(type))
      errors.push(invalid(`${at}.type`, type, 'must be a standard limit type or fully qualified'));
    if (seen.has(type)) errors.push(duplicate(`${at}.type`, type));
    seen.add(type);
    checkNames(limit, at, errors);
    const names = new Set(
      [limit.max, limit.min, limit.default, limit.defaultRequest, limit.maxLimitRequestRatio].flatMap((list) =>
        Object.keys(list ?? {}),
      ),
    );
    for (const name of names) checkOrder(limit, name, at, errors);
  }
  return errors;
}

function checkNames(limit: CoreV1.LimitRangeItem, at: string, errors: ErrorList): void {
  const check = (field: 'max' | 'min' | 'default' | 'defaultRequest' | 'maxLimitRequestRatio') => {
    for (const name of Object.keys(limit[field] ?? {})) {
      const path = `${at}.${field}[${name}]`;
      if (limit.type === 'Pod' || limit.type === 'Container') checkContainerResourceName(name, path, errors);
      else checkResourceName(name, path, errors);
    }
  };
  check('max');
  check('min');
  for (const field of ['default', 'defaultRequest'] as const) {
    if (limit.type !== 'Pod') check(field);
    else if (Object.keys(limit[field] ?? {}).length > 0)
      errors.push(forbidden(`${at}.${field}`, "may not be specified when `type` is 'Pod'"));
  }
  if (limit.type === 'PersistentVolumeClaim' && limit.min?.storage === undefined && limit.max?.storage === undefined)
    errors.push(
      required(`${at}.limits`, 'either minimum or maximum storage value is required, but neither was provided'),
    );
  check('maxLimitRequestRatio');
}

/** The bounds and defaults of one resource must be in order. */
function checkOrder(limit: CoreV1.LimitRangeItem, name: string, at: string, errors: ErrorList): void {
  const read = (value: string | undefined) => (value === undefined ? undefined : amountOf(value));
  const ofPod = limit.type === 'Pod';
  const min = read(limit.min?.[name]);
  const max = read(limit.max?.[name]);
  const standard = ofPod ? undefined : read(limit.default?.[name]);
  const request = ofPod ? undefined : read(limit.defaultRequest?.[name]);
  const ratio = read(limit.maxLimitRequestRatio?.[name]);
  const refuse = (field: string, shown: object, why: string) =>
    errors.push(invalid(`${at}.${field}[${name}]`, String(shown), why));
  if (min !== undefined && max !== undefined && min.compare(max) > 0)
    refuse('min', min, `min value ${min} is greater than max value ${max}`);
  if (request !== undefined && min !== undefined && min.compare(request) > 0)
    refuse('defaultRequest', request, `min value ${min} is greater than default request value ${request}`);
  if (request !== undefined && max !== undefined && request.compare(max) > 0)
    refuse('defaultRequest', request, `default request value ${request} is greater than max value ${max}`);
  if (request !== undefined && standard !== undefined && request.compare(standard) > 0)
    refuse(
      'defaultRequest',
      request,
      `default request value ${request} is greater than default limit value ${standard}`,
    );
  if (standard !== undefined && min !== undefined && min.compare(standard) > 0)
    refuse('default', min, `min value ${min} is greater than default value ${standard}`);
  if (standard !== undefined && max !== undefined && standard.compare(max) > 0)
    refuse('default', max, `default value ${standard} is greater than max value ${max}`);
  if (ratio !== undefined && ratio.toNumber() < 1)
    refuse('maxLimitRequestRatio', ratio, `ratio ${ratio} is less than 1`);
  if (ratio !== undefined && min !== undefined && max !== undefined) {
    const bound = max.toNumber() / min.toNumber();
    if (ratio.toNumber() > bound)
      refuse('maxLimitRequestRatio', ratio, `ratio ${ratio} is greater than max/min = ${bound.toFixed(6)}`);
  }
  if (!isOvercommitAllowed(name) && standard !== undefined && request !== undefined && standard.compare(request) !== 0)
    refuse(
      'defaultRequest',
      request,
      `default value ${standard} must equal to defaultRequest value ${request} in ${name}`,
    );
}
